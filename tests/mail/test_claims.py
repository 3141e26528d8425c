"""Claims to domains, and what becomes of them."""

import pytest
from sqlalchemy import insert

from coserver.groups import principals
from coserver.mail import claims, domains
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.store.schema.whole import TABLES

DAY = 86_400


@pytest.fixture
def two(house, alice) -> list[int]:
    """Two organisations of alice."""

    def job(tx):
        made = []
        for name in ("club", "firm"):
            which = principals.add(tx, "organisation")
            tx.execute(
                insert(TABLES["organisation"]), {"id": which, "name": name, "owner_id": alice, "created": tx.now}
            )
            made.append(which)
        return made

    return house.store.write(job)


def add(house, organisation, name):
    return house.store.write(lambda tx: claims.add(tx, organisation, name))


def test_add_when_a_name_is_claimed_then_the_proof_is_for_this_organisation_alone(house, two) -> None:
    """R26: what proves one claim proves no other."""
    club, firm = (add(house, each, "Corp.Test.") for each in two)
    assert (club.name, club.place) == ("corp.test", "_coserver-challenge.corp.test")
    assert club.proof.startswith("coserver-verification=")
    assert len(club.proof) > 50
    assert add(house, two[0], "corp.test") == club
    assert club.holds(["v=spf1 -all", f" {club.proof} "])
    assert not club.holds([firm.proof, "", "coserver-verification=", club.proof[:-1]])
    assert club.proof not in repr(club)
    with house.store.read() as tx:
        assert claims.of(tx, two[0]) == [club]
        assert not domains.is_ours(tx, "corp.test")


@pytest.mark.parametrize("name", ["", "test", "a b.test", "1.2.3.4", "192.0.2.1.", "x" * 300 + ".test", "-a.test"])
def test_add_when_it_is_no_domain_then_malformed(house, two, name: str) -> None:
    with pytest.raises(Malformed):
        add(house, two[0], name)


def test_add_when_the_domain_is_ours_or_rests_then_exists(house, two) -> None:
    """S27: nobody gets at once what was another's until lately."""
    house.store.write(lambda tx: domains.add(tx, "corp.test", organisation=two[1]))
    for name in ("example.test", "corp.test"):
        with pytest.raises(Exists, match="there already"):
            add(house, two[0], name)
    house.store.write(lambda tx: domains.remove(tx, "corp.test"))
    for each in two:
        with pytest.raises(Exists, match="removed lately"):
            add(house, each, "corp.test")
    house.clock.seconds += 30 * DAY
    house.store.write(domains.sweep)
    assert add(house, two[0], "corp.test").name == "corp.test"


def test_add_when_there_are_many_then_no_more(house, two) -> None:
    for at in range(claims.MOST):
        add(house, two[0], f"corp{at}.test")
    with pytest.raises(Denied):
        add(house, two[0], "another.test")
    assert add(house, two[0], "corp0.test").name == "corp0.test"
    house.store.write(lambda tx: claims.withdraw(tx, two[0], "CORP0.test"))
    with pytest.raises(Missing):
        house.store.write(lambda tx: claims.withdraw(tx, two[0], "corp0.test"))
    assert add(house, two[0], "another.test").organisation == two[0]


def test_settle_when_one_is_first_then_the_others_claims_end(house, two) -> None:
    club, firm = (add(house, each, "corp.test") for each in two)
    made = house.store.write(lambda tx: claims.settle(tx, firm))
    assert (made.name, made.organisation) == ("corp.test", two[1])
    with house.store.read() as tx:
        assert claims.of(tx, two[0]) == claims.of(tx, two[1]) == []
    with pytest.raises(Missing):
        house.store.write(lambda tx: claims.settle(tx, club))


def test_settle_when_the_claim_was_made_anew_meanwhile_then_the_old_proof_is_none(house, two) -> None:
    old = add(house, two[0], "corp.test")
    house.store.write(lambda tx: claims.withdraw(tx, two[0], "corp.test"))
    add(house, two[0], "corp.test")
    with pytest.raises(Missing, match="claimed anew"):
        house.store.write(lambda tx: claims.settle(tx, old))


def test_due_when_a_claim_was_looked_at_then_its_turn_comes_after_the_others(house, two) -> None:
    first, second = add(house, two[0], "a.test"), add(house, two[0], "b.test")
    house.store.write(lambda tx: claims.asked(tx, first))
    now = house.clock.seconds * 1000
    with house.store.read() as tx:
        assert claims.due(tx, before=now - 1, most=9) == [second]
        assert claims.due(tx, before=now, most=9) == [second, first]
        assert claims.due(tx, before=now, most=1) == [second]


def test_sweep_when_a_claim_is_not_proved_in_time_then_it_ends(house, two) -> None:
    made = add(house, two[0], "corp.test")
    house.clock.seconds = made.until / 1000 - 1
    assert house.store.write(claims.sweep) == 0
    house.clock.seconds += 1
    assert house.store.write(claims.sweep) == 1
    with house.store.read() as tx, pytest.raises(Missing):
        claims.find(tx, two[0], "corp.test")
