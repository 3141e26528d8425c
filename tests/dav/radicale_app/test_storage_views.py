"""Single events and contacts that others share: a calendar and an address book "Shared by <owner>" (R55, R48)."""

from typing import Any

import pytest

from coserver.accounts import closure
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.store import collections

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:Carol Example\r\nN:Example;Carol;;;\r\nEND:VCARD\r\n"
TITLE = "Shared by alice@example.test"


def event(uid: str = "one", *more: str, summary: str = "Talk") -> str:
    inside = "".join(f"{line}\r\n" for line in more)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        f"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:{summary}\r\n{inside}END:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.client("bob")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    alice.put("calendar/a.ics", event("a"))
    alice.put("calendar/b.ics", event("b", "CLASS:PRIVATE"))
    alice.card("contacts/c.vcf", CARD)
    return estate.group("team", alice, bob)


def views(client: Any) -> list[str]:
    """The segments of the books "Shared by alice"."""
    return sorted(
        name for name in client.names("") if name.startswith("shared-") and client.title(name) == TITLE
    )  # fmt: skip


def names(client: Any, path: str) -> set[str]:
    return {name for name in client.names(path) if name.endswith((".ics", ".vcf"))}


def test_view_when_single_entries_are_shared_then_they_appear_and_nothing_else(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R55 R13: private ones too, since they were shared by themselves."""
    assert views(bob) == []
    estate.share(team, "calendar/b.ics", Preset.READ, of=alice, to=bob)
    (view,) = views(bob)
    (name,) = names(bob, view)
    assert bob.ask("GET", f"{view}/{name}").text == event("b", "CLASS:PRIVATE")
    estate.share(team, "contacts/c.vcf", Preset.READ, of=alice)
    (book,) = [each for each in views(bob) if each != view]
    (card,) = names(bob, book)
    assert bob.ask("GET", f"{book}/{card}").text == CARD
    found = bob.propfind(view, "D:owner", "C:supported-calendar-component-set", "D:resourcetype")
    (href,) = found.responses
    assert found.value(href, "D:owner")[0].text == "/dav/alice%40example.test/"
    assert {one.get("name") for one in found.value(href, "C:supported-calendar-component-set")} >= {"VEVENT", "VTODO"}
    assert bob.privileges(view) == {"read", "read-current-user-privilege-set", "read-free-busy"}
    query = "<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name='VCALENDAR'/></C:filter>"
    assert len(bob.report(view, "C:calendar-query", query).responses) == 1
    assert views(alice) == []


def test_view_when_shares_come_and_go_then_sync_tells_and_the_view_with_them(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R15 R17: additions and removals, and in the end the calendar itself is gone."""
    estate.share(team, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    (view,) = views(bob)
    token, told = bob.sync(view)
    (first,) = told
    assert bob.sync(view, token) == (token, {})
    ctag = bob.propfind(view, "S:getctag").body
    estate.share(team, "calendar/b.ics", Preset.READ, of=alice)
    assert bob.propfind(view, "S:getctag").body != ctag
    token, told = bob.sync(view, token)
    (second,) = told
    alice.put("calendar/a.ics", event("a", summary="moved"))
    token, told = bob.sync(view, token)
    assert told == {first: 200}
    alice.ask("DELETE", "calendar/b.ics")
    token, told = bob.sync(view, token)
    assert told == {second: 404}
    estate.unshare(team, "calendar/a.ics", of=alice, to=bob)
    assert views(bob) == []
    assert bob.propfind(view, "D:getetag").status == 404
    assert bob.ask("GET", f"{view}/{first}").status == 404
    estate.share(team, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    assert bob.sync(view, token)[1] == {first: 200}


def test_view_when_the_event_moves_to_another_calendar_of_its_owner_then_it_stays(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    estate.share(team, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    (view,) = views(bob)
    (name,) = names(bob, view)
    alice.tell("MKCALENDAR", "other/", "C:mkcalendar")
    assert alice.ask("MOVE", "calendar/a.ics", Destination=f"{alice.home}other/x.ics").status == 201
    assert bob.ask("GET", f"{view}/{name}").text == event("a")


def test_view_when_an_entry_may_be_edited_then_the_original_changes(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R48 R55"""
    estate.share(team, "calendar/a.ics", Preset.EDIT, of=alice, to=bob)
    (view,) = views(bob)
    (name,) = names(bob, view)
    assert "write-content" in bob.privileges(f"{view}/{name}")
    got = bob.ask("GET", f"{view}/{name}")
    answer = bob.put(f"{view}/{name}", event("a", summary="ours"), If_Match=got.headers["ETag"])
    assert answer.status == 204
    assert alice.ask("GET", "calendar/a.ics").text == event("a", summary="ours")
    assert bob.ask("GET", f"{view}/{name}").headers["ETag"] == answer.headers["ETag"]
    assert bob.put(f"{view}/{name}", event("a"), If_Match=got.headers["ETag"]).status == 412
    assert bob.put(f"{view}/{name}", event("other")).status == 409
    assert bob.ask("DELETE", f"{view}/{name}").status == 204
    assert alice.ask("GET", "calendar/a.ics").status == 404
    assert views(bob) == []


def test_view_when_written_to_without_a_right_then_refused(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """R57: nothing of one's own goes there, nothing read-only changes, and it cannot be deleted."""
    estate.share(team, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    (view,) = views(bob)
    (name,) = names(bob, view)
    bob.put("calendar/mine.ics", event("m"))
    for answer in (
        bob.put(f"{view}/{name}", event("a", summary="mine")), bob.put(f"{view}/new.ics", event("n")),
        bob.ask("DELETE", f"{view}/{name}"), bob.ask("DELETE", f"{view}/"),
        bob.ask("MOVE", "calendar/mine.ics", Destination=f"{bob.home}{view}/m.ics"),
        bob.ask("COPY", "calendar/mine.ics", Destination=f"{bob.home}{view}/m.ics"),
        bob.ask("MOVE", f"{view}/{name}", Destination=f"{bob.home}calendar/a.ics"),
    ):  # fmt: skip
        assert (answer.status, answer.condition()) == (403, "need-privileges")
    assert bob.ask("COPY", f"{view}/{name}", Destination=f"{bob.home}calendar/copy.ics").status == 201
    assert bob.ask("GET", "calendar/copy.ics").text == event("a")


def test_view_when_shared_as_busy_then_it_is_masked(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """R49 R55"""
    estate.share(team, "calendar/a.ics", Preset.BUSY, of=alice, to=bob)
    (view,) = views(bob)
    (name,) = names(bob, view)
    token, _ = bob.sync(view)
    assert "SUMMARY:Busy\r\n" in bob.ask("GET", f"{view}/{name}").text
    assert "Talk" not in bob.ask("GET", f"{view}/").text
    assert bob.ask("COPY", f"{view}/{name}", Destination=f"{bob.home}calendar/copy.ics").status == 403
    estate.share(team, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    assert bob.sync(view, token)[1] == {name: 200}
    assert "Talk" in bob.ask("GET", f"{view}/{name}").text


def test_view_when_settings_differ_for_two_groups_then_each_has_its_own(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R55: a single datum can have different settings for different groups; who is in both has the union."""
    carol, dave = estate.client("carol"), estate.client("dave")
    other = estate.group("other", alice, carol, bob)
    estate.join(team, dave)
    estate.share(team, "calendar/a.ics", Preset.BUSY, of=alice)
    estate.share(other, "calendar/a.ics", Preset.EDIT, of=alice)
    seen = {}
    for client in (bob, carol, dave):
        (view,) = views(client)
        (name,) = names(client, view)
        seen[client.account.login[:3]] = ("Talk" in client.ask("GET", f"{view}/{name}").text) + (
            "write-content" in client.privileges(f"{view}/{name}")
        )
    assert seen == {"bob": 2, "car": 2, "dav": 0}


def test_view_when_the_whole_calendar_is_shared_too_then_the_entry_is_only_there(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    estate.share(team, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    assert len(views(bob)) == 1
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    assert views(bob) == []
    assert bob.ask("GET", f"{calendar}/a.ics").status == 200


def test_view_when_the_recipient_names_it_then_that_is_its_name(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """S33"""
    estate.share(team, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    (view,) = views(bob)
    inside = "<D:set><D:prop><D:displayname>From the boss</D:displayname></D:prop></D:set>"
    assert bob.tell("PROPPATCH", view, "D:propertyupdate", inside).status == 207
    assert bob.title(view) == "From the boss"


def test_view_when_a_member_leaves_then_what_he_got_and_gave_is_gone(estate: Any, alice: Any, bob: Any) -> None:
    """R17 S7"""
    carol = estate.client("carol")
    group = estate.group("third", carol, alice, bob)
    alice.put("calendar/z.ics", event("z"))
    estate.share(group, "calendar/z.ics", Preset.READ, of=alice)
    assert len(views(bob)) == len(views(carol)) == 1
    estate.leave(group, bob)
    assert (len(views(bob)), len(views(carol))) == (0, 1)
    estate.leave(group, alice)
    assert views(carol) == []


def test_view_when_its_owner_is_erased_then_nothing_is_left_of_it(estate: Any, alice: Any, bob: Any) -> None:
    """(S24) Empty rows of calendars that nobody would ever fill again stayed."""
    alice.put("calendar/a.ics", event("a"))
    club = estate.group("club", bob, alice)
    estate.share(club, "calendar/a.ics", Preset.READ, of=alice, to=bob)
    space = bob.account.space

    def kept() -> list[str]:
        with estate.store.read() as tx:
            return [one.role for one in collections.tree(tx, space, Tool.CALENDAR) if one.role.startswith("view:")]

    assert len(kept()) == 1
    estate.store.write(lambda tx: closure.close(tx, alice.account.id))
    assert len(kept()) == 1  # until it is sure that she does not come back
    estate.store.write(lambda tx: closure.erase(tx, alice.account.id, rest_days=0))
    assert kept() == []
