"""Charges: nothing grows past a limit, whatever the order and however many at once."""

import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from coserver.model.errors import Missing, NoRoom
from coserver.model.ids import SpaceId
from coserver.model.plan import Charge
from coserver.model.space import Tool
from coserver.quota import subscriptions, usage
from coserver.store.schema import quota as schema

LIMIT, ITEMS = 1_000_000, 1_000  # of plan small


def _charge(estate, space, size, count, tool=Tool.MAIL):
    return estate.store.write(lambda tx: usage.charge(tx, space, tool, bytes=size, items=count))


def _held(estate, space, tool=Tool.MAIL):
    with estate.store.read() as tx:
        found = usage.room(tx, space, tool)
    return found.bytes, found.items


@pytest.fixture
def space(estate):
    return estate.account("alice").space


def test_charge_when_there_is_room_then_books_it_and_gives_the_proof(estate, space):
    assert _charge(estate, space, 700, 2) == Charge(space, Tool.MAIL, 700, 2)
    assert _held(estate, space) == (700, 2)
    assert _held(estate, space, Tool.CALENDAR) == (0, 0)


def test_charge_when_exactly_full_then_fits_and_one_more_byte_does_not(estate, space):
    _charge(estate, space, LIMIT, 1)
    with pytest.raises(NoRoom, match=r"mail in your subscription: 1 MB of 1 MB are used and this takes 1 byte more"):
        _charge(estate, space, 1, 0)
    assert _held(estate, space) == (LIMIT, 1)


def test_charge_when_items_are_used_up_then_says_so(estate, space):
    _charge(estate, space, 0, ITEMS, Tool.CONTACTS)
    with pytest.raises(NoRoom, match="1000 of 1000 contacts"):
        _charge(estate, space, 1, 1, Tool.CONTACTS)
    _charge(estate, space, 5, 0, Tool.CONTACTS)  # what is there may grow


def test_charge_when_of_a_group_then_the_text_names_it(estate):
    team = estate.group("team", estate.account("alice"))
    with pytest.raises(NoRoom, match="group team"):
        _charge(estate, team.space, LIMIT + 1, 1, Tool.DOCUMENTS)


def test_charge_when_the_tx_fails_then_nothing_is_booked(estate, space):
    def job(tx):
        usage.charge(tx, space, Tool.MAIL, bytes=5, items=1)
        raise Missing("later")

    with pytest.raises(Missing):
        estate.store.write(job)
    assert _held(estate, space) == (0, 0)


def test_charge_when_over_the_limit_after_a_smaller_plan_then_takes_back_but_adds_nothing(estate):
    alice = estate.account("alice", "demo")
    _charge(estate, alice.space, 5 * LIMIT, 10)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "small"))
    _charge(estate, alice.space, -LIMIT, -1)
    _charge(estate, alice.space, 0, 0)
    with pytest.raises(NoRoom):
        _charge(estate, alice.space, 0, 1)
    assert _held(estate, alice.space) == (4 * LIMIT, 9)
    with estate.store.read() as tx:
        assert [each.tool for each in usage.rooms(tx, alice.space) if usage.is_over(each)] == [Tool.MAIL]


def test_charge_when_more_is_given_back_than_held_then_stops_at_zero(estate, space):
    _charge(estate, space, 10, 1)
    _charge(estate, space, -50, -3)
    assert _held(estate, space) == (0, 0)


@pytest.mark.parametrize("size", [5, -5])
def test_charge_when_there_is_no_such_space_then_missing(estate, size):
    with pytest.raises(Missing):
        _charge(estate, SpaceId(999), size, 0)


def test_charge_when_the_row_of_a_tool_is_gone_then_missing(estate, space):
    estate.store.write(lambda tx: tx.execute(delete(schema.usage)))
    with pytest.raises(Missing):
        _charge(estate, space, 5, 1)


def test_groups_when_of_one_administrator_then_each_has_the_whole_capacity(estate):
    """R59, R61, R62: each group has the whole capacity, apart from private things."""
    alice = estate.account("alice", "demo")
    spaces = [alice.space, *(estate.group(name, alice).space for name in ("a", "b", "c"))]
    for each in spaces:
        _charge(estate, each, 10**9, 1, Tool.DOCUMENTS)
    for each in spaces:
        with pytest.raises(NoRoom):
            _charge(estate, each, 1, 1, Tool.DOCUMENTS)


def test_need_room_when_asked_then_agrees_with_charge_and_books_nothing(estate, space):
    def need(size, count):
        with estate.store.read() as tx:
            usage.need_room(tx, space, Tool.MAIL, bytes=size, items=count)

    _charge(estate, space, LIMIT - 10, ITEMS)
    need(10, 0)
    need(-5, -1)
    for size, count in [(11, 0), (5, 1)]:
        with pytest.raises(NoRoom):
            need(size, count)
    assert _held(estate, space) == (LIMIT - 10, ITEMS)


def test_rooms_when_read_then_all_tools_in_order(estate, space):
    _charge(estate, space, 3, 1, Tool.CALENDAR)
    with estate.store.read() as tx:
        found = usage.rooms(tx, space)
    assert [each.tool for each in found] == list(Tool)
    assert [(each.bytes, each.bytes_limit) for each in found] == [(0, LIMIT), (0, LIMIT), (3, LIMIT), (0, LIMIT)]


def test_every_when_read_then_tells_what_rooms_tells_for_accounts_and_groups(estate):
    alice, bob = estate.account("alice", "demo"), estate.account("bob")
    team = estate.group("team", alice, bob)
    _charge(estate, team.space, 70, 2, Tool.DOCUMENTS)
    with estate.store.read() as tx:
        found = usage.every(tx)
        assert found == {each.id: usage.rooms(tx, each.space) for each in (alice, bob, team)}


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1540, "1.5 kB"),
        (10**9, "1 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_size_when_spoken_then_reads_well(count, words):
    assert usage.size(count) == words


steps = st.lists(st.tuples(st.integers(-LIMIT, LIMIT), st.integers(-ITEMS, ITEMS)), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_charge_when_in_any_sequence_then_usage_follows_a_plain_sum_and_never_overshoots(estate, steps):
    space = _fresh(estate)
    size = count = 0
    for more, items in steps:
        try:
            _charge(estate, space, more, items)
        except NoRoom:
            assert size + more > LIMIT or (items > 0 and count + items > ITEMS)
        else:
            size, count = max(0, size + more), max(0, count + items)
        assert _held(estate, space) == (size, count)
        assert 0 <= size <= LIMIT
        assert 0 <= count <= ITEMS


def _fresh(estate):
    """A space that nothing was put into, of the one account that all examples share."""
    with estate.store.read() as tx:
        listed = usage.every(tx)
    space = next(iter(listed.values()))[0].space if listed else estate.account("alice").space
    held = _held(estate, space)
    _charge(estate, space, -held[0], -held[1])
    return space


def test_charge_when_eight_write_at_once_then_the_sum_fills_the_capacity_and_not_a_byte_more(estate):
    team = estate.group("team", estate.account("alice"))
    kept, refused = [], []

    def fill(number):
        dice = random.Random(number)  # noqa: S311 (the same run every time)
        for _ in range(60):
            size = dice.choice([1_000, 9_999, 33_333])
            try:
                _charge(estate, team.space, size, 1, Tool.DOCUMENTS)
                kept.append(size)
            except NoRoom:
                refused.append(size)
            if dice.random() < 0.2 and kept:
                _charge(estate, team.space, -kept.pop(), -1, Tool.DOCUMENTS)

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert _held(estate, team.space, Tool.DOCUMENTS) == (sum(kept), len(kept))
    assert sum(kept) <= LIMIT
    assert refused
