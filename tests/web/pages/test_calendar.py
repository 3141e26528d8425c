"""The calendar by the portal: what the programs see, on the days on which it happens."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made

HOME = "/dav/alice@example.test"
KIND = {"Content-Type": "text/calendar"}
BERLIN = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.serve_calendars()
    made(front, "chess", "alice", "bob")
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def put(front: Any, name: str, *lines: str, zone: str = "", more: str = "") -> None:
    inside = "".join(f"{line}\r\n" for line in (f"UID:{name}", "DTSTAMP:20260101T000000Z", *lines))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}BEGIN:VEVENT\r\n{inside}END:VEVENT\r\n{more}END:VCALENDAR\r\n"
    answer = front.ask("PUT", f"{HOME}/calendar/{name}.ics", KIND, text.encode())
    assert answer.status == 201, answer.text


def cells(browser: Browser, month: str) -> dict[str, str]:
    """What stands in the days of a month, without the signs of the calendars."""
    browser.open(f"/calendar?month={month}")
    assert browser.status == 200
    found = re.findall(r'<td.*?href="/calendar/day/([0-9-]+)".*?</a>(.*?)</td>', browser.answer.text, re.DOTALL)
    assert len(found) in (28, 35, 42)
    bare = ((day, re.sub(r'<span class="sign-.*?</span>', " ", inside)) for day, inside in found)
    words = ((day, re.sub(r"<[^>]+>", " ", inside)) for day, inside in bare)
    return {day: " ".join(text.split()) for day, text in words if text.strip()}


def event(browser: Browser, day: str) -> str:
    """The address of the first event of a day."""
    browser.open(f"/calendar/day/{day}")
    return str(re.findall(r'href="(/calendar/[0-9]+/[0-9]+)"', browser.answer.text)[0])


def set_zone(front: Any, name: str) -> None:
    """As a program tells the zone of a calendar."""
    zone = f"BEGIN:VCALENDAR\r\n{BERLIN.replace('Europe/Berlin', name)}END:VCALENDAR\r\n"
    body = (
        '<D:propertyupdate xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
        f"<C:calendar-timezone>{zone}</C:calendar-timezone></D:prop></D:set></D:propertyupdate>"
    )
    assert front.ask("PROPPATCH", f"{HOME}/calendar", {"Content-Type": "application/xml"}, body.encode()).status == 207


def test_month_when_events_are_of_every_kind_then_each_on_its_days(front: Any, alice: Browser) -> None:
    put(front, "once", "SUMMARY:Dentist\\, early", "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z", "LOCATION:Süd")
    put(front, "days", "SUMMARY:Trip", "DTSTART;VALUE=DATE:20261120", "DTEND;VALUE=DATE:20261122")
    put(front, "float", "SUMMARY:Lunch", "DTSTART:20261103T123000", "DTEND:20261103T133000")
    put(front, "free", "SUMMARY:Maybe", "DTSTART:20261104T123000Z", "DTEND:20261104T133000Z", "TRANSP:TRANSPARENT")
    put(front, "off", "SUMMARY:Gone", "DTSTART:20261105T123000Z", "STATUS:CANCELLED")
    found = cells(alice, "2026-11")
    assert found == {
        "2026-11-24": "09:00 Dentist, early , Calendar",
        "2026-11-20": "Trip , Calendar",
        "2026-11-21": "Trip , Calendar",
        "2026-11-03": "12:30 Lunch , Calendar",
        "2026-11-04": "12:30 Maybe , Calendar",
        "2026-11-05": "12:30 Gone , Calendar",
    }
    assert cells(alice, "2026-12") == {}
    assert "Süd" in alice.open("/calendar/list?from=2026-11-20").text
    assert alice.text.index("Trip") < alice.text.index("Dentist, early")


def test_event_when_over_midnight_then_each_day_says_what_concerns_it(front: Any, alice: Browser) -> None:
    put(front, "night", "SUMMARY:Night", "DTSTART:20261124T220000Z", "DTEND:20261126T030000Z")
    assert cells(alice, "2026-11") == {
        "2026-11-24": "22:00 Night , Calendar",
        "2026-11-25": "Night , Calendar",
        "2026-11-26": "until 03:00 Night , Calendar",
    }


def test_today_when_it_is_tomorrow_in_the_zone_then_marked_there(front: Any, alice: Browser) -> None:
    front.clock.seconds += 15.5 * 3600  # half past eleven in the evening, UTC
    for zone, today in (("", "2027-01-15"), ("Europe/Berlin", "2027-01-16")):
        alice.log_in("alice").open("/settings").send("/settings", zone=zone)
        alice.open("/calendar")
        assert re.findall(r'calendar/day/([0-9-]+)" aria-current', alice.answer.text) == [today]


def test_series_when_over_a_change_of_the_clocks_then_at_the_same_time_on_the_wall(front: Any, alice: Browser) -> None:
    changed = (
        "BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T090000\r\n"
        "DTSTART;TZID=Europe/Berlin:20261027T110000\r\nDURATION:PT1H\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n"
    )
    rule = ("RRULE:FREQ=WEEKLY;UNTIL=20261109T080000Z", "EXDATE;TZID=Europe/Berlin:20261102T090000")
    start = ("DTSTART;TZID=Europe/Berlin:20261012T090000", "DURATION:PT1H", "SUMMARY:Club")
    put(front, "s", *start, *rule, zone=BERLIN, more=changed)
    assert cells(alice, "2026-10") | cells(alice, "2026-11") == {
        "2026-10-12": "07:00 Club , Calendar",
        "2026-10-19": "07:00 Club , Calendar",
        "2026-10-27": "10:00 Moved , Calendar",
        "2026-11-09": "08:00 Club , Calendar",
    }
    set_zone(front, "Europe/Berlin")
    found = cells(alice, "2026-10") | cells(alice, "2026-11")
    assert [found[day][:5] for day in sorted(found)] == ["09:00", "09:00", "11:00", "09:00"]
    assert "Europe/Berlin" in alice.text
    alice.open(event(alice, "2026-11-09"))
    assert "2026-10-12 09:00 (Europe/Berlin)" in alice.text
    assert "every week, until 2026-11-09, with exceptions" in alice.text


def test_sign_when_a_calendar_bears_one_then_the_same_everywhere(front: Any, alice: Browser) -> None:
    put(front, "once", "SUMMARY:Dentist", "DTSTART:20261124T090000Z")
    signs = [
        set(
            re.findall(
                r'class="(sign-[0-7])" aria-hidden="true">(.)</span>[^<]*(?:<span class="figure">09:00|Calendar<)', text
            )
        )
        for text in (
            alice.open(path).answer.text
            for path in ("/calendar?month=2026-11", "/calendar/day/2026-11-24", "/calendar/all")
        )
    ]
    assert len(signs[0]) == 1
    assert signs == signs[:1] * 3


@pytest.mark.parametrize("zone", ["Nowhere/Atall", "../../etc/passwd", "Europe"])
def test_zone_when_nobody_knows_it_then_utc(front: Any, alice: Browser, zone: str) -> None:
    set_zone(front, zone)
    assert "Times are those of the zone UTC." in alice.open("/calendar").text


def test_event_when_shown_then_with_all_that_people_ask_for(front: Any, alice: Browser) -> None:
    put(
        front, "e", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126", "SUMMARY:A\\; b", "LOCATION:Hall\\, 2",
        "DESCRIPTION:one\\ntwo", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TU",
        "ORGANIZER;CN=Alice:mailto:alice@example.test",
        'ATTENDEE;CN="Bob, B.";PARTSTAT=DECLINED:mailto:bob@example.test',
    )  # fmt: skip
    alice.open(event(alice, "2026-11-24"))
    for told in (
        "A; b", "2026-11-24 \N{EN DASH} 2026-11-25", "by a rule that your calendar program shows", "Hall, 2", "one two",
        "Alice (alice@example.test)", "Bob, B. (bob@example.test): does not come", "In the calendar Calendar",
    ):  # fmt: skip
        assert told in alice.text, alice.text


def test_day_when_full_then_cut_in_the_month_and_leaf_by_leaf_alone(front: Any, alice: Browser) -> None:
    for number in range(60):
        put(front, f"n{number}", f"SUMMARY:e{number:02}", f"DTSTART:20261124T10{number:02}00Z", "DURATION:PT1M")
    assert re.findall("e[0-9]{2}", cells(alice, "2026-11")["2026-11-24"]) == [f"e{each:02}" for each in range(5)]
    assert "and 55 more" in alice.text
    assert "e49" in alice.open("/calendar/day/2026-11-24").text
    assert "e50" not in alice.text
    assert "e59" in alice.open("/calendar/day/2026-11-24?page=2").text


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_event_when_from_the_first_to_the_last_of_all_days_then_shown(front: Any, alice: Browser, zone: str) -> None:
    put(front, "ages", "SUMMARY:Ages", "DTSTART:00010101T000000Z", "DTEND:99991231T235959Z")
    put(front, "days", "SUMMARY:Days", "DTSTART;VALUE=DATE:00020101", "DTEND;VALUE=DATE:99991231")
    set_zone(front, zone)
    found = cells(alice, "2026-11")
    assert len(found) == 42
    assert all("Ages" in told and "Days" in told for told in found.values())
    assert alice.open(event(alice, "2026-11-24")).status == 200


@pytest.mark.parametrize("odd", ["x", "2026-13-01", "0001-01-01", "9999-12-31", "<script>"])
def test_day_when_there_is_none_then_404_and_a_month_that_is_none_is_the_present_one(alice: Browser, odd: str) -> None:
    assert alice.open(f"/calendar/day/{odd}").status == 404
    assert alice.open(f"/calendar?month={odd[:7]}").status == 200
    assert "January 2027" in alice.text  # of the tests' clock
    assert alice.open(f"/calendar/list?from={odd}").status == 200


def test_texts_when_they_are_scripts_then_text(front: Any, alice: Browser) -> None:
    bad = "<script>alert(1)</script>"
    put(
        front, "x", "DTSTART:20261124T100000Z", f"SUMMARY:{bad}", f"LOCATION:{bad}", f"DESCRIPTION:{bad}",
        f'ORGANIZER;CN="{bad}":mailto:{bad}', f'ATTENDEE;CN="{bad}":mailto:{bad}',
    )  # fmt: skip
    for path in ("/calendar?month=2026-11", "/calendar/list?from=2026-11-20", event(alice, "2026-11-24")):
        assert alice.open(path).status == 200
        assert "<script>" not in alice.answer.text
        assert "&lt;script&gt;" in alice.answer.text


def test_event_when_private_or_of_somebody_else_then_no_more_than_programs_see(front: Any, alice: Browser) -> None:
    put(front, "secret", "DTSTART:20261124T100000Z", "SUMMARY:Secret", "CLASS:PRIVATE", "LOCATION:There")
    put(front, "open", "DTSTART:20261125T100000Z", "DURATION:PT1H", "SUMMARY:Open", "LOCATION:There")
    at, shown = event(alice, "2026-11-24"), event(alice, "2026-11-25")
    bob, carol = browsers(front, "bob", "carol")
    missing = carol.open("/calendar/999999/1").text
    for path in (at, shown):
        for one in (bob, carol):
            assert (one.open(path).status, one.text.replace(" bob@", " carol@")) == (404, missing)
    page = f"/sharing/{at.split('/')[2]}"
    alice.open(page).send(f"{page}/add", group="chess", to="", preset="busy")
    found = cells(bob, "2026-11")
    assert "Open" not in bob.text
    assert "Secret" not in bob.text
    assert "There" not in bob.text
    assert "Busy" in found["2026-11-25"]
    bob.open(shown)
    assert "Open" not in bob.answer.text
    assert "There" not in bob.answer.text
    assert bob.status == 200
    assert "Busy" in bob.text
    alice.open(page).send(f"{page}/add", group="chess", to="", preset="read")
    assert "Open" in cells(bob, "2026-11")["2026-11-25"]
    assert "Secret" not in bob.text
    assert set(cells(carol, "2026-11").values()) == {"10:00 Busy: alice"}  # both are in the team
