"""khal and khard read what vdirsyncer brought from the server, pictures and umlauts included."""

import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//coserver//tests//EN\r
BEGIN:VEVENT\r
UID:khal-1\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Europe/Berlin:20260310T100000\r
DTEND;TZID=Europe/Berlin:20260310T110000\r
RRULE:FREQ=DAILY;COUNT=3\r
SUMMARY:Frühstück\r
END:VEVENT\r
END:VCALENDAR\r
"""
CARD = """BEGIN:VCARD\r
VERSION:3.0\r
UID:khard-1\r
FN:Zoë Example\r
N:Example;Zoë;;;\r
EMAIL;TYPE=HOME:zoe@example.test\r
END:VCARD\r
"""
VDIRSYNCER = """[general]
status_path = "{folder}/status/"
[pair all]
a = "here"
b = "there"
collections = [["only", "only", "{collection}"]]
[storage here]
type = "filesystem"
path = "{folder}/files/"
fileext = "{extension}"
[storage there]
type = "{protocol}"
url = "https://127.0.0.1:{port}/dav/{home}/"
username = "carol"
password = "{password}"
verify = "{certificate}"
"""
KHAL = """[calendars]
[[only]]
path = {folder}/files/only
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


def run(*command: str, folder: Path, answer: str = "") -> str:
    """What a program said, with `folder` as its home."""
    places = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
    done = subprocess.run(
        command, input=answer, capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, **places, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def synchronised(demo: Any, folder: Path, collection: str, name: str, body: str) -> Path:
    """Put one object on the server with curl, and bring the collection here with vdirsyncer."""
    extension = f".{name.rpartition('.')[2]}"
    home = quote(demo.address("carol"))
    (folder / name).write_text(body, newline="")
    url = f"https://127.0.0.1:{demo.ports['https']}/dav/{home}/{collection}/{name}"
    login = f"carol:{demo.password('carol')}"
    run(
        "curl",
        "--silent",
        "--fail",
        "--cacert",
        str(demo.certificate),
        "--user",
        login,
        "--upload-file",
        str(folder / name),
        url,
        folder=folder,
    )
    config = folder / "vdirsyncer"
    protocol = "caldav" if extension == ".ics" else "carddav"
    config.write_text(
        VDIRSYNCER.format(
            folder=folder, collection=collection, extension=extension, protocol=protocol, port=demo.ports["https"],
            home=home, password=demo.password("carol"), certificate=demo.certificate,
        )
    )  # fmt: skip
    run("vdirsyncer", "-c", str(config), "discover", folder=folder, answer="y\n" * 5)
    run("vdirsyncer", "-c", str(config), "sync", folder=folder)
    return folder / "files" / "only"


@pytest.mark.needs("vdirsyncer", "khal", "curl")
def test_khal_when_events_were_brought_then_it_lists_every_instance(demo: Any, tmp_path: Path) -> None:
    synchronised(demo, tmp_path, "calendar", "khal.ics", EVENT)
    config = tmp_path / "khal"
    config.write_text(KHAL.format(folder=tmp_path))
    listed = run("khal", "-c", str(config), "list", "2026-03-09", "7d", folder=tmp_path)
    assert listed.count("10:00-11:00 Frühstück") == 3


@pytest.mark.needs("vdirsyncer", "khal", "curl")
def test_khal_when_it_makes_an_event_then_it_comes_to_the_server(demo: Any, tmp_path: Path) -> None:
    synchronised(demo, tmp_path, "calendar", "khal.ics", EVENT)
    config = tmp_path / "khal"
    config.write_text(KHAL.format(folder=tmp_path))
    run("khal", "-c", str(config), "new", "2026-04-01", "12:00", "13:00", "Lunch", folder=tmp_path)
    run("vdirsyncer", "-c", str(tmp_path / "vdirsyncer"), "sync", folder=tmp_path)
    url = f"https://127.0.0.1:{demo.ports['https']}/dav/{quote(demo.address('carol'))}/calendar/"
    login = f"carol:{demo.password('carol')}"
    told = run("curl", "--silent", "--fail", "--cacert", str(demo.certificate), "--user", login, url, folder=tmp_path)
    assert "SUMMARY:Lunch" in told
    assert "SUMMARY:Frühstück" in told


@pytest.mark.needs("vdirsyncer", "khard", "curl")
def test_khard_when_contacts_were_brought_then_it_shows_them(demo: Any, tmp_path: Path) -> None:
    folder = synchronised(demo, tmp_path, "contacts", "khard.vcf", CARD)
    config = tmp_path / "khard"
    config.write_text(f"[addressbooks]\n[[only]]\npath = {folder}\n[general]\neditor = true\nmerge_editor = true\n")
    assert "zoe@example.test" in run("khard", "-c", str(config), "email", "--parsable", "Zoë", folder=tmp_path)
    assert "Zoë Example" in run("khard", "-c", str(config), "list", folder=tmp_path)
