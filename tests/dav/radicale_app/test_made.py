"""The address book of a group's members, as clients see it."""

from typing import Any
from urllib.parse import unquote

import pytest
import vobject

from coserver.auth import profiles
from coserver.model.plan import Feature
from coserver.model.principal import Profile
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


def test_room_when_there_are_members_then_none_is_taken(estate: Any, alice: Any, team: Any) -> None:
    with estate.store.read() as tx:
        room = usage.room(tx, spaces.of(tx, team.id).id, Tool.CONTACTS)
    assert (room.items, room.bytes) == (0, 0)


def test_home_when_the_password_opens_calendars_alone_then_no_members(estate: Any, alice: Any, team: Any) -> None:
    path = book_titled(alice, "Members of team")
    alice.services = frozenset({Feature.CALDAV})
    assert alice.propfind(path, "D:displayname").status == 404
