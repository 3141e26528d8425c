"""Events by the portal: made and changed by the form, as programs get them, and lost to nobody."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made
from tests.web.pages.test_calendar import HOME, cells, event, put, set_zone

DAY = "2026-11-24"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.serve_calendars()
    made(front, "chess", "alice", "bob")
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def own(browser: Browser, text: str = "A new event on this day") -> str:
    """Where a new event of a day is made."""
    browser.open(f"/calendar/day/{DAY}")
    return str(re.findall(rf'href="([^"]+)">{text}', browser.answer.text)[0])


def kept(front: Any, at: str) -> str:
    """What programs get of the only event of a calendar."""
    found = front.ask("PROPFIND", at, {"Depth": "1"}).text
    name = found.split(".ics</", 1)[0].rsplit("/", 1)[1]
    return str(front.ask("GET", f"{at}/{name}.ics").text).replace("\r\n ", "")


def test_event_when_made_then_programs_get_it_and_the_month_shows_it(front: Any, alice: Browser) -> None:
    set_zone(front, "Europe/Berlin")
    new = own(alice)
    assert f'value="{DAY}"' in alice.open(new).answer.text
    to = new.partition("?")[0]
    typed = {"title": "Dentist; early", "begins": "09:00", "ends": "09:30", "where": "Süd", "repeats": "weekly"}
    alice.send(to, start=DAY, until="2026-12-01", **typed)
    assert "The event is made." in alice.text
    for told in (f"{DAY} 09:00 (Europe/Berlin)", "every week, until 2026-12-01", "Süd", "Dentist; early"):
        assert told in alice.text
    text = kept(front, f"{HOME}/calendar")
    for line in (
        "SUMMARY:Dentist\\; early", "DTSTART;TZID=Europe/Berlin:20261124T090000", "BEGIN:VTIMEZONE",
        "RRULE:FREQ=WEEKLY;UNTIL=20261201T225959Z",
    ):  # fmt: skip
        assert line in text
    assert cells(alice, "2026-11") | cells(alice, "2026-12") == {
        DAY: "09:00 Dentist; early , Calendar",
        "2026-12-01": "09:00 Dentist; early , Calendar",
    }


def test_event_when_changed_then_what_the_form_does_not_know_stays_and_the_program_is_told(
    front: Any, alice: Browser
) -> None:
    put(front, "e", "DTSTART:20261124T100000Z", "DURATION:PT1H", "SUMMARY:Old", "X-OWN;A=1:kept", "CATEGORIES:red")
    at = event(alice, DAY)
    before = front.ask("GET", f"{HOME}/calendar/e.ics").headers["etag"]
    alice.open(f"{at}/edit").send(f"{at}/edit", title="New", begins="12:00", ends="13:00")
    assert "It is saved." in alice.text
    answer = front.ask("GET", f"{HOME}/calendar/e.ics")
    assert answer.headers["etag"] != before
    for line in ("UID:e", "SUMMARY:New", "DTSTART:20261124T120000Z", "X-OWN;A=1:kept", "CATEGORIES:red"):
        assert line in answer.text
    assert "DURATION" not in answer.text


def test_event_when_a_program_changed_it_meanwhile_then_both_are_shown_and_the_second_time_it_stands(
    front: Any, alice: Browser
) -> None:
    put(front, "e", "DTSTART:20261124T100000Z", "DURATION:PT1H", "SUMMARY:Old")
    at = event(alice, DAY)
    alice.open(f"{at}/edit")
    text = front.ask("GET", f"{HOME}/calendar/e.ics").text.replace("SUMMARY:Old", "SUMMARY:Of a program")
    assert front.ask("PUT", f"{HOME}/calendar/e.ics", {"Content-Type": "text/calendar"}, text.encode()).status == 204
    alice.send(f"{at}/edit", title="Mine")
    assert alice.status == 412
    assert "What it says now" in alice.text
    assert "Of a program" in alice.text
    assert 'value="Mine"' in alice.answer.text
    alice.send(f"{at}/edit", title="Mine")
    assert "It is saved." in alice.text
    assert "SUMMARY:Mine" in front.ask("GET", f"{HOME}/calendar/e.ics").text


def test_event_when_deleted_then_gone_for_programs_unless_it_changed(front: Any, alice: Browser) -> None:
    put(front, "e", "DTSTART:20261124T100000Z", "SUMMARY:Old", "RRULE:FREQ=DAILY")
    at = event(alice, DAY)
    alice.open(at)
    assert "With all its repetitions." in alice.text
    text = front.ask("GET", f"{HOME}/calendar/e.ics").text.replace("SUMMARY:Old", "SUMMARY:Other")
    front.ask("PUT", f"{HOME}/calendar/e.ics", {"Content-Type": "text/calendar"}, text.encode())
    assert alice.send(f"{at}/remove").status == 412
    alice.open(at).send(f"{at}/remove")
    assert "It is deleted." in alice.text
    assert front.ask("GET", f"{HOME}/calendar/e.ics").status == 404


def test_fields_when_refused_then_said_and_kept_as_typed(alice: Browser) -> None:
    to = own(alice).partition("?")[0]
    alice.open(to).send(to, title="Trip", start="2026-12-02", end="2026-12-01", where="There")
    assert alice.status == 400
    assert "It cannot end before it begins." in alice.text
    for told in ("Trip", "2026-12-02", "2026-12-01", "There"):
        assert f'value="{told}"' in alice.answer.text


def test_meeting_when_shown_then_left_to_the_program_that_tells_people(front: Any, alice: Browser) -> None:
    invited = ("ORGANIZER:mailto:alice@example.test", "ATTENDEE:mailto:bob@example.test")
    put(front, "m", "DTSTART:20261124T100000Z", "SUMMARY:Meeting", *invited)
    at = event(alice, DAY)
    alice.open(at)
    assert "People are invited to this" in alice.text
    assert f'{at}/edit"' not in alice.answer.text
    assert alice.open(f"{at}/edit").status == 403


def test_event_when_of_somebody_else_then_as_far_as_rights_go(front: Any, alice: Browser) -> None:
    put(front, "e", "DTSTART:20261124T100000Z", "SUMMARY:Old")
    at = event(alice, DAY)
    book = at.split("/")[2]
    bob, carol = browsers(front, "bob", "carol")
    missing = carol.open("/calendar/999999/new").text
    for one in (carol.open(f"/calendar/{book}/new"), carol.open(f"{at}/edit")):
        assert (one.status, one.text) == (404, missing)
    page = f"/sharing/{book}"
    for preset, status in (("busy", 403), ("read", 403), ("edit", 200)):
        alice.open(page).send(f"{page}/add", group="chess", to="", preset=preset)
        assert bob.open(f"{at}/edit").status == status, preset
        assert bob.open(f"/calendar/{book}/new").status == status, preset
    bob.open(f"{at}/edit").send(f"{at}/edit", title="By bob")
    assert "SUMMARY:By bob" in front.ask("GET", f"{HOME}/calendar/e.ics").text
    bob.open(f"{at}/edit")
    alice.open(page).send(f"{page}/add", group="chess", to="", preset="busy")
    assert bob.send(f"{at}/edit", title="Again").status == 403
    assert "Old" not in bob.answer.text
