"""Folders: make, list, remove."""

from typing import Any

import pytest

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
