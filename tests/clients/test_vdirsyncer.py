"""vdirsyncer keeps calendars and contacts in folders: discovery, both ways, and nothing to do the third time."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.needs("vdirsyncer")

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//coserver//tests//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260310T100000Z\r
DTEND:20260310T110000Z\r
SUMMARY:{summary}\r
END:VEVENT\r
END:VCALENDAR\r
"""
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n"
PAIR = """
[pair {kind}]
a = "{kind}_here"
b = "{kind}_there"
collections = ["from a", "from b"]
metadata = ["displayname"{colour}]
conflict_resolution = "a wins"
[storage {kind}_here]
type = "filesystem"
path = "{folder}/{kind}/"
fileext = "{extension}"
[storage {kind}_there]
type = "{protocol}"
url = "{url}"
username = "{login}"
password = "{password}"
verify = "{certificate}"
"""


class Folders:
    """One account's vdirsyncer: its configuration, and the folders it keeps."""

    def __init__(self, demo: Any, name: str, folder: Path) -> None:
        self.folder = folder
        base = f"https://127.0.0.1:{demo.ports['https']}"
        settings = {
            "folder": folder, "login": name, "password": demo.password(name), "certificate": demo.certificate,
        }  # fmt: skip
        calendars = PAIR.format(
            kind="cal",
            extension=".ics",
            protocol="caldav",
            url=f"{base}/.well-known/caldav",
            colour=', "color"',
            **settings,
        )
        contacts = PAIR.format(kind="card", extension=".vcf", protocol="carddav", url=f"{base}/", colour="", **settings)
        for kind in ("cal", "card"):
            (folder / kind).mkdir(parents=True)
        (folder / "config").write_text(f'[general]\nstatus_path = "{folder}/status/"\n{calendars}{contacts}')

    def run(self, *words: str, answer: str = "") -> str:
        """One command; what it said."""
        done = subprocess.run(
            ["vdirsyncer", "-c", str(self.folder / "config"), *words],
            input=answer, capture_output=True, text=True, timeout=100, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def path(self, collection: str, name: str) -> Path:
        return self.folder / collection / name

    def texts(self, collection: str) -> Mapping[str, str]:
        """Summary or name -> file name, of what lies in a collection's folder."""
        found = {}
        for path in (self.folder / collection).iterdir():
            for line in path.read_text().splitlines() if path.suffix in (".ics", ".vcf") else ():
                if line.startswith(("SUMMARY:", "FN:")):
                    found[line.partition(":")[2]] = path.name
        return found


@pytest.fixture
def folders(demo: Any, tmp_path: Path) -> Folders:
    made = Folders(demo, "dave", tmp_path / "vdir")
    made.run("discover", answer="y\n" * 20)
    return made


def test_vdirsyncer_when_both_sides_change_then_they_agree_and_rest(
    folders: Folders, demo: Any, tmp_path: Path
) -> None:
    for number in range(3):
        folders.path("cal/calendar", f"{number}.ics").write_text(
            EVENT.format(uid=f"e{number}", summary=f"Event {number}")
        )
        folders.path("card/contacts", f"{number}.vcf").write_text(
            CARD.format(uid=f"c{number}", name=f"Contact {number}")
        )
    folders.run("sync")
    other = Folders(demo, "dave", tmp_path / "other")
    other.run("discover", answer="y\n" * 20)
    other.run("sync")
    assert other.texts("cal/calendar").keys() == {"Event 0", "Event 1", "Event 2"}
    assert other.texts("card/contacts").keys() == {"Contact 0", "Contact 1", "Contact 2"}

    changed = other.path("cal/calendar", other.texts("cal/calendar")["Event 1"])
    changed.write_text(EVENT.format(uid="e1", summary="Event 1 moved"))
    other.path("card/contacts", other.texts("card/contacts")["Contact 0"]).unlink()
    other.path("card/contacts", "new.vcf").write_text(CARD.format(uid="c9", name="Contact 9"))
    folders.path("cal/calendar", "2.ics").unlink()
    folders.path("cal/calendar", "3.ics").write_text(EVENT.format(uid="e3", summary="Event 3"))
    other.run("sync")
    folders.run("sync")
    other.run("sync")
    expected = {"Event 0", "Event 1 moved", "Event 3"}
    assert folders.texts("cal/calendar").keys() == other.texts("cal/calendar").keys() == expected
    expected = {"Contact 1", "Contact 2", "Contact 9"}
    assert folders.texts("card/contacts").keys() == other.texts("card/contacts").keys() == expected
    for one in (folders, other):
        said = one.run("sync")
        assert "Copying" not in said
        assert "Deleting" not in said


def test_vdirsyncer_when_it_makes_a_calendar_and_names_it_then_others_see_it(
    folders: Folders, demo: Any, tmp_path: Path
) -> None:
    """Discovery offers to make on the server what is only here."""
    made = folders.folder / "cal" / "holidays"
    made.mkdir()
    (made / "displayname").write_text("Our holidays")
    (made / "color").write_text("#336699")
    (made / "1.ics").write_text(EVENT.format(uid="h1", summary="Away"))
    folders.run("discover", answer="y\n" * 20)
    folders.run("sync")
    folders.run("metasync")
    other = Folders(demo, "dave", tmp_path / "other")
    assert '"holidays" ("Our holidays")' in other.run("discover", answer="y\n" * 20)
    other.run("sync")
    other.run("metasync")
    assert other.texts("cal/holidays").keys() == {"Away"}
    assert (other.folder / "cal" / "holidays" / "color").read_text().startswith("#336699")


def test_vdirsyncer_when_in_a_group_then_its_calendar_is_found_and_kept_as_it_is(demo: Any, tmp_path: Path) -> None:
    writer, reader = Folders(demo, "alice", tmp_path / "alice"), Folders(demo, "bob", tmp_path / "bob")
    for one in (writer, reader):
        one.run("discover", answer="y\n" * 20)
    (group,) = [path.name for path in (reader.folder / "cal").iterdir() if _title(reader, path) == "Calendar (team)"]
    writer.path(f"cal/{group}", "t.ics").write_text(EVENT.format(uid="t1", summary="Team meeting"))
    writer.run("sync", f"cal/{group}")
    reader.run("sync", f"cal/{group}")
    assert reader.texts(f"cal/{group}").keys() == {"Team meeting"}


def _title(folders: Folders, path: Path) -> str:
    if not (path / "displayname").exists():
        folders.run("metasync", f"cal/{path.name}")
    return (path / "displayname").read_text().strip()
