"""Paths below Shared and Drop: where they lead, whatever is written in them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.documents import paths
from coserver.groups import members, shares
from coserver.groups.shares import Offer, Target
from coserver.model.errors import Denied, Malformed, Missing, Stale
from coserver.model.rights import Preset

NAMES = st.lists(
    st.one_of(
        st.sampled_from(["Shared", "Drop", "Groups", "team", "alice@example.test", "bob@example.test", "plans", "f"]),
        st.text(max_size=20),
    ),
    max_size=6,
)


def share(shelf: Any, path: str, preset: Preset = Preset.EDIT, who: Any = None) -> None:
    """Alice shares something with bob."""
    with shelf.store.read() as tx:
        team = members.find(tx, "team").id
        spot = paths.lookup(tx, shelf.alice, tuple(path.split("/")))
    target = Target(spot.folder or spot.parent, spot.item)
    shelf.store.write(lambda tx: shares.add(tx, None, target, Offer(team, who or shelf.bob, preset)))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES)
def test_lookup_when_any_names_then_a_place_or_missing_and_inner_agrees(shelf: Any, names: list[str]) -> None:
    try:
        path = paths.checked(names)
    except Malformed:
        return
    with shelf.store.read() as tx:
        try:
            spot = paths.lookup(tx, shelf.bob, path)
        except Missing:
            spot = None
        try:
            place, parent = paths.inner(tx, shelf.bob, path)
        except (Missing, Denied):
            return
    assert spot == place
    assert place.parent == parent
    assert not place.virtual
    assert path[0] not in ("Shared", "Groups") or len(path) > 2


@pytest.mark.parametrize(
    "path",
    ["Shared/ALICE@example.test/plans", "Shared/alice/plans", "Shared/alice@example.test/Plans",
     "Shared/alice@example.test /plans", "Shared/\uff41lice@example.test/plans", "shared/alice@example.test/plans",
     "Drop/ALICE@example.test/f", "Drop/alice/f", "Shared/bob@example.test/plans"],
)  # fmt: skip
def test_lookup_when_a_name_only_looks_alike_then_missing(shelf: Any, path: str) -> None:
    shelf.make("plans")
    share(shelf, "plans")
    assert shelf.read(paths.wanted, "Shared/alice@example.test/plans", who=shelf.bob).is_folder
    with pytest.raises(Missing):
        shelf.read(paths.wanted, path, who=shelf.bob)


def test_move_when_a_shared_folder_is_put_into_itself_by_any_path_then_denied(shelf: Any) -> None:
    """Loops are found by the folder, not by how its path is written."""
    shelf.make("plans")
    shelf.make("plans/inner")
    share(shelf, "plans")
    mount = "Shared/alice@example.test/plans"
    for deed in (shelf.move, shelf.copy):
        with pytest.raises(Denied):
            deed(f"{mount}/inner", f"{mount}/inner/x", who=shelf.bob)
        with pytest.raises(Denied):
            deed(f"{mount}/inner", mount, who=shelf.bob)
    with pytest.raises(Denied):
        shelf.copy(mount, f"{mount}/inner/x", who=shelf.bob)


def test_lookup_when_the_folder_lies_deep_then_nothing_around_it_can_be_seen(shelf: Any) -> None:
    for path in ("a", "a/b", "a/b/plans"):
        shelf.make(path)
    shelf.put("a/b/secret")
    share(shelf, "a/b/plans")
    assert shelf.listing("Shared/alice@example.test", who=shelf.bob) == ["plans"]
    spot = shelf.read(paths.lookup, "Shared/alice@example.test/plans/new", who=shelf.bob)
    assert len(spot.above) == 4  # locks on what lies around it count here
    for path in ("Shared/alice@example.test/a", "Shared/alice@example.test/secret", "Shared/alice@example.test/b"):
        with pytest.raises(Missing):
            shelf.read(paths.wanted, path, who=shelf.bob)


def test_lookup_when_the_owner_renames_what_he_shares_then_it_is_there_under_its_name_now(shelf: Any) -> None:
    shelf.make("plans")
    share(shelf, "plans")
    shelf.move("plans", "renamed")
    assert shelf.listing("Shared/alice@example.test", who=shelf.bob) == ["renamed"]


def test_listed_when_two_have_one_name_then_both_can_be_reached(shelf: Any) -> None:
    """(S8)"""
    for path in ("a", "b", "a/plans", "b/plans"):
        shelf.make(path)
    shelf.put("a/plans/first")
    shelf.put("b/plans/second")
    for path in ("a/plans", "b/plans"):
        share(shelf, path)
    assert shelf.listing("Shared/alice@example.test/plans", who=shelf.bob) == ["first"]
    assert shelf.listing("Shared/alice@example.test/plans (2)", who=shelf.bob) == ["second"]


def test_copy_when_onto_a_single_shared_file_then_denied_but_it_can_be_written(shelf: Any) -> None:
    shelf.make("deep")
    shelf.put("deep/f")
    share(shelf, "deep/f")
    shelf.put("own", b"own", who=shelf.bob)
    mount = "Shared/alice@example.test/f"
    for deed in (shelf.move, shelf.copy):
        with pytest.raises((Denied, Stale)):
            deed("own", mount, who=shelf.bob)
    shelf.put(mount, b"written", who=shelf.bob)
    assert shelf.bytes("deep/f") == b"written"
    assert shelf.lock(mount, who=shelf.bob).account == shelf.bob
    with pytest.raises(Denied):
        shelf.remove(mount, who=shelf.bob)
