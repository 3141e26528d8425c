"""Reading events, tasks and contacts: any bytes give a value or a refusal."""

import contextlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from radicale.item import filter as radicale_filter

from coserver.model.errors import HouseError
from coserver.pim import objects
from coserver.pim.refusals import BadCalendar, BadCard, BadObject, WrongComponent

EVENT = "BEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nEND:VEVENT\r\n"
CARD4 = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:7\r\nFN:Alice\r\nN:;Alice;;;\r\n"
    "PHOTO:data:image/jpeg;base64,AAAA\r\nTEL;VALUE=URI:tel:+1\r\nEND:VCARD\r\n"
)


def calendar(*parts: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + "".join(parts) + "END:VCALENDAR\r\n").encode()


def test_read_calendar_when_one_event_then_kind_uid_and_bounds() -> None:
    known = objects.read_calendar(calendar(EVENT))
    assert (known.component, known.ical_uid) == ("VEVENT", "one")
    assert known.first == 1_767_348_000


@pytest.mark.parametrize("change", [("\r\n", "\n"), ("UID:", "uid:"), ("BEGIN", "\ufeffBEGIN"), ("\r\n", "\r\n\r\n")])
def test_read_calendar_when_written_otherwise_then_the_same(change: tuple[str, str]) -> None:
    old, new = change
    body = calendar(EVENT).decode()
    body = body.replace(old, new, 1) if new.startswith("\ufeff") else body.replace(old, new)
    assert objects.read_calendar(body.encode()) == objects.read_calendar(calendar(EVENT))


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"\xff\xfe", b"BEGIN:VCALENDAR\r\n", b"<xml/>", calendar(EVENT) * 2, CARD4.encode(),
     calendar(EVENT.replace("20260102T100000Z", "tomorrow")),
     calendar(EVENT.replace("DTSTART:20260102T100000Z\r\n", ""))],
)  # fmt: skip
def test_read_calendar_when_it_is_no_calendar_then_bad_calendar(body: bytes) -> None:
    with pytest.raises(BadCalendar):
        objects.read_calendar(body)


@pytest.mark.parametrize(
    "parts",
    [(), (EVENT, EVENT), (EVENT, EVENT.replace("one", "two")), (EVENT.replace("UID:one\r\n", ""),),
     (EVENT, EVENT.replace("VEVENT", "VTODO"))],
)  # fmt: skip
def test_read_calendar_when_it_is_not_one_object_then_bad_object(parts: tuple[str, ...]) -> None:
    with pytest.raises(BadObject):
        objects.read_calendar(calendar(*parts))


def test_read_calendar_when_it_is_free_busy_then_wrong_component() -> None:
    with pytest.raises(WrongComponent, match="VFREEBUSY"):
        objects.read_calendar(calendar("BEGIN:VFREEBUSY\r\nUID:1\r\nEND:VFREEBUSY\r\n"))


def test_read_calendar_when_nested_deeply_or_long_then_refused_at_once() -> None:
    deep = "".join(f"BEGIN:X-{n}\r\n" for n in range(50_000)) + "".join(f"END:X-{n}\r\n" for n in range(49_999, -1, -1))
    with pytest.raises(BadCalendar):
        objects.read_calendar(calendar(deep))
    with pytest.raises(BadCalendar):
        objects.read_calendar(calendar("X:1\r\n" * 200_000))


def test_read_calendar_when_a_value_is_huge_then_it_is_read_without_it() -> None:
    attached = EVENT.replace("END:", "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "A" * 3_000_000 + "\r\nEND:")
    assert objects.read_calendar(calendar(attached)).ical_uid == "one"


def test_read_card_when_version_4_then_read() -> None:
    assert objects.read_card(CARD4.encode()) == objects.Object("VCARD", "urn:uuid:7")


def test_read_card_when_without_uid_then_read() -> None:
    assert objects.read_card(CARD4.replace("UID:urn:uuid:7\r\n", "").encode()).ical_uid == ""


@pytest.mark.parametrize("body", [b"", b"nothing", b"\xff", calendar(EVENT), CARD4.encode() * 2])
def test_read_card_when_it_is_no_card_then_bad_card(body: bytes) -> None:
    with pytest.raises(BadCard):
        objects.read_card(body)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)), st.integers(0, 200))
def test_reading_when_bytes_are_anything_then_a_value_or_a_refusal(junk: bytes, where: int) -> None:
    whole = calendar(EVENT)
    card = CARD4.encode()
    for read, body in (
        (objects.read_calendar, whole[:where] + junk + whole[where:]),
        (objects.read_card, card[:where] + junk + card[where:]),
    ):
        with contextlib.suppress(HouseError):
            assert isinstance(read(body), objects.Object)


def test_zones_when_another_object_defines_the_same_name_then_each_keeps_its_own() -> None:
    """A zone that one account defined once held for all others that used its name."""

    def zoned(offset: str) -> bytes:
        zone = (
            "BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
            f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
        return calendar(zone, EVENT.replace("DTSTART:20260102T100000Z", "DTSTART;TZID=Mine:20260102T100000"))

    east, west = objects.read_calendar(zoned("+0500")), objects.read_calendar(zoned("-0500"))
    assert west.first is not None
    assert east.first is not None
    assert west.first - east.first == 36_000


def test_tree_when_only_changed_instances_came_then_a_filter_can_use_it() -> None:
    first = EVENT.replace("DTSTAMP", "RECURRENCE-ID:20260102T100000Z\r\nDTSTAMP")
    second = first.replace("20260102T", "20260103T")
    body = calendar(first, second)
    objects.read_calendar(body)
    seen: list[int] = []

    def visit(start: datetime, _end: datetime, _again: bool) -> bool:
        seen.append(start.day)
        return False

    radicale_filter.visit_time_ranges(objects.tree(body.decode()), "VEVENT", visit, lambda _start: False)
    assert sorted(seen) == [2, 3]


def test_tree_when_an_exclusion_has_a_rule_then_it_is_left_out() -> None:
    """EXRULE against RRULE can keep a query busy until the year 9999."""
    body = calendar(EVENT.replace("END:", "RRULE:FREQ=DAILY\r\nEXRULE:FREQ=DAILY\r\nEND:"))
    assert "exrule" not in objects.tree(body.decode()).vevent.contents


def test_tree_when_a_changed_instance_names_a_date_then_it_gets_the_time_of_the_event() -> None:
    changed = EVENT.replace("DTSTAMP", "RECURRENCE-ID;VALUE=DATE:20260103\r\nDTSTAMP")
    tree = objects.tree(calendar(EVENT, changed).decode())
    assert tree.vevent_list[1].recurrence_id.value == tree.vevent_list[0].dtstart.value.replace(day=3)
