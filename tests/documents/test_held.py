"""What an account holds at places, as it is shown."""

from typing import Any

from coserver.documents import folders, held, paths
from coserver.groups import members, presets
from coserver.model.rights import ALL, PRESETS, Preset, Right
from coserver.model.space import Tool

CHANGE = Right.EDIT_ANY | Right.DELETE_ANY


def _told(shelf: Any, path: str, who: Any) -> dict[str, Right]:
    def look(tx: Any, account: Any, names: Any) -> dict[str, Right]:
        place = paths.wanted(tx, account, names)
        inner = folders.members(tx, account, place)
        told = {one.name: right for one, right in zip(inner, held.inside(tx, account, place, inner), strict=True)}
        return told | {"": held.at(tx, account, place)}

    found: dict[str, Right] = shelf.read(look, path, who=who)
    return found


def test_inside_when_own_drive_then_all(shelf: Any) -> None:
    shelf.make("a")
    shelf.put("f")
    told = _told(shelf, "", shelf.alice)
    assert (told["a"], told["f"], told[""]) == (ALL, ALL, ALL)
    assert told["Groups"] == told["Drop"] == Right.READ


def test_inside_when_own_only_then_by_the_author_of_each_file(own_shelf: Any) -> None:
    shelf = own_shelf
    with shelf.store.read() as tx:
        team = members.find(tx, "team").id
    shelf.store.write(lambda tx: presets.give(tx, team, shelf.bob, tool=Tool.DOCUMENTS, preset=Preset.CONTRIBUTE))
    shelf.put("Groups/team/hers")
    shelf.put("Groups/team/his", who=shelf.bob)
    shelf.make("Groups/team/folder")
    told = _told(shelf, "Groups/team", shelf.bob)
    assert told["hers"] & CHANGE == Right.NOTHING
    assert told["his"] & CHANGE == CHANGE
    assert told["folder"] == told[""] == PRESETS[Preset.CONTRIBUTE]
    assert _told(shelf, "Groups/team/his", shelf.bob)[""] & CHANGE == CHANGE


def test_inside_when_a_drop_folder_then_dropping_and_all_of_ones_own_deposits(shelf: Any) -> None:
    shelf.put("Drop/bob@example.test/f")
    told = _told(shelf, "Drop/bob@example.test", shelf.alice)
    assert told == {"": Right.DROP, "f": Right.READ | CHANGE}
    assert _told(shelf, "Drop", shelf.alice)["bob@example.test"] == Right.DROP
