"""Moves and copies: all of it or nothing."""

from typing import Any

import pytest

from coserver.documents import moving, paths
from coserver.documents.terms import Terms
from coserver.model.errors import Denied, Missing, NoRoom, Stale, TooBig


def test_move_when_file_then_the_same_item_under_another_name(shelf: Any) -> None:
    shelf.make("a")
    item, _ = shelf.put("f", stamp=5000)
    shelf.note("f", **{"{x}a": "<a/>"})
    assert shelf.move("f", "a/g")
    found = shelf.read(paths.lookup, "a/g").item
    assert (found.id, found.stamp, found.blob) == (item.id, 5000, item.blob)
    assert shelf.notes("a/g") == {"{x}a": "<a/>"}
    assert shelf.used() == (5, 1)


def test_move_when_folder_then_everything_below_comes_along(shelf: Any) -> None:
    for path in ("a", "a/b", "c"):
        shelf.make(path)
    shelf.put("a/b/f")
    assert shelf.move("a", "c/d")
    assert shelf.bytes("c/d/b/f") == b"hello"
    assert shelf.listing() == ["Drop", "Groups", "c"]


@pytest.mark.parametrize(("source", "target"), [("f", "g"), ("a", "g"), ("f", "b"), ("a", "b")])
def test_move_when_the_name_is_taken_then_overwritten_or_stale(shelf: Any, source: str, target: str) -> None:
    shelf.put("f", b"from")
    shelf.put("g", b"gone!")
    for path in ("a", "b"):
        shelf.make(path)
        shelf.put(f"{path}/{path}-inside")
    with pytest.raises(Stale):
        shelf.move(source, target, Terms(overwrite=False))
    before = shelf.used()
    assert not shelf.move(source, target)
    lost = 5  # what had the name, or was in it
    assert shelf.used() == (before[0] - lost, before[1] - 1)
    if source == "f":
        assert shelf.bytes(target) == b"from"
    else:
        assert shelf.listing(target) == ["a-inside"]


@pytest.mark.parametrize("target", ["a", "a/x", "a/b", ""])
def test_move_and_copy_when_onto_itself_then_denied(shelf: Any, target: str) -> None:
    shelf.make("a")
    shelf.make("a/b")
    for deed in (shelf.move, shelf.copy):
        with pytest.raises(Denied):
            deed("a", target)


def test_move_when_missing_then_missing(shelf: Any) -> None:
    with pytest.raises(Missing):
        shelf.move("none", "x")


def test_copy_when_it_fails_on_the_way_then_nothing_happened(shelf: Any) -> None:
    shelf.make("a")
    shelf.put("a/small")
    shelf.make("a/b")
    shelf.put("a/b/large", b"x" * 600_000)
    shelf.put("taken", b"keep me")
    with pytest.raises(NoRoom):
        shelf.copy("a", "taken")
    assert shelf.bytes("taken") == b"keep me"
    assert shelf.used() == (600_012, 3)


def test_copy_when_file_then_another_item_with_the_same_bytes_and_notes(shelf: Any) -> None:
    item, _ = shelf.put("f", stamp=5000)
    shelf.note("f", **{"{x}a": "<a/>"})
    assert shelf.copy("f", "g")
    found = shelf.read(paths.lookup, "g").item
    assert found.id != item.id
    assert (found.blob, found.stamp) == (item.blob, 5000)
    assert shelf.notes("g") == {"{x}a": "<a/>"}
    assert shelf.used() == (10, 2)


def test_copy_when_folder_then_deep_or_shallow(shelf: Any) -> None:
    shelf.make("a")
    shelf.make("a/b")
    shelf.put("a/b/f")
    shelf.note("a", **{"{x}a": "<a/>"})
    assert shelf.copy("a", "deep")
    assert shelf.copy("a", "shallow", deep=False)
    assert shelf.bytes("deep/b/f") == b"hello"
    assert shelf.listing("shallow") == []
    assert shelf.notes("shallow") == {"{x}a": "<a/>"}


def test_copy_when_from_a_group_then_the_copy_is_the_readers_own(shelf: Any) -> None:
    shelf.make("Groups/team/a")
    shelf.put("Groups/team/a/f", b"read")
    assert shelf.copy("Groups/team", "mine", who=shelf.bob)
    shelf.put("mine/a/f", b"changed", who=shelf.bob)
    assert shelf.bytes("Groups/team/a/f") == b"read"
    with pytest.raises(Denied):
        shelf.copy("mine", "Groups/team/mine", who=shelf.bob)
    with pytest.raises(Denied):
        shelf.copy("Groups", "all", who=shelf.bob)


def test_move_when_across_spaces_then_notes_and_room_go_along(shelf: Any) -> None:
    shelf.make("a")
    shelf.put("a/f", b"12345")
    shelf.put("g", b"123")
    shelf.note("g", **{"{x}a": "<a/>"})
    shelf.move("a", "Groups/team/a")
    shelf.move("g", "Groups/team/g")
    assert shelf.used() == (0, 0)
    assert shelf.used("Groups/team") == (8, 2)
    assert shelf.notes("Groups/team/g") == {"{x}a": "<a/>"}


def test_move_when_a_member_may_only_read_then_denied(shelf: Any) -> None:
    shelf.put("Groups/team/f")
    shelf.make("Groups/team/a")
    for path in ("f", "a"):
        with pytest.raises(Denied):
            shelf.move(f"Groups/team/{path}", "mine", who=shelf.bob)
    assert shelf.listing(who=shelf.bob) == ["Drop", "Groups"]


def test_copy_when_the_tree_is_too_large_then_too_big(shelf: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(moving, "LARGEST_TREE", 2)
    shelf.make("a")
    for number in range(3):
        shelf.put(f"a/{number}")
    with pytest.raises(TooBig):
        shelf.copy("a", "b")
    assert shelf.move("a", "b")
