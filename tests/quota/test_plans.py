"""Plans: read, numbered, subscribed to; whose plan counts for a space."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import insert

from coserver.groups import members
from coserver.model.errors import Malformed, Missing
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import OPTIONAL, Capacity, Feature
from coserver.quota import plans, subscriptions
from coserver.store.schema.quota import plan

ONE = plans.bundled("plans-demo").partition("[small]")[0]


def test_bundled_when_parsed_then_every_plan_has_all_capacities():
    found = plans.parse(plans.bundled())
    assert [plan.code for plan in found] == ["free", "standard", "large"]
    assert all(set(plan.capacities) == set(Capacity) and plan.features == set(Feature) for plan in found)


def test_sample_in_conf_when_read_then_is_the_bundled_one():
    sample = Path(__file__).parents[2] / "conf" / "plans.toml"
    assert sample.read_text() == plans.bundled()


def test_demo_plans_when_parsed_then_keep_the_contract_of_the_demo():
    demo, small, big = plans.parse(plans.bundled("plans-demo"))
    sizes = [capacity for capacity in Capacity if capacity.endswith("_bytes")]
    assert {demo.capacities[each] for each in sizes} == {10**9}
    assert {small.capacities[each] for each in sizes} == {10**6}
    assert {big.capacities[each] for each in sizes} == {10**12}
    assert (small.capacities[Capacity.GROUPS], small.capacities[Capacity.MEMBERS_PER_GROUP]) == (2, 3)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[demo]", "[demo", "TOML"),
        ("groups = 100", "groups = -1", "groups"),
        ("groups = 100", "groups = true", "groups"),
        ("groups = 100", "", "groups"),
        ("groups = 100", "groups = 100\nwishes = 3", "wishes"),
        ('"imap"', '"pop"', "features"),
        ('features = ["imap", "smtp", "caldav", "carddav", "webdav"]', "", "features"),
        ('title = "Demo"', "title = 3", "title"),
        ("[demo]", "x = 3\n[demo]", "x"),
    ],
)
def test_parse_when_something_is_wrong_then_names_it(old, new, named):
    with pytest.raises(Malformed, match=named):
        plans.parse(ONE.replace(old, new))


def test_parse_when_capacities_that_came_later_are_left_out_then_there_are_none_of_them():
    later = re.compile(r"^(aliases|domains|managed_accounts|free_managed) = .*\n", re.MULTILINE)
    (before,) = plans.parse(later.sub("", ONE))
    assert {before.capacities[each] for each in OPTIONAL} == {0}
    assert set(before.capacities) == set(Capacity)


def test_plan_of_when_it_was_stored_before_there_were_such_capacities_then_has_none_of_them(estate):
    alice = estate.account("alice", "demo")
    stored = {capacity: 1 for capacity in Capacity if capacity not in OPTIONAL}
    row = {"code": "demo", "version": 2, "title": "Demo", "capacities": json.dumps(stored), "features": "[]"}
    estate.store.write(lambda tx: tx.execute(insert(plan), row))
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "demo"))
    with estate.store.read() as tx:
        found = plans.plan_of(tx, alice.id)
    assert {found.capacities[each] for each in OPTIONAL} == {0}
    assert found.capacities[Capacity.GROUPS] == 1


def test_publish_when_nothing_changed_then_keeps_the_version(estate):
    again = estate.store.write(lambda tx: plans.publish(tx, plans.parse(ONE)))
    assert [(plan.code, plan.version) for plan in again] == [("demo", 1)]


def test_publish_when_content_changed_then_subscribers_keep_what_they_have_until_moved(estate):
    alice = estate.account("alice", "demo")
    changed = plans.parse(ONE.replace("groups = 100", "groups = 7"))
    estate.store.write(lambda tx: plans.publish(tx, changed))
    with estate.store.read() as tx:
        assert plans.current(tx, "demo").version == 2
        assert [plan.version for plan in plans.listed(tx) if plan.code == "demo"] == [2]
        assert plans.plan_of(tx, alice.id).capacities[Capacity.GROUPS] == 100
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "demo"))
    with estate.store.read() as tx:
        assert plans.plan_of(tx, alice.id).capacities[Capacity.GROUPS] == 7


def test_subscribe_when_there_is_no_such_plan_then_says_so_and_keeps_the_old_one(estate):
    alice = estate.account("alice", "demo")
    with pytest.raises(Missing, match="plan list"):
        estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "golden"))
    with estate.store.read() as tx:
        assert plans.codes(tx) == {alice.id: "demo"}


def test_subscribe_when_done_then_sessions_of_the_account_are_told(estate):
    alice = estate.account("alice")
    told = []
    estate.store.subscribe(told.append)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "big"))
    assert alice.id in told[-1].principals


def test_features_of_when_the_plan_lacks_one_then_it_is_not_among_them(estate):
    mail_only = ONE.replace("[demo]", "[mail]").replace('"caldav", "carddav", "webdav"', "").replace(", ]", "]")
    estate.store.write(lambda tx: plans.publish(tx, plans.parse(mail_only)))
    alice = estate.account("alice", "mail")
    with estate.store.read() as tx:
        assert plans.features_of(tx, alice.id) == {Feature.IMAP, Feature.SMTP}


def test_reads_when_nobody_is_there_then_missing_or_nothing(estate):
    with estate.store.read() as tx:
        assert plans.features_of(tx, PrincipalId(999)) == frozenset()
        with pytest.raises(Missing):
            plans.plan_of(tx, PrincipalId(999))
        with pytest.raises(Missing):
            plans.allowance(tx, SpaceId(999))


def test_allowance_when_a_group_is_handed_over_then_the_new_administrators_plan_counts(estate):
    alice, bob = estate.account("alice", "demo"), estate.account("bob", "small")
    team = estate.group("team", alice, bob)
    with estate.store.read() as tx:
        assert plans.allowance(tx, team.space).plan.code == "demo"
        assert plans.allowance(tx, team.space).group == "team"
        assert plans.allowance(tx, bob.space).group is None
    estate.store.write(lambda tx: members.hand_over(tx, team.id, bob.id))
    with estate.store.read() as tx:
        assert plans.allowance(tx, team.space).plan.code == "small"
