"""Folders: make, list, remove."""

from typing import Any

import pytest

from coserver.documents import folders, paths
from coserver.documents.paths import Orphan
from coserver.model.errors import Denied, Exists, Missing, NoRoom
from coserver.quota import usage


def test_make_when_free_then_there_and_when_taken_then_exists(shelf: Any) -> None:
    shelf.make("a")
    shelf.put("f")
    for taken in ("a", "f"):
        with pytest.raises(Exists):
            shelf.make(taken)
    with pytest.raises(Orphan):
        shelf.make("none/a")
    with pytest.raises(Denied):
        shelf.make("Groups/team/a", who=shelf.bob)


def test_members_when_listed_then_folders_first_each_by_name(shelf: Any) -> None:
    for path in ("b", "a"):
        shelf.make(path)
    for path in ("d", "c"):
        shelf.put(path)
    assert shelf.listing() == ["Drop", "Groups", "a", "b", "c", "d"]
    assert shelf.listing("Groups") == ["team"]
    assert shelf.listing(who=shelf.carol) == []


@pytest.mark.parametrize("place", ["", "Groups", "Groups/team", "a", "f0"])
@pytest.mark.parametrize("private", [False, True])
def test_part_when_asked_for_then_what_stands_there_in_the_whole_list(
    own_shelf: Any, place: str, *, private: bool
) -> None:
    shelf = own_shelf
    for path in ("a", "b", "f0", "f1", "f2", "Groups/team/c", "Groups/team/g0", "Groups/team/g1"):
        (shelf.put if path[-1].isdigit() else shelf.make)(path)
    if private:
        shelf.withhold("f1")
        shelf.withhold("Groups/team/g0")

    for who in (shelf.alice, shelf.bob):

        def look(tx: Any, account: Any, found: Any) -> None:
            spot = paths.wanted(tx, account, found)
            whole = folders.members(tx, account, spot)
            for skip in range(len(whole) + 2):
                for most in range(len(whole) + 2):
                    part = folders.part(tx, account, spot, skip=skip, most=most)
                    assert part == (whole[skip : skip + most], len(whole))

        if place in ("", "Groups", "Groups/team") or who == shelf.alice:
            shelf.read(look, place, who=who)


def test_members_when_file_then_nothing(shelf: Any) -> None:
    shelf.put("f")
    assert shelf.listing("f") == []


def test_remove_when_folder_then_all_in_it_and_the_room_comes_back(shelf: Any) -> None:
    shelf.make("a")
    shelf.make("a/b")
    shelf.put("a/b/f", b"12345")
    shelf.put("g", b"123")
    shelf.note("a/b/f", **{"{x}a": "<a/>"})
    assert shelf.used() == (8, 2)
    shelf.remove("a")
    assert shelf.used() == (3, 1)
    with pytest.raises(Missing):
        shelf.remove("a")


def test_room_when_group_then_the_groups(shelf: Any) -> None:
    shelf.put("Groups/team/f", b"1234567")
    assert shelf.used("Groups/team") == (7, 1)
    assert shelf.used() == (0, 0)


def test_make_when_there_are_too_many_folders_then_no_room_however_they_come(shelf: Any, monkeypatch: Any) -> None:
    """They are charged to no capacity, and could be made without end."""
    monkeypatch.setattr(usage, "MOST_COLLECTIONS", 4)
    shelf.make("a")
    shelf.make("a/b")
    shelf.make("a/b/c")
    with pytest.raises(NoRoom, match="There can be 4 folders"):
        shelf.copy("a", "again")
    with pytest.raises(NoRoom):
        shelf.copy("a/b", "again")
    shelf.copy("a/b", "again", deep=False)
    with pytest.raises(NoRoom, match="There can be 4 folders"):
        shelf.make("d")
    shelf.move("a/b", "moved")
    shelf.remove("again")
    shelf.make("d")
    assert shelf.listing()[-3:] == ["a", "d", "moved"]
