"""Masked events: what is left of them, and that nothing else is (R49, C12)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.rights import Privacy
from coserver.pim import masks, objects, periods
from coserver.pim.lines import WIDEST

SECRET = "quietword"


def calendar(*inside: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *inside, "END:VCALENDAR", ""]).encode()


def event(*more: str, start: str = "DTSTART:20260102T100000Z") -> tuple[str, ...]:
    return ("BEGIN:VEVENT", "UID:one", "DTSTAMP:20260101T000000Z", start, *more, "END:VEVENT")


def changed(*more: str) -> tuple[str, ...]:
    return event("RECURRENCE-ID:20260103T100000Z", *more, start="DTSTART:20260103T120000Z")


def test_masked_when_an_event_has_everything_then_times_and_state_are_left() -> None:
    whole = calendar(
        *event(
            "SUMMARY:Surgery", "DESCRIPTION:long", "LOCATION:Room 4", "DURATION:PT1H", "CLASS:CONFIDENTIAL",
            "ATTENDEE;CN=Bob:mailto:bob@example.test", "STATUS:TENTATIVE", "CATEGORIES:Health",
            "RRULE:FREQ=DAILY;COUNT=3", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM",
        )
    )  # fmt: skip
    assert masks.masked(whole, uid="its-own") == (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//coserver//busy//EN\r\nBEGIN:VEVENT\r\nUID:one\r\n"
        b"DTSTART:20260102T100000Z\r\nDURATION:PT1H\r\nDTSTAMP:20260101T000000Z\r\nSTATUS:TENTATIVE\r\n"
        b"CLASS:CONFIDENTIAL\r\nRRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY:Busy\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@pytest.mark.parametrize(
    "inside",
    [
        event("TRANSP:TRANSPARENT"), event("STATUS:CANCELLED"), event("transp:transparent"),
        ("BEGIN:VTODO", "UID:one", "DTSTART:20260102T100000Z", "END:VTODO"), ("BEGIN:VJOURNAL", "END:VJOURNAL"),
    ],
)  # fmt: skip
def test_masked_when_no_time_is_taken_then_there_is_nothing_to_see(inside: tuple[str, ...]) -> None:
    assert masks.masked(calendar(*inside), uid="its-own") is None
    assert not masks.takes_time(calendar(*inside))


def test_masked_when_one_instance_is_cancelled_then_it_is_an_exception() -> None:
    found = masks.masked(calendar(*event("RRULE:FREQ=DAILY;COUNT=3"), *changed("STATUS:CANCELLED")), uid="its-own")
    assert found is not None
    assert b"EXDATE:20260103T100000Z\r\n" in found
    assert found.count(b"BEGIN:VEVENT") == 1


def test_masked_when_only_one_instance_takes_time_then_it_stands_alone() -> None:
    found = masks.masked(
        calendar(*event("RRULE:FREQ=DAILY", "TRANSP:TRANSPARENT"), *changed("TRANSP:OPAQUE")), uid="its-own"
    )
    assert found is not None
    assert b"RECURRENCE-ID:20260103T100000Z\r\n" in found
    assert b"RRULE" not in found


def test_masked_when_lines_are_long_then_they_are_folded() -> None:
    dates = ",".join(f"202601{day:02d}T100000Z" for day in range(1, 29))
    found = masks.masked(calendar(*event(f"RDATE:{dates}")), uid="its-own")
    assert found is not None
    assert max(len(line) for line in found.split(b"\r\n")) <= WIDEST
    assert f"RDATE:{dates}".encode() in found.replace(b"\r\n ", b"")


@pytest.mark.parametrize(
    ("told", "privacy"),
    [
        ((), None), (("CLASS:PUBLIC",), Privacy.OPEN), (("CLASS:CONFIDENTIAL",), Privacy.CONFIDENTIAL),
        (("class;X-A=b: private",), Privacy.PRIVATE), (("CLASS:X-FAMILY",), Privacy.PRIVATE),
        (("CLASS:",), Privacy.OPEN),
    ],
)  # fmt: skip
def test_privacy_when_the_class_says_so_then_it_is_read(told: tuple[str, ...], privacy: Privacy | None) -> None:
    assert masks.privacy_of(calendar(*event(*told))) is privacy


def test_privacy_when_instances_differ_then_the_strictest_counts() -> None:
    assert masks.privacy_of(calendar(*event("CLASS:PUBLIC"), *changed("CLASS:PRIVATE"))) is Privacy.PRIVATE


def test_privacy_when_a_contact_has_a_class_then_it_is_read() -> None:
    assert masks.privacy_of(b"BEGIN:VCARD\r\nVERSION:3.0\r\nCLASS:PRIVATE\r\nEND:VCARD\r\n") is Privacy.PRIVATE


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"BEGIN:X\r\n" * 20, b"A:b"])
def test_masked_when_the_bytes_are_no_calendar_then_there_is_nothing(data: bytes) -> None:
    assert masks.masked(data, uid="its-own") is None
    assert masks.privacy_of(data) is None


ZONE = (
    "BEGIN:VTIMEZONE", "TZID:{}", "X-LIC-LOCATION:Anna's place", "COMMENT:clinic", "BEGIN:DAYLIGHT", "TZNAME:clinic",
    "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
    "END:DAYLIGHT", "BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE",
)  # fmt: skip


def in_zone(*names: str, defined: bool = True) -> bytes:
    zones = [line.format(name) for name in names for line in ZONE] if defined else []
    moments = [f'RDATE;TZID="{name}":202601{day:02d}T100000' for day, name in enumerate(names[1:], start=10)]
    start = f'DTSTART;TZID="{names[0]}":20260702T100000'
    return calendar(*zones, *event(*moments, "RRULE:FREQ=DAILY;COUNT=3", "DURATION:PT1H", start=start))


@pytest.mark.parametrize("name", ["Clinic of Dr. Wood", "quietword", "/quietword/Europe/Nowhere", "europe/vienna"])
def test_masked_when_a_zone_bears_words_of_its_own_then_only_its_offsets_are_left(name: str) -> None:
    """A name of a time zone is free text: it came through, and so did what is remarked in its definition."""
    found = masks.masked(in_zone(name), uid="its-own")
    assert found is not None
    assert b"DTSTART;TZID=Zone-1:20260702T100000\r\n" in found
    assert b"\r\nTZID:Zone-1\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\n" in found
    assert not re.search(rb"clinic|wood|quietword|anna|vienna|nowhere", found, re.IGNORECASE)
    assert periods_of(found) == periods_of(in_zone(name))


@pytest.mark.parametrize("name", ["Europe/Vienna", "/quietword/20060101/Europe/Vienna"])
def test_masked_when_everybody_knows_the_zone_then_its_name_stays(name: str) -> None:
    found = masks.masked(in_zone(name), uid="its-own")
    assert found is not None
    assert b"DTSTART;TZID=Europe/Vienna:20260702T100000\r\n" in found
    assert b"quietword" not in found
    assert periods_of(found) == periods_of(in_zone(name))


def test_masked_when_two_zones_come_to_one_name_then_they_stay_two() -> None:
    found = masks.masked(in_zone("Europe/Vienna", "/maker/Europe/Vienna", "other"), uid="its-own")
    assert found is not None
    assert re.findall(rb"\r\nTZID:([^\r]*)", found) == [b"Europe/Vienna", b"Zone-2", b"Zone-3"]
    assert re.findall(rb"RDATE;TZID=([^:]*)", found) == [b"Zone-2", b"Zone-3"]


def test_masked_when_a_zone_is_not_known_then_its_times_are_in_utc_as_free_busy_has_them() -> None:
    found = masks.masked(in_zone("quietword", defined=False), uid="its-own")
    assert found is not None
    assert b"DTSTART:20260702T100000Z\r\n" in found
    assert periods_of(found) == periods_of(in_zone("quietword", defined=False))


def test_masked_when_a_known_zone_is_not_defined_then_it_is_named_only() -> None:
    found = masks.masked(in_zone("Europe/Vienna", defined=False), uid="its-own")
    assert found is not None
    assert b"DTSTART;TZID=Europe/Vienna:20260702T100000\r\n" in found


@pytest.mark.parametrize("uid", ["Surgery of Anna", "op\u00e9ration", "a" * 300])
def test_masked_when_the_uid_is_text_then_another_stands_there(uid: str) -> None:
    found = masks.masked(calendar(*event()).replace(b"UID:one", f"UID:{uid}".encode()), uid="its-own")
    assert found is not None
    assert re.findall(rb"UID:([^\r]*)", found) == [b"its-own"]


def test_masked_when_the_uid_is_an_identifier_then_it_stays() -> None:
    uid = b"{1A2B-3c}.20260101T000000Z/7@mail.example.test"
    found = masks.masked(calendar(*event()).replace(b"UID:one", b"UID:" + uid), uid="its-own")
    assert found is not None
    assert re.findall(rb"UID:([^\r]*)", found) == [uid]


def periods_of(data: bytes) -> list[periods.Period]:
    return list(periods.of(data, 1782864000, 1785542400, need_time=lambda: None))  # July 2026


# ---------------------------------------------------------------- nothing else is in it

_TEXTS = st.sampled_from(
    [SECRET, f"a{SECRET}", f"{SECRET}\\, b", f'"{SECRET}"', f"FREQ=DAILY;X-{SECRET}=1", f"20260102T100000Z{SECRET}",
     f"PT1H;{SECRET}", f"mailto:{SECRET}@example.test", f"\u00fc{SECRET}\u2028BEGIN:VEVENT",
     f"FREQ=DAILY;RSCALE={SECRET}", f"FREQ=DAILY;BYTALE={SECRET}", f"P{SECRET}"]
)  # fmt: skip
_NAMES = st.sampled_from(
    ["SUMMARY", "DESCRIPTION", "LOCATION", "ATTENDEE", "ORGANIZER", "COMMENT", "CATEGORIES", "X-ANY", "URL", "CONTACT",
     "RRULE", "RDATE", "EXDATE", "DTEND", "DURATION", "STATUS", "TRANSP", "CLASS", "SEQUENCE", "DTSTAMP", "TZNAME",
     "GEO", "RESOURCES", "summary", "Attach", "BEGIN", "END", "TZID", "TZURL", "TZOFFSETTO", "DTSTART", "RECURRENCE-ID"]
)  # fmt: skip
_PARAMS = st.sampled_from(
    ["", f";X-NOTE={SECRET}", f';CN="{SECRET}:x"', f";VALUE={SECRET}", f";RANGE={SECRET}", f";TZID={SECRET}",
     f';TZID="a {SECRET}"']
)  # fmt: skip


@st.composite
def _secret_lines(draw: st.DrawFn) -> str:
    line = f"{draw(_NAMES)}{draw(_PARAMS)}:{draw(_TEXTS)}"
    cut = draw(st.integers(0, len(line)))
    return line[:cut] + "\r\n " + line[cut:] if draw(st.booleans()) else line


_PLAIN = st.sampled_from(
    [f"DTSTART;TZID={SECRET}:20260102T100000", f"RDATE;TZID={SECRET}:20260102T100000,20260103T100000",
     "DTSTART;TZID=Europe/Vienna:20260102T100000", f"DTSTART;X-A={SECRET}:20260102T100000Z", "RRULE:FREQ=DAILY;COUNT=2",
     "TRANSP:OPAQUE", "STATUS:CONFIRMED", "DTEND:20260102T110000Z", "CLASS:PRIVATE", "RECURRENCE-ID:20260103T100000Z",
     "BEGIN:VALARM", "END:VALARM", "EXDATE:20260104T100000Z", "BEGIN:VEVENT", "END:VEVENT"]
)  # fmt: skip


@given(st.lists(st.one_of(_secret_lines(), _PLAIN), max_size=25), st.lists(_secret_lines(), max_size=5))
def test_masked_when_calendars_are_random_then_no_word_of_the_original_is_left(
    inside: list[str], zone: list[str]
) -> None:
    plain = ("DTSTART:19701025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100")
    zones = [
        line
        for name in ("Europe/Vienna", SECRET)
        for line in (
            "BEGIN:VTIMEZONE",
            f"TZID:{name}",
            *zone,
            "BEGIN:STANDARD",
            *plain,
            *zone,
            "END:STANDARD",
            "END:VTIMEZONE",
        )
    ]
    found = masks.masked(calendar(*zones, *event(*inside)), uid="its-own")
    if found is None:
        return
    plain = found.replace(b"\r\n ", b"").decode()
    assert SECRET not in plain.lower()
    names = {re.split("[;:]", line)[0] for line in plain.split("\r\n")}
    assert names <= {
        "", "BEGIN", "END", "VERSION", "PRODID", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "SUMMARY", "UID", "DTSTAMP",
        "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "TRANSP", "STATUS",
        "CLASS",
    }  # fmt: skip


@given(st.lists(st.sampled_from(["TRANSP:OPAQUE", "STATUS:CONFIRMED", "LOCATION:x", "DURATION:PT2H"]), max_size=4))
def test_masked_when_an_event_is_sound_then_the_masked_one_is_too(more: list[str]) -> None:
    whole = calendar(*event("SUMMARY:x", *dict.fromkeys(more)))
    found = masks.masked(whole, uid="its-own")
    assert found is not None
    assert objects.read_calendar(found) == objects.read_calendar(whole)
