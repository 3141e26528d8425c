"""vdirsyncer, khal and khard where calendars and contacts are shared: read-only and writable ones, single events.

What one account may not do fails in the program and changes nothing on the server; what is taken back is
gone at the program's next command.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//coserver//tests//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Europe/Berlin:20260310T100000\r
DTEND;TZID=Europe/Berlin:20260310T110000\r
SUMMARY:{summary}\r
{more}END:VEVENT\r
END:VCALENDAR\r
"""
CARD = """BEGIN:VCARD\r
VERSION:3.0\r
UID:c1\r
FN:Zoë Example\r
N:Example;Zoë;;;\r
EMAIL:zoe@example.test\r
END:VCARD\r
"""
PAIR = """
[pair {kind}]
a = "{kind}_here"
b = "{kind}_there"
collections = ["from b"]
metadata = ["displayname"]
[storage {kind}_here]
type = "filesystem"
path = "{folder}/{kind}/"
fileext = "{extension}"
[storage {kind}_there]
type = "{protocol}"
url = "https://127.0.0.1:{port}/"
username = "{login}"
password = "{password}"
verify = "{certificate}"
"""
KHAL = """[calendars]
[[only]]
path = {path}
[sqlite]
path = {folder}/khal.db
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[default]
default_calendar = only
"""


@pytest.fixture
def house(demos: Callable[..., Any]) -> Any:
    """A demo of the test's own."""
    return demos()


class Desk:
    """One account's vdirsyncer, khal and khard, with a folder as their home."""

    def __init__(self, demo: Any, name: str, folder: Path) -> None:
        self.demo = demo
        self.name = name
        self.folder = folder
        shared = {
            "folder": folder, "login": name, "password": demo.password(name), "certificate": demo.certificate,
            "port": demo.ports["https"],
        }  # fmt: skip
        pairs = PAIR.format(kind="cal", extension=".ics", protocol="caldav", **shared)
        pairs += PAIR.format(kind="card", extension=".vcf", protocol="carddav", **shared)
        folder.mkdir()
        (folder / "config").write_text(f'[general]\nstatus_path = "{folder}/status/"\n{pairs}')

    def run(self, *command: str, fails: bool = False) -> str:
        """One command of any program; what it said."""
        places = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
        done = subprocess.run(
            command, input="y\n" * 30, capture_output=True, text=True, timeout=100, check=False,
            env={**os.environ, **places, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fetch(self) -> None:
        """Find what is there now, and bring it here."""
        for left in ("cal", "card"):
            shutil.rmtree(self.folder / left, ignore_errors=True)
            (self.folder / left).mkdir()
        shutil.rmtree(self.folder / "status", ignore_errors=True)
        self.run("vdirsyncer", "-c", f"{self.folder}/config", "discover")
        self.sync()
        self.run("vdirsyncer", "-c", f"{self.folder}/config", "metasync")

    def sync(self, *, fails: bool = False) -> str:
        return self.run("vdirsyncer", "-c", f"{self.folder}/config", "sync", fails=fails)

    def titled(self, kind: str, title: str) -> Path:
        """The folder of the calendar or address book of that name."""
        (found,) = [path for path in (self.folder / kind).iterdir() if _title(path) == title]
        return found

    def titles(self, kind: str) -> set[str]:
        return {_title(path) for path in (self.folder / kind).iterdir()}

    def put(self, path: str, body: str) -> None:
        """Put something on the server with curl."""
        (self.folder / "body").write_text(body, newline="")
        home = f"https://127.0.0.1:{self.demo.ports['https']}/dav/{quote(self.demo.address(self.name))}"
        self.run(
            "curl", "--silent", "--fail", "--cacert", str(self.demo.certificate),
            "--user", f"{self.name}:{self.demo.password(self.name)}",
            "--upload-file", str(self.folder / "body"), f"{home}/{path}",
        )  # fmt: skip

    def agenda(self, path: Path) -> str:
        """What khal lists of a calendar."""
        (self.folder / "khal").write_text(KHAL.format(folder=self.folder, path=path))
        return self.run("khal", "-c", f"{self.folder}/khal", "list", "2026-03-09", "7d")


def _title(path: Path) -> str:
    told = path / "displayname"
    return told.read_text().strip() if told.exists() else ""


def texts(path: Path) -> str:
    return "".join(sorted(each.read_text() for each in path.iterdir() if each.suffix in (".ics", ".vcf")))


def share(demo: Any, path: str, *more: str, verb: str = "add") -> None:
    """As the operator does it, on the running process."""
    program = str(Path(sys.executable).with_name("coserver"))
    told = [program, "share", verb, path, "--owner", "alice", "--group", "team", *more, "--data", str(demo.data)]
    done = subprocess.run(told, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.needs("vdirsyncer", "khal", "curl")
@pytest.mark.timeout(240)
def test_khal_when_a_calendar_is_shared_then_read_and_written_as_far_as_allowed(house: Any, tmp_path: Path) -> None:
    """(R13, R15, R48)"""
    alice, bob = Desk(house, "alice", tmp_path / "alice"), Desk(house, "bob", tmp_path / "bob")
    alice.put("calendar/a.ics", EVENT.format(uid="a", summary="Planning", more=""))
    alice.put("calendar/b.ics", EVENT.format(uid="b", summary="Surgery", more="CLASS:PRIVATE\r\nLOCATION:Room 4\r\n"))
    share(house, "calendar:calendar", "--to", "bob", "read")
    bob.fetch()
    calendar = bob.titled("cal", "Calendar (alice@example.test)")
    listed = bob.agenda(calendar)
    assert "10:00-11:00 Planning" in listed
    assert "10:00-11:00 Busy" in listed
    assert "Surgery" not in texts(bob.folder / "cal" / calendar.name)
    bob.run("khal", "-c", f"{bob.folder}/khal", "new", "2026-03-11", "12:00", "13:00", "Lunch")
    assert "403" in bob.sync(fails=True)

    share(house, "calendar:calendar", "--to", "bob", "edit")
    bob.fetch()
    bob.agenda(calendar)
    bob.run("khal", "-c", f"{bob.folder}/khal", "new", "2026-03-11", "12:00", "13:00", "Lunch")
    bob.sync()
    alice.fetch()
    assert "Lunch" in alice.agenda(alice.folder / "cal" / "calendar")

    alice.put("calendar/a.ics", EVENT.format(uid="a", summary="Planning", more="CLASS:PRIVATE\r\n"))
    bob.sync()
    assert "Planning" not in bob.agenda(calendar)
    assert "Lunch" in bob.agenda(calendar)

    share(house, "calendar:calendar", "--to", "bob", verb="remove")
    bob.sync(fails=True)
    bob.fetch()
    assert "Calendar (alice@example.test)" not in bob.titles("cal")
    assert "Lunch" not in "".join(texts(path) for path in (bob.folder / "cal").iterdir())


@pytest.mark.needs("vdirsyncer", "khal", "curl")
@pytest.mark.timeout(240)
def test_vdirsyncer_when_single_events_are_shared_then_they_come_and_go(house: Any, tmp_path: Path) -> None:
    """(R15, R55)"""
    alice, carol = Desk(house, "alice", tmp_path / "alice"), Desk(house, "carol", tmp_path / "carol")
    for uid in ("a", "b", "c"):
        alice.put(f"calendar/{uid}.ics", EVENT.format(uid=uid, summary=f"Event {uid}", more=""))
    share(house, "calendar:calendar/a.ics", "read")
    share(house, "calendar:calendar/b.ics", "--to", "carol", "edit")
    carol.fetch()
    view = carol.titled("cal", "Shared by alice@example.test")
    assert [f"Event {uid}" in texts(view) for uid in "abc"] == [True, True, False]
    (changed,) = [path for path in view.iterdir() if "Event b" in path.read_text()]
    changed.write_text(changed.read_text().replace("Event b", "Event b, later"))
    carol.sync()
    alice.fetch()
    assert "Event b, later" in texts(alice.folder / "cal" / "calendar")
    share(house, "calendar:calendar/a.ics", verb="remove")
    carol.sync()
    assert "Event a" not in texts(view)
    assert "Event b, later" in carol.agenda(view)


@pytest.mark.needs("vdirsyncer", "khard", "curl")
@pytest.mark.timeout(240)
def test_khard_when_an_address_book_is_shared_then_it_shows_it(house: Any, tmp_path: Path) -> None:
    """(R48)"""
    alice, bob = Desk(house, "alice", tmp_path / "alice"), Desk(house, "bob", tmp_path / "bob")
    alice.put("contacts/c.vcf", CARD)
    share(house, "contacts:contacts", "read")
    bob.fetch()
    folder = bob.titled("card", "Contacts (alice@example.test)")
    (bob.folder / "khard").write_text(
        f"[addressbooks]\n[[only]]\npath = {folder}\n[general]\neditor = true\nmerge_editor = true\n"
    )
    assert "zoe@example.test" in bob.run("khard", "-c", f"{bob.folder}/khard", "email", "--parsable", "Zoë")
    (folder / "new.vcf").write_text(CARD.replace("c1", "c2").replace("Zoë", "Bea"))
    assert "403" in bob.sync(fails=True)
    share(house, "contacts:contacts", verb="remove")
    bob.fetch()
    assert "Contacts (alice@example.test)" not in bob.titles("card")
