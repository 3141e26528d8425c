"""What people set for themselves: their time zone, which every page tells times in, and the letters they get."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.pages.test_calendar import set_zone
from tests.web.pages.test_calendar_edit import DAY, HOME, kept, own


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.serve_calendars()
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def test_zone_when_none_is_chosen_then_times_say_that_they_are_in_utc(alice: Browser) -> None:
    assert "Jan 15, 2027, 8:00 AM UTC" in alice.open("/account/activity").text


def test_zone_when_chosen_then_pages_tell_times_in_it(alice: Browser) -> None:
    alice.open("/settings").send("/settings", zone="Europe/Berlin")
    assert "Your settings are saved." in alice.text
    assert "<option selected>Europe/Berlin</option>" in alice.answer.text
    assert "Jan 15, 2027, 9:00 AM" in alice.open("/account/activity").text
    assert "UTC" not in alice.text


def test_zone_when_chosen_then_it_counts_more_than_what_a_program_said(front: Any, alice: Browser) -> None:
    set_zone(front, "America/New_York")
    alice.open("/settings").send("/settings", zone="Europe/Berlin")
    to = own(alice)
    alice.open(to).send(to.partition("?")[0], title="Dentist", start=DAY, begins="09:00", ends="09:30")
    assert f"{DAY} 09:00 (Europe/Berlin)" in alice.text
    text = kept(front, f"{HOME}/calendar")
    assert "DTSTART;TZID=Europe/Berlin:20261124T090000" in text
    assert "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n" in text


def test_zone_when_there_is_none_of_that_name_then_refused(alice: Browser) -> None:
    for odd in ("Europe/Atlantis", "../etc/passwd", "EST5EDT", "x" * 10_000):
        alice.open("/settings").send("/settings", zone=odd)
        assert alice.status == 400
        assert "There is no such time zone." in alice.text
    assert " selected>" not in alice.open("/settings").answer.text


def test_letters_when_chosen_then_kept_beside_what_else_was_set(front: Any, alice: Browser) -> None:
    alice.open("/settings").send("/settings", zone="Europe/Berlin", minutes="30")
    assert alice.answer.text.count(" checked>") == 3
    mark = alice.form("/settings/letters").fields["mark"]
    alice.post("/settings/letters", {"mark": mark, "held": "1"})
    assert "Your settings are saved." in alice.text
    alice.open("/settings")
    assert re.findall(r'name="(\w+)" value="1" checked', alice.answer.text) == ["held"]
    assert alice.form("/settings").fields["minutes"] == "30"
    alice.send("/settings", minutes="40", zone="Europe/Berlin")
    assert re.findall(r'name="(\w+)" value="1" checked', alice.answer.text) == ["held"]
    assert "<option selected>Europe/Berlin</option>" in alice.answer.text
