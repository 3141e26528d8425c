"""Presets as stored: what was given to whom."""

import pytest

from coserver.groups import freezing, members, presets
from coserver.model.errors import Denied, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Role
from coserver.model.rights import Preset
from coserver.model.space import Tool


def test_given_when_listed_then_all_members_first_then_by_login_and_tool(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    team = estate.group("team", alice, bob)

    def job(tx):
        presets.give(tx, team.id, bob.id, tool=Tool.MAIL, preset=Preset.EDIT)
        presets.give(tx, team.id, bob.id, tool=Tool.CONTACTS, preset=Preset.MANAGE)
        presets.give(tx, team.id, None, tool=Tool.MAIL, preset=Preset.CONTRIBUTE)

    told = []
    estate.store.subscribe(told.append)
    estate.store.write(job)
    assert {team.id, bob.id} <= told[-1].principals
    with estate.store.read() as tx:
        assert presets.given(tx, team.id) == [
            presets.Given(None, None, Tool.MAIL, Preset.CONTRIBUTE),
            presets.Given(bob.id, bob.login, Tool.CONTACTS, Preset.MANAGE),
            presets.Given(bob.id, bob.login, Tool.MAIL, Preset.EDIT),
        ]


def test_give_when_he_is_no_member_or_there_is_no_group_then_missing(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    team = estate.group("team", alice)
    for group, account in ((team.id, bob.id), (PrincipalId(999), None)):
        with pytest.raises(Missing):
            estate.store.write(
                lambda tx, group=group, account=account: presets.give(
                    tx, group, account, tool=Tool.MAIL, preset=Preset.EDIT
                )
            )


def test_give_when_a_member_does_it_then_only_who_manages_the_group_and_not_while_it_is_frozen(estate):
    """(R57)"""
    alice, bob, carol, dave = (estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave"))
    team = estate.group("team", alice, bob, carol)
    estate.store.write(lambda tx: members.set_role(tx, team.id, bob.id, role=Role.COADMINISTRATOR))

    def give(by):
        estate.store.write(
            lambda tx: presets.give(tx, team.id, carol.id, tool=Tool.MAIL, preset=Preset.EDIT, by=by.id)
        )  # fmt: skip

    for by, error in ((carol, Denied), (dave, Missing)):
        with pytest.raises(error):
            give(by)
    give(alice)
    give(bob)
    estate.store.write(lambda tx: freezing.freeze(tx, team.id))
    with pytest.raises(Denied, match="can only be read"):
        give(alice)
