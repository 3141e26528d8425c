"""khal and khard on a folder that vdirsyncer keeps."""

from pathlib import Path

from tests.clients.programs.running import run

_KHAL = """[calendars]
[[only]]
path = {folder}
[sqlite]
path = {home}/khal.db
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
_KHARD = "[addressbooks]\n[[only]]\npath = {folder}\n[general]\neditor = true\nmerge_editor = true\n"


def khal(folder: Path, *words: str) -> str:
    """One command of khal on the calendar in this folder; what it printed."""
    return _run("khal", _KHAL, folder, *words)


def khard(folder: Path, *words: str) -> str:
    """One command of khard on the address book in this folder; what it printed."""
    return _run("khard", _KHARD, folder, *words)


def agenda(folder: Path) -> list[str]:
    """What khal lists of the week in which the samples take place, sorted."""
    return sorted(khal(folder, "list", "2026-03-09", "7d").splitlines())


def _run(program: str, settings: str, folder: Path, *words: str) -> str:
    home = folder.parent.parent / program
    home.mkdir(exist_ok=True)
    (home / "settings").write_text(settings.format(folder=folder, home=home))
    return run(program, "-c", str(home / "settings"), *words, home=home).out
