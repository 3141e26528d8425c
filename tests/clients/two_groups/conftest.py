"""One running server with two groups and five accounts, set up by commands of the operator and by what clients do.

    team    alice (administrator), bob (edits mail, calendars, contacts and documents), carol (reads)
    choir   dave (administrator), erin (contributes mail and documents, edits calendars), carol (reads)

Within team alice shares a mailbox, a folder and her contacts to be edited, a mailbox, a folder and her calendar
to be read, and carol single things; within choir dave shares a folder. A message, a file and an event of
alice's are private. Erin has the plan `small`, and a mailbox with hardly any room.

Invariants: a test leaves what stands here as it was, so any of them can run first; what it takes back for
good it has shared itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs import curl, imap
from tests.clients.programs.running import operate
from tests.clients.programs.samples import card, event, message
from tests.conftest import start_demo

_ERIN = "quiet-harbour-lantern-42"
_GIVEN = {
    "bob": ("team", {"mail": "edit", "calendar": "edit", "contacts": "edit", "documents": "edit"}),
    "erin": ("choir", {"mail": "contribute", "calendar": "edit", "documents": "contribute"}),
}  # account -> its group, and its rights there


class House:
    """The running server, and what its operator does."""

    def __init__(self, demo: Any, folder: Path) -> None:
        self.demo = demo
        self.folder = folder

    def operate(self, *words: str, typed: str = "") -> str:
        return operate(self.demo, *words, typed=typed)

    def share(self, path: str, owner: str, group: str, preset: str, *, to: str = "") -> None:
        self.operate("share", "add", path, "--owner", owner, "--group", group, *(("--to", to) if to else ()), preset)

    def unshare(self, path: str, owner: str, group: str, *, to: str = "") -> None:
        self.operate("share", "remove", path, "--owner", owner, "--group", group, *(("--to", to) if to else ()))

    def join(self, group: str, name: str) -> None:
        """Make it a member, with the rights it has in this house."""
        self.operate("group", "member", "add", group, name)
        for tool, preset in _GIVEN.get(name, (group, {}))[1].items():
            self.operate("group", "rights", group, name, tool, preset)

    @contextmanager
    def away(self, group: str, name: str) -> Iterator[None]:
        """While it lasts the member is removed from the group."""
        self.operate("group", "member", "remove", group, name)
        try:
            yield
        finally:
            self.join(group, name)

    def put(self, name: str, path: str, body: str) -> None:
        """Put an event or contact into what an account has."""
        curl.put(self.demo, name, f"/dav/{self.demo.address(name)}/{path}", body, home=self.folder)

    def file(self, name: str, path: str, text: str) -> None:
        """Put a file on the drive of an account."""
        curl.put(self.demo, name, f"/drive/{path}", text, home=self.folder)

    def uid(self, client: Any, mailbox: str, number: int) -> str:
        """The uid of the message that bears this number."""
        client.select(mailbox, readonly=True)
        (found,) = client.uid("SEARCH", "HEADER", "Message-ID", f"<{number}@example.net>")[1]
        return found.decode()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server, with all that is described above."""
    folder = tmp_path_factory.mktemp("two_groups")
    demo = start_demo(folder / "data")
    try:
        made = House(demo, folder)
        _people(made)
        _mail(made)
        _books(made)
        _drive(made)
        yield made
    finally:
        demo.stop()


def _people(house: House) -> None:
    house.operate("account", "add", "erin", "--plan", "small", "--password-stdin", typed=_ERIN)
    house.demo.passwords[house.demo.address("erin")] = _ERIN
    house.operate("account", "profile", "carol", "--first", "Carol", "--last", "Example")
    house.operate("group", "add", "choir", "--admin", "dave")
    for group, name in (("choir", "carol"), ("choir", "erin")):
        house.join(group, name)
    for tool, preset in _GIVEN["bob"][1].items():
        house.operate("group", "rights", "team", "bob", tool, preset)


def _mail(house: House) -> None:
    with imap.connected(house.demo, "alice") as alice, imap.connected(house.demo, "dave") as dave:
        for name, numbers in (("Desk", (1, 2)), ("Shelf", (3, 4, 5)), ("Groups/team", (6, 7))):
            if name.isalpha():
                alice.create(name)
            imap.put(alice, name, *map(message, numbers))
        imap.put(dave, "Groups/choir", message(8), message(9))
        private = house.uid(alice, "Shelf", 5)
    house.share("mail:Desk", "alice", "team", "edit", to="bob")
    house.share("mail:Shelf", "alice", "team", "read")
    house.operate("item", "private", f"mail:Shelf;UID={private}", "--owner", "alice")
    with imap.connected(house.demo, "carol") as carol:
        imap.put(carol, "INBOX", message(10, subject="single"), message(11))
        single = house.uid(carol, "INBOX", 10)
    house.share(f"mail:INBOX;UID={single}", "carol", "team", "read", to="bob")
    with imap.connected(house.demo, "erin") as erin:
        imap.put(erin, "INBOX", message(12, size=480_000), message(13, size=480_000))


def _books(house: House) -> None:
    house.put("alice", "calendar/planning.ics", event("planning", "Planning"))
    house.put("alice", "calendar/surgery.ics", event("surgery", "Root canal", "CLASS:PRIVATE"))
    house.put("alice", "contacts/zoe.vcf", card("zoe", "Zoe Example", "EMAIL:zoe@example.test"))
    house.put("carol", "calendar/recital.ics", event("recital", "Recital"))
    house.put("carol", "calendar/secret.ics", event("secret", "Secret talk"))
    house.put("erin", "calendar/lesson.ics", event("lesson", "Singing lesson"))
    for group, name, uid in (("team", "alice", "review"), ("choir", "dave", "concert")):
        calendar = curl.book(house.demo, name, f"Calendar ({group})", home=house.folder)
        curl.put(house.demo, name, f"{calendar}{uid}.ics", event(uid, f"{group} {uid}"), home=house.folder)
    house.share("calendar:calendar", "alice", "team", "read", to="bob")
    house.share("contacts:contacts", "alice", "team", "edit")
    house.share("calendar:calendar/recital.ics", "carol", "team", "read", to="bob")


def _drive(house: House) -> None:
    for name, folder in (("alice", "plans"), ("alice", "desk"), ("dave", "takes"), ("carol", "letters")):
        curl.mkcol(house.demo, name, f"/drive/{folder}", home=house.folder)
    house.file("alice", "plans/a.txt", "the plan\n")
    house.file("alice", "desk/b.txt", "on the desk\n")
    house.file("alice", "desk/secret.txt", "not for others\n")
    house.file("alice", "Groups/team/minutes.txt", "minutes\n")
    house.file("dave", "Groups/choir/scores.txt", "scores\n")
    house.file("dave", "takes/one.txt", "one\n")
    house.file("carol", "letters/open.txt", "an open letter\n")
    house.file("carol", "letters/sealed.txt", "a sealed letter\n")
    house.share("/plans", "alice", "team", "read")
    house.share("/desk", "alice", "team", "edit", to="bob")
    house.operate("item", "private", "/desk/secret.txt", "--owner", "alice")
    house.share("/takes", "dave", "choir", "contribute")
    house.share("/letters/open.txt", "carol", "team", "edit", to="bob")


@pytest.fixture
def home(tmp_path: Path) -> Callable[[str], Path]:
    """Makes the home of an account's programs."""

    def make(name: str) -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    return make
