"""vdirsyncer of one account: its configuration, and the folders in which it keeps calendars and contacts."""

import shutil
from pathlib import Path
from typing import Any

from tests.clients.programs.running import run

_PAIR = """
[pair {kind}]
a = "{kind}_here"
b = "{kind}_there"
collections = {collections}
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
_KINDS = ("cal", "card")
_YES = "y\n" * 30


class Vdirsyncer:
    """One account's vdirsyncer; `folder` is its home, with `cal` and `card` in it.

    It takes what the server has; `both_ways`, it offers to make there what is only here.
    """

    def __init__(self, demo: Any, name: str, folder: Path, *, both_ways: bool = False) -> None:
        self.folder = folder
        base = f"https://127.0.0.1:{demo.ports['https']}"
        shared = {
            "folder": folder, "login": name, "password": demo.password(name), "certificate": demo.certificate,
            "collections": '["from a", "from b"]' if both_ways else '["from b"]',
        }  # fmt: skip
        calendars = _PAIR.format(
            kind="cal", extension=".ics", protocol="caldav", url=f"{base}/.well-known/caldav", colour=', "color"',
            **shared,
        )  # fmt: skip
        contacts = _PAIR.format(
            kind="card", extension=".vcf", protocol="carddav", url=f"{base}/", colour="", **shared
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vdirsyncer").write_text(f'[general]\nstatus_path = "{folder}/status/"\n{calendars}{contacts}')
        self._forget()

    def run(self, *words: str, fails: bool = False) -> str:
        """One command, to whose questions the answer is yes; what it said."""
        return run(
            "vdirsyncer", "-c", str(self.folder / "vdirsyncer"), *words, home=self.folder, typed=_YES, fails=fails
        ).all

    def discover(self) -> str:
        return self.run("discover")

    def sync(self, *pairs: str, fails: bool = False) -> str:
        return self.run("sync", *pairs, fails=fails)

    def fetch(self) -> None:
        """Start with nothing here: find what is there now, and bring it with its names."""
        self._forget()
        self.discover()
        self.sync()
        self.run("metasync")

    def _forget(self) -> None:
        for left in (*_KINDS, "status"):
            shutil.rmtree(self.folder / left, ignore_errors=True)
        for kind in _KINDS:
            (self.folder / kind).mkdir()

    def titled(self, kind: str, title: str) -> Path:
        """The folder of the calendar (`cal`) or address book (`card`) that people see under this title."""
        (found,) = [path for path in (self.folder / kind).iterdir() if _title(path) == title]
        return found

    def titles(self, kind: str) -> set[str]:
        return {_title(path) for path in (self.folder / kind).iterdir()}

    def held(self, *kinds: str) -> str:
        """Everything it keeps here, in one text."""
        return "".join(texts(path) for kind in kinds or _KINDS for path in (self.folder / kind).iterdir())


def texts(folder: Path) -> str:
    """All that lies in the folder of a calendar or address book, in one text."""
    return "".join(sorted(each.read_text() for each in objects(folder)))


def named(folder: Path) -> dict[str, str]:
    """Summary or name -> file name, of what lies there."""
    found = {}
    for path in objects(folder):
        for line in path.read_text().splitlines():
            if line.startswith(("SUMMARY:", "FN:")):
                found[line.partition(":")[2]] = path.name
    return found


def objects(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.suffix in (".ics", ".vcf")]


def _title(folder: Path) -> str:
    told = folder / "displayname"
    return told.read_text().strip() if told.exists() else ""
