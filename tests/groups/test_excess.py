"""More groups than a plan allows: all readable, some writable."""

import pytest

from coserver.groups import deletion, excess, freezing, members, rights
from coserver.model.errors import Missing, NoRoom, NotInPlan
from coserver.model.ids import PrincipalId
from coserver.model.rights import ALL
from coserver.model.space import Tool
from coserver.quota import plans, subscriptions, usage


@pytest.fixture
def alice(estate):
    return estate.account("alice", "demo")


@pytest.fixture
def groups(estate, alice):
    """Four groups of alice, whose plan now allows two; the oldest is not the first by name."""
    made = {name: estate.group(name, alice) for name in ("zoo", "ark", "cat", "dog")}
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "small"))
    return made


def state(estate, groups):
    """By the question, and by trying."""
    asked, tried = set(), set()
    with estate.store.read() as tx:
        for name, group in groups.items():
            if excess.writable(tx, group.id):
                asked.add(name)
            try:
                usage.need_room(tx, group.space, Tool.MAIL, bytes=10, items=1)
            except NoRoom:
                continue
            tried.add(name)
    assert asked == tried
    return asked


def choose(estate, alice, *groups):
    estate.store.write(lambda tx: excess.choose(tx, alice.id, [group.id for group in groups]))


def test_writable_when_nothing_was_chosen_then_the_oldest_and_all_stay_readable(estate, alice, groups):
    """(S1)"""
    assert state(estate, groups) == {"zoo", "ark"}
    with estate.store.read() as tx:
        assert [each.name for each in excess.excess(tx, alice.id)] == ["cat", "dog"]
        for group in groups.values():
            assert rights.within(tx, alice.id, group.space, Tool.MAIL) == ALL


def test_writable_when_he_chose_then_those_first_and_the_oldest_fill_up(estate, alice, groups):
    """(S1)"""
    told = []
    estate.store.subscribe(told.append)
    choose(estate, alice, groups["dog"])
    assert state(estate, groups) == {"dog", "zoo"}
    assert {group.id for group in groups.values()} <= told[-1].principals
    choose(estate, alice, groups["dog"], groups["cat"])
    assert state(estate, groups) == {"dog", "cat"}
    choose(estate, alice)
    assert state(estate, groups) == {"zoo", "ark"}


def test_charge_when_the_group_is_one_too_many_then_only_what_adds_is_refused(estate, alice, groups):
    """(S1)"""
    space = groups["dog"].space
    with pytest.raises(NoRoom, match=r"to group dog: .* allows 2 groups.*He can choose which stay writable"):
        estate.store.write(lambda tx: usage.charge(tx, space, Tool.DOCUMENTS, bytes=1, items=1))
    for size, count in ((0, 0), (-5, -1)):
        estate.store.write(
            lambda tx, size=size, count=count: usage.charge(tx, space, Tool.DOCUMENTS, bytes=size, items=count)
        )
    estate.store.write(lambda tx: usage.charge(tx, alice.space, Tool.DOCUMENTS, bytes=1, items=1))


def test_writable_when_a_group_goes_or_the_plan_grows_then_the_next_one_is(estate, alice, groups):
    estate.store.write(lambda tx: deletion.delete_(tx, groups.pop("zoo").id))
    assert state(estate, groups) == {"ark", "cat"}
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "demo"))
    assert state(estate, groups) == {"ark", "cat", "dog"}


def test_writable_when_handed_over_then_the_new_administrators_plan_counts(estate, alice, groups):
    """(C7)"""
    bob = estate.account("bob", "demo")
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "demo"))
    estate.join(groups["dog"].id, bob.id)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "small"))
    estate.store.write(lambda tx: members.hand_over(tx, groups["dog"].id, bob.id))
    assert state(estate, groups) == {"zoo", "ark", "dog"}


def test_writable_when_frozen_or_deleted_then_nothing_is_added(estate, alice):
    team = estate.group("team", alice)
    estate.store.write(lambda tx: freezing.freeze(tx, team.id))
    with estate.store.read() as tx:
        assert not excess.writable(tx, team.id)
        with pytest.raises(NoRoom, match="can only be read"):
            usage.need_room(tx, team.space, Tool.MAIL, bytes=1, items=1)
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    with pytest.raises(NoRoom, match="was deleted"):
        estate.store.write(lambda tx: usage.charge(tx, team.space, Tool.MAIL, bytes=1, items=1))
    with estate.store.read() as tx, pytest.raises(Missing):
        excess.writable(tx, team.id)


def test_choose_when_too_many_or_not_his_then_refused_and_nothing_changes(estate, alice, groups):
    bob = estate.account("bob", "demo")
    other = estate.group("other", bob, alice)
    choose(estate, alice, groups["cat"])
    for wanted, error in (
        ([groups["zoo"], groups["ark"], groups["cat"]], NotInPlan),
        ([groups["zoo"], other], Missing),
    ):
        with pytest.raises(error):
            choose(estate, alice, *wanted)
    with pytest.raises(Missing):
        estate.store.write(lambda tx: excess.choose(tx, alice.id, [PrincipalId(999)]))
    assert state(estate, groups) == {"cat", "zoo"}


def test_charge_when_the_plan_allows_no_group_then_the_private_space_is_not_concerned(estate, alice):
    nothing = plans.bundled("plans-demo").partition("[small]")[0].replace("[demo]", "[none]")
    offered = plans.parse(nothing.replace("groups = 100", "groups = 0"))
    estate.store.write(lambda tx: plans.publish(tx, offered))
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "none"))
    estate.store.write(lambda tx: usage.charge(tx, alice.space, Tool.DOCUMENTS, bytes=1, items=1))
