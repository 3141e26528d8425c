import pytest

from coserver.mail import addresses, domains, former
from coserver.mail.addresses import Kind
from coserver.mail.reserved import RESERVED
from coserver.model.errors import Denied, Exists, Malformed, Missing


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


@pytest.fixture
def catching(house, alice, bob):
    """Bob gets what nobody has in example.test."""
    house.store.write(lambda tx: addresses.add(tx, bob, "", "example.test", kind=Kind.CATCH_ALL))
    return house


@pytest.mark.parametrize(
    ("local", "whose"),
    [
        ("nobody-has-this", "bob"),
        ("Someone+x", "bob"),
        ("+x", "bob"),
        ("alice", "alice"),
        ("alice+x", "alice"),
        ("postmaster", "alice"),
        ("", None),
        *((name, None) for name in sorted(RESERVED - {"postmaster", "abuse"})),
        ("webmaster+x", None),
    ],
)
def test_catch_all_when_an_exact_name_or_one_of_the_house_is_meant_then_is_not_asked(
    catching, alice, bob, local, whose
) -> None:
    """S26: what reads like the house's own is never anybody's by accident; R26."""
    with catching.store.read() as tx:
        found = addresses.resolve(tx, local, "example.test")
    assert found == {"alice": alice, "bob": bob, None: None}[whose]


def test_catch_all_when_the_name_rests_then_does_not_get_the_mail_of_who_had_it(catching, alice, bob) -> None:
    """S25: mail to somebody who is gone is nobody else's."""
    until = int(catching.store.clock.now() * 1000) + 1000
    catching.store.write(lambda tx: former.lay_to_rest(tx, "carol", "example.test", until=until))
    with catching.store.read() as tx:
        assert addresses.resolve(tx, "carol", "example.test") is None
        assert addresses.resolve(tx, "carol+x", "example.test") is None
        assert addresses.resolve(tx, "caroline", "example.test") == bob


def test_address_when_its_time_is_over_then_leads_nowhere_and_not_to_the_catch_all(catching, alice, bob) -> None:
    now = int(catching.store.clock.now() * 1000)

    def add(tx):
        addresses.add(tx, alice, "old", "example.test", kind=Kind.FORWARD, until=now + 1000)

    catching.store.write(add)
    for later, whose in ((0, alice), (1000, None)):
        catching.store.clock.seconds = (now + later) / 1000
        with catching.store.read() as tx:
            assert addresses.resolve(tx, "old", "example.test") == whose
            assert ("old@example.test" in map(str, addresses.of(tx, alice))) is (whose is not None)
    assert catching.store.write(lambda tx: addresses.sweep(tx, rest=1)) == 0
    assert catching.store.write(lambda tx: addresses.sweep(tx, rest=0)) == 1
    with catching.store.read() as tx:
        assert addresses.resolve(tx, "old", "example.test") == bob


def test_address_when_it_is_over_then_is_given_again_by_hand_and_never_as_a_login(house, alice, bob) -> None:
    house.store.write(lambda tx: addresses.add(tx, alice, "sales", "", kind=Kind.ALIAS))
    assert house.store.write(lambda tx: addresses.remove(tx, "Sales", "")).principal == alice
    with pytest.raises(Missing):
        house.store.write(lambda tx: addresses.remove(tx, "sales", ""))
    with pytest.raises(Exists):
        house.store.write(lambda tx: addresses.add(tx, bob, "sales", "", kind=Kind.PRIMARY))
    house.store.write(lambda tx: addresses.add(tx, bob, "sales", "", kind=Kind.ALIAS))
    with house.store.read() as tx:
        assert addresses.resolve(tx, "sales", "") == bob
        assert (addresses.count(tx, alice, Kind.ALIAS), addresses.count(tx, bob, Kind.ALIAS)) == (0, 1)


def test_lay_to_rest_when_done_then_nobody_gets_any_name_of_it(catching, alice, bob) -> None:
    """S25, for what it has and what it had."""
    catching.store.write(lambda tx: addresses.add(tx, alice, "sales", "", kind=Kind.ALIAS))
    catching.store.write(lambda tx: addresses.remove(tx, "sales", ""))
    until = int(catching.store.clock.now() * 1000) + 1000
    catching.store.write(lambda tx: addresses.lay_to_rest(tx, alice, until=until))
    with catching.store.read() as tx:
        assert addresses.every(tx, alice) == []
        assert addresses.resolve(tx, "alice", "") is None
    for name in ("alice", "sales"):
        with pytest.raises(Exists, match="free after"):
            catching.store.write(lambda tx, name=name: addresses.add(tx, bob, name, "", kind=Kind.ALIAS))


def test_need_free_name_when_it_is_the_houses_then_denied(house) -> None:
    with pytest.raises(Denied, match="reserved"):
        addresses.need_free_name("HostMaster")
    addresses.need_free_name("team")


def test_catch_all_when_shown_then_stands_for_everything_else(catching, bob) -> None:
    with catching.store.read() as tx:
        assert str(addresses.catch_all(tx, "example.test")) == "*@example.test"
        assert next(str(each) for each in addresses.listed(tx)) == "*@example.test"
    catching.store.write(lambda tx: addresses.remove(tx, "", "example.test"))
    with catching.store.read() as tx:
        assert addresses.catch_all(tx, "example.test") is None
        assert addresses.resolve(tx, "anything", "") is None


def test_leave_behind_when_done_then_names_forward_for_a_time_and_roles_pass_on(house, alice, bob) -> None:
    """S35: in the domains of one organisation, and in no other."""

    def give(tx):
        for host, organisation in (("club.test", 900), ("other.test", None)):
            domains.add(tx, host, organisation=organisation)
            addresses.add(tx, alice, "sales", host, kind=Kind.ALIAS)
            addresses.add(tx, alice, "webmaster", host, kind=Kind.ROLE)
            addresses.add(tx, alice, "", host, kind=Kind.CATCH_ALL)
        then = tx.now + 1000
        return addresses.leave_behind(tx, alice, 900, heir=bob, until=then), then

    left, until = house.store.write(give)
    assert [(str(each), each.kind, each.until) for each in left] == [("sales@club.test", Kind.FORWARD, until)]
    with house.store.read() as tx:
        found = [addresses.resolve(tx, local, "club.test") for local in ("sales", "webmaster", "whoever")]
        assert found == [alice, bob, bob]
        there = [addresses.resolve(tx, local, "other.test") for local in ("sales", "webmaster", "whoever")]
        assert there == [alice] * 3


def test_make_primary_when_it_is_an_alias_of_the_account_then_it_becomes_it_else_it_has_to_be_free(
    house, alice, bob
) -> None:  # fmt: skip
    house.store.write(lambda tx: addresses.add(tx, alice, "wonder", "example.test", kind=Kind.ALIAS))
    assert house.store.write(lambda tx: addresses.make_primary(tx, alice, "Wonder", "")).kind is Kind.PRIMARY
    house.store.write(lambda tx: addresses.make_primary(tx, alice, "new", "example.test"))
    with pytest.raises(Exists):
        house.store.write(lambda tx: addresses.make_primary(tx, bob, "wonder", "example.test"))
    with house.store.read() as tx:
        assert addresses.resolve(tx, "wonder", "") == addresses.resolve(tx, "new", "") == alice


def test_number_when_it_is_no_address_to_write_under_then_missing(catching, bob) -> None:
    """A catch-all or what is left behind for a time is not shown to others as somebody's own."""
    catching.store.write(lambda tx: addresses.add(tx, bob, "left", "", kind=Kind.FORWARD, until=1 << 50))
    with catching.store.read() as tx:
        assert addresses.number(tx, bob, "Bob@example.test") > 0
        for text in ("@example.test", "left@example.test", "whoever@example.test"):
            with pytest.raises(Missing):
                addresses.number(tx, bob, text)
