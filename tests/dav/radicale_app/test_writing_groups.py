"""Calendars of groups: who may write there, and where it counts."""

from typing import Any

import pytest

from coserver.model.rights import Preset
from coserver.model.space import Tool


def event(uid: str = "one", summary: str = "Talk") -> str:
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        f"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@pytest.fixture
def team(estate: Any) -> Any:
    """(administrator, member, group, the segment of the group's calendar)."""
    alice, bob = estate.client("alice"), estate.client("bob")
    group = estate.group("team", alice, bob)
    (segment,) = [
        href.split("/")[3]
        for href, response in bob.propfind("", "D:displayname", depth="1").responses.items()
        if "Calendar (team)" in "".join(response.itertext())
    ]
    return alice, bob, group, segment


def test_group_when_a_member_only_reads_then_his_writes_need_privileges(team: Any) -> None:
    alice, bob, _, calendar = team
    assert alice.put(f"{calendar}/a.ics", event()).status == 201
    assert bob.ask("GET", f"{calendar}/a.ics").text == event()
    for answer in (
        bob.put(f"{calendar}/a.ics", event(summary="mine")), bob.put(f"{calendar}/b.ics", event("two")),
        bob.ask("DELETE", f"{calendar}/a.ics"), bob.ask("DELETE", f"{calendar}/"),
    ):  # fmt: skip
        assert (answer.status, answer.condition()) == (403, "need-privileges")
    assert bob.ask("GET", f"{calendar}/a.ics").text == event()


def test_group_when_a_member_may_contribute_then_only_his_own_may_be_changed(estate: Any, team: Any) -> None:
    alice, bob, group, calendar = team
    estate.give(group, bob, Tool.CALENDAR, Preset.CONTRIBUTE)
    alice.put(f"{calendar}/a.ics", event())
    assert bob.put(f"{calendar}/b.ics", event("two")).status == 201
    assert bob.put(f"{calendar}/b.ics", event("two", "changed")).status == 204
    assert bob.put(f"{calendar}/a.ics", event(summary="mine")).status == 403
    assert bob.ask("DELETE", f"{calendar}/a.ics").status == 403
    assert bob.ask("DELETE", f"{calendar}/b.ics").status == 204


def test_group_when_the_member_is_removed_then_everything_is_gone_at_once(estate: Any, team: Any) -> None:
    alice, bob, group, calendar = team
    alice.put(f"{calendar}/a.ics", event())
    estate.leave(group, bob)
    assert calendar not in bob.names("")
    assert bob.ask("GET", f"{calendar}/a.ics").status == 404
    assert bob.put(f"{calendar}/a.ics", event()).status in (404, 409)
    assert bob.propfind(calendar, "D:getetag").status == 404
    assert bob.report(calendar, "D:sync-collection", "<D:sync-token/><D:prop><D:getetag/></D:prop>").status == 404


def test_group_when_its_space_is_full_then_the_members_own_is_not(estate: Any) -> None:
    alice, bob = estate.client("alice", plan="small"), estate.client("bob")
    estate.group("team", alice, bob)
    calendar = next(name for name in sorted(alice.names("")) if name.startswith("group-"))
    for number in range(5):
        assert alice.put(f"{calendar}/{number}.ics", event(str(number), "x" * 190_000)).status == 201
    assert alice.put(f"{calendar}/9.ics", event("9", "x" * 190_000)).status == 507
    assert alice.put("calendar/9.ics", event("9", "x" * 190_000)).status == 201


def test_group_when_an_event_is_moved_into_it_then_it_changes_the_space(team: Any) -> None:
    alice, bob, _, calendar = team
    alice.put("calendar/a.ics", event())
    target = f"http://localhost{alice.home}{calendar}/moved.ics"
    assert alice.ask("MOVE", "calendar/a.ics", Destination=target).status == 201
    assert alice.names("calendar/") == set()
    assert bob.ask("GET", f"{calendar}/moved.ics").text == event()
    assert bob.ask("MOVE", f"{calendar}/moved.ics", Destination=f"{bob.home}calendar/x.ics").status == 403


def test_proppatch_when_the_group_calendar_is_named_as_shown_then_the_group_stands_there_once(team: Any) -> None:
    alice, bob, _, calendar = team
    inside = "<D:set><D:prop><D:displayname>Trips (team)</D:displayname></D:prop></D:set>"
    assert alice.tell("PROPPATCH", calendar, "D:propertyupdate", inside).status == 207
    title = bob.propfind(calendar, "D:displayname").value(f"/dav/bob%40example.test/{calendar}/", "D:displayname")
    assert title.text == "Trips (team)"
