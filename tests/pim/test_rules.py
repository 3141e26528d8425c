"""Recurrence rules with bounded effort."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coserver.pim import rules
from coserver.pim.refusals import BadCalendar, TooOften

START = datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=DAILY;COUNT=3", datetime(2026, 1, 3, 10)),  # noqa: DTZ001
        ("FREQ=WEEKLY;COUNT=2;BYDAY=TH", datetime(2026, 1, 8, 10)),  # noqa: DTZ001
        ("FREQ=DAILY;UNTIL=20260110T100000Z", datetime(2026, 1, 11, 10)),  # noqa: DTZ001
        ("FREQ=DAILY;UNTIL=20260110", datetime(2026, 1, 11)),  # noqa: DTZ001
        ("FREQ=MINUTELY;COUNT=61", datetime(2026, 1, 1, 11)),  # noqa: DTZ001
        ("FREQ=DAILY\\;COUNT=1", datetime(2026, 1, 1, 10)),  # noqa: DTZ001
    ],
)
def test_last_of_when_the_rule_ends_then_bounds_its_instances(rule: str, last: datetime) -> None:
    assert rules.last_of(rule, START) == last


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=HOURLY",
        "FREQ=YEARLY;INTERVAL=100",
        "FREQ=MONTHLY;INTERVAL=9999",
        "FREQ=DAILY;COUNT=6000",
        "FREQ=YEARLY;COUNT=50",
    ],
)
def test_last_of_when_the_end_is_open_or_far_then_none(rule: str) -> None:
    assert rules.last_of(rule, START) is None


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=300",
    ],
)
def test_last_of_when_the_rule_never_comes_true_then_refused(rule: str) -> None:
    with pytest.raises(BadCalendar, match="never comes true"):
        rules.last_of(rule, START)


@pytest.mark.parametrize(
    "rule",
    [
        "", "DAILY", "FREQ=SOMETIMES", "FREQ=DAILY;COUNT=x", "FREQ=DAILY;COUNT=" + "9" * 5000, "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;INTERVAL=0x", "COUNT=3", "FREQ=DAILY;BYMONTH=",
    ],
)  # fmt: skip
def test_last_of_when_it_is_no_rule_then_refused(rule: str) -> None:
    with pytest.raises(BadCalendar):
        rules.last_of(rule, START)


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=SECONDLY;COUNT=5001", "FREQ=MINUTELY;UNTIL=20270101T000000Z"]
)
def test_last_of_when_it_recurs_within_the_hour_for_long_then_refused(rule: str) -> None:
    with pytest.raises(TooOften):
        rules.last_of(rule, START)


def test_last_of_when_daily_since_centuries_then_refused() -> None:
    with pytest.raises(TooOften):
        rules.last_of("FREQ=DAILY", date(1604, 1, 1))
    assert rules.last_of("FREQ=YEARLY", date(1604, 1, 1)) is None


def test_last_of_when_the_leap_day_is_skipped_in_1900_then_still_found() -> None:
    assert rules.last_of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1", date(1896, 3, 1)) is not None


def test_last_of_when_the_start_has_a_zone_then_it_is_left_off() -> None:
    last = rules.last_of("FREQ=DAILY;COUNT=2", START)
    assert last == START.replace(tzinfo=None) + timedelta(days=1)
