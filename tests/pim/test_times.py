"""The bounds of entries in time, held against Radicale's own filter."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from radicale.item import filter as radicale_filter

from coserver.model.errors import HouseError
from coserver.pim import objects
from coserver.pim.refusals import BadCalendar

ENDS = {"VEVENT": "DTEND", "VTODO": "DUE", "VJOURNAL": ""}
RULES = (
    "FREQ=DAILY;COUNT=3", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270301T000000Z",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=4",
    "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5", "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231", "FREQ=YEARLY;COUNT=20",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "FREQ=HOURLY;COUNT=30", "FREQ=MINUTELY;INTERVAL=7;COUNT=50",
    "FREQ=YEARLY;BYWEEKNO=20", "FREQ=DAILY;BYSETPOS=1;BYHOUR=9,17;COUNT=4",
)  # fmt: skip
moments = st.integers(0, 3 * 366 * 86_400).map(lambda later: datetime(2025, 6, 1) + timedelta(seconds=later))  # noqa: DTZ001
forms = st.sampled_from(["utc", "floating", "berlin", "lord-howe", "date"])


def written(moment: datetime, form: str) -> str:
    """`;TZID=...:20260101T000000` and its kin."""
    stamp = moment.strftime("%Y%m%dT%H%M%S")
    return {
        "utc": f":{stamp}Z",
        "floating": f":{stamp}",
        "berlin": f";TZID=Europe/Berlin:{stamp}",
        "lord-howe": f";TZID=Australia/Lord_Howe:{stamp}",
        "date": f";VALUE=DATE:{stamp[:8]}",
    }[form]


def text(kind: str, *parts: list[str]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//coserver//tests//EN"]
    for part in parts:
        lines += [f"BEGIN:{kind}", "UID:one", "DTSTAMP:20260101T000000Z", *part, f"END:{kind}"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


@st.composite
def entries(draw: Any) -> tuple[str, str]:
    """An object of any kind, and its kind."""
    kind = draw(st.sampled_from(["VEVENT", "VTODO", "VJOURNAL"]))
    form, start = draw(forms), draw(moments)
    lines = []
    has_start = kind != "VTODO" or draw(st.booleans())
    if has_start:
        lines.append("DTSTART" + written(start, form))
    length = timedelta(minutes=draw(st.integers(-3000, 20_000)))
    end = draw(st.sampled_from(["", "end", "duration"]))
    if kind != "VJOURNAL" and end == "end":
        lines.append(ENDS[kind] + written(start + length, form))
    elif kind != "VJOURNAL" and end == "duration" and has_start:
        lines.append(f"DURATION:{'-' if length < timedelta(0) else ''}PT{abs(length) // timedelta(minutes=1)}M")
    for name in draw(st.sets(st.sampled_from(["COMPLETED", "CREATED"]))) if kind == "VTODO" else ():
        lines.append(name + written(draw(moments), "utc"))
    if has_start:
        again = {
            "RRULE": f"RRULE:{draw(st.sampled_from(RULES))}", "RDATE": "RDATE" + written(draw(moments), form),
            "EXDATE": "EXDATE" + written(start, form),
        }  # fmt: skip
        lines += [again[name] for name in sorted(draw(st.sets(st.sampled_from(sorted(again)))))]
    parts = [lines]
    if has_start and draw(st.booleans()):
        moved = draw(moments)
        parts.append([f"RECURRENCE-ID{written(start, form)}", "DTSTART" + written(moved, form)])
        if kind == "VEVENT":
            parts[-1].append("DTEND" + written(moved + abs(length), form))
    return kind, text(kind, *parts)


def overlaps(known: objects.Object, start: datetime, end: datetime) -> bool:
    """What the query by bounds asks of the index; of what takes place once, the whole answer."""
    if known.once:
        assert known.first is not None
        assert known.last is not None
        return known.first < end.timestamp() and known.last > start.timestamp()
    after = known.first is None or known.first <= end.timestamp()
    return after and (known.last is None or known.last >= start.timestamp())


def matches(kind: str, body: str, start: datetime, end: datetime) -> bool:
    """What Radicale's filter says."""
    stamps = {"start": f"{start:%Y%m%dT%H%M%SZ}", "end": f"{end:%Y%m%dT%H%M%SZ}"}
    return bool(radicale_filter.time_range_match(objects.tree(body), Element("time-range", stamps), kind, None))


@settings(max_examples=250, deadline=None)
@given(entries(), moments, st.integers(1, 60 * 24 * 400))
def test_bounds_when_radicale_matches_a_time_range_then_they_overlap_it(
    entry: tuple[str, str], start: datetime, minutes: int
) -> None:
    kind, body = entry
    try:
        known = objects.read_calendar(body.encode())
    except HouseError:
        return
    start = start.replace(tzinfo=UTC)
    end = start + timedelta(minutes=minutes)
    if known.once:
        assert overlaps(known, start, end) is matches(kind, body, start, end)
    else:
        assert overlaps(known, start, end) or not matches(kind, body, start, end)


def known_of(kind: str, *parts: list[str]) -> objects.Object:
    return objects.read_calendar(text(kind, *parts).encode())


def seconds(stamp: str) -> int:
    return int(datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DTSTART:20260101T100000Z", "DTEND:20260101T113000Z"),
        ("DTSTART;TZID=Asia/Tokyo:20260101T190000", "DURATION:PT1H30M"),
        ("DTSTART;TZID=Europe/Berlin:20260101T110000", "DTEND:20260101T113000Z"),
    ],
)
def test_bounds_when_an_event_is_once_in_a_known_zone_then_they_are_exact(start: str, end: str) -> None:
    known = known_of("VEVENT", [start, end])
    assert (known.first, known.last) == (seconds("20260101T100000"), seconds("20260101T113000"))
    assert known.once


@pytest.mark.parametrize("start", [":20260101T100000", ";VALUE=DATE:20260101"])
def test_bounds_when_the_zone_is_open_then_they_are_a_day_wider(start: str) -> None:
    known = known_of("VEVENT", ["DTSTART" + start])
    assert known.first is not None
    assert known.last is not None
    assert known.first <= seconds("20251231T100000")
    assert known.last >= seconds("20260102T000000")


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=DAILY;COUNT=100000"])
def test_bounds_when_a_rule_goes_on_then_there_is_no_last(rule: str) -> None:
    assert known_of("VEVENT", ["DTSTART:20260101T100000Z", f"RRULE:{rule}"]).last is None


def test_bounds_when_a_rule_is_counted_then_the_last_instance_is_the_last() -> None:
    known = known_of("VEVENT", ["DTSTART:20260101T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"])
    assert known.last is not None
    assert seconds("20260103T110000") <= known.last <= seconds("20260105T110000")


def test_bounds_when_instances_are_moved_beyond_then_they_count() -> None:
    known = known_of(
        "VEVENT",
        ["DTSTART:20260101T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"],
        ["RECURRENCE-ID:20260102T100000Z", "DTSTART:20270101T100000Z", "DURATION:PT2H"],
    )
    assert known.last == seconds("20270101T120000")


def test_bounds_when_a_change_holds_for_all_that_follow_then_there_is_no_last() -> None:
    known = known_of(
        "VEVENT",
        ["DTSTART:20260101T100000Z", "RRULE:FREQ=DAILY;COUNT=2"],
        ["RECURRENCE-ID;RANGE=THISANDFUTURE:20260102T100000Z", "DTSTART:20260103T100000Z"],
    )
    assert known.last is None


def test_bounds_when_rdate_has_periods_then_they_reach_as_far() -> None:
    known = known_of("VEVENT", ["DTSTART:20260101T100000Z", "RDATE;VALUE=PERIOD:20260301T000000Z/PT5H"])
    assert known.last == seconds("20260301T050000")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], (None, None)),
        (["CREATED:20260101T000000Z"], (seconds("20251231T235959"), None)),
        (["DUE:20260101T000000Z"], (seconds("20251231T235959"), seconds("20260101T000001"))),
        (
            ["DTSTART:20260101T000000Z", "DUE:20260103T000000Z"],
            (seconds("20251231T235959"), seconds("20260103T000001")),
        ),
    ],
)  # fmt: skip
def test_bounds_when_a_task_has_these_times_then_they_follow_the_table(
    lines: list[str], expected: tuple[int | None, int | None]
) -> None:
    known = known_of("VTODO", lines)
    assert (known.first, known.last) == expected


def test_bounds_when_a_journal_entry_has_no_date_then_no_time_is_known() -> None:
    known = known_of("VJOURNAL", ["SUMMARY:x"])
    assert (known.first, known.last) == (None, None)


@pytest.mark.parametrize("lines", [["SUMMARY:no start"], ["DTSTART:20260101T100000Z", "DURATION:nonsense"]])
def test_bounds_when_an_event_cannot_be_placed_then_it_is_refused(lines: list[str]) -> None:
    with pytest.raises(BadCalendar):
        known_of("VEVENT", lines)
