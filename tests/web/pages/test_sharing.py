"""Sharing by the portal: the lists, and where to begin (R14-R17, R48)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made

EVENT = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:party\r\nDTSTAMP:20270101T000000Z\r\n"
    b"DTSTART:20270201T180000Z\r\nSUMMARY:Party\\, with <b>cake</b>\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c1\r\nFN:Carl <i>Contact</i>\r\nN:Contact;Carl;;;\r\nEND:VCARD\r\n"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.serve_calendars()
    made(front, "chess", "alice", "bob", "carol")
    assert front.ask("MKCOL", "/drive/Plans").status == 201
    assert front.ask("PUT", "/drive/Plans/a%20%3Cb%3E.txt", None, b"secret").status == 201
    calendar = {"Content-Type": "text/calendar"}
    assert front.ask("PUT", "/dav/alice@example.test/calendar/party.ics", calendar, EVENT).status == 201
    assert (
        front.ask("PUT", "/dav/alice@example.test/contacts/c1.vcf", {"Content-Type": "text/vcard"}, CARD).status == 201
    )
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def link(browser: Browser, title: str) -> str:
    """Where the link of that text leads."""
    (found,) = re.findall(rf'href="([^"]+)"><strong>{re.escape(title)}</strong>', browser.answer.text)
    return str(found)


@pytest.mark.parametrize(
    ("tool", "around", "things", "title"),
    [
        ("documents", "/Plans", "its files", "a &lt;b&gt;.txt"),
        ("calendar", "Calendar", "its entries", "Party, with &lt;b&gt;cake&lt;/b&gt;"),
        ("contacts", "Contacts", "its contacts", "Carl &lt;i&gt;Contact&lt;/i&gt;"),
    ],
)
def test_thing_when_picked_then_by_the_name_that_people_know(
    alice: Browser, tool: str, around: str, things: str, title: str
) -> None:
    alice.open("/sharing").open(f"/sharing/pick/{tool}")
    assert f"{around} {things} (1)" in alice.text
    (inside,) = re.findall(rf'href="(/sharing/pick/{tool}/[0-9]+)"', alice.answer.text)
    alice.open(inside)
    alice.open(link(alice, title))
    assert alice.status == 200
    assert f"<h1>{title}</h1>" in alice.answer.text


def test_lists_when_something_is_shared_then_on_both_sides(front: Any, alice: Browser) -> None:
    """R48: what one shares, and where the other finds it."""
    alice.open("/sharing/pick/documents")
    page = link(alice, "/Plans")
    alice.open(page).send(f"{page}/add", group="chess", to="bob", preset="read")
    alice.open("/sharing")
    assert "/Plans Documents with bob@example.test, through the group chess read" in alice.text
    bob, carol = browsers(front, "bob", "carol")
    bob.open("/sharing")
    assert "Shared/alice@example.test/Plans Documents by alice@example.test, through the group chess read" in bob.text
    assert "Nobody shares anything with you." in carol.open("/sharing").text
    assert front.ask("GET", "/drive/Shared/alice@example.test/Plans/a%20%3Cb%3E.txt", who="bob").body == b"secret"


def test_pick_when_it_is_of_somebody_else_or_of_no_tool_then_missing(front: Any, alice: Browser) -> None:
    alice.open("/sharing/pick/calendar")
    (inside,) = re.findall(r'href="(/sharing/pick/calendar/[0-9]+)"', alice.answer.text)
    (bob,) = browsers(front, "bob")
    assert bob.open(inside).status == 404
    assert bob.open("/sharing/pick/chat").status == 404
    assert bob.open("/sharing/pick/documents/999999").status == 404
