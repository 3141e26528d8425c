"""Where paths lead, and for whom."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.documents import paths
from coserver.groups import leaving, members
from coserver.model.errors import Denied, Malformed, Missing


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\x00", "a\n", "\x7f", "\ufffe", "\ud800", "n" * 256, "é" * 128]
)
def test_checked_when_a_name_cannot_be_then_malformed(name: str) -> None:
    with pytest.raises(Malformed):
        paths.checked(["folder", name])


@given(st.lists(st.text(max_size=300), max_size=110))
def test_checked_when_any_names_then_one_form_or_malformed(names: list[str]) -> None:
    try:
        found = paths.checked(names)
    except Malformed:
        return
    assert paths.checked(found) == found


def test_checked_when_decomposed_then_composed() -> None:
    assert paths.checked(["e\u0301"]) == ("\u00e9",)


def test_lookup_when_top_then_own_root(shelf: Any) -> None:
    top = shelf.read(paths.lookup, "")
    assert top.is_folder
    assert top.parent is None
    assert top.folder.id != shelf.read(paths.lookup, "", who=shelf.bob).folder.id


def test_lookup_when_name_is_free_then_its_folder_is_known(shelf: Any) -> None:
    shelf.make("a")
    spot = shelf.read(paths.lookup, "a/new")
    assert not spot.exists
    assert spot.parent.name == "a"
    assert len(spot.above) == 2


@pytest.mark.parametrize(
    "path", ["none/new", "f/new", "Groups/none", "Groups/none/x", "Shared/x", "Shared/x/y", "Drop/x"]
)
def test_lookup_when_the_way_is_not_there_then_missing(shelf: Any, path: str) -> None:
    shelf.put("f")
    with pytest.raises(Missing):
        shelf.read(paths.lookup, path)


def test_lookup_when_group_then_for_its_members_only_and_no_longer_than_they_are(own_shelf: Any) -> None:
    shelf = own_shelf
    shelf.put("Groups/team/f")
    assert shelf.read(paths.lookup, "Groups/team/f", who=shelf.bob).exists
    with pytest.raises(Missing):
        shelf.read(paths.lookup, "Groups/team/f", who=shelf.carol)
    with shelf.store.read() as tx:
        team = members.find(tx, "team").id
    shelf.store.write(lambda tx: leaving.remove(tx, team, shelf.bob))
    with pytest.raises(Missing):
        shelf.read(paths.lookup, "Groups/team/f", who=shelf.bob)


@pytest.mark.parametrize("path", ["", "Groups", "Groups/team", "Groups/new", "Shared", "Shared/x", "Drop/x"])
def test_inner_when_reserved_or_a_root_then_denied(shelf: Any, path: str) -> None:
    with pytest.raises(Denied):
        shelf.read(paths.inner, path)


def test_inner_when_the_folder_around_is_missing_then_orphan(shelf: Any) -> None:
    with pytest.raises(paths.Orphan):
        shelf.read(paths.inner, "none/new")
    with pytest.raises(Missing) as caught:
        shelf.read(paths.inner, "Groups/none/new")
    assert not isinstance(caught.value, paths.Orphan)
    with pytest.raises(Missing) as caught:
        shelf.read(paths.inner, "Shared/bob@example.test/new")
    assert not isinstance(caught.value, paths.Orphan)
