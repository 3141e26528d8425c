"""Files: put, admit, describe."""

from typing import Any

import pytest

from coserver.documents import files, paths
from coserver.documents.terms import Terms
from coserver.groups import members, presets
from coserver.model.errors import Denied, Exists, Missing, NoRoom, Stale, TooBig
from coserver.model.rights import Preset
from coserver.model.space import Tool


def refuse(_tx: Any) -> None:
    raise Stale("no")


def give(shelf: Any, preset: Preset) -> None:
    def job(tx: Any) -> None:
        presets.give(tx, members.find(tx, "team").id, None, tool=Tool.DOCUMENTS, preset=preset)

    shelf.store.write(job)


def test_put_when_new_then_made_and_when_old_then_the_same_item(shelf: Any) -> None:
    first, made = shelf.put("f", b"one")
    assert made
    second, made = shelf.put("f", b"longer", stamp=5000)
    assert not made
    assert (second.id, second.stamp) == (first.id, 5000)
    assert shelf.bytes("f") == b"longer"
    assert shelf.used() == (6, 1)


def test_put_when_a_folder_has_the_name_then_exists(shelf: Any) -> None:
    shelf.make("a")
    with pytest.raises(Exists):
        shelf.put("a")


def test_put_when_a_condition_fails_then_stale_and_nothing_is_kept(shelf: Any) -> None:
    with pytest.raises(Stale):
        shelf.put("f", terms=Terms(check=refuse))
    assert shelf.listing() == ["Drop", "Groups"]
    assert shelf.used() == (0, 0)


def test_put_when_it_does_not_fit_then_no_room_and_the_old_stays(shelf: Any) -> None:
    shelf.put("f", b"old")
    with pytest.raises(NoRoom):
        shelf.put("f", b"x" * 1_000_001)
    assert shelf.bytes("f") == b"old"
    shelf.put("f", b"x" * 1_000_000)


def test_put_when_contributor_then_own_files_only(own_shelf: Any) -> None:
    shelf = own_shelf
    shelf.put("Groups/team/hers")
    with pytest.raises(Denied):
        shelf.put("Groups/team/his", who=shelf.bob)
    give(shelf, Preset.CONTRIBUTE)
    shelf.put("Groups/team/his", who=shelf.bob)
    shelf.put("Groups/team/his", b"again", who=shelf.bob)
    with pytest.raises(Denied):
        shelf.put("Groups/team/hers", b"spoiled", who=shelf.bob)
    with pytest.raises(Denied):
        shelf.remove("Groups/team/hers", who=shelf.bob)
    shelf.remove("Groups/team/his", who=shelf.bob)
    give(shelf, Preset.EDIT)
    shelf.put("Groups/team/hers", b"changed", who=shelf.bob)
    assert shelf.bytes("Groups/team/hers") == b"changed"


def test_folders_when_contributor_then_own_ones_with_own_contents_only(own_shelf: Any) -> None:
    """(R57) He made folders that he could neither rename nor remove: programs make them as "New folder" first."""
    shelf = own_shelf
    shelf.make("Groups/team/hers")
    give(shelf, Preset.CONTRIBUTE)
    shelf.make("Groups/team/New folder", who=shelf.bob)
    shelf.move("Groups/team/New folder", "Groups/team/his", who=shelf.bob)
    shelf.make("Groups/team/his/inner", who=shelf.bob)
    shelf.put("Groups/team/his/inner/f", who=shelf.bob)
    shelf.put("Groups/team/his/inner/secret", who=shelf.bob)
    shelf.withhold("Groups/team/his/inner/secret", who=shelf.bob)
    for deed in (shelf.remove, lambda path, **more: shelf.move(path, "Groups/team/other", **more)):
        with pytest.raises(Denied):
            deed("Groups/team/hers", who=shelf.bob)
    shelf.put("Groups/team/his/inner/g")
    for path in ("Groups/team/his", "Groups/team/his/inner"):
        with pytest.raises(Denied, match="when all in it is yours"):
            shelf.remove(path, who=shelf.bob)
    with pytest.raises(Denied):
        shelf.move("Groups/team/his", "taken away", who=shelf.bob)
    shelf.remove("Groups/team/his/inner/g")
    shelf.make("Groups/team/his/hers")
    with pytest.raises(Denied):
        shelf.remove("Groups/team/his", who=shelf.bob)
    shelf.remove("Groups/team/his/hers")
    shelf.remove("Groups/team/his", who=shelf.bob)
    assert shelf.listing("Groups/team") == ["hers"]
    assert shelf.used("Groups/team") == (0, 0)
    give(shelf, Preset.READ)
    with pytest.raises(Denied):
        shelf.remove("Groups/team/hers", who=shelf.bob)


def test_admit_when_asked_then_the_room_for_this_very_file(shelf: Any) -> None:
    shelf.put("f", b"x" * 400_000)
    shelf.put("g", b"x" * 100_000)
    terms = Terms()
    assert shelf.read(files.admit, "f", terms, size=None).most == 900_000
    assert shelf.read(files.admit, "new", terms, size=500_000).most == 500_000
    assert shelf.read(files.admit, "f", terms, size=900_000).replaces.size == 400_000
    with pytest.raises(NoRoom):
        shelf.read(files.admit, "new", terms, size=500_001)
    with pytest.raises(NoRoom):
        shelf.read(files.admit, "f", terms, size=900_001)


def test_admit_when_the_space_is_full_then_a_file_may_still_shrink(shelf: Any) -> None:
    shelf.put("f", b"x" * 1_000_000)
    assert shelf.read(files.admit, "f", Terms(), size=10).most == 1_000_000
    with pytest.raises(NoRoom):
        shelf.read(files.admit, "new", Terms(), size=1)


def test_describe_when_time_and_notes_then_both_and_removal_of_nothing_is_no_error(shelf: Any) -> None:
    shelf.put("f")
    told = files.Description({"{x}a": "<a/>", "{x}none": None}, stamp=7000)
    shelf.write(files.describe, "f", told, terms=Terms())
    assert shelf.notes("f") == {"{x}a": "<a/>"}
    assert shelf.read(paths.lookup, "f").item.stamp == 7000


def test_describe_when_folder_of_groups_then_denied(shelf: Any) -> None:
    with pytest.raises(Denied):
        shelf.note("Groups", **{"{x}a": "<a/>"})
    with pytest.raises(Missing):
        shelf.note("none", **{"{x}a": "<a/>"})


def test_describe_when_too_long_or_too_many_then_too_big_and_none_is_kept(shelf: Any) -> None:
    shelf.put("f")
    with pytest.raises(TooBig):
        shelf.note("f", **{"{x}a": "x" * 70_000})
    with pytest.raises(TooBig):
        shelf.note("f", **{f"{{x}}{number}": "<a/>" for number in range(201)})
    assert shelf.notes("f") == {}


def test_describe_when_a_contributor_did_not_make_the_folder_then_denied(own_shelf: Any) -> None:
    """R57: the own-only rule holds for folders, too; whoever might add could overwrite their properties."""
    shelf = own_shelf

    def describe(path: str, who: Any) -> None:
        shelf.write(files.describe, path, files.Description({"{x}a": "<a/>"}), terms=Terms(), who=who)

    def promote(tx: Any) -> None:
        presets.give(tx, members.find(tx, "team").id, shelf.erin, tool=Tool.DOCUMENTS, preset=Preset.EDIT)

    give(shelf, Preset.CONTRIBUTE)
    shelf.store.write(promote)
    shelf.make("Groups/team/hers")
    shelf.make("Groups/team/his", who=shelf.bob)
    for path in ("Groups/team/hers", "Groups/team"):
        with pytest.raises(Denied):
            describe(path, shelf.bob)
        describe(path, shelf.erin)
    describe("Groups/team/his", shelf.bob)
    shelf.lock("Groups/team/hers", who=shelf.bob)
