"""What members see of one another in real programs: khard the book of members, khal the calendar of busy times."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.needs("vdirsyncer", "khal", "khard", "curl")

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//coserver//tests//EN\r
BEGIN:VEVENT\r
UID:secret-uid\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Europe/Berlin:20260310T100000\r
DTEND;TZID=Europe/Berlin:20260310T110000\r
RRULE:FREQ=DAILY;COUNT=3\r
SUMMARY:secret-summary\r
LOCATION:secret-place\r
END:VEVENT\r
END:VCALENDAR\r
"""
CONFIG = """[general]
status_path = "{folder}/status/"
[pair busy]
a = "busy_here"
b = "busy_there"
collections = [["busy", "busy", "{busy}"]]
[storage busy_here]
type = "filesystem"
path = "{folder}/calendars/"
fileext = ".ics"
[storage busy_there]
type = "caldav"
url = "{home}"
username = "alice"
password = "{password}"
verify = "{certificate}"
read_only = true
[pair people]
a = "people_here"
b = "people_there"
collections = [["people", "people", "{people}"]]
[storage people_here]
type = "filesystem"
path = "{folder}/contacts/"
fileext = ".vcf"
[storage people_there]
type = "carddav"
url = "{home}"
username = "alice"
password = "{password}"
verify = "{certificate}"
read_only = true
"""
KHAL = """[calendars]
[[busy]]
path = {folder}/calendars/busy
readonly = True
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
"""


class Desk:
    """Alice's programs on one server."""

    def __init__(self, demo: Any, folder: Path) -> None:
        self.demo = demo
        self.folder = folder
        self.base = f"https://127.0.0.1:{demo.ports['https']}/dav/"
        self.home = f"{self.base}{quote(demo.address('alice'))}/"
        (folder / "vdirsyncer").write_text(
            CONFIG.format(
                folder=folder, home=self.home, password=demo.password("alice"), certificate=demo.certificate,
                busy=self.book("Busy: team"), people=self.book("Members of team"),
            )
        )  # fmt: skip
        (folder / "khal").write_text(KHAL.format(folder=folder))
        (folder / "khard").write_text(f"[addressbooks]\n[[people]]\npath = {folder}/contacts/people\n")
        self.run("vdirsyncer", "-c", str(folder / "vdirsyncer"), "discover", answer="y\n" * 5)

    def run(self, *command: str, answer: str = "") -> str:
        """What a program said."""
        places = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
        done = subprocess.run(
            command, input=answer, capture_output=True, text=True, timeout=100, check=False,
            env={**os.environ, **places, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def curl(self, who: str, *words: str) -> str:
        login = f"{who}:{self.demo.password(who)}"
        plain = ("curl", "--silent", "--fail", "--cacert", str(self.demo.certificate), "--user", login)
        return self.run(*plain, *words)

    def operate(self, *words: str) -> str:
        """One command of the operator."""
        program = str(Path(sys.executable).with_name("coserver"))
        return self.run(program, *words, "--data", str(self.demo.data))

    def book(self, title: str) -> str:
        """The name in the URL of a book in Alice's home."""
        told = self.curl("alice", "--request", "PROPFIND", "--header", "Depth: 1", self.home)
        for response in ElementTree.fromstring(told).iter("{DAV:}response"):
            if title in [one.text for one in response.iter("{DAV:}displayname")]:
                return unquote(response.findtext("{DAV:}href") or "").rstrip("/").rpartition("/")[2]
        raise AssertionError(f"no {title} in {told}")

    def synchronise(self) -> None:
        self.run("vdirsyncer", "-c", str(self.folder / "vdirsyncer"), "sync")

    def busy(self) -> list[str]:
        listed = self.run("khal", "-c", str(self.folder / "khal"), "list", "2026-03-09", "7d")
        return sorted(line.partition(")")[0] + ")" for line in listed.splitlines() if "Busy" in line)

    def people(self) -> str:
        return self.run("khard", "-c", str(self.folder / "khard"), "email", "--parsable")


def test_members_when_one_puts_an_event_and_leaves_then_the_others_see_times_and_then_nothing(
    demos: Callable[..., Any], tmp_path: Path
) -> None:
    """R49 R52 R17"""
    demo = demos()
    desk = Desk(demo, tmp_path)
    (tmp_path / "event.ics").write_text(EVENT, newline="")
    for who in ("bob", "carol"):
        url = f"{desk.base}{who}@example.test/calendar/e.ics"
        desk.curl(who, "--upload-file", str(tmp_path / "event.ics"), url)
    desk.operate("account", "profile", "bob", "--first", "Bob", "--last", "Example", "--organisation", "Example Ltd")
    desk.synchronise()
    assert desk.busy() == [f"10:00-11:00 Busy ({name})" for name in ("Bob Example", "carol") for _ in range(3)]
    assert "bob@example.test" in desk.people()
    kept = [*(tmp_path / "calendars").rglob("*.ics"), *(tmp_path / "contacts").rglob("*.vcf")]
    assert kept
    assert not any("secret" in path.read_text() for path in kept)

    desk.operate("group", "member", "remove", "team", "bob")
    desk.synchronise()
    assert desk.busy() == ["10:00-11:00 Busy (carol)"] * 3
    assert "bob@example.test" not in desk.people()
    assert "alice@example.test" in desk.people()
