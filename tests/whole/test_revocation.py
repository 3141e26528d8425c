"""A member works on twenty connections of every protocol, and is removed at a random moment (R15, R17)."""

import contextlib
import imaplib
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from coserver.net.call import connect

MARK = b"of-the-team-4711"  # in everything the group has
GRACE = 1.0  # seconds after the removal in which answers already under way may still come
AFTERWARDS = 2.5  # seconds the connections go on after it
SEED = int(os.environ.get("SEED", "") or random.SystemRandom().randrange(2**31))


@dataclass
class Seen:
    """Answers that showed or changed something of the group: when they were complete, and which."""

    moments: list[tuple[float, str]] = field(default_factory=list)
    asked: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def note(self, what: str) -> None:
        self.moments.append((time.monotonic(), what))


def _imap(wires: Any, turn: Callable[[imaplib.IMAP4, int], bytes], seen: Seen) -> Callable[[], None]:
    def work() -> None:
        connection = wires.imap()
        for number in range(100_000):
            if seen.stop.is_set():
                return
            seen.asked += 1
            try:
                if MARK in turn(connection, number):
                    seen.note(turn.__name__)
            except (imaplib.IMAP4.error, OSError):  # told to go, or refused: come back and try again
                with contextlib.suppress(OSError, imaplib.IMAP4.error):
                    connection.shutdown()
                time.sleep(0.02)
                connection = wires.imap()

    return work


def fetch(connection: imaplib.IMAP4, number: int) -> bytes:
    if connection.state != "SELECTED":
        connection.select("Groups/team")
    return repr(connection.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")).encode()


def search(connection: imaplib.IMAP4, number: int) -> bytes:
    if connection.state != "SELECTED":
        connection.select("Groups/team", readonly=True)
    found = connection.uid("SEARCH", "TEXT", MARK.decode())
    return MARK if found[0] == "OK" and found[1][0] else b""


def listing(connection: imaplib.IMAP4, number: int) -> bytes:
    return MARK if any(b"Groups/team" in line for line in connection.list()[1] if line) else b""


def append(connection: imaplib.IMAP4, number: int) -> bytes:
    answer = connection.append("Groups/team", None, None, b"Subject: %d\r\n\r\nmore\r\n" % number)
    return MARK if answer[0] == "OK" else b""


def store(connection: imaplib.IMAP4, number: int) -> bytes:
    if connection.state != "SELECTED":
        connection.select("Groups/team")
    answer = connection.uid("STORE", "1", "+FLAGS" if number % 2 else "-FLAGS", r"(\Flagged)")
    return MARK if answer[0] == "OK" and answer[1][0] else b""


def _web(wires: Any, name: str, request: Callable[[int], tuple[Any, ...]], seen: Seen) -> Callable[[], None]:
    """One kept connection; an answer that shows the mark, or says that something was written, counts."""

    def work() -> None:
        web = wires.web()
        for number in range(100_000):
            if seen.stop.is_set():
                return
            seen.asked += 1
            method, path, body, headers = request(number)
            answer = wires.ask(method, path, body, on=web, **headers)
            if MARK in answer.body or (
                method in ("PUT", "MKCOL", "PROPPATCH") and answer.status in (200, 201, 204, 207)
            ):
                seen.note(name)

    return work


def _requests(bob: Any) -> dict[str, Callable[[int], tuple[Any, ...]]]:
    calendar, cards = bob.book("Calendar (team)"), bob.book("Contacts (team)")
    query = (
        '<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        '<prop><getetag/><C:calendar-data/></prop><C:filter><C:comp-filter name="VCALENDAR">'
        '<C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>'
    )
    sync = (
        '<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level>'
        '<prop><getetag/><address-data xmlns="urn:ietf:params:xml:ns:carddav"/></prop></sync-collection>'
    )
    names = '<propfind xmlns="DAV:"><prop><displayname/></prop></propfind>'
    drive = "/drive/Groups/team"
    text = {"Content_Type": "text/calendar; charset=utf-8"}
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:n{0}\r\nDTSTAMP:20260101T000000Z\r\n"
        "DTSTART:20260102T100000Z\r\nSUMMARY:new {0}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    return {
        "drive get": lambda _: ("GET", f"{drive}/{MARK.decode()}.txt", None, {}),
        "drive list": lambda _: ("PROPFIND", f"{drive}/", names, {"Depth": "1"}),
        "drive put": lambda number: ("PUT", f"{drive}/new {number % 7}.txt", b"more", {}),
        "drive make": lambda number: ("MKCOL", f"{drive}/folder {number}", None, {}),
        "drive copy away": lambda number: ("COPY", f"{drive}/{MARK.decode()}.txt", None, {
            "Destination": f"/drive/stolen%20{number % 3}.txt", "Overwrite": "T"}),
        "calendar query": lambda _: ("REPORT", calendar, query, {"Depth": "1"}),
        "calendar put": lambda number: ("PUT", f"{calendar}n{number}.ics", event.format(number), text),
        "calendar get": lambda _: ("GET", f"{calendar}meeting.ics", None, {}),
        "cards sync": lambda _: ("REPORT", cards, sync, {"Depth": "0"}),
        "home": lambda _: ("PROPFIND", f"/dav/{bob.login}/", names, {"Depth": "1"}),
    }  # fmt: skip


@pytest.fixture
def filled(house: Any) -> Any:
    """Everything of the group bears the mark; bob may write in all of it."""
    alice, mark = house.wires("alice"), MARK.decode()
    alice.imap().append("Groups/team", None, None, f"Subject: {mark}\r\n\r\n{mark}\r\n".encode())
    assert alice.ask("PUT", f"/drive/Groups/team/{mark}.txt", MARK).status == 201
    for title, put in (("Calendar (team)", alice.put_event), ("Contacts (team)", alice.put_card)):
        book = alice.book(title).removeprefix(f"/dav/{alice.login}/").strip("/")
        assert put("meeting", collection=book).status == 201
    calendar = alice.book("Calendar (team)")
    body = alice.ask("GET", f"{calendar}meeting.ics").body.replace(b"SUMMARY:x", b"SUMMARY:" + MARK)
    assert alice.ask("PUT", f"{calendar}meeting.ics", body, Content_Type="text/calendar").status == 204
    cards = alice.book("Contacts (team)")
    body = alice.ask("GET", f"{cards}meeting.vcf").body.replace(b"FN:x", b"FN:" + MARK)
    assert alice.ask("PUT", f"{cards}meeting.vcf", body, Content_Type="text/vcard").status == 204
    for tool in ("mail", "documents", "calendar", "contacts"):
        house.command("group", "rights", "team", "bob", tool, "edit")
    return house


def test_member_when_removed_under_load_then_nothing_of_the_group_comes_later_than_a_second(filled: Any) -> None:
    bob, seen = filled.wires("bob"), Seen()
    requests = _requests(bob)
    work = [_imap(bob, turn, seen) for turn in (fetch, search, listing, append, store) * 2]
    work += [_web(bob, name, request, seen) for name, request in requests.items()]
    assert len(work) == 20
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    call = connect(filled.demo.data)
    assert call is not None
    for thread in threads:
        thread.start()
    time.sleep(1 + 2 * random.Random(SEED).random())  # noqa: S311 -- no secret
    before = {what for _, what in seen.moments}
    call.operate("group member remove", {"name": "team", "login": "bob"})
    removed = time.monotonic()
    time.sleep(AFTERWARDS)
    seen.stop.set()
    for thread in threads:
        thread.join(10)
    call.close()
    assert not any(thread.is_alive() for thread in threads)
    assert before >= {"fetch", "search", "listing", "append", "store", "drive get", "drive put", "calendar query"}, (
        before
    )
    late = [(round(moment - removed, 3), what) for moment, what in seen.moments if moment > removed + GRACE]
    assert late == [], f"SEED={SEED}, {seen.asked} requests"
    assert any(moment <= removed for moment, _ in seen.moments)
