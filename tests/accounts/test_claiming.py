"""Domains of organisations, from the claim to the end (R26, S27)."""

from dataclasses import replace
from typing import Any

import pytest

from coserver.accounts import claiming, roles
from coserver.accounts.claiming import check, claim, restore, withdraw
from coserver.accounts.managing import Asking
from coserver.accounts.upkeep import upkeep_of_domains
from coserver.auth import standing
from coserver.mail import addresses, claims, domains, keys
from coserver.mail.claims import Claim
from coserver.mail.domains import Domain
from coserver.model.errors import Busy, Denied, Exists, Missing, NotInPlan
from coserver.store import journal, spaces

HOUR, DAY = 3600, 86_400
CLUB, FIRM = Asking("club"), Asking("firm")


@pytest.fixture
def house(office: Any, estate: Any, world: Any) -> Any:
    """Alice reads the operator's mail; bob owns the club, carol the firm, and each may have one domain."""
    for name in ("alice", "bob", "carol"):
        estate.account(name)
    for org, owner in (("club", "bob"), ("firm", "carol")):
        office.do("org add", org=org, owner=owner)
    return replace(office.house, asks=world)


def published(world: Any, wanted: Claim) -> None:
    world.zone[wanted.place, "TXT"] = ("something else", wanted.proof)


def proved(house: Any, world: Any, asking: Asking, name: str) -> Domain:
    published(world, claim(house, asking, name))
    done = check(house, asking, name)
    assert isinstance(done, Domain)
    return done


def readers(estate: Any, host: str) -> list[str]:
    """Who reads postmaster, support and abuse there."""
    with estate.store.read() as tx:
        found = [addresses.resolve(tx, role, host) for role in ("postmaster", "support", "abuse")]
        names = {each.account: each.login.partition("@")[0] for each in roles.standing.listed(tx)}
    return [names.get(each, "") for each in found]


def test_check_when_the_record_is_set_then_the_claim_becomes_a_domain_with_roles_and_a_key(
    house, estate, world
) -> None:
    """R26: only who shows in the DNS that it is his own gets a domain; complaints reach the operator."""
    wanted = claim(house, CLUB, "corp.test")
    assert check(house, CLUB, "corp.test") == wanted
    published(world, wanted)
    assert isinstance(check(house, CLUB, "CORP.test"), Domain)
    assert readers(estate, "corp.test") == ["bob", "bob", "alice"]
    with estate.store.read() as tx:
        assert [each.name for each in domains.of(tx, wanted.organisation)] == ["corp.test"]
        assert keys.find(tx, "corp.test") is not None


def test_check_when_the_house_was_faster_then_the_domain_is_told_and_to_no_other(house, estate, world) -> None:
    """Who asked after the hourly look was told that nothing was claimed, and could claim nothing either."""
    published(world, claim(house, CLUB, "corp.test"))
    assert claiming.round_(house) == 1
    assert isinstance(check(house, CLUB, "Corp.Test."), Domain)
    with pytest.raises(Missing):
        check(house, FIRM, "corp.test")
    claiming.remove(house, CLUB, "corp.test")
    with pytest.raises(Missing):
        check(house, CLUB, "corp.test")


def test_check_when_another_organisation_is_first_then_it_has_the_domain(house, world) -> None:
    slow, fast = claim(house, CLUB, "corp.test"), claim(house, FIRM, "corp.test")
    published(world, fast)
    assert check(house, CLUB, "corp.test") == slow
    assert isinstance(check(house, FIRM, "corp.test"), Domain)
    published(world, slow)
    with pytest.raises(Missing):
        check(house, CLUB, "corp.test")
    with pytest.raises(Exists):
        claim(house, CLUB, "corp.test")


def test_check_when_nobody_answers_then_busy_and_the_claim_stays(house, world) -> None:
    wanted = claim(house, CLUB, "corp.test")
    world.silent = True
    with pytest.raises(Busy):
        check(house, CLUB, "corp.test")
    world.silent = False
    assert check(house, CLUB, "corp.test") == wanted


def test_claim_when_the_plan_has_no_more_domains_then_not_in_plan_and_a_domain_at_rest_counts(house, world) -> None:
    """R26, R32: so many domains as the plan of the owner allows."""
    proved(house, world, CLUB, "corp.test")
    with pytest.raises(NotInPlan):
        claim(house, CLUB, "second.test")
    claiming.remove(house, CLUB, "corp.test")
    with pytest.raises(NotInPlan):
        claim(house, CLUB, "second.test")


def test_check_when_the_plan_filled_up_meanwhile_then_the_claim_waits(house, world) -> None:
    first, second = claim(house, CLUB, "corp.test"), claim(house, CLUB, "second.test")
    published(world, first)
    published(world, second)
    assert isinstance(check(house, CLUB, "corp.test"), Domain)
    with pytest.raises(NotInPlan):
        check(house, CLUB, "second.test")
    assert claiming.round_(house) == 0
    with house.store.read() as tx:
        assert claims.of(tx, second.organisation) == [second]


@pytest.mark.parametrize("deed", [claim, check, withdraw, claiming.remove, restore])
def test_deeds_when_somebody_else_asks_then_there_is_nothing_for_him(house, estate, world, deed) -> None:
    claim(house, CLUB, "corp.test")
    with estate.store.read() as tx:
        carol = roles.standing.find(tx, "carol").account
    with pytest.raises(Missing):
        deed(house, Asking("club", carol), "corp.test")
    with pytest.raises(Missing):
        deed(house, Asking("nobody"), "corp.test")
    proved(house, world, FIRM, "firm.test")
    if deed in (claiming.remove, restore):
        for name in ("firm.test", "example.test", "none.test"):
            with pytest.raises(Missing):
                deed(house, CLUB, name)


def test_round_when_a_record_comes_then_it_is_found_within_the_hour_and_claims_end(house, estate, world) -> None:
    wanted = claim(house, CLUB, "corp.test")
    upkeep_of_domains(house)
    published(world, wanted)
    asked = len(world.asked)
    upkeep_of_domains(house)
    assert len(world.asked) == asked
    estate.clock.seconds += HOUR
    upkeep_of_domains(house)
    with estate.store.read() as tx:
        assert domains.find(tx, "corp.test").organisation == wanted.organisation
    late = claim(house, FIRM, "firm.test")
    estate.clock.seconds += 14 * DAY
    published(world, late)
    upkeep_of_domains(house)
    with pytest.raises(Missing):
        check(house, FIRM, "firm.test")


def test_round_when_nobody_answers_then_it_soon_gives_up_and_others_have_their_turn(house, estate, world) -> None:
    for at in range(6):
        claim(house, FIRM, f"corp{at}.test")
    world.silent = True
    assert claiming.round_(house) == 0
    assert len(world.asked) == 3
    world.silent = False
    claiming.round_(house)
    assert sorted(name for name, _ in world.asked) == [f"_coserver-challenge.corp{at}.test" for at in range(6)]


def test_round_when_name_servers_are_slow_then_it_ends_in_time_and_others_have_their_turn(house, estate) -> None:
    """Fifty claims whose servers answer at the last moment kept a thread of the house for minutes."""
    for at in range(10):
        claim(house, FIRM, f"corp{at}.test")
    asked: list[str] = []

    def slow(name: str, kind: str) -> tuple[str, ...]:
        asked.append(name)
        estate.clock.seconds += 10
        return ()

    claiming.round_(replace(house, asks=slow))
    assert len(asked) == 6
    claiming.round_(replace(house, asks=slow))
    assert len(set(asked)) == 10


def test_remove_when_a_domain_goes_then_it_rests_and_then_its_logins_are_all_that_stays(
    house, estate, office, world
) -> None:
    """S27."""
    proved(house, world, CLUB, "corp.test")
    office.do("org user add", org="club", login="dave@corp.test", password="x")
    gone = claiming.remove(house, CLUB, "corp.test")
    assert gone.removed
    with pytest.raises(Denied):
        claiming.remove(house, CLUB, "corp.test")
    restore(house, CLUB, "corp.test")
    assert readers(estate, "corp.test") == ["bob", "bob", "alice"]
    claiming.remove(house, CLUB, "corp.test")
    estate.clock.seconds += 30 * DAY
    upkeep_of_domains(house)
    with estate.store.read() as tx:
        assert not domains.is_ours(tx, "corp.test")
        assert roles.standing.find(tx, "dave@corp.test") is not None
    with pytest.raises(Missing):
        restore(house, CLUB, "corp.test")
    again = proved(house, world, FIRM, "corp.test")
    assert again.organisation != gone.organisation
    with estate.store.read() as tx:
        assert addresses.resolve(tx, "dave", "corp.test") is None


def test_restore_when_the_organisation_is_gone_then_its_roles_are_the_operators(house, estate, office, world) -> None:
    """The former owner went on to read the mail of postmaster and of unknown names, of the operator's domain now."""
    proved(house, world, CLUB, "corp.test")
    office.do("address catch-all", domain="corp.test", login="bob", by="bob")
    claiming.remove(house, CLUB, "corp.test")
    office.do("org remove", org="club", by="bob")
    office.do("domain restore", name="corp.test")
    assert readers(estate, "corp.test") == ["alice", "alice", "alice"]
    with estate.store.read() as tx:
        assert addresses.resolve(tx, "anything", "corp.test") == standing.find(tx, "alice").account


def test_owner_when_an_organisation_gets_another_then_he_reads_its_roles(house, estate, office, world) -> None:
    proved(house, world, CLUB, "corp.test")
    estate.account("dave")
    office.do("org owner", org="club", login="dave")
    assert readers(estate, "corp.test") == ["dave", "dave", "alice"]


def test_owner_when_an_organisation_gets_another_then_what_nobody_has_reaches_him(house, estate, office, world) -> None:
    """A former owner went on to get the mail for unknown names of the domains."""
    proved(house, world, CLUB, "corp.test")
    estate.account("dave")
    office.do("address catch-all", domain="corp.test", login="bob", by="bob")
    office.do("org owner", org="club", login="dave")
    with estate.store.read() as tx:
        dave = standing.find(tx, "dave").account
        assert addresses.resolve(tx, "anything", "corp.test") == dave


def test_settle_when_the_operators_postmaster_changes_then_abuse_follows(house, estate, world) -> None:
    proved(house, world, CLUB, "corp.test")
    dave = estate.account("dave")
    estate.store.write(lambda tx: roles.give(tx, "example.test", dave.id))
    estate.store.write(roles.settle)
    assert readers(estate, "corp.test") == ["bob", "bob", "dave"]


def test_log_when_domains_are_claimed_proved_removed_and_restored_then_in_that_of_the_owner(
    house, estate, office, world
) -> None:
    claim(house, CLUB, "lost.test")
    estate.clock.seconds += 1
    claim(house, CLUB, "lost.test")  # is the one that stands
    withdraw(house, CLUB, "lost.test")
    proved(house, world, CLUB, "corp.test")
    claiming.remove(house, CLUB, "corp.test")
    restore(house, CLUB, "corp.test")
    office.do("domain remove", name="corp.test")
    office.do("domain restore", name="corp.test")
    office.do("org domain rotate", org="club", domain="corp.test", now=True)
    with estate.store.read() as tx:
        owner = spaces.of(tx, standing.find(tx, "bob").account)
        acts = [
            f"{act.kind}: {act.detail}"
            for act in journal.listed(tx, owner.id)
            if "domain" in act.kind or "claim" in act.kind
        ]
    once = ["domain removed: corp.test of club", "domain restored: corp.test of club"]
    assert acts == [
        "domain claimed: lost.test of club",
        "claim withdrawn: lost.test of club",
        "domain claimed: corp.test of club",
        "domain proved: corp.test of club",
        *once * 2,
        "domain key made: corp.test of club",
        "domain key used: corp.test of club",
    ]
