"""Calendars and address books that others share, in the recipient's own home."""

from typing import Any

import pytest

from coserver.model.plan import Feature
from coserver.model.rights import Preset
from coserver.model.space import Tool

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:Carol Example\r\nN:Example;Carol;;;\r\nEND:VCARD\r\n"


def event(uid: str = "one", summary: str = "Talk", *more: str) -> str:
    inside = "".join(f"{line}\r\n" for line in more)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        f"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:{summary}\r\n{inside}END:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )


def setting(name: str, value: str) -> str:
    return f"<D:set><D:prop><{name}>{value}</{name}></D:prop></D:set>"


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.client("bob")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    return estate.group("team", alice, bob)


def test_home_when_a_calendar_is_shared_then_it_appears_with_its_owner_behind_the_name(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R48 R14: in the recipient's own home set, without typing a URL."""
    alice.put("calendar/a.ics", event())
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    contacts = estate.share(team, "contacts", Preset.READ, of=alice)
    assert {calendar, contacts} <= bob.names("")
    assert bob.title(calendar) == "Calendar (alice@example.test)"
    assert bob.title(contacts) == "Contacts (alice@example.test)"
    alice.tell("PROPPATCH", "calendar/", "D:propertyupdate", setting("D:displayname", "Work"))
    assert bob.title(calendar) == "Work (alice@example.test)"
    assert bob.ask("GET", f"{calendar}/a.ics").text == event()
    found = bob.propfind(calendar, "D:owner", "C:supported-calendar-component-set", "D:quota-used-bytes")
    (href,) = found.responses
    assert found.value(href, "D:owner")[0].text == "/dav/alice%40example.test/"
    assert found.value(href, "C:supported-calendar-component-set")[0].get("name") == "VEVENT"
    assert found.value(href, "D:quota-used-bytes") is None


def test_shared_when_it_can_only_be_read_then_writes_need_privileges_and_say_why(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R57 R48: the privileges that are told are those that hold."""
    alice.put("calendar/a.ics", event())
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    held = {"read", "read-current-user-privilege-set", "read-free-busy"}
    assert bob.privileges(calendar) == held
    assert bob.privileges(f"{calendar}/a.ics") == held
    alice.put("calendar/c.ics", event("three"))
    for answer in (
        bob.put(f"{calendar}/a.ics", event(summary="mine")), bob.put(f"{calendar}/b.ics", event("two")),
        bob.ask("DELETE", f"{calendar}/a.ics"), bob.ask("DELETE", f"{calendar}/"),
        bob.ask("MOVE", f"{calendar}/a.ics", Destination=f"{bob.home}calendar/a.ics"),
    ):  # fmt: skip
        assert (answer.status, answer.condition()) == (403, "need-privileges")
        assert "alice@example.test" in answer.text
    assert alice.ask("GET", "calendar/a.ics").text == event()


def test_shared_when_it_may_be_contributed_to_then_only_own_objects_are_writable(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R48 R57: per object, and told so."""
    alice.put("calendar/a.ics", event())
    calendar = estate.share(team, "calendar", Preset.CONTRIBUTE, of=alice, to=bob)
    assert bob.put(f"{calendar}/b.ics", event("two")).status == 201
    assert bob.put(f"{calendar}/b.ics", event("two", "changed")).status == 204
    assert bob.put(f"{calendar}/a.ics", event(summary="mine")).status == 403
    assert bob.ask("DELETE", f"{calendar}/a.ics").status == 403
    assert {"bind", "unbind", "write-content"} <= bob.privileges(calendar)
    assert "write-content" in bob.privileges(f"{calendar}/b.ics")
    assert "write-content" not in bob.privileges(f"{calendar}/a.ics")
    alice.put("calendar/b.ics", event("two", "of both"))
    assert bob.put(f"{calendar}/b.ics", event("two", "again")).status == 204
    assert bob.ask("DELETE", f"{calendar}/b.ics").status == 204
    assert alice.names("calendar/") == {"a.ics"}


def test_shared_when_it_may_be_edited_then_everything_in_it_may_be(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R48"""
    alice.put("calendar/a.ics", event())
    calendar = estate.share(team, "calendar", Preset.EDIT, of=alice)
    assert "write" in bob.privileges(calendar)
    assert bob.put(f"{calendar}/a.ics", event(summary="ours")).status == 204
    assert alice.ask("GET", "calendar/a.ics").text == event(summary="ours")
    assert bob.ask("MOVE", f"{calendar}/a.ics", Destination=f"{bob.home}calendar/mine.ics").status == 201
    assert alice.names("calendar/") == set()
    assert bob.ask("MOVE", "calendar/mine.ics", Destination=f"{bob.home}{calendar}/back.ics").status == 201
    assert alice.names("calendar/") == {"back.ics"}


def test_shared_when_the_share_is_taken_back_then_it_is_gone_at_once(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R15, R17, S30: at the next request, on whatever connection."""
    alice.put("calendar/a.ics", event())
    calendar = estate.share(team, "calendar", Preset.EDIT, of=alice, to=bob)
    token, _ = bob.sync(calendar)
    estate.unshare(team, "calendar", of=alice, to=bob)
    assert calendar not in bob.names("")
    assert bob.ask("GET", f"{calendar}/a.ics").status == 404
    assert bob.propfind(calendar, "D:getetag").status == 404
    body = f"<D:sync-token>{token}</D:sync-token><D:prop><D:getetag/></D:prop>"
    assert bob.report(calendar, "D:sync-collection", body).status == 404
    assert bob.put(f"{calendar}/a.ics", event(summary="mine")).status in (404, 409)
    assert bob.ask("DELETE", f"{calendar}/a.ics").status == 404


def test_shared_when_its_owner_leaves_the_group_then_it_is_gone(estate: Any, alice: Any, bob: Any) -> None:
    """R17 S7"""
    carol = estate.client("carol")
    team = estate.group("team", carol, alice, bob)
    calendar = estate.share(team, "calendar", Preset.READ, of=alice)
    assert calendar in bob.names("")
    estate.leave(team, alice)
    assert calendar not in bob.names("")
    assert bob.propfind(calendar, "D:getetag").status == 404


def test_shared_when_somebody_is_in_no_group_of_the_share_then_nothing_is_there(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R16: who is not reached cannot tell it from what never was."""
    carol = estate.client("carol")
    calendar = estate.share(team, "calendar", Preset.READ, of=alice)
    assert not {name for name in carol.names("") if name.startswith("shared-")}
    missing = carol.propfind("shared-999999", "D:getetag")
    there = carol.propfind(calendar, "D:getetag")
    assert (there.status, there.body) == (missing.status, missing.body) == (404, there.body)


def test_shared_when_an_app_password_opens_calendars_only_then_address_books_are_not_there(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    contacts = estate.share(team, "contacts", Preset.READ, of=alice)
    calendar = estate.share(team, "calendar", Preset.READ, of=alice)
    bob.services = frozenset((Feature.CALDAV,))
    assert calendar in bob.names("")
    assert contacts not in bob.names("")
    assert bob.propfind(contacts, "D:getetag").status == 404


def test_proppatch_when_a_recipient_names_and_colours_it_then_that_is_his_own(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """S33"""
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    alice.tell("PROPPATCH", "calendar/", "D:propertyupdate", setting("I:calendar-color", "#00ff00"))
    path = f"/dav/bob%40example.test/{calendar}/"
    assert bob.propfind(calendar, "I:calendar-color").value(path, "I:calendar-color").text == "#00ff00"
    inside = setting("I:calendar-color", "#ff0000") + setting("D:displayname", "Boss")
    assert bob.tell("PROPPATCH", calendar, "D:propertyupdate", inside).status == 207
    assert bob.propfind(calendar, "I:calendar-color").value(path, "I:calendar-color").text == "#ff0000"
    assert bob.title(calendar) == "Boss"
    own = "/dav/alice%40example.test/calendar/"
    assert alice.propfind("calendar/", "I:calendar-color").value(own, "I:calendar-color").text == "#00ff00"
    assert alice.title("calendar/") == "Calendar"
    removal = "<D:remove><D:prop><D:displayname/><I:calendar-color/></D:prop></D:remove>"
    assert bob.tell("PROPPATCH", calendar, "D:propertyupdate", removal).status == 207
    assert bob.title(calendar) == "Calendar (alice@example.test)"
    assert bob.propfind(calendar, "I:calendar-color").value(path, "I:calendar-color").text == "#00ff00"


def test_proppatch_when_a_group_calendar_is_coloured_then_by_each_for_himself(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """S33: the administrator's colour is his own, the name he gives is for all."""
    (calendar,) = [
        name for name in alice.names("") if name.startswith("group-") and alice.title(name) == "Calendar (team)"
    ]
    for client, colour in ((alice, "#111111"), (bob, "#222222")):
        client.tell("PROPPATCH", calendar, "D:propertyupdate", setting("I:calendar-color", colour))
    alice.tell("PROPPATCH", calendar, "D:propertyupdate", setting("D:displayname", "Trips"))
    for client, colour in ((alice, "#111111"), (bob, "#222222")):
        found = client.propfind(calendar, "I:calendar-color")
        (href,) = found.responses
        assert found.value(href, "I:calendar-color").text == colour
        assert client.title(calendar) == "Trips (team)"
    bob.tell("PROPPATCH", calendar, "D:propertyupdate", setting("D:displayname", "Mine"))
    assert (alice.title(calendar), bob.title(calendar)) == ("Trips (team)", "Mine")


def test_shared_when_the_manager_of_it_deletes_the_whole_then_only_the_owner_may(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """S6: managing is not owning."""
    calendar = estate.share(team, "calendar", Preset.MANAGE, of=alice, to=bob)
    answer = bob.ask("DELETE", f"{calendar}/")
    assert (answer.status, answer.condition()) == (403, "need-privileges")
    assert alice.propfind("calendar/", "D:displayname").status == 207


def test_mkcalendar_when_the_name_is_kept_for_those_of_others_then_refused(alice: Any) -> None:
    for name in ("shared-7", "group-7"):
        assert alice.tell("MKCALENDAR", f"{name}/", "C:mkcalendar").status in (400, 403)


def test_shared_address_book_when_read_and_edited_then_as_any(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """R48"""
    alice.card("contacts/c.vcf", CARD)
    contacts = estate.share(team, "contacts", Preset.EDIT, of=alice)
    assert bob.ask("GET", f"{contacts}/c.vcf").text == CARD
    query = '<D:prop><D:getetag/></D:prop><R:filter><R:prop-filter name="FN"/></R:filter>'
    assert len(bob.report(contacts, "R:addressbook-query", query).responses) == 1
    assert bob.card(f"{contacts}/c.vcf", CARD.replace("Carol Example", "Carol")).status == 204
    assert "Carol\r\n" in alice.ask("GET", "contacts/c.vcf").text
    assert bob.privileges(contacts) >= {"write"}


def test_sync_when_rights_become_busy_only_then_everything_is_told_anew(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R15: a change of rights appears as changes and removals in the next sync-collection."""
    alice.put("calendar/a.ics", event())
    alice.put("calendar/b.ics", event("two", "Free", "TRANSP:TRANSPARENT"))
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    token, told = bob.sync(calendar)
    assert told == {"a.ics": 200, "b.ics": 200}
    assert bob.sync(calendar, token) == (token, {})
    ctag = bob.propfind(calendar, "S:getctag").body
    etag = bob.ask("GET", f"{calendar}/a.ics").headers["ETag"]
    estate.share(team, "calendar", Preset.BUSY, of=alice, to=bob)
    assert bob.propfind(calendar, "S:getctag").body != ctag
    token, told = bob.sync(calendar, token)
    assert told == {"a.ics": 200, "b.ics": 404}
    assert bob.ask("GET", f"{calendar}/a.ics").headers["ETag"] != etag
    assert bob.sync(calendar, token) == (token, {})
    assert bob.sync(calendar)[1] == {"a.ics": 200}
    estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    assert bob.sync(calendar, token)[1] == {"a.ics": 200, "b.ics": 200}


def test_sync_when_a_token_bears_no_sight_then_it_is_valid_still(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    alice.put("calendar/a.ics", event())
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    token, _ = bob.sync(calendar)
    assert bob.sync(calendar, token.partition("/")[0])[1] == {"a.ics": 200}
    own, _ = alice.sync("calendar/")
    assert "/" not in own
    assert alice.sync("calendar/", own)[1] == {}


def test_sync_when_a_removal_and_a_change_of_rights_come_together_then_both_are_told(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    alice.put("calendar/a.ics", event())
    alice.put("calendar/b.ics", event("two"))
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    token, _ = bob.sync(calendar)
    alice.ask("DELETE", "calendar/a.ics")
    estate.share(team, "calendar", Preset.BUSY, of=alice, to=bob)
    assert bob.sync(calendar, token)[1] == {"a.ics": 404, "b.ics": 200}


def test_sync_when_cut_while_rights_change_then_all_is_told_in_the_end(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    for number in range(5):
        alice.put(f"calendar/{number}.ics", event(str(number)))
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    token, _ = bob.sync(calendar)
    estate.share(team, "calendar", Preset.BUSY, of=alice, to=bob)
    told: set[str] = set()
    for _ in range(3):
        body = (
            f"<D:sync-token>{token}</D:sync-token><D:limit><D:nresults>2</D:nresults></D:limit>"
            "<D:prop><D:getetag/></D:prop>"
        )
        found = bob.report(calendar, "D:sync-collection", body)
        told |= {href.rpartition("/")[2] for href in found.responses} - {""}
        token = found.tree.findtext("{DAV:}sync-token")
    assert told == {f"{number}.ics" for number in range(5)}
    assert bob.sync(calendar, token)[1] == {}


def test_shared_when_more_is_put_than_fits_then_it_is_the_owners_room(estate: Any, bob: Any) -> None:
    """R48: what is added to a shared calendar counts where it lies."""
    alice = estate.client("alice", plan="small")
    team = estate.group("team", bob, alice)
    calendar = estate.share(team, "calendar", Preset.EDIT, of=alice)
    answers = [bob.put(f"{calendar}/{number}.ics", event(str(number), "x" * 190_000)) for number in range(7)]
    assert answers[0].status == 201
    assert bob.put("calendar/9.ics", event("9", "x" * 190_000)).status == 201
    there = f"{bob.home}{calendar}/9.ics"
    refused = [answers[-1], *(bob.ask(method, "calendar/9.ics", Destination=there) for method in ("COPY", "MOVE"))]
    for answer in refused:  # and he is told neither to clear up what is not his, nor how much there is
        assert answer.status == 507
        assert "the owner of this calendar" in answer.text
        assert "subscription" not in answer.text


def test_group_when_somebody_may_contribute_then_privileges_differ_for_each_object(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R57"""
    estate.give(team, bob, Tool.CALENDAR, Preset.CONTRIBUTE)
    (calendar,) = [name for name in bob.names("") if name.startswith("group-") and "Calendar" in bob.title(name)]
    alice.put(f"{calendar}/a.ics", event())
    bob.put(f"{calendar}/b.ics", event("two"))
    assert "write-content" not in bob.privileges(f"{calendar}/a.ics")
    assert "write-content" in bob.privileges(f"{calendar}/b.ics")
