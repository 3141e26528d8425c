"""Zones as they are defined to programs: with the offsets that the zone has, hour by hour around each change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject

from coserver.auth import preferences
from coserver.pim import definitions, walls

ZONES = [
    "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "America/Nuuk",
    "Asia/Gaza", "America/Sao_Paulo", "Europe/Dublin", "Pacific/Apia",
]  # fmt: skip
HOUR = timedelta(hours=1)


def calendar(zone: str) -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{definitions.defined(zone)}END:VCALENDAR\r\n"


def clear(zone: ZoneInfo, wall: datetime) -> bool:
    """Whether there is this time on the walls, and once."""
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    return early.utcoffset() == late.utcoffset()


@pytest.mark.parametrize("name", ZONES)
def test_zone_when_defined_then_another_library_reckons_as_we_do(name: str) -> None:
    """RFC 5545 3.6.5: each hour of two years, and each day of many."""
    zone, theirs = ZoneInfo(name), vobject.readOne(calendar(name)).vtimezone.tzinfo
    hours = [datetime(2026, 1, 1) + HOUR * each for each in range(2 * 8760)]  # noqa: DTZ001 - on the walls there
    days = [datetime(2009, 1, 1, 12) + HOUR * 24 * each for each in range(30 * 365)]  # noqa: DTZ001
    for wall in (*hours, *days):
        if clear(zone, wall):
            assert theirs.utcoffset(wall) == zone.utcoffset(wall), wall


def test_zone_when_its_rule_is_the_same_each_year_then_told_as_a_rule() -> None:
    assert definitions.defined("Europe/Berlin").split("\r\n") == [
        "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
        "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "TZNAME:CET",
        "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:20080330T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT",
        "BEGIN:STANDARD", "DTSTART:20081026T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
        "END:VTIMEZONE", "",
    ]  # fmt: skip
    assert "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU" in definitions.defined("America/New_York")


def test_zone_when_told_to_a_program_and_back_then_the_same() -> None:
    assert walls.of(calendar("Europe/Berlin")) == walls.named("Europe/Berlin")
    assert walls.named("UTC") == walls.Wall()


def test_zones_when_offered_then_each_can_be_defined() -> None:
    offered = preferences.zones()
    assert {"UTC", "Europe/Berlin", "America/Argentina/Ushuaia"} <= set(offered)
    assert not {"EST5EDT", "posixrules", "Etc/GMT+3", "localtime"} & set(offered)
    for name in offered[::20]:
        assert datetime(2026, 7, 1, tzinfo=UTC).astimezone(ZoneInfo(name)).utcoffset() is not None
        assert len(definitions.defined(name)) < 20_000
