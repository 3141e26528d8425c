"""Who organises what is put into calendars of others (S34)."""

import re
from typing import Any

import pytest

from coserver.model.rights import Preset
from coserver.model.space import Tool

ALICE, BOB = "alice@example.test", "bob@example.test"
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n"
END = "DTSTART:20260102T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
GUEST = "ATTENDEE:mailto:dave@example.test"


def meeting(*inside: str) -> str:
    return HEAD + "".join(f"{line}\r\n" for line in inside) + END


def organiser(client: Any, path: str) -> str:
    """Everything of the line, without folds."""
    text = client.ask("GET", path).text.replace("\r\n ", "")
    (found,) = re.findall(r"ORGANIZER[^\r]*", text)
    return str(found)


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.client("bob")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    return estate.group("team", alice, bob)


@pytest.fixture
def lent(estate: Any, alice: Any, bob: Any, team: Any) -> str:
    """Alice's calendar, which bob may edit, as he sees it."""
    return f"{estate.share(team, 'calendar/', Preset.EDIT, of=alice, to=bob)}/"


def test_put_when_somebody_writes_for_the_owner_then_the_owner_organises(alice: Any, bob: Any, lent: str) -> None:
    """S34: as a secretary does (RFC 5545 3.2.18); the program fetches what was kept (RFC 4791 5.3.4)."""
    answer = bob.put(f"{lent}a.ics", meeting(GUEST, f"ORGANIZER;CN=Bob:mailto:{BOB}", "SUMMARY:x"))
    assert answer.status == 201
    assert "ETag" not in answer.headers
    assert organiser(alice, "calendar/a.ics") == f'ORGANIZER;SENT-BY="mailto:{BOB}":mailto:{ALICE}'
    assert bob.put(f"{lent}a.ics", meeting(GUEST, f"ORGANIZER:mailto:{BOB}", "SUMMARY:y")).status == 204
    assert organiser(alice, "calendar/a.ics") == f'ORGANIZER;SENT-BY="mailto:{BOB}":mailto:{ALICE}'
    whole = alice.ask("GET", "calendar/a.ics").text
    again = alice.put("calendar/a.ics", whole.replace("SUMMARY:y", "SUMMARY:z"))
    assert "ETag" in again.headers


def test_put_when_it_is_not_the_writers_meeting_then_it_stays_as_it_came(alice: Any, bob: Any, lent: str) -> None:
    """S34: without attendees there is nothing to organise; an invitation of another is filed as it is."""
    for name, inside in (("plain", ("SUMMARY:x",)), ("invited", (GUEST, "ORGANIZER:mailto:erin@elsewhere.test"))):
        text = meeting(*inside).replace("UID:a", f"UID:{name}")
        assert "ETag" in bob.put(f"{lent}{name}.ics", text).headers
        assert alice.ask("GET", f"calendar/{name}.ics").text == text
        assert "ETag" in alice.put(f"calendar/{name}.ics", text).headers


def test_put_when_a_member_changes_a_meeting_of_the_group_then_who_made_it_organises(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """S34: whoever clicked last got the answers of those invited."""
    estate.give(team, bob, Tool.CALENDAR, Preset.EDIT)
    titles = alice.propfind("", "D:displayname", depth="1")
    href = next(one for one in titles.responses if titles.value(one, "D:displayname").text == "Calendar (team)")
    path = f"{href.rstrip('/').rpartition('/')[2]}/"
    assert "ETag" in alice.put(f"{path}a.ics", meeting(GUEST, f"ORGANIZER;CN=Alice:mailto:{ALICE}")).headers
    answer = bob.put(f"{path}a.ics", meeting(GUEST, f"ORGANIZER:mailto:{BOB}", "SUMMARY:moved"))
    assert (answer.status, "ETag" in answer.headers) == (204, False)
    assert organiser(bob, f"{path}a.ics") == f"ORGANIZER;CN=Alice:mailto:{ALICE}"
    plain = meeting("SUMMARY:x").replace("UID:a", "UID:b")
    assert alice.put(f"{path}b.ics", plain).status == 201
    invited = meeting(GUEST, f"ORGANIZER:mailto:{BOB}").replace("UID:a", "UID:b")
    assert bob.put(f"{path}b.ics", invited).status == 204
    assert organiser(alice, f"{path}b.ics") == f'ORGANIZER;SENT-BY="mailto:{BOB}":mailto:{ALICE}'
    own = meeting(GUEST, f"ORGANIZER:mailto:{BOB}").replace("UID:a", "UID:c")
    assert "ETag" in bob.put(f"{path}c.ics", own).headers
    assert organiser(alice, f"{path}c.ics") == f"ORGANIZER:mailto:{BOB}"
