"""Measure what a page of the portal costs a server: an account with much beside one with little, in one run.

    python bench/portal.py [--items 10000] [--groups 100] [--rounds 5] [--only WORD] [--into PAGE]

Both accounts live in one house. The one has ten items and one group; the other so many items, over the four tools,
and so many groups with members of their own; one of its events is on each day. Every page is asked for in turn by
both, and what counts is the time that the server's process spent on processors, as the kernel tells it. Exit status 1
when a page costs the large account more than twice as much.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pages
import peers

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.auth.passwords import Cost, Hasher
from coserver.clock import SystemClock
from coserver.documents import files
from coserver.documents.terms import Terms
from coserver.groups import members
from coserver.mail import delivery, domains
from coserver.mail.prepared import prepare
from coserver.model.principal import Account
from coserver.model.space import Tool
from coserver.pim import books, entries, objects
from coserver.pim.books import Visitor
from coserver.quota import plans
from coserver.store import collections
from coserver.store.engine import Store
from coserver.store.tx import Tx

BASE = 12_000
PASSWORD = "a password of the bench"  # noqa: S105 -- of accounts that live as long as the run
AT_ONCE = 200
ASKED = 20  # times in a row, so that the kernel's ticks are fine enough
BOUND = 2.0
FIRST_DAY = date(2026, 1, 1)  # of events
_TICKS = 100  # a second (sysconf SC_CLK_TCK)
_EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\nBEGIN:VEVENT\r\nUID:e{0}\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:{1}T100000Z\r\nSUMMARY:Event {0}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c{0}\r\nFN:Person {0}\r\nN:Person;{0};;;\r\nEND:VCARD\r\n"
_LETTER = "From: <x@example.test>\r\nSubject: Letter {0}\r\nMessage-ID: <{0}@example.test>\r\n\r\nText.\r\n"


def fill(folder: Path, sizes: dict[str, tuple[int, int]]) -> dict[str, list[str]]:
    """A house with these accounts, each with so many items and groups; the pages of each."""
    store = open_store(folder, clock=SystemClock())
    verifier = Hasher(cost=Cost(memory=64, passes=1)).hash(PASSWORD)

    def begin(tx: Tx) -> dict[str, Account]:
        domains.add(tx, "example.test")
        plans.publish(tx, plans.parse(plans.bundled("plans-demo")))
        names = [*sizes, *(f"other{number}" for number in range(10))]
        return {name: accounts.add(tx, accounts.New(name, verifier, "demo")) for name in names}

    people = store.write(begin)
    others = [people[f"other{number}"] for number in range(10)]
    told = {}
    for name, (items, groups) in sizes.items():
        put_items(store, people[name], items)
        for number in range(groups):
            store.write(lambda tx, who=people[name], name=f"{name}-{number}": found(tx, name, who, others))
        with store.read() as tx:
            told[name] = addresses(tx, name, people[name])
    store.close()
    return told


def found(tx: Tx, name: str, who: Account, others: list[Account]) -> None:
    """A group of eleven."""
    made = members.create(tx, name, administrator=who.id)
    for each in others:
        members.add(tx, made.id, each.id)


def put_items(store: Store, who: Account, count: int) -> None:
    """So many, two of five documents, and the rest events, contacts and letters."""
    numbers = range(count)
    for start in range(0, count, AT_ONCE):
        some = list(numbers[start : start + AT_ONCE])
        staged = [store.stage(body(number).encode()) for number in some]
        letters = {number: prepare(one) for number, one in zip(some, staged, strict=True) if number % 5 == 4}

        def job(tx: Tx, some: list[int] = some, staged: list[object] = staged, letters: dict = letters) -> None:
            for number, one in zip(some, staged, strict=True):
                put(tx, who, number, one, letters)

        store.write(job)


def body(number: int) -> str:
    """What an item holds."""
    day = FIRST_DAY + timedelta(days=number // 5)
    return ("x{0}", "y{0}", _EVENT, _CARD, _LETTER)[number % 5].format(number, f"{day:%Y%m%d}")


def put(tx: Tx, who: Account, number: int, staged: object, letters: dict) -> None:
    """One item where it belongs."""
    kind = number % 5
    if kind in (0, 1):
        files.put(tx, who.id, (f"file {number}.txt",), staged, stamp=0, terms=Terms())
    elif kind == 4:
        delivery.deliver(tx, [who.id], letters[number])
    else:
        text = body(number).encode()
        known = objects.read_calendar(text) if kind == 2 else objects.read_card(text)
        name = "calendar" if kind == 2 else "contacts"
        book = books.find(tx, Visitor(who.id), name)
        entries.put(tx, who.id, book, f"{number}.{'ics' if kind == 2 else 'vcf'}", staged=staged, known=known)


def addresses(tx: Tx, name: str, who: Account) -> list[str]:
    """The pages, with the numbers that stand in some."""
    tops = {tool: collections.root(tx, who.space, tool) for tool in Tool}
    inside = {
        Tool.DOCUMENTS: tops[Tool.DOCUMENTS],
        Tool.CALENDAR: collections.find(tx, tops[Tool.CALENDAR].id, "calendar"),
        Tool.CONTACTS: collections.find(tx, tops[Tool.CONTACTS].id, "contacts"),
        Tool.MAIL: collections.find(tx, tops[Tool.MAIL].id, "INBOX"),
    }
    group = f"/groups/{name}-0"
    contacts = f"/contacts/{inside[Tool.CONTACTS].id}"
    inbox = f"/mail/{inside[Tool.MAIL].id}"
    return [
        "/", inbox, f"{inbox}/1", "/mail/others", "/documents", "/groups", group, f"{group}/members", f"{group}/rights",
        f"{group}/mail",
        f"{group}/activity", "/sharing", *(f"/sharing/pick/{tool}" for tool in Tool),
        *(f"/sharing/pick/{tool}/{one.id}" for tool, one in inside.items() if one),
        f"/sharing/{inside[Tool.CALENDAR].id}", "/account", "/account/plan", "/account/activity", "/account/delete",
        "/programs", "/settings", "/contacts", contacts, f"{contacts}?q=person", "/calendar/all",
        *(f"/calendar{path}" for path in ("?month=2026-01", "/list?from=2026-01-01", "/day/2026-01-01")),
    ]  # fmt: skip


class Browser:
    """One that is logged in."""

    def __init__(self, login: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", BASE + 80)
        self.cookie = ""
        form = urlencode({"login": login, "password": PASSWORD})
        own = {"Origin": f"http://127.0.0.1:{BASE + 80}", "Content-Type": "application/x-www-form-urlencoded"}
        self._line.request("POST", "/log-in", form, own)
        answer = self._line.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        self.cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]

    def open(self, path: str) -> None:
        """Look at a page."""
        self._line.request("GET", path, headers={"Cookie": self.cookie})
        answer = self._line.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The house on that folder; the id of its process."""
    program = Path(sys.executable).with_name("coserver")
    command = [str(program), "demo", "--data", str(folder), "--port-base", str(BASE)]
    with peers.running(command, BASE + 90, folder.with_suffix(".log")) as process:
        peers.wait_for(BASE + 143)
        yield process.pid


def spent(process: int) -> float:
    """Milliseconds that a process spent on processors (proc(5), utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS


def cost(process: int, browser: Browser, path: str) -> float:
    """Milliseconds of one look at a page."""
    before = spent(process)
    for _ in range(ASKED):
        browser.open(path)
    return (spent(process) - before) / ASKED


def main() -> int:
    """Fill, serve, ask, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="pages whose address has this in it")
    parser.add_argument("--into", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "house"
        told = fill(folder, {"small": (10, 1), "large": (wanted.items, wanted.groups)})
        with served(folder) as process:
            browsers = {name: Browser(name) for name in told}
            lines = []
            every = zip(told["small"], told["large"], strict=True)
            for small, large in (pair for pair in every if wanted.only in pair[0]):
                found: tuple[list[float], list[float]] = ([], [])
                for number in range(wanted.rounds + 1):
                    costs = cost(process, browsers["small"], small), cost(process, browsers["large"], large)
                    if number:  # the first one fills caches
                        for side, one in zip(found, costs, strict=True):
                            side.append(one)
                lines.append((small, *map(statistics.median, found)))
    text = page(lines, wanted)
    print(text)
    if wanted.into:
        pages.put(wanted.into, "What a page costs", text)
    return int(any(large > BOUND * small for _, small, large in lines))


def page(lines: list[tuple[str, float, float]], wanted: argparse.Namespace) -> str:
    """The table, for people."""
    head = [
        "Pages of the portal, asked for in turn by an account with 10 items and 1 group and by one with",
        f"{wanted.items:,} items and {wanted.groups} groups of eleven, in one house. Milliseconds that the server's",
        f"process spent on processors for one look, medians of {wanted.rounds} rounds of {ASKED}; made by",
        "`bench/portal.py`.",
        "",
        "| page | small | large | ratio | at most |",
        "|---|---|---|---|---|",
    ]
    rows = [
        f"| `{path}` | {small:.1f} | {large:.1f} | x{large / small:.2f} | x{BOUND:g} |" for path, small, large in lines
    ]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    sys.exit(main())
