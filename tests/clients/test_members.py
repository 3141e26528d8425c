"""What members see of one another in real programs: khard the book of members, khal the calendar of busy times."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.curl import put
from tests.clients.programs.khal import agenda, khard
from tests.clients.programs.running import operate
from tests.clients.programs.samples import event
from tests.clients.programs.vdirsyncer import Vdirsyncer

pytestmark = pytest.mark.needs("vdirsyncer", "khal", "khard", "curl")

SECRET = event("secret-uid", "secret-summary", "LOCATION:secret-place", "RRULE:FREQ=DAILY;COUNT=3")


def busy(alice: Vdirsyncer) -> list[str]:
    """Who is busy when, as khal lists it."""
    listed = agenda(alice.titled("cal", "Busy: team"))
    return sorted(line.partition(")")[0] + ")" for line in listed if "Busy" in line)


def people(alice: Vdirsyncer) -> str:
    return khard(alice.titled("card", "Members of team"), "email", "--parsable")


def test_members_when_one_puts_an_event_and_leaves_then_the_others_see_times_and_then_nothing(
    own_demo: Any, tmp_path: Path
) -> None:
    """R49 R52 R17"""
    for who in ("bob", "carol"):
        put(own_demo, who, f"/dav/{who}@example.test/calendar/e.ics", SECRET, home=tmp_path)
    named = ("--first", "Bob", "--last", "Example", "--organisation", "Example Ltd")
    operate(own_demo, "account", "profile", "bob", *named)
    alice = Vdirsyncer(own_demo, "alice", tmp_path / "alice")
    alice.fetch()
    assert busy(alice) == [f"10:00-11:00 Busy ({name})" for name in ("Bob Example", "carol") for _ in range(3)]
    assert "bob@example.test" in people(alice)
    assert "BEGIN:VEVENT" in alice.held("cal")
    assert "BEGIN:VCARD" in alice.held("card")
    assert "secret" not in alice.held()

    operate(own_demo, "group", "member", "remove", "team", "bob")
    alice.sync()
    assert busy(alice) == ["10:00-11:00 Busy (carol)"] * 3
    assert "bob@example.test" not in people(alice)
    assert "alice@example.test" in people(alice)
