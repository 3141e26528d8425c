import pytest

from coserver.mail import addresses, domains
from coserver.mail.addresses import Kind
from coserver.model.errors import Exists, Malformed, Missing


def route(house, alice) -> None:
    """The first account of a house is its postmaster already."""
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    house.store.write(lambda tx: addresses.add(tx, alice, "Al.Ice", "second.test", kind=Kind.ALIAS))


@pytest.fixture
def routed(house, alice):
    route(house, alice)
    return house


@pytest.fixture(scope="module")
def kept_routed(kept_house):
    route(kept_house, kept_house.accounts["alice"])
    return kept_house


@pytest.mark.parametrize(
    ("local", "host", "found"),
    [
        ("alice", "example.test", True),
        ("ALICE", "Example.TEST", True),
        ("alice+shop", "example.test", True),
        ("alice+", "example.test", True),
        ("+alice", "example.test", False),
        ("alice", "example.test.", True),
        ("al.ice", "second.test", True),
        ("alice", "second.test", False),
        ("alice", "other.test", False),
        ("postmaster", "", True),
        ("Postmaster+x", "example.test", True),
        ("postmaster", "second.test", False),
        ("alice", "not a domain", False),
        ("", "example.test", False),
    ],
)
def test_resolve_when_an_address_is_written_so_then_finds_its_account(kept_routed, local, host, found) -> None:
    with kept_routed.store.read() as tx:
        assert addresses.resolve(tx, local, host) == (kept_routed.accounts["alice"] if found else None)


def test_of_when_there_are_several_then_the_primary_is_first(routed, alice) -> None:
    with routed.store.read() as tx:
        found = addresses.of(tx, alice)
    assert (str(found[0]), found[0].kind) == ("alice@example.test", Kind.PRIMARY)
    assert {str(one) for one in found} >= {"al.ice@second.test", "postmaster@example.test"}


@pytest.mark.parametrize("local", ["", "a b", "a@b", '"a"', ".a", "a.", "a..b", "a+b", "x" * 65, "a\n", "a,b"])
def test_add_when_it_cannot_be_a_local_part_then_says_so(kept_house, local: str) -> None:
    with pytest.raises(Malformed):
        kept_house.store.write(lambda tx: addresses.add(tx, kept_house.accounts["alice"], local, "", kind=Kind.ALIAS))


def test_add_when_the_address_is_taken_then_exists(house, alice, bob) -> None:
    with pytest.raises(Exists):
        house.store.write(lambda tx: addresses.add(tx, bob, "ALICE", "example.test", kind=Kind.ALIAS))
    with pytest.raises(Missing):
        house.store.write(lambda tx: addresses.add(tx, bob, "bobby", "other.test", kind=Kind.ALIAS))


def test_remove_when_it_is_primary_then_missing_and_aliases_go(routed, alice) -> None:
    with pytest.raises(Missing):
        routed.store.write(lambda tx: addresses.remove(tx, "alice", "example.test"))
    routed.store.write(lambda tx: addresses.remove(tx, "AL.ice", "second.test"))
    with routed.store.read() as tx:
        assert addresses.resolve(tx, "al.ice", "second.test") is None


def test_remove_all_when_done_then_nothing_routes_to_the_account(routed, alice) -> None:
    routed.store.write(lambda tx: addresses.remove_all(tx, alice))
    with routed.store.read() as tx:
        assert addresses.of(tx, alice) == []
        assert addresses.resolve(tx, "alice", "example.test") is None
