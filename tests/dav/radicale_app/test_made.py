"""The address book of a group's members, as clients see it."""

from typing import Any
from urllib.parse import unquote

import pytest
import vobject

from coserver.auth import profiles, standing
from coserver.model.plan import Feature
from coserver.model.principal import Profile, State
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import spaces


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.client("bob")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    return estate.group("team", alice, bob)


def book_titled(client: Any, title: str) -> str:
    """The segment of the book of that name in a home."""
    found = client.propfind("", "D:displayname", depth="1")
    (href,) = [href for href in found.responses if found.value(href, "D:displayname").text == title]
    return unquote(href).removeprefix(client.home)


def cards(client: Any, path: str) -> dict[str, Any]:
    """name -> parsed card of everything in a book, by multiget."""
    wanted = "".join(f"<D:href>{client.home}{path}{name}</D:href>" for name in client.names(path))
    body = f"<D:prop><D:getetag/><R:address-data/></D:prop>{wanted}"
    found = client.report(path, "R:addressbook-multiget", body)
    read = (vobject.readOne(found.value(href, "R:address-data").text) for href in found.responses)
    return {card.fn.value: card for card in read}


def synchronised(client: Any, path: str, token: str = "") -> tuple[str, dict[str, int]]:
    """The new token, and what a sync report tells: name -> 200 or 404."""
    body = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
    found = client.report(path, "D:sync-collection", body)
    told = {
        href.rpartition("/")[2]: 404 if "404" in (response.findtext("{DAV:}status") or "") else 200
        for href, response in found.responses.items()
    }
    return str(found.tree.findtext("{DAV:}sync-token")), told


def test_home_when_in_a_group_then_its_members_are_a_book_that_can_only_be_read(
    alice: Any, bob: Any, team: Any
) -> None:
    """R52 R53: each member sees the same of the others, the administrator too."""
    for client in (alice, bob):
        path = book_titled(client, "Members of team")
        found = client.propfind(path, "D:resourcetype", "D:current-user-privilege-set", "D:displayname")
        (href,) = found.responses
        kinds = {kind.tag.rpartition("}")[2] for kind in found.value(href, "D:resourcetype")}
        assert kinds == {"collection", "addressbook"}
        held = {one[0].tag.rpartition("}")[2] for one in found.value(href, "D:current-user-privilege-set")}
        assert held == {"read", "read-current-user-privilege-set"}
        assert cards(client, path).keys() == {"alice", "bob"}


def test_cards_when_a_profile_was_told_then_exactly_its_fields(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """R52"""
    whole = Profile("Bob", "Example", "Example Ltd", "image/jpeg", b"\xff\xd8 picture")
    estate.store.write(lambda tx: profiles.put(tx, bob.account.id, whole))
    path = book_titled(alice, "Members of team")
    card = cards(alice, path)["Bob Example"]
    assert set(card.contents) == {"version", "uid", "fn", "n", "org", "email", "photo"}
    assert card.photo.value == b"\xff\xd8 picture"
    got = alice.ask("GET", f"{path}{bob.account.id}.vcf")
    assert got.status == 200
    assert vobject.readOne(got.text).email.value == "bob@example.test"
    query = '<D:prop><R:address-data/></D:prop><R:filter><R:prop-filter name="ORG"><R:text-match>ample</R:text-match>'
    found = alice.report(path, "R:addressbook-query", f"{query}</R:prop-filter></R:filter>")
    assert len(found.responses) == 1


def test_sync_when_members_come_go_and_change_then_additions_and_removals(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R52 R17"""
    carol = estate.client("carol")
    path = book_titled(alice, "Members of team")
    name = {client.account.login[:3]: f"{client.account.id}.vcf" for client in (alice, bob, carol)}
    token, told = synchronised(alice, path)
    assert told == {name["ali"]: 200, name["bob"]: 200}
    ctag = alice.propfind(path, "S:getctag").body
    assert synchronised(alice, path, token) == (token, {})
    estate.leave(team, bob)
    estate.store.write(lambda tx: profiles.put(tx, alice.account.id, Profile("Alice")))
    token, told = synchronised(alice, path, token)
    assert told == {name["ali"]: 200, name["bob"]: 404}
    assert alice.propfind(path, "S:getctag").body != ctag
    assert bob.ask("GET", f"{path}{alice.account.id}.vcf").status == 404
    assert bob.propfind(path, "D:displayname").status == 404


def test_etag_when_a_profile_changes_then_another_and_a_condition_holds(estate: Any, alice: Any, team: Any) -> None:
    path = f"{book_titled(alice, 'Members of team')}{alice.account.id}.vcf"
    first = alice.ask("GET", path).headers["ETag"]
    assert alice.ask("GET", path, If_None_Match=first).status in (200, 304)
    assert (
        alice.propfind(path, "D:getetag").text.count(first.replace('"', "&quot;"))
        + alice.propfind(path, "D:getetag").text.count(first)
        == 1
    )
    estate.store.write(lambda tx: profiles.put(tx, alice.account.id, Profile("Alice")))
    assert alice.ask("GET", path).headers["ETag"] != first


def test_writing_when_tried_then_refused_even_to_the_administrator(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R52"""
    estate.give(team, bob, Tool.CONTACTS, Preset.MANAGE)
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:X\r\nN:X;;;;\r\nUID:x\r\nEND:VCARD\r\n"
    alice.card("contacts/x.vcf", card)
    before = cards(alice, book_titled(alice, "Members of team"))
    for client in (alice, bob):
        path = book_titled(client, "Members of team")
        there = f"{path}{bob.account.id}.vcf"
        assert client.card(f"{path}new.vcf", card).status == 403
        assert client.card(there, card).status == 403
        assert client.ask("DELETE", there).status == 403
        assert client.ask("DELETE", path).status == 403
        assert client.ask("COPY", there, Destination=f"{client.home}contacts/copy.vcf").status == 403
        assert client.ask("MOVE", there, Destination=f"{client.home}contacts/moved.vcf").status == 403
    moved = alice.ask("MOVE", "contacts/x.vcf", Destination=f"{alice.home}{path}x.vcf")
    assert moved.status == 403
    assert cards(alice, path).keys() == before.keys()


@pytest.mark.parametrize(
    ("title", "name"), [("Members of team", "R:addressbook-color"), ("Busy: team", "I:calendar-color")]
)
def test_proppatch_when_a_member_colours_what_the_house_makes_then_that_is_his_own(
    alice: Any, bob: Any, team: Any, title: str, name: str
) -> None:
    """S33"""
    path = book_titled(bob, title)
    colour = f"<D:set><D:prop><{name}>#00ff00</{name}></D:prop></D:set>"
    assert bob.tell("PROPPATCH", path, "D:propertyupdate", colour).status == 207
    told = ["#00ff00" in one.propfind(path, name).text for one in (bob, alice)]
    assert told == [True, False]


def test_principal_when_it_is_a_member_of_ones_groups_then_his_name_and_no_more(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R52: D:owner of a shared calendar led nowhere (RFC 3744 4)."""
    carol = estate.client("carol")
    estate.store.write(lambda tx: profiles.put(tx, alice.account.id, Profile("Alice", "Woods")))
    found = bob.ask("PROPFIND", alice.home, Depth="1")
    assert found.status == 207
    (href,) = found.responses
    assert unquote(href) == alice.home
    assert found.value(href, "D:displayname").text == "Alice Woods"
    assert found.value(href, "D:principal-URL")[0].text == href
    assert found.value(href, "D:resourcetype").find("{DAV:}principal") is not None
    secret = ("C:calendar-home-set", "S:email-address-set", "D:quota-used-bytes", "C:schedule-outbox-URL")
    asked = bob.propfind(alice.home, *secret)
    assert [asked.value(href, name) for name in secret] == [None] * 4
    for method in ("GET", "DELETE", "MKCALENDAR"):
        assert bob.ask(method, alice.home).status in (403, 404)
    for path in (f"{alice.home}calendar/", f"{alice.home}outbox/"):
        assert bob.ask("PROPFIND", path, Depth="0").status == 404
    assert carol.ask("PROPFIND", alice.home, Depth="0").status == 404
    estate.store.write(lambda tx: standing.set_state(tx, alice.account.id, State.CLOSED))
    assert bob.ask("PROPFIND", alice.home, Depth="0").status == 404


def test_room_when_there_are_members_then_none_is_taken(estate: Any, alice: Any, team: Any) -> None:
    with estate.store.read() as tx:
        room = usage.room(tx, spaces.of(tx, team.id).id, Tool.CONTACTS)
    assert (room.items, room.bytes) == (0, 0)


def test_home_when_the_password_opens_calendars_alone_then_no_members(estate: Any, alice: Any, team: Any) -> None:
    path = book_titled(alice, "Members of team")
    alice.services = frozenset({Feature.CALDAV})
    assert alice.propfind(path, "D:displayname").status == 404


# ---------------------------------------------------------------- when members are busy

EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:secret-uid\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:20260310T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY:secret\r\n"
    "LOCATION:secret\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_busy_when_a_member_puts_an_event_then_others_see_its_times_in_every_report(
    alice: Any, bob: Any, team: Any
) -> None:
    """R49"""
    assert bob.put("calendar/secret-name.ics", EVENT).status == 201
    path = book_titled(alice, "Busy: team")
    found = alice.propfind(path, "D:current-user-privilege-set", "C:supported-calendar-component-set")
    (href,) = found.responses
    held = {one[0].tag.rpartition("}")[2] for one in found.value(href, "D:current-user-privilege-set")}
    assert held == {"read", "read-free-busy", "read-current-user-privilege-set"}
    (kind,) = found.value(href, "C:supported-calendar-component-set")
    assert kind.get("name") == "VEVENT"
    (name,) = alice.names(path)
    item = f"<D:href>{alice.home}{path}{name}</D:href>"
    in_march = '<C:time-range start="20260311T000000Z" end="20260312T000000Z"/>'
    asked = f'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{in_march}</C:comp-filter>'
    data = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    told = [
        alice.ask("GET", path + name).text,
        alice.ask("GET", path).text,
        alice.report(path, "C:calendar-multiget", f"{data}{item}").text,
        alice.report(path, "C:calendar-query", f"{data}{asked}</C:comp-filter></C:filter>").text,
        alice.ask("PROPFIND", path, Depth="1").text,
        alice.report(path, "C:free-busy-query", in_march).text,
    ]
    assert all("SUMMARY:Busy (bob)" in text for text in told[:4])
    assert "FREEBUSY" in told[5]
    assert not any("secret" in text.lower() for text in told)


def test_busy_when_synchronised_then_changes_and_removals_are_told(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R49 R17"""
    path = book_titled(alice, "Busy: team")
    token, told = synchronised(alice, path)
    assert told == {}
    bob.put("calendar/a.ics", EVENT)
    token, told = synchronised(alice, path, token)
    (name,) = told
    etag = alice.ask("GET", path + name).headers["ETag"]
    bob.put("calendar/a.ics", EVENT.replace("T09", "T11"))
    token, told = synchronised(alice, path, token)
    assert told == {name: 200}
    assert alice.ask("GET", path + name).headers["ETag"] != etag
    assert "T110000Z" in alice.ask("GET", path + name).text
    bob.put("calendar/a.ics", EVENT.replace("RRULE", "TRANSP:TRANSPARENT\r\nRRULE"))
    token, told = synchronised(alice, path, token)
    assert told == {name: 404}
    bob.put("calendar/a.ics", EVENT)
    estate.leave(team, bob)
    assert synchronised(alice, path, token)[1] == {name: 404}
    assert alice.ask("GET", path + name).status == 404


def test_busy_when_written_to_then_refused_even_to_him_whose_time_it_is(alice: Any, bob: Any, team: Any) -> None:
    """R49"""
    bob.put("calendar/a.ics", EVENT)
    for client in (alice, bob):
        path = book_titled(client, "Busy: team")
        (name,) = client.names(path)
        assert client.put(path + name, EVENT).status == 403
        assert client.put(f"{path}new.ics", EVENT).status == 403
        assert client.ask("DELETE", path + name).status == 403
        assert client.ask("DELETE", path).status == 403
        assert client.ask("MOVE", path + name, Destination=f"{client.home}calendar/b.ics").status == 403
        assert client.ask("COPY", path + name, Destination=f"{client.home}calendar/b.ics").status == 403
    assert bob.names("calendar/") == {"a.ics"}


def test_busy_when_a_part_of_the_changes_is_asked_then_the_rest_follows(alice: Any, bob: Any, team: Any) -> None:
    """RFC 6578 3.6"""
    for number in range(5):
        bob.put(f"calendar/{number}.ics", EVENT.replace("secret-uid", f"u{number}"))
    path = book_titled(alice, "Busy: team")
    token, found, rounds = "", set(), 0
    while rounds < 6:
        limit = "<D:limit><D:nresults>2</D:nresults></D:limit>"
        body = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{limit}<D:prop><D:getetag/></D:prop>"
        answer = alice.report(path, "D:sync-collection", body)
        fresh = {href for href in answer.responses if href.endswith(".ics")}
        if not fresh:
            break
        found |= fresh
        token = answer.tree.findtext("{DAV:}sync-token")
        rounds += 1
    assert (len(found), rounds) == (5, 3)
