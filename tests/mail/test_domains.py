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


def test_remove_when_addresses_use_it_then_they_rest_with_it_and_come_back(house, alice) -> None:
    """S27: a domain that goes is there for another 30 days, and can be restored."""
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    house.store.write(lambda tx: addresses.add(tx, alice, "al", "second.test", kind=addresses.Kind.ALIAS))
    gone = house.store.write(lambda tx: domains.remove(tx, "SECOND.test"))
    assert gone.removed == house.clock.seconds * 1000
    with house.store.read() as tx:
        assert domains.is_ours(tx, "Second.test")
        assert domains.rests(tx, "Second.test")
        with pytest.raises(Denied, match=r"domain restore second\.test.*until 2027-02-14"):
            domains.find(tx, "second.test")
    with pytest.raises(Denied):
        house.store.write(lambda tx: domains.remove(tx, "second.test"))
    with pytest.raises(Denied):
        house.store.write(lambda tx: addresses.add(tx, alice, "other", "second.test", kind=addresses.Kind.ALIAS))
    with pytest.raises(Exists, match="until 2027-02-14 it can only be restored"):
        house.store.write(lambda tx: domains.add(tx, "second.test"))
    assert house.store.write(lambda tx: domains.restore(tx, "second.test")).removed == 0
    with house.store.read() as tx:
        assert not domains.rests(tx, "second.test")
        assert addresses.resolve(tx, "al", "second.test") == alice


def test_sweep_when_a_domain_has_rested_long_enough_then_it_is_gone_with_its_addresses(house, alice) -> None:
    """S27."""
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    house.store.write(lambda tx: addresses.add(tx, alice, "al", "second.test", kind=addresses.Kind.ALIAS))
    house.store.write(lambda tx: domains.remove(tx, "second.test"))
    house.clock.seconds += 30 * 86_400 - 1
    assert house.store.write(domains.sweep) == []
    house.clock.seconds += 1
    assert house.store.write(domains.sweep) == ["second.test"]
    with house.store.read() as tx:
        assert not domains.is_ours(tx, "second.test")
        assert "alice@example.test" in [str(each) for each in addresses.of(tx, alice)]
        assert "al@second.test" not in [str(each) for each in addresses.every(tx, alice)]
    with pytest.raises(Missing):
        house.store.write(lambda tx: domains.restore(tx, "second.test"))
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    with house.store.read() as tx:
        assert addresses.resolve(tx, "al", "second.test") is None


def test_restore_when_nothing_was_removed_then_denied(house) -> None:
    with pytest.raises(Denied):
        house.store.write(lambda tx: domains.restore(tx, "example.test"))


def test_find_when_a_domain_of_an_organisation_rests_then_its_owner_is_told_his_own_command(house) -> None:
    house.store.write(lambda tx: domains.add(tx, "second.test", organisation=77))
    house.store.write(lambda tx: domains.remove(tx, "second.test"))
    with house.store.read() as tx, pytest.raises(Denied, match=r"`coserver org domain restore ORG second\.test`"):
        domains.find(tx, "second.test")


def test_remove_all_when_an_organisation_goes_then_its_domains_rest_and_are_nobodys(house) -> None:
    for name, organisation in (("second.test", 77), ("third.test", 78)):
        house.store.write(lambda tx, n=name, o=organisation: domains.add(tx, n, organisation=o))
    with house.store.read() as tx:
        assert [(one.name, one.organisation) for one in domains.of(tx, 77)] == [("second.test", 77)]
    house.store.write(lambda tx: domains.remove_all(tx, 77))
    with house.store.read() as tx:
        found = {one.name: (one.organisation, bool(one.removed)) for one in domains.listed(tx)}
        assert found == {"example.test": (None, False), "second.test": (None, True), "third.test": (78, False)}
        assert domains.of(tx, 77) == []


def test_remove_when_it_is_the_standard_then_denied(house) -> None:
    with pytest.raises(Denied):
        house.store.write(lambda tx: domains.remove(tx, "example.test"))
