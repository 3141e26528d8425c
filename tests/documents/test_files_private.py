"""Who may say that a file is private (R13), and what that leaves to others."""

from typing import Any

import pytest

from coserver.documents import files, paths
from coserver.documents.terms import Terms
from coserver.groups import members, presets
from coserver.model.errors import Denied, Missing
from coserver.model.rights import Preset, Privacy
from coserver.model.space import Tool


def _give(shelf: Any, who: Any, preset: Preset) -> None:
    with shelf.store.read() as tx:
        team = members.find(tx, "team").id
    shelf.store.write(lambda tx: presets.give(tx, team, who, tool=Tool.DOCUMENTS, preset=preset))


def test_may_withhold_when_the_author_may_only_read_by_now_then_still_he_and_the_administrator(own_shelf: Any) -> None:
    shelf = own_shelf
    _give(shelf, shelf.bob, Preset.CONTRIBUTE)
    shelf.put("Groups/team/f", who=shelf.bob)
    shelf.put("Groups/team/hers")
    _give(shelf, shelf.bob, Preset.NOTHING)
    for who in (shelf.bob, shelf.alice):
        item, _, grant = shelf.read(files.may_withhold, "Groups/team/f", who=who)
        assert grant.who == who
        assert item.privacy is Privacy.OPEN
    with pytest.raises(Denied, match="administrator of the group and who made it"):
        shelf.read(files.may_withhold, "Groups/team/hers", who=shelf.bob)
    with pytest.raises(Missing):
        shelf.read(files.may_withhold, "Groups/team/f", who=shelf.carol)


def test_describe_when_the_author_may_only_read_by_now_then_private_but_nothing_else(own_shelf: Any) -> None:
    shelf = own_shelf
    _give(shelf, shelf.bob, Preset.CONTRIBUTE)
    shelf.put("Groups/team/f", who=shelf.bob)
    _give(shelf, shelf.bob, Preset.NOTHING)
    shelf.withhold("Groups/team/f", who=shelf.bob)
    assert shelf.read(paths.lookup, "Groups/team/f").item.privacy is Privacy.PRIVATE
    for more in (files.Description({"{x:}a": "1"}, private=False), files.Description({}, stamp=1, private=False)):
        with pytest.raises(Denied, match="not edit what is one's own"):
            shelf.write(files.describe, "Groups/team/f", more, Terms(), who=shelf.bob)
    assert shelf.read(paths.lookup, "Groups/team/f").item.privacy is Privacy.PRIVATE


def test_describe_when_made_private_and_public_again_then_seen_accordingly(own_shelf: Any) -> None:
    shelf = own_shelf
    shelf.put("Groups/team/f")
    assert shelf.listing("Groups/team", who=shelf.bob) == ["f"]
    shelf.withhold("Groups/team/f")
    assert shelf.listing("Groups/team", who=shelf.bob) == []
    assert shelf.listing("Groups/team") == ["f"]
    assert shelf.read(paths.lookup, "Groups/team/f", who=shelf.bob).hidden
    with pytest.raises(Missing):
        shelf.bytes("Groups/team/f", who=shelf.bob)
    shelf.withhold("Groups/team/f", private=False)
    assert shelf.bytes("Groups/team/f", who=shelf.bob) == b"hello"


def test_copy_when_a_private_file_then_private_wherever_it_is_put(own_shelf: Any) -> None:
    shelf = own_shelf
    shelf.put("f")
    shelf.withhold("f")
    shelf.copy("f", "g")
    shelf.copy("f", "Groups/team/f")
    assert shelf.read(paths.lookup, "g").item.privacy is Privacy.PRIVATE
    assert shelf.listing("Groups/team", who=shelf.bob) == []


def test_describe_when_it_is_a_folder_then_denied(own_shelf: Any) -> None:
    own_shelf.make("a")
    with pytest.raises(Denied, match="Only files"):
        own_shelf.withhold("a")
