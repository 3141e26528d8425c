"""Presets as stored: what was given to whom."""

import pytest

from coserver.groups import presets
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
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
