import pytest

from coserver.mail import addresses, domains
from coserver.model.errors import Denied, Exists, Malformed, Missing


def test_add_when_the_first_then_it_is_the_standard_and_stays(house) -> None:
    house.store.write(lambda tx: domains.add(tx, "Second.Test."))
    with house.store.read() as tx:
        assert [(one.name, one.standard) for one in domains.listed(tx)] == [
            ("example.test", True),
            ("second.test", False),
        ]
        assert domains.find(tx, "").name == "example.test"


def test_add_when_international_then_keeps_the_a_label(house) -> None:
    made = house.store.write(lambda tx: domains.add(tx, "bücher.test"))
    assert made.name == "xn--bcher-kva.test"
    with house.store.read() as tx:
        assert domains.is_ours(tx, "BÜCHER.test")


@pytest.mark.parametrize("name", ["", "a b", "-x.test", "a..b", "x" * 300, "über" * 30 + ".test", "a/b", "."])
def test_add_when_it_is_no_domain_name_then_says_so(kept_house, name: str) -> None:
    with pytest.raises(Malformed):
        kept_house.store.write(lambda tx: domains.add(tx, name))
    with kept_house.store.read() as tx:
        assert domains.is_ours(tx, name) is False


def test_add_when_it_is_ours_already_then_exists(house) -> None:
    with pytest.raises(Exists):
        house.store.write(lambda tx: domains.add(tx, "EXAMPLE.test"))


def test_remove_when_addresses_use_it_then_denied_and_else_gone(house, alice) -> None:
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    house.store.write(lambda tx: addresses.add(tx, alice, "al", "second.test", kind=addresses.Kind.ALIAS))
    with pytest.raises(Denied, match="1 addresses"):
        house.store.write(lambda tx: domains.remove(tx, "second.test"))
    house.store.write(lambda tx: addresses.remove(tx, "al", "second.test"))
    house.store.write(lambda tx: domains.remove(tx, "second.test"))
    with house.store.read() as tx, pytest.raises(Missing):
        domains.find(tx, "second.test")


def test_remove_when_it_is_the_standard_then_denied(house) -> None:
    with pytest.raises(Denied):
        house.store.write(lambda tx: domains.remove(tx, "example.test"))
