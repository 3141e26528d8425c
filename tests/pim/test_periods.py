"""When events take time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.pim import periods
from coserver.pim.periods import Period

BERLIN = """BEGIN:VTIMEZONE
TZID:Here
BEGIN:DAYLIGHT
DTSTART:19810329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
YEAR = (int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()))


def calendar(*events: str, zones: str = "") -> bytes:
    parts = "".join(f"BEGIN:VEVENT\nUID:x\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{zones}{parts}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def told(data: bytes, span: tuple[int, int] = YEAR) -> list[str]:
    """Periods as months, days and hours in UTC: 0310T09-0310T10, with a question mark where tentative."""
    found = sorted(periods.of(data, *span, need_time=lambda: None))

    def text(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime("%m%dT%H")

    return [f"{text(one.start)}-{text(one.end)}{'?' * one.tentative}" for one in found]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20260310T090000Z\nDTEND:20260310T100000Z", ["0310T09-0310T10"]),
        ("DTSTART:20260310T090000Z\nDURATION:PT2H", ["0310T09-0310T11"]),
        ("DTSTART:20260310T090000Z", ["0310T09-0310T09"]),
        ("DTSTART;VALUE=DATE:20260310", ["0310T00-0311T00"]),
        ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260312", ["0310T00-0312T00"]),
        ("DTSTART:20260310T090000\nDTEND:20260310T100000", ["0310T09-0310T10"]),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", ["0310T09-0310T10?"]),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED", []),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRDATE:20260312T090000Z", ["0310T09-0310T10", "0312T09-0312T10"]),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260312T090000Z/PT3H",
         ["0310T09-0310T10", "0312T09-0312T12"]),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260311T090000Z",
         ["0310T09-0310T10", "0312T09-0312T10"]),
        ("DTSTART;VALUE=DATE:20260310\nRRULE:FREQ=DAILY;UNTIL=20260311", ["0310T00-0311T00", "0311T00-0312T00"]),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260311T090000Z",
         ["0310T09-0310T10", "0311T09-0311T10"]),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260311T085959Z", ["0310T09-0310T10"]),
        ("DTSTART:20250310T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY", ["0310T09-0310T10"]),
    ],
)  # fmt: skip
def test_of_when_an_event_is_read_then_its_periods(event: str, expected: list[str]) -> None:
    """R49"""
    assert told(calendar(event)) == expected


def test_of_when_clocks_change_then_the_hour_on_the_wall_stays() -> None:
    event = "DTSTART;TZID=Here:20260328T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260330T080000Z"
    assert told(calendar(event, zones=BERLIN)) == ["0328T09-0328T10", "0329T08-0329T09", "0330T08-0330T09"]


def test_of_when_instances_were_changed_then_each_as_it_is_now() -> None:
    master = "DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4"
    moved = "RECURRENCE-ID:20260311T090000Z\nDTSTART:20260311T150000Z\nDURATION:PT2H\nSTATUS:TENTATIVE"
    free = "RECURRENCE-ID:20260312T090000Z\nDTSTART:20260312T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT"
    expected = ["0310T09-0310T10", "0311T15-0311T17?", "0313T09-0313T10"]
    assert told(calendar(master, moved, free)) == expected
    assert told(calendar(f"{master}\nTRANSP:TRANSPARENT", moved, free)) == ["0311T15-0311T17?"]


def test_of_when_a_range_is_asked_then_what_overlaps_it_and_no_step_further() -> None:
    event = "DTSTART:20260101T090000Z\nDURATION:PT2H\nRRULE:FREQ=DAILY"
    start = int(datetime(2026, 3, 10, 10, tzinfo=UTC).timestamp())
    assert told(calendar(event), (start, start + 86_400 - 3600)) == ["0310T09-0310T11"]
    assert told(calendar(event), (start + 3600, start + 82_800)) == []


def test_of_when_there_is_no_time_left_then_the_caller_ends_it() -> None:
    asked = []

    class Late(Exception):
        pass

    def need_time() -> None:
        asked.append(1)
        if len(asked) > 3:
            raise Late

    event = "DTSTART:19700101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"
    with pytest.raises(Late):
        list(periods.of(calendar(event), *YEAR, need_time=need_time))


def test_once_when_tentative_then_told_so() -> None:
    assert periods.once(calendar("DTSTART:20260310T090000Z\nstatus;x=y: tentative"), 1, 2) == Period(1, 2, True)
    assert periods.once(calendar("DTSTART:20260310T090000Z\nSUMMARY:STATUS:TENTATIVE"), 1, 2) == Period(1, 2)


PERIODS = st.lists(
    st.builds(Period, st.integers(0, 30), st.integers(0, 30), st.booleans()).filter(lambda one: one.start <= one.end)
)


@given(found=PERIODS)
def test_merged_when_given_any_periods_then_the_same_time_without_overlaps(found: list[Period]) -> None:
    """R49"""
    merged = periods.merged(found)
    for moment in range(30):
        over = {one.tentative for one in found if one.start <= moment < one.end}
        now = [one.tentative for one in merged if one.start <= moment < one.end]
        assert now == ([] if not over else [False not in over])
    assert merged == sorted(merged)
    assert all(one.start < one.end for one in merged)
    ends = [(one.end, one.tentative) for one in merged]
    assert not {(one.start, one.tentative) for one in merged} & set(ends)
