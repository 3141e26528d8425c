"""Measure what open pages cost others: how long a NOOP takes while many look at pages that stay up to date.

    python bench/live.py [--people 200] [--rounds 5] [--seconds 15] [--into PAGE]

In one house, round after round: mail comes in and files are put into groups at the same pace, once while nobody looks,
once while everybody has a page open that hears of changes and is asked for anew, as the script in the pages does it.
What counts is the time from a NOOP to its answer, of a program of its own that asks a hundred times a second. Exit
status 1 when the slowest hundredth takes more than twice as long.
"""

import argparse
import asyncio
import base64
import contextlib
import itertools
import random
import re
import smtplib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pages
from portal import BASE, PASSWORD, Browser, put_items, served

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.auth.passwords import Cost, Hasher
from coserver.clock import SystemClock
from coserver.groups import members
from coserver.mail import domains
from coserver.model.principal import Account
from coserver.quota import plans
from coserver.store.tx import Tx

BOUND = 2.0
ITEMS = 100  # of each account
CIRCLE = 20  # people of a group
LETTERS, FILES = 2.0, 0.5  # a second
PATHS = ("/", "/mail", "/documents", "/calendar")
SETTLE = 3.0  # seconds before a round counts
_LETTER = "From: <x@example.test>\r\nSubject: Letter {0}\r\nMessage-ID: <live{0}@example.test>\r\n\r\nText.\r\n"
_ASKS = """
import socket, sys, time
line = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
told = line.makefile("rb")
told.readline()
def ask(command):
    line.sendall(b"a " + command.encode() + b"\\r\\n")
    while not told.readline().startswith(b"a "):
        pass
ask(f'LOGIN {sys.argv[2]} "{sys.argv[3]}"')
ask("SELECT INBOX")
end = time.monotonic() + float(sys.argv[4])
while time.monotonic() < end:
    began = time.perf_counter()
    ask("NOOP")
    print((time.perf_counter() - began) * 1000)
    time.sleep(0.01)
"""


def fill(folder: Path, people: int) -> None:
    """So many accounts, in groups of twenty."""
    store = open_store(folder, clock=SystemClock())
    verifier = Hasher(cost=Cost(memory=64, passes=1)).hash(PASSWORD)

    def begin(tx: Tx) -> list[Account]:
        domains.add(tx, "example.test")
        plans.publish(tx, plans.parse(plans.bundled("plans-demo")))
        return [accounts.add(tx, accounts.New(f"p{number}", verifier, "demo")) for number in range(people)]

    made = store.write(begin)
    for each in made:
        put_items(store, each, ITEMS)

    def gather(tx: Tx) -> None:
        for first in range(0, people, CIRCLE):
            circle = made[first : first + CIRCLE]
            group = members.create(tx, f"g{first // CIRCLE}", administrator=circle[0].id)
            for each in circle[1:]:
                members.add(tx, group.id, each.id)

    store.write(gather)
    store.close()


@dataclass
class Person:
    """Somebody with an open page: its stream, and a connection on which it is asked for anew."""

    cookie: str
    path: str
    shown: int = 0
    _lines: list[asyncio.StreamWriter] = field(default_factory=list)

    async def look(self) -> None:
        """As the script of the pages does it."""
        try:
            ask = await self._connect()
            page = await self._page(*ask)
            about, at = re.findall(r'data-live="([^"]*)" data-at="(\d+)"', page)[0]
            heard, line = await self._connect()
            line.write(self._head(f"/live?{about}&at={at}", "Accept: text/event-stream"))
            async for told in heard:
                if told.startswith(b"event: news"):
                    await self._page(*ask)
                    self.shown += 1
        finally:
            for each in self._lines:
                each.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        read, write = await asyncio.open_connection("127.0.0.1", BASE + 80)
        self._lines.append(write)
        return read, write

    def _head(self, path: str, *more: str) -> bytes:
        return "\r\n".join(
            [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {self.cookie}", *more, "", ""]
        ).encode()

    async def _page(self, read: asyncio.StreamReader, write: asyncio.StreamWriter) -> str:
        path = self.path
        while True:
            write.write(self._head(path, "HX-Request: true"))
            head = (await read.readuntil(b"\r\n\r\n")).decode()
            body = await read.readexactly(int(re.findall(r"Content-Length: (\d+)", head)[0]))
            if " 303 " not in head.partition("\r\n")[0]:
                assert head.startswith("HTTP/1.1 200"), head
                return body.decode()
            path = re.findall(r"Location: (\S+)", head)[0]


async def letters(people: int) -> None:
    """Mail comes in, for one after another."""
    with smtplib.SMTP("127.0.0.1", BASE + 25) as line:
        for number in itertools.count():
            to = f"p{random.randrange(people)}@example.test"  # noqa: S311
            await asyncio.to_thread(line.sendmail, "x@example.test", to, _LETTER.format(number))
            await asyncio.sleep(1 / LETTERS)


async def files(people: int) -> None:
    """Files are put into the folders of groups."""
    for number in itertools.count():
        who = random.randrange(0, people, CIRCLE)  # noqa: S311
        key = base64.b64encode(f"p{who}:{PASSWORD}".encode()).decode()
        read, write = await asyncio.open_connection("127.0.0.1", BASE + 80)
        path = f"/drive/Groups/g{who // CIRCLE}/file{number % 50}.txt"
        head = ["PUT " + path + " HTTP/1.1", "Host: x", f"Authorization: Basic {key}", "Content-Length: 1", "", "x"]
        write.write("\r\n".join(head).encode())
        told = await read.readline()
        assert told.split()[1] in (b"201", b"204"), told
        write.close()
        await asyncio.sleep(1 / FILES)


@contextlib.contextmanager
def asking(seconds: float) -> Iterator["subprocess.Popen[str]"]:
    """The program that asks, in a process of its own."""
    words = [sys.executable, "-c", _ASKS, str(BASE + 143), "p0", PASSWORD, str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- ours
        yield process


async def one_round(people: int, seconds: float, cookies: list[str]) -> tuple[list[float], float]:
    """How long each NOOP took, and pages asked for anew a second; with no cookies nobody looks."""
    lookers = [Person(cookie, PATHS[number % len(PATHS)]) for number, cookie in enumerate(cookies)]
    tasks = [asyncio.create_task(one) for one in (*(each.look() for each in lookers), letters(people), files(people))]
    await asyncio.sleep(SETTLE)
    before = sum(each.shown for each in lookers)
    with asking(seconds) as process:
        told, _ = await asyncio.to_thread(process.communicate)
    shown = sum(each.shown for each in lookers) - before
    broken = [str(each.exception()) for each in tasks if each.done()]
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not broken, broken[:3]
    return [float(line) for line in told.split()], shown / seconds


async def measured(wanted: argparse.Namespace, cookies: list[str]) -> list[tuple[list[float], list[float], float]]:
    """Round after round: while nobody looks, while everybody does, and pages a second."""
    found = []
    for number in range(wanted.rounds + 1):
        alone, _ = await one_round(wanted.people, wanted.seconds, [])
        along, shown = await one_round(wanted.people, wanted.seconds, cookies)
        if number:  # the first one fills caches
            found.append((alone, along, shown))
    return found


def slowest(times: list[float], share: float) -> float:
    """What so many of a hundred do not exceed."""
    return statistics.quantiles(times, n=100)[int(share) - 1]


def main() -> int:
    """Fill, serve, look, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--into", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "house"
        fill(folder, wanted.people)
        with served(folder):
            cookies = [Browser(f"p{number}").cookie for number in range(wanted.people)]
            found = asyncio.run(measured(wanted, cookies))
    text, ratio = page(found, wanted)
    print(text)
    if wanted.into:
        pages.put(wanted.into, "What open pages cost", text)
    return int(ratio > BOUND)


def page(found: list[tuple[list[float], list[float], float]], wanted: argparse.Namespace) -> tuple[str, float]:
    """The table, for people, and how much longer the slowest hundredth takes."""
    head = [
        f"An IMAP NOOP, in milliseconds, while {LETTERS:g} messages a second come in and every {1 / FILES:g} seconds a",
        f"file is put into a group of {CIRCLE}: while nobody looks, and while {wanted.people} people have a page open",
        "that stays up to date (first page, INBOX, documents or calendar). Medians of",
        f"{wanted.rounds} rounds of {wanted.seconds:g} seconds each, in turn; made by `bench/live.py`. While people",
        f"looked, {statistics.median(shown for *_, shown in found):.1f} pages a second were made anew.",
        "",
        "| of a hundred | nobody looks | all look | ratio | at most |",
        "|---|---|---|---|---|",
    ]
    rows, ratio = [], 0.0
    for share, bound in ((50, ""), (90, ""), (99, f"x{BOUND:g}")):
        one = statistics.median(slowest(alone, share) for alone, *_ in found)
        other = statistics.median(slowest(along, share) for _, along, _ in found)
        ratio = statistics.median(slowest(along, share) / slowest(alone, share) for alone, along, _ in found)
        rows.append(f"| {share} | {one:.2f} | {other:.2f} | x{ratio:.2f} | {bound} |")
    return "\n".join([*head, *rows, ""]), ratio


if __name__ == "__main__":
    sys.exit(main())
