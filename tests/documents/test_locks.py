"""Locks: who may change what while they last."""

from typing import Any

import pytest

from coserver.documents import folders, locks, paths
from coserver.documents.terms import Terms
from coserver.groups import members, presets
from coserver.model.errors import Denied, Locked, Missing
from coserver.model.rights import Preset
from coserver.model.space import Tool


def showing(*shown: Any) -> Terms:
    return Terms(frozenset(one.token for one in shown))


@pytest.fixture
def tree(shelf: Any) -> Any:
    shelf.make("a")
    shelf.make("a/b")
    shelf.put("a/b/f")
    shelf.put("a/g")
    return shelf


def test_acquire_when_exclusive_then_nothing_beside_above_or_inside(tree: Any) -> None:
    tree.lock("a/b")
    for path, depth in (("a/b", "0"), ("a/b/f", "0"), ("a", "infinity")):
        for scope in ("exclusive", "shared"):
            with pytest.raises(Locked):
                tree.lock(path, scope, depth)
    tree.lock("a", "exclusive", "0")
    tree.lock("a/g")


def test_acquire_when_shared_then_others_shared_beside_it(tree: Any) -> None:
    first, second = tree.lock("a/g", "shared"), tree.lock("a/g", "shared")
    assert first.token != second.token
    with pytest.raises(Locked):
        tree.lock("a/g")
    with pytest.raises(Locked):
        tree.put("a/g")
    tree.put("a/g", b"new", showing(second))


def test_acquire_when_folder_only_then_its_names_are_protected_and_not_what_is_inside(tree: Any) -> None:
    lock = tree.lock("a", "exclusive", "0")
    tree.put("a/g", b"new")
    for deed in (
        lambda terms: tree.put("a/new", b"", terms),
        lambda terms: tree.remove("a/g", terms),
        lambda terms: tree.make("a/c", terms),
        lambda terms: tree.copy("a/b/f", "a/copy", terms),
    ):
        with pytest.raises(Locked):
            deed(Terms())
    tree.put("a/new", b"", showing(lock))
    tree.put("a/b/free", b"")


def test_acquire_when_folder_with_all_then_everything_inside_needs_the_token(tree: Any) -> None:
    lock = tree.lock("a")
    for path in ("a/g", "a/b/f", "a/b/new"):
        with pytest.raises(Locked):
            tree.put(path)
        tree.put(path, b"new", showing(lock))
    assert [one.token for one in tree.held("a/b/f")] == [lock.token]


def test_acquire_when_the_name_is_free_then_a_file_is_made_and_under_anothers_lock_none(tree: Any) -> None:
    tree.lock("a/b/new")
    assert tree.bytes("a/b/new") == b""
    tree.lock("a/g")
    tree.remove("a/b/f")
    tree.lock("a", "exclusive", "0")
    with pytest.raises(Locked):
        tree.lock("a/fresh")
    assert "fresh" not in tree.listing("a")


def test_acquire_when_only_reading_is_allowed_then_denied(shelf: Any) -> None:
    shelf.put("Groups/team/f")
    for path in ("Groups/team/f", "Groups/team/new", "Groups", "Groups/team"):
        with pytest.raises(Denied):
            shelf.lock(path, who=shelf.bob)


def test_acquire_when_too_many_are_held_then_denied(shelf: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(locks, "MOST", 2)
    shelf.lock("a")
    shelf.lock("b")
    with pytest.raises(Denied):
        shelf.lock("c")
    assert shelf.listing() == ["Drop", "Groups", "a", "b"]


@pytest.mark.parametrize(("asked", "lasts"), [(None, 3600), (10, 10), (10**9, 86_400), (0, 1)])
def test_acquire_when_time_is_asked_then_bounded_and_over_at_its_end(shelf: Any, asked: int | None, lasts: int) -> None:
    shelf.lock("f", seconds=asked)
    shelf.clock.seconds += lasts - 0.5
    with pytest.raises(Locked):
        shelf.put("f")
    shelf.clock.seconds += 1
    shelf.put("f")
    assert shelf.held("f") == []


def test_refresh_when_held_then_the_same_token_and_more_time(shelf: Any) -> None:
    lock = shelf.lock("f", seconds=100)
    shelf.clock.seconds += 99
    fresh = shelf.store.write(lambda tx: locks.refresh(tx, shelf.alice, lock.token, seconds=50))
    assert fresh.token == lock.token
    shelf.clock.seconds += 49
    assert len(shelf.held("f")) == 1
    shelf.clock.seconds += 2
    for account in (shelf.alice, shelf.bob):
        with pytest.raises(Missing):
            shelf.store.write(lambda tx, who=account: locks.refresh(tx, who, lock.token, seconds=50))


def test_token_when_anothers_then_it_opens_nothing(own_shelf: Any) -> None:
    shelf = own_shelf

    def give(tx: Any) -> None:
        presets.give(tx, members.find(tx, "team").id, None, tool=Tool.DOCUMENTS, preset=Preset.EDIT)

    shelf.store.write(give)
    shelf.put("Groups/team/f")
    lock = shelf.lock("Groups/team/f")
    with pytest.raises(Locked):
        shelf.put("Groups/team/f", b"", showing(lock), who=shelf.bob)
    shelf.put("Groups/team/f", b"", showing(lock))


def test_move_when_locked_inside_then_token_needed_and_the_lock_is_lifted(tree: Any) -> None:
    lock = tree.lock("a/b/f")
    for deed in (lambda: tree.move("a", "c"), lambda: tree.remove("a"), lambda: tree.move("a/b/f", "x")):
        with pytest.raises(Locked):
            deed()
    tree.move("a", "c", showing(lock))
    assert tree.held("c/b/f") == []
    tree.put("c/b/f", b"free")


def test_move_when_onto_a_locked_file_then_token_needed_and_the_name_stays_locked(tree: Any) -> None:
    lock = tree.lock("a/g")
    with pytest.raises(Locked):
        tree.move("a/b/f", "a/g")
    tree.move("a/b/f", "a/g", showing(lock))
    assert [one.token for one in tree.held("a/g")] == [lock.token]
    with pytest.raises(Locked):
        tree.put("a/g", b"other")
    tree.copy("a/g", "copy")
    tree.copy("copy", "a/g", showing(lock))
    assert [one.token for one in tree.held("a/g")] == [lock.token]


def test_remove_when_the_token_is_shown_then_the_lock_goes_too(tree: Any) -> None:
    lock = tree.lock("a/g")
    tree.remove("a/g", showing(lock))
    tree.put("a/g", b"another file")
    with tree.store.read() as tx:
        assert locks.find(tx, lock.token) is None


def test_direct_and_inside_when_others_hold_many_locks_elsewhere_then_their_rows_are_not_read(
    tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S10: whoever held 2,000 locks made every list of every drive slow."""
    for number in range(3):
        tree.lock(f"f{number}", who=tree.bob)
    own = tree.lock("a/g")
    read: list[str] = []
    seen = locks._lock

    def counted(row: Any) -> Any:
        read.append(row.token)
        return seen(row)

    monkeypatch.setattr(locks, "_lock", counted)
    with tree.store.read() as tx:
        spot = paths.wanted(tx, tree.alice, ("a",))
        inside = folders.members(tx, tree.alice, spot)
        found = locks.direct(
            tx, [one.folder.id for one in inside if one.folder], [one.item.id for one in inside if one.item]
        )
        assert [one.token for one in (*found, *locks.inside(tx, spot))] == [own.token] * 2
        many = [*range(10**6, 10**6 + 1200), found[0].item]
        assert [one.token for one in locks.direct(tx, many[:700], many)] == [own.token]
    assert read == [own.token] * 3


def test_release_when_done_then_free_and_twice_is_no_error(shelf: Any) -> None:
    lock = shelf.lock("f")
    for _ in range(2):
        shelf.store.write(lambda tx: locks.release(tx, lock.token))
    shelf.put("f")
