"""What is done to accounts, groups and shares, as their journals tell it."""

import pytest

from coserver.accounts import accounts, closure, plan_changes
from coserver.auth import credentials
from coserver.groups import deletion, freezing, invitations, leaving, members, presets, shares
from coserver.groups.shares import Offer, Target
from coserver.model.act import ActKind, Actor, Way
from coserver.model.plan import Feature
from coserver.model.principal import Role
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.store import acting, collections, journal


@pytest.fixture
def alice(estate):
    return estate.account("alice")


@pytest.fixture
def bob(estate):
    return estate.account("bob")


def told(estate, space):
    with estate.store.read() as tx:
        return [(one.kind, one.detail) for one in journal.listed(tx, space)]


def test_group_when_its_members_and_rights_change_tells_each(estate, alice, bob):
    team = estate.group("team", alice, bob)
    with acting.by(acting.OPERATOR):
        for deed in (
            lambda tx: members.set_role(tx, team.id, bob.id, role=Role.COADMINISTRATOR),
            lambda tx: presets.give(tx, team.id, bob.id, tool=Tool.MAIL, preset=Preset.EDIT),
            lambda tx: presets.give(tx, team.id, None, tool=Tool.MAIL, preset=Preset.READ),
            lambda tx: invitations.invite(tx, team.id, "x@elsewhere.test", token="t" * 64),
            lambda tx: invitations.withdraw(tx, team.id, "x@elsewhere.test"),
            lambda tx: freezing.freeze(tx, team.id),
            lambda tx: freezing.freeze(tx, team.id),
            lambda tx: freezing.thaw(tx, team.id),
            lambda tx: members.hand_over(tx, team.id, bob.id),
            lambda tx: leaving.remove(tx, team.id, alice.id, by=alice.id),
            lambda tx: members.add(tx, team.id, alice.id),
            lambda tx: leaving.remove(tx, team.id, alice.id),
            lambda tx: deletion.delete_(tx, team.id),
            lambda tx: deletion.restore(tx, "team"),
        ):
            estate.store.write(deed)
    assert told(estate, team.space) == [
        (ActKind.FOUNDED, "alice@example.test"),
        (ActKind.JOINED, "bob@example.test"),
        (ActKind.ROLE, "bob@example.test: coadministrator"),
        (ActKind.GIVEN, "bob@example.test: edit in mail"),
        (ActKind.GIVEN, "all members: read in mail"),
        (ActKind.INVITED, ""),
        (ActKind.UNINVITED, ""),
        (ActKind.FROZEN, ""),
        (ActKind.THAWED, ""),
        (ActKind.HANDED_OVER, "bob@example.test"),
        (ActKind.LEFT, "alice@example.test"),
        (ActKind.JOINED, "alice@example.test"),
        (ActKind.EXPELLED, "alice@example.test"),
        (ActKind.DELETED, ""),
        (ActKind.RESTORED, ""),
    ]


def test_account_when_its_life_changes_tells_each_and_no_secret(estate, alice):
    made = credentials.make()
    with acting.by(acting.OPERATOR):
        for deed in (
            lambda tx: accounts.set_password(tx, alice.id, "$verifier$"),
            lambda tx: accounts.set_external(tx, alice.id, "alice@elsewhere.test"),
            lambda tx: credentials.revoke(
                tx, alice.id, credentials.add_app(tx, alice.id, made, label="phone", services=[Feature.IMAP])
            ),
            lambda tx: plan_changes.subscribe(tx, alice.id, "large"),
            lambda tx: accounts.suspend(tx, alice.id),
            lambda tx: accounts.resume(tx, alice.id),
            lambda tx: closure.close(tx, alice.id),
            lambda tx: closure.restore(tx, alice.id),
        ):
            estate.store.write(deed)
    assert told(estate, alice.space) == [
        (ActKind.MADE, ""),
        (ActKind.PASSWORD, ""),
        (ActKind.EXTERNAL, ""),
        (ActKind.APP_PASSWORD, "imap"),
        (ActKind.REVOKED, ""),
        (ActKind.PLAN, "large"),
        (ActKind.SUSPENDED, ""),
        (ActKind.RESUMED, ""),
        (ActKind.CLOSED, ""),
        (ActKind.RESTORED, ""),
    ]


def test_share_when_made_and_taken_back_tells_what_whom_and_how_much(estate, alice, bob):
    team = estate.group("team", alice, bob)

    def target(tx):
        root = collections.root(tx, alice.space, Tool.CALENDAR)
        return Target(collections.find(tx, root.id, "calendar"))

    me = Actor(alice.id, alice.login, Way.CALDAV, "192.0.2.1")
    with acting.by(me):
        for to in (bob.id, None):
            offer = Offer(team.id, to, Preset.READ)
            estate.store.write(lambda tx, offer=offer: shares.add(tx, alice.id, target(tx), offer))
        estate.store.write(lambda tx: shares.remove(tx, alice.id, target(tx), through=team.id, to=bob.id))
    with estate.store.read() as tx:
        found = [one for one in journal.listed(tx, alice.space) if one.kind is not ActKind.MADE]
    assert [(one.kind, one.what, one.detail) for one in found] == [
        (ActKind.SHARED, "calendar/", "bob@example.test through team as read"),
        (ActKind.SHARED, "calendar/", "all of team as read"),
        (ActKind.UNSHARED, "calendar/", "bob@example.test through team"),
    ]
    assert {one.actor for one in found} == {me}
