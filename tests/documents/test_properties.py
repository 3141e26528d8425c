"""Dead properties, by row."""

from typing import Any

import pytest

from coserver.documents import files, paths, properties
from coserver.documents.properties import Owner
from coserver.documents.terms import Terms
from coserver.model.errors import NoRoom


def test_put_when_set_again_or_removed_then_the_last_counts(shelf: Any) -> None:
    shelf.make("a")
    shelf.note("a", **{"{x}one": "<one/>", "{x}two": "<two/>"})
    shelf.note("a", **{"{x}one": "<one>1</one>", "{x}two": None})
    assert shelf.notes("a") == {"{x}one": "<one>1</one>"}


def test_of_files_and_folders_when_many_then_each_its_own(shelf: Any) -> None:
    def fill(tx: Any) -> list[Any]:
        made = []
        for number in range(900):
            (spot, _) = files.put(tx, shelf.alice, (f"f{number}",), staged, stamp=0, terms=Terms())
            made.append(spot.item.id)
            if number % 3 == 0:
                properties.put(tx, Owner(item=spot.item.id), {"{x}n": f"<n>{number}</n>"})
        return made

    staged = shelf.store.stage(b"")
    made = shelf.store.write(fill)
    with shelf.store.read() as tx:
        found = properties.of_files(tx, made)
        assert properties.of_folders(tx, []) == {}
    assert len(found) == 300
    assert found[made[897]] == {"{x}n": "<n>897</n>"}


def test_copy_when_target_has_its_own_then_replaced(shelf: Any) -> None:
    shelf.put("f")
    shelf.put("g")
    shelf.note("f", **{"{x}a": "<a/>"})
    shelf.note("g", **{"{x}b": "<b/>"})

    def job(tx: Any) -> None:
        source, target = (properties.owner(paths.wanted(tx, shelf.alice, (name,))) for name in ("f", "g"))
        properties.copy(tx, source, target)

    shelf.store.write(job)
    assert shelf.notes("g") == {"{x}a": "<a/>"}


def test_owner_when_nothing_is_there_then_a_fault(shelf: Any) -> None:
    with shelf.store.read() as tx, pytest.raises(ValueError, match="no row"):
        properties.of(tx, Owner())


def test_put_when_long_ones_in_a_space_are_too_many_then_no_room_for_more(shelf: Any) -> None:
    """They are charged to no capacity: 64 kB on every file were a second, unbounded drive (S10)."""
    long = {"{x}n": f"<n>{'a' * 60_000}</n>"}
    shelf.make("d")
    shelf.note("d", **long)
    shelf.put("f")
    with pytest.raises(NoRoom):
        shelf.note("f", **long)  # together more than a tenth of this plan's megabyte
    with pytest.raises(NoRoom):
        shelf.copy("d", "e")
    shelf.note("f", **{"{x}n": f"<n>{'a' * 4000}</n>"})
    shelf.note("d", **{"{x}n": None})
    shelf.note("f", **long)
