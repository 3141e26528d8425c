"""Thresholds that are passed, told of once and forgotten; and since when a space is over-limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.ids import SpaceId
from coserver.model.plan import Usage
from coserver.model.space import Tool
from coserver.quota import levels, usage


def _held(percent, items=0):
    return Usage(SpaceId(1), Tool.MAIL, percent, items, 100, 100)


@pytest.mark.parametrize(
    ("percent", "was", "now"),
    [
        (0, 0, 0), (79, 0, 0), (80, 0, 80), (89, 0, 80), (90, 0, 90), (99, 0, 90), (100, 0, 100), (250, 0, 100),
        (79, 80, 80), (75, 80, 80), (74, 80, 0), (85, 90, 90), (84, 90, 80), (95, 100, 100), (94, 100, 90),
        (74, 100, 0), (100, 80, 100), (76, 90, 0),
    ],
)  # fmt: skip
def test_level_when_passed_then_forgotten_only_five_points_below(percent, was, now):
    """S15: 80, 90 and 100 %."""
    assert levels.level(_held(percent), was=was) == now
    assert levels.level(_held(0, items=percent), was=was) == now


def test_level_when_nothing_may_be_held_then_full_as_soon_as_something_is():
    assert levels.level(Usage(SpaceId(1), Tool.MAIL, 0, 0, 0, 0)) == 0
    assert levels.level(Usage(SpaceId(1), Tool.MAIL, 1, 1, 0, 0)) == 100


@given(st.integers(0, 200), st.sampled_from([0, 80, 90, 100]))
def test_level_when_asked_again_then_the_same(percent, was):
    once = levels.level(_held(percent), was=was)
    assert levels.level(_held(percent), was=once) == once


def _charge(estate, space, size):
    estate.store.write(lambda tx: usage.charge(tx, space, Tool.MAIL, bytes=size, items=0))


def _untold(estate):
    with estate.store.read() as tx:
        return [each.level for each in levels.untold(tx)]


def _tell(estate):
    def job(tx):
        return [levels.tell(tx, each) for each in levels.untold(tx)]

    return estate.store.write(job)


def test_untold_when_charged_over_a_threshold_then_once_for_each_crossing(estate):
    """S15: once for each crossing, with hysteresis."""
    space = estate.account("alice").space
    _charge(estate, space, 799_999)
    assert _untold(estate) == []
    _charge(estate, space, 1)
    assert _untold(estate) == [80]
    assert _tell(estate) == [True]
    for size in (-10_000, 10_000, 50_000):
        _charge(estate, space, size)
        assert _untold(estate) == []
    _charge(estate, space, 100_000)
    assert _untold(estate) == [90]
    _charge(estate, space, -300_000)
    assert _untold(estate) == []
    _charge(estate, space, 300_000)
    assert _untold(estate) == [90]


def test_tell_when_it_is_so_no_more_then_not_told(estate):
    space = estate.account("alice").space
    _charge(estate, space, 900_000)
    with estate.store.read() as tx:
        (crossing,) = levels.untold(tx)
    _charge(estate, space, -900_000)
    assert estate.store.write(lambda tx: levels.tell(tx, crossing)) is False
