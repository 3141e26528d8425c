"""How memberships end."""

import pytest

from coserver.groups import leaving, members, presets, rights, shares
from coserver.groups.shares import Offer, Target
from coserver.model.errors import Denied, Missing
from coserver.model.principal import Role
from coserver.model.rights import Preset, Right
from coserver.model.space import Tool
from coserver.store import collections


@pytest.fixture
def team(estate):
    """Alice administers, bob is co-administrator, carol and dave are members, erin is none."""
    people = {name: estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave", "erin")}
    group = estate.group("team", *(people[name] for name in ("alice", "bob", "carol", "dave")))
    estate.store.write(lambda tx: members.set_role(tx, group.id, people["bob"].id, role=Role.COADMINISTRATOR))
    return people, group


def remove(estate, group, whom, by=None):
    estate.store.write(lambda tx: leaving.remove(tx, group.id, whom.id, by=None if by is None else by.id))


def left(estate, group):
    with estate.store.read() as tx:
        return [each.login.partition("@")[0] for each in members.members(tx, group.id)]


def test_remove_when_it_is_the_administrator_then_denied_to_everybody_until_handed_over(estate, team):
    """(R58)"""
    people, group = team
    alice, bob = people["alice"], people["bob"]
    for by in (None, alice, bob):
        with pytest.raises(Denied, match="hand it over"):
            remove(estate, group, alice, by=by)
    estate.store.write(lambda tx: members.hand_over(tx, group.id, bob.id))
    remove(estate, group, alice, by=alice)
    assert left(estate, group) == ["bob", "carol", "dave"]


@pytest.mark.parametrize(
    ("by", "whom", "error"),
    [
        (None, "bob", None),
        ("alice", "bob", None),
        ("bob", "bob", None),
        ("carol", "carol", None),
        ("bob", "carol", None),
        ("carol", "bob", Denied),
        ("carol", "dave", Denied),
        ("erin", "carol", Missing),
        ("erin", "erin", Missing),
        ("alice", "erin", Missing),
    ],
)
def test_remove_when_somebody_does_it_then_only_who_may(estate, team, by, whom, error):
    people, group = team
    if error is None:
        remove(estate, group, people[whom], by=by and people[by])
        assert whom not in left(estate, group)
        return
    before = left(estate, group)
    with pytest.raises(error):
        remove(estate, group, people[whom], by=by and people[by])
    assert left(estate, group) == before


def test_remove_when_two_are_coadministrators_then_they_do_not_remove_each_other(estate, team):
    people, group = team
    estate.store.write(lambda tx: members.set_role(tx, group.id, people["carol"].id, role=Role.COADMINISTRATOR))
    with pytest.raises(Denied, match="Only the administrator"):
        remove(estate, group, people["carol"], by=people["bob"])


def test_remove_when_done_then_rights_and_shares_both_ways_are_gone_and_do_not_come_back(estate, team):
    """(R17, S7)"""
    people, group = team
    alice, carol = people["alice"], people["carol"]

    def calendar(account):
        with estate.store.read() as tx:
            root = collections.root(tx, account.space, Tool.CALENDAR)
            return collections.find(tx, root.id, "calendar")

    hers, his = calendar(carol), calendar(alice)

    def give(tx):
        presets.give(tx, group.id, carol.id, tool=Tool.MAIL, preset=Preset.MANAGE)
        shares.add(tx, carol.id, Target(hers), Offer(group.id, None, Preset.READ))
        shares.add(tx, alice.id, Target(his), Offer(group.id, carol.id, Preset.EDIT))

    estate.store.write(give)

    def held():
        with estate.store.read() as tx:
            return (
                rights.of(tx, alice.id, hers),
                rights.of(tx, carol.id, his),
                rights.within(tx, carol.id, group.space, Tool.MAIL),
            )

    assert Right.NOTHING not in held()
    told = []
    estate.store.subscribe(told.append)
    remove(estate, group, carol)
    assert {group.id, carol.id, alice.id} <= told[-1].principals
    assert held() == (Right.NOTHING, Right.NOTHING, Right.NOTHING)
    estate.join(group.id, carol.id)
    assert held() == (Right.NOTHING, Right.NOTHING, Right.BUSY | Right.READ)
