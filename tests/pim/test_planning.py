"""Planning: an event with other common fields, and every other byte as a program kept it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.errors import Denied, Malformed
from coserver.pim import objects, planning, walls
from coserver.pim.planning import Plan
from coserver.pim.walls import Wall

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BERLIN = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)
WALL = walls.of(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{BERLIN}END:VCALENDAR\r\n")
ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:rings\r\nEND:VALARM\r\n"


def event(*told: str, zone: str = "", more: str = ALARM) -> bytes:
    inside = "".join(f"{line}\r\n" for line in ("UID:u", "DTSTAMP:20260101T000000Z", *told))
    whole = f"{zone}BEGIN:VEVENT\r\n{inside}{more}END:VEVENT\r\n"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR:kept\r\n{whole}END:VCALENDAR\r\n".encode()


def lines_of(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def changed(data: bytes, wall: Wall = WALL, **fields: str) -> list[str]:
    plan = replace(planning.read(data, wall), **fields)
    out = planning.changed(data, plan, wall, now=NOW)
    objects.read_calendar(out)
    return lines_of(out)


def test_wall_when_a_program_told_the_zone_then_that_with_its_definition_and_else_utc() -> None:
    assert Wall("Europe/Berlin", BERLIN) == WALL
    for odd in (
        "",
        "nonsense",
        BERLIN,
        f"BEGIN:VCALENDAR\r\n{BERLIN.replace('Europe/Berlin', 'My/Zone')}END:VCALENDAR",
    ):
        assert walls.of(odd) == Wall()


def test_new_event_when_of_a_zone_then_with_its_definition() -> None:
    plan = Plan(
        "Club, at; night", "Hall", "one\r\ntwo", "2026-12-01", "20:00", "2026-12-02", "01:30", "weekly", "2027-03-30"
    )
    name, data = planning.made(plan, WALL, now=NOW)
    assert name.endswith(".ics")
    told = lines_of(data)
    for line in (
        "SUMMARY:Club\\, at\\; night", "LOCATION:Hall", "DESCRIPTION:one\\ntwo", "TZID:Europe/Berlin",
        "DTSTART;TZID=Europe/Berlin:20261201T200000", "DTEND;TZID=Europe/Berlin:20261202T013000",
        "RRULE:FREQ=WEEKLY;UNTIL=20270330T215959Z",
    ):  # fmt: skip
        assert line in told
    assert told.count("BEGIN:VTIMEZONE") == 1
    assert planning.read(data, WALL) == replace(plan, note="one\ntwo")
    assert objects.read_calendar(data).component == "VEVENT"


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        (Plan("a", start="2026-12-01"), ["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202"]),
        (Plan("a", start="2026-12-01", end="2026-12-03"), ["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261204"]),
        (Plan("a", start="2026-12-01", begins="23:30"), ["DTSTART:20261201T233000Z", "DTEND:20261202T003000Z"]),
        (
            Plan("a", start="2026-12-01", repeats="yearly", until="2030-12-01"),
            ["DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=YEARLY;UNTIL=20301201"],
        ),
    ],
)
def test_new_event_when_little_is_typed_then_an_hour_or_a_day(plan: Plan, wanted: list[str]) -> None:
    _, data = planning.made(plan, Wall(), now=NOW)
    assert set(wanted) <= set(lines_of(data))


@pytest.mark.parametrize(
    "told",
    [
        ("SUMMARY;LANGUAGE=de:Fest\\, laut", "DTSTART:20261201T100000Z", "DURATION:PT1H30M", "X-A;B=c:kept"),
        ("SUMMARY:a", "DTSTART;TZID=Europe/Berlin:20261201T100000", "DTEND;TZID=Europe/Berlin:20261201T110000"),
        ("SUMMARY:a", "DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203", "RRULE:FREQ=YEARLY"),
        ("SUMMARY:a", "DTSTART:20261201T100000", "RRULE:FREQ=DAILY;UNTIL=20261224T235959"),
        ("SUMMARY:a", "DTSTART:20261201T100000Z", "RRULE:FREQ=MONTHLY;BYDAY=1TU", "EXDATE:20270105T100000Z"),
    ],
)
def test_event_when_saved_untouched_then_only_its_revision_is_new(told: tuple[str, ...]) -> None:
    data = event(*told, zone=BERLIN if "Berlin" in told[1] else "")
    out = planning.changed(data, planning.read(data, WALL), WALL, now=NOW)
    out = out.replace(b"LAST-MODIFIED:20261124T120000Z\r\n", b"")
    assert out.replace(b"DTSTAMP:20261124T120000Z", b"DTSTAMP:20260101T000000Z") == data


def test_event_when_moved_then_written_as_it_was_and_its_alarm_stays() -> None:
    data = event("SUMMARY:a", "DTSTART:20261201T100000Z", "DURATION:PT1H", "DESCRIPTION:old")
    assert planning.read(data, WALL).begins == "11:00"
    told = changed(data, begins="12:00", ends="12:15", note="new")
    assert {"DTSTART:20261201T110000Z", "DTEND:20261201T111500Z", "DESCRIPTION:new", "DESCRIPTION:rings"} <= set(told)
    assert "DURATION:PT1H" not in told
    data = event("SUMMARY:a", "DTSTART;TZID=Mine:20261201T100000", zone=BERLIN.replace("Europe/Berlin", "Mine"))
    assert planning.zone_shown(data, Wall()) == "Mine"
    assert "DTSTART;TZID=Mine:20261201T090000" in changed(data, Wall(), begins="09:00")
    data = event("SUMMARY:a", "DTSTART:20261201T100000", "DTEND:20261201T110000")
    assert planning.zone_shown(data, WALL) == ""
    assert "DTSTART:20261201T090000" in changed(data, begins="09:00")


def test_event_when_from_whole_days_to_times_and_back_then_so() -> None:
    data = event("SUMMARY:a", "DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=DAILY;UNTIL=20261210")
    told = changed(data, begins="10:00", ends="11:00")
    assert "DTSTART;TZID=Europe/Berlin:20261201T100000" in told
    assert "RRULE:FREQ=DAILY;UNTIL=20261210T225959Z" in told
    assert told.count("BEGIN:VTIMEZONE") == 1
    back = changed("\r\n".join(told).encode(), begins="", ends="")
    assert {"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202", "RRULE:FREQ=DAILY;UNTIL=20261210"} <= set(back)


@pytest.mark.parametrize(
    "more",
    ["EXDATE:20261202T100000Z", "RDATE:20261202T130000Z", "RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=WEEKLY;INTERVAL=2"],
)
def test_event_when_its_times_are_no_affair_of_a_form_then_they_stay(more: str) -> None:
    data = event("SUMMARY:a", "DTSTART:20261201T100000Z", more)
    assert not planning.can_move(data)
    told = changed(data, title="b", start="2027-01-01", begins="01:00", repeats="daily")
    assert {"SUMMARY:b", "DTSTART:20261201T100000Z", more} <= set(told)


@pytest.mark.parametrize(
    "times",
    [
        ("DTSTART:00010101T000000Z",), ("DTSTART:99991231T235959Z",), ("DTSTART;VALUE=DATE:00010101",),
        ("DTSTART:99980101T000000Z", "DURATION:P9999W"), ("DTSTART:20261301T000000Z",), ("DTSTART:x",),
        ("DTSTART:20261201T100000Z", "DTEND;VALUE=DATE:20261202"), ("DTSTART:20261201T100000Z", "DURATION:-PT1H"),
    ],
)  # fmt: skip
def test_event_when_its_times_are_odd_then_its_texts_can_be_changed_and_they_stay(times: tuple[str, ...]) -> None:
    data = event("SUMMARY:a", *times)
    for name in ("America/New_York", "Asia/Tokyo"):
        wall = Wall(name, BERLIN.replace("Europe/Berlin", name))
        assert not planning.can_move(data)
        plan = replace(planning.read(data, wall), title="b")
        assert {"SUMMARY:b", *times} <= set(lines_of(planning.changed(data, plan, wall, now=NOW)))


def test_series_when_an_instance_comes_first_then_the_series_is_changed() -> None:
    instance = (
        "BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20261202T100000Z\r\n"
        "DTSTART:20261202T110000Z\r\nSUMMARY:moved\r\nEND:VEVENT\r\n"
    )
    data = event("SUMMARY:series", "DTSTART:20261201T100000Z", "RRULE:FREQ=DAILY", zone=instance)
    told = changed(data, title="b")
    assert told.index("SUMMARY:moved") < told.index("SUMMARY:b")


def test_meeting_when_changed_then_denied() -> None:
    data = event("SUMMARY:a", "DTSTART:20261201T100000Z", "ATTENDEE:mailto:bob@example.test")
    with pytest.raises(Denied, match="calendar program"):
        planning.changed(data, planning.read(data, WALL), WALL, now=NOW)


@pytest.mark.parametrize(
    "odd",
    [
        {"title": " "}, {"title": "x" * 2001}, {"note": "x" * 20_001}, {"start": ""}, {"start": "1.2.2026"},
        {"start": "0001-01-01"}, {"end": "2026-11-30"}, {"begins": "25:00"}, {"begins": "9:00"}, {"ends": "10:00"},
        {"begins": "10:00", "ends": "09:00"}, {"repeats": "hourly"}, {"repeats": "daily", "until": "2026-11-30"},
        {"repeats": "daily", "until": "x"},
    ],
)  # fmt: skip
def test_fields_when_they_cannot_be_then_malformed(odd: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        planning.made(replace(Plan("a", start="2026-12-01"), **odd), WALL, now=NOW)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT, TEXT, TEXT)
def test_texts_when_of_any_characters_then_read_as_written_and_no_line_of_their_own(
    title: str, where: str, note: str
) -> None:
    plan = Plan(f"t{title}", where, note, "2026-12-01")
    _, data = planning.made(plan, WALL, now=NOW)
    objects.read_calendar(data)
    read = planning.read(data, WALL)
    assert planning.changed(data, read, WALL, now=NOW) == data
    assert sum(line.startswith("BEGIN:") for line in lines_of(data)) == 2


@given(st.binary(max_size=300))
def test_read_when_of_any_bytes_then_a_plan(data: bytes) -> None:
    inside = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + data + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    for each in (data, inside):
        assert isinstance(planning.read(each, WALL), Plan)
        planning.can_move(each)
        planning.zone_shown(each, WALL)
