"""What a session knows of its mailbox: numbers, uids and ranges of both."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.imap.asks import Changeable, Opened
from coserver.imap.session.state import View, merged
from coserver.imap.wire import Cursor
from coserver.model.errors import Malformed
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.item import Flag
from coserver.model.rights import ALL

EVERYTHING = Changeable(Flag(31), True, True)
UIDS = st.sets(st.integers(1, 60), max_size=30).map(sorted)


def view(uids: list[int]) -> View:
    opened = Opened("x", CollectionId(1), SpaceId(1), PrincipalId(1), ALL, EVERYTHING, uids, 100, 1, 1, None, [])
    return View(opened, False, list(uids), 100, 1, set(), EVERYTHING)


def named(ranges: object) -> list[int]:
    return [uid for low, high in ranges for uid in range(low, (high or 99) + 1)]


@given(UIDS, st.lists(st.integers(1, 70), max_size=20))
def test_drop_when_told_to_a_client_then_the_client_has_the_same_left(uids: list[int], gone: list[int]) -> None:
    known = view(uids)
    mirror = list(uids)
    for number in known.drop(gone):
        del mirror[number - 1]
    assert known.uids == mirror == [uid for uid in uids if uid not in gone]


@given(UIDS, st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70) | st.none()), min_size=1, max_size=6))
def test_by_uid_when_given_any_ranges_then_names_what_is_known_once(uids: list[int], ranges: list) -> None:
    top = uids[-1] if uids else 0
    wanted = set()
    for low, high in ranges:
        first, last = sorted((low, top if high is None else high))
        wanted |= set(range(first, last + 1))
    found = named(view(uids).by_uid(tuple(ranges)))
    assert len(found) == len(set(found))
    assert set(found) & set(uids) == wanted & set(uids)


@pytest.mark.parametrize(
    ("raw", "uids"),
    [(b"1", [3]), (b"2:3", [5, 9]), (b"*", [9]), (b"1:*", [3, 5, 9]), (b"*:2", [5, 9]), (b"3,1", [3, 9])],
)
def test_by_number_when_given_places_then_gives_their_uids(raw: bytes, uids: list[int]) -> None:
    found = named(view([3, 5, 9]).by_number(Cursor(raw).numbers()))
    assert [uid for uid in found if uid in {3, 5, 9}] == uids


@pytest.mark.parametrize("raw", [b"4", b"1:4", b"4:*"])
def test_by_number_when_a_place_is_not_there_then_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        view([3, 5, 9]).by_number(Cursor(raw).numbers())


@pytest.mark.parametrize("raw", [b"*", b"1:*"])
def test_by_number_when_the_mailbox_is_empty_then_star_names_nothing(raw: bytes) -> None:
    assert view([]).by_number(Cursor(raw).numbers()) == []


def test_saved_when_messages_leave_then_they_leave_the_result_too() -> None:
    known = view([3, 5, 9])
    known.saved = [3, 9]
    known.drop([9])
    assert known.chosen(None, by_uid=True) == [(3, 3)]


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=10))
def test_merged_when_given_any_ranges_then_they_ascend_and_do_not_touch(ranges: list[tuple[int, int]]) -> None:
    found = merged(sorted(ranges))
    assert all(second[0] > first[1] + 1 for first, second in pairwise(found))
    assert set(named(found)) == {number for low, high in ranges for number in range(low, high + 1)}
