"""Measure the house against its peers: both in one run, on one machine, with answers checked.

    python bench/run.py --harnesses FOLDER --radicale PROGRAM --into docs/measures.md [--only imap,smtp]

FOLDER holds imap_bench.py, caldav_bench.py, webdav_bench.py and smtp_bench.py. Needs root (peers drop
their rights to accounts of their own). Exit status 1 when any answer was wrong.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pages
import peers

BASE = 14_000
LOGIN, PASSWORD = "bob@example.test", "demo-bob-pass"
KEPT = ("Where each stands", "What size costs")  # written by hand, and by scale.py


@dataclass(frozen=True)
class Outcome:
    """What one harness printed."""

    title: str
    command: str
    text: str
    status: int


@contextlib.contextmanager
def house(folder: Path, recipients: int) -> Iterator[dict[str, object]]:
    """The house as `coserver demo` starts it, with accounts u0, u1 ...; gives what its ready file tells."""
    accounts = folder / "accounts.csv"
    accounts.write_text("".join(f"u{number},{peers.PASSWORD}\n" for number in range(recipients)))
    ready = folder / "ready.json"
    program = Path(sys.executable).with_name("coserver")
    command = [str(program), "demo", "--data", str(folder / "data"), "--port-base", str(BASE)]
    with peers.running(
        [*command, "--ready-file", str(ready), "--accounts", str(accounts)], BASE + 143, folder / "out.log"
    ):
        end = time.monotonic() + peers.START_SECONDS
        while not ready.exists() and time.monotonic() < end:
            time.sleep(0.05)
        yield json.loads(ready.read_text())


def measure(title: str, harness: Path, *words: str) -> Outcome:
    """Run one harness and keep what it says."""
    print(f"-- {title}", flush=True)
    command = [sys.executable, str(harness), *words]
    run = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)  # noqa: S603 -- ours
    print(run.stdout + run.stderr, flush=True)
    told = [word for before, word in pairwise(["", *words]) if "--imap-count" not in {before, word}]
    shown = " ".join([harness.name, *(re.sub(r"=\d+$", "=PID", word) for word in told)])
    return Outcome(title, shown, run.stdout.strip(), run.returncode)


def imap(harnesses: Path, folder: Path, told: dict[str, object]) -> Outcome:
    """Against Dovecot."""
    with peers.dovecot(folder / "dovecot", BASE + 701) as pid:
        return measure(
            "IMAP against Dovecot", harnesses / "imap_bench.py",
            f"dovecot=127.0.0.1:{BASE + 701}:{peers.USER}:{peers.PASSWORD}",
            f"coserver=127.0.0.1:{BASE + 143}:{LOGIN}:{PASSWORD}",
            "--pid", f"dovecot={pid}", "--pid", f"coserver={told['pid']}", "--rounds", "2", "--budget", "120",
        )  # fmt: skip


def smtp(harnesses: Path, folder: Path, _told: dict[str, object]) -> Outcome:
    """Against Postfix."""
    counter = folder / "count.py"
    counter.write_text(
        "import imaplib, os\n"
        f"box = imaplib.IMAP4('127.0.0.1', {BASE + 143})\n"
        f"box.login('{LOGIN}', '{PASSWORD}')\n"
        "box.select('INBOX', readonly=True)\n"
        "found = box.search(None, 'HEADER', 'X-Bench-Run', os.environ['BENCH_RUN'])[1][0]\n"
        "print(len(found.split()))\n"
    )
    new = folder / "postfix" / "mail" / peers.USER / "new"
    counting = f"grep -rl $BENCH_RUN {new} | xargs -r grep -l '^Delivered-To: {LOGIN}' | wc -l"
    with peers.postfix(folder / "postfix", BASE + 702):
        return measure(
            "SMTP against Postfix", harnesses / "smtp_bench.py",
            f"postfix=127.0.0.1:{BASE + 702}:starttls", f"coserver=127.0.0.1:{BASE + 25}:starttls",
            "--rcpt", LOGIN,
            "--imap-count", f"coserver={sys.executable} {counter}",
            "--imap-count", f"postfix={counting}",
        )  # fmt: skip


def caldav(harnesses: Path, folder: Path, _told: dict[str, object], program: Path) -> Outcome:
    """Against stock Radicale."""
    with peers.radicale(program)(folder / "radicale", BASE + 703):
        return measure(
            "CalDAV and CardDAV against Radicale", harnesses / "caldav_bench.py",
            f"radicale=http://127.0.0.1:{BASE + 703}/{peers.USER}/:{peers.USER}:{peers.PASSWORD}",
            f"coserver=http://127.0.0.1:{BASE + 80}/dav/{LOGIN}/:{LOGIN}:{PASSWORD}", "--rounds", "3",
        )  # fmt: skip


def webdav(harnesses: Path, folder: Path, told: dict[str, object]) -> Outcome:
    """Against Apache mod_dav."""
    with peers.apache(folder / "apache", BASE + 704) as pid:
        return measure(
            "Drive against Apache mod_dav", harnesses / "webdav_bench.py",
            f"apache=http://127.0.0.1:{BASE + 704}/:{peers.USER}:{peers.PASSWORD}",
            f"coserver=http://127.0.0.1:{BASE + 80}/drive/:{LOGIN}:{PASSWORD}",
            "--pid", f"apache={pid}", "--pid", f"coserver={told['pid']}", "--seconds", "80",
        )  # fmt: skip


def written(outcomes: list[Outcome], remarks: str) -> str:
    """The page of measures: the tables as the harnesses print them, under the sections kept from before."""
    parts = [
        "# Measures",
        "",
        "Made by `make bench BENCH=FOLDER`: the peers as Debian and PyPI ship them and `coserver demo`, in turn, in "
        "one run on one machine over loopback. Machines are noisy: read the ratios. Every answer is checked by the "
        "harness; a wrong one fails the run.",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}. Date: {time.strftime('%Y-%m-%d', time.gmtime())}.",
        "",
        remarks.strip(),
    ]
    for outcome in outcomes:
        verdict = "every answer was right" if outcome.status == 0 else f"**exit status {outcome.status}**"
        parts += ["", f"## {outcome.title}", "", f"`{outcome.command}`: {verdict}.", "", "```text", outcome.text, "```"]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Measure what was asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--harnesses", type=Path, required=True)
    parser.add_argument("--radicale", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--only", default="imap,smtp,caldav,webdav")
    options = parser.parse_args()
    if not (options.harnesses / "imap_bench.py").is_file():
        parser.error("name the folder of the harnesses: make bench BENCH=FOLDER")
    ways: dict[str, Callable[[Path, Path, dict[str, object]], Outcome]] = {
        "imap": imap, "smtp": smtp, "webdav": webdav,
        "caldav": lambda harnesses, folder, told: caldav(harnesses, folder, told, options.radicale),
    }  # fmt: skip
    outcomes = []
    for name in options.only.split(","):
        with tempfile.TemporaryDirectory(prefix="coserver-bench-") as scratch:
            folder = Path(scratch)
            folder.chmod(0o755)
            with house(folder, 1000 if name == "smtp" else 1) as told:
                outcomes.append(ways[name](options.harnesses, folder, told))
    remarks = "\n\n".join(pages.section(options.into, title) for title in KEPT)
    options.into.write_text(written(outcomes, remarks))
    return 1 if any(outcome.status for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
