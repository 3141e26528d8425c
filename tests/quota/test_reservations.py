"""Room for what is on its way (S13): held once, free when its time is over."""

import pytest

from coserver.model.errors import Missing, NoRoom
from coserver.model.ids import SpaceId
from coserver.model.space import Tool
from coserver.quota import reservations, subscriptions, usage

LIMIT = 1_000_000  # of plan small


@pytest.fixture
def space(estate):
    return estate.account("alice").space


def _reserve(estate, space, size):
    return estate.store.write(lambda tx: reservations.reserve(tx, space, Tool.DOCUMENTS, bytes=size, items=1))


def _room(estate, space):
    with estate.store.read() as tx:
        return usage.room(tx, space, Tool.DOCUMENTS)


def _charge(estate, space, size):
    return estate.store.write(lambda tx: usage.charge(tx, space, Tool.DOCUMENTS, bytes=size, items=1))


def test_reserve_when_two_want_the_same_room_then_the_second_gets_none(estate, space):
    """S13."""
    _reserve(estate, space, 600_000)
    with pytest.raises(NoRoom, match=r"0 bytes of 1 MB are used, 600 kB are being uploaded"):
        _reserve(estate, space, 400_001)
    with pytest.raises(NoRoom):
        _charge(estate, space, 400_001)
    _charge(estate, space, 400_000)
    held = _room(estate, space)
    assert (held.bytes, held.reserved, held.available) == (400_000, 600_000, 0)


def test_reserve_when_it_becomes_the_charge_then_only_that_is_left(estate, space):
    held = _reserve(estate, space, 900_000)

    def commit(tx):
        reservations.release(tx, held)
        return usage.charge(tx, space, Tool.DOCUMENTS, bytes=850_000, items=1)

    estate.store.write(commit)
    assert (_room(estate, space).bytes, _room(estate, space).reserved) == (850_000, 0)


def test_reserve_when_the_commit_fails_then_it_is_held_on(estate, space):
    held = _reserve(estate, space, 900_000)

    def commit(tx):
        reservations.release(tx, held)
        raise Missing("later")

    with pytest.raises(Missing):
        estate.store.write(commit)
    assert _room(estate, space).reserved == 900_000


def test_reserve_when_its_time_is_over_then_the_room_is_free_and_the_sweep_forgets_it(estate, space):
    """S13: what a crash leaves behind."""
    _reserve(estate, space, LIMIT)
    estate.clock.seconds += reservations.LASTS / 1000 - 1
    assert estate.store.write(reservations.sweep) == 0
    with pytest.raises(NoRoom):
        _charge(estate, space, 1)
    estate.clock.seconds += 1
    _charge(estate, space, LIMIT)
    assert _room(estate, space).reserved == 0
    assert estate.store.write(reservations.sweep) == 1


def test_reserve_some_when_little_is_left_then_that(estate, space):
    _charge(estate, space, LIMIT - 10)
    held = estate.store.write(lambda tx: reservations.reserve_some(tx, space, Tool.DOCUMENTS, items=1))
    assert held.bytes == 10
    with pytest.raises(NoRoom):
        estate.store.write(lambda tx: reservations.grow(tx, held, to=11))
    assert _room(estate, space).reserved == 10


def test_grow_when_there_is_room_then_by_a_step_and_otherwise_as_far_as_it_goes(estate):
    space = estate.account("bob", "demo").space
    held = estate.store.write(lambda tx: reservations.reserve_some(tx, space, Tool.DOCUMENTS))
    assert held.bytes == reservations.STEP
    held = estate.store.write(lambda tx: reservations.grow(tx, held, to=reservations.STEP + 1))
    assert held.bytes == _room(estate, space).reserved == 2 * reservations.STEP
    held = estate.store.write(lambda tx: reservations.grow(tx, held, to=999_999_999))
    assert held.bytes == 999_999_999


def test_grow_when_asked_for_no_more_then_only_the_time_begins_again(estate, space):
    held = _reserve(estate, space, 500)
    estate.clock.seconds += reservations.LASTS / 1000 - 1
    held = estate.store.write(lambda tx: reservations.grow(tx, held, to=0))
    estate.clock.seconds += 2
    assert (held.bytes, _room(estate, space).reserved) == (500, 500)


def test_reserve_when_over_limit_then_refused(estate):
    """S1."""
    bob = estate.account("bob", "demo")
    _charge(estate, bob.space, 2 * LIMIT)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, bob.id, "small"))
    for deed in (reservations.reserve_some, lambda tx, *where, **more: reservations.reserve(tx, *where, bytes=1)):
        with pytest.raises(NoRoom):
            estate.store.write(lambda tx, deed=deed: deed(tx, bob.space, Tool.DOCUMENTS, items=1))


def test_reserve_when_there_is_no_such_space_then_missing(estate):
    with pytest.raises(Missing):
        _reserve(estate, SpaceId(999), 1)


def test_forget_all_when_a_process_starts_then_nothing_is_held(estate, space):
    _reserve(estate, space, LIMIT)
    estate.store.write(reservations.forget_all)
    assert _room(estate, space).available == LIMIT
