"""Measure what size costs: a house of ten accounts beside one of ten thousand, in one run.

    python bench/scale.py [--accounts 10000] [--rounds 30] [--houses FOLDER] [--into PAGE]

The houses are filled (some minutes for ten thousand accounts) in FOLDER and found there the next time.

Both houses are alike for each account: two groups, five things shared by it and five with it. Asked is what a
program asks first after it logged in, on each protocol; and inside the store, a question of rights and the
list of what is shared with somebody. Exit status 1 when a bound is missed: a first listing 1.5 times as slow, the
list of shares twice.
"""

import argparse
import base64
import http.client
import imaplib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pages
import peers

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.auth.passwords import Cost, Hasher
from coserver.clock import SystemClock
from coserver.groups import members, mounts, rights, shares
from coserver.groups.shares import Offer, Target
from coserver.mail import domains
from coserver.model.ids import PrincipalId
from coserver.model.principal import Account, Group
from coserver.model.rights import Preset, Right
from coserver.model.space import Tool
from coserver.quota import plans
from coserver.store import collections
from coserver.store.engine import Store
from coserver.store.tx import Tx

BASES = (12_000, 13_000)
PASSWORD = "a password of the bench"  # noqa: S105 -- of accounts that live as long as the run
SHARES = 5  # by each account
MEMBERS = 20
AT_ONCE = 200
BOUNDS = {"first listing": 1.5, "shared with me": 2.0}
PROPFIND = '<propfind xmlns="DAV:"><prop><displayname/><resourcetype/><getetag/></prop></propfind>'

Question = Callable[[], object]


def fill(folder: Path, count: int) -> None:
    """A data folder with so many accounts, in groups of twenty, each account in two of them."""
    store = open_store(folder, clock=SystemClock())
    verifier = Hasher(cost=Cost(memory=64, passes=1)).hash(PASSWORD)

    def begin(tx: Tx) -> None:
        domains.add(tx, "example.test")
        plans.publish(tx, plans.parse(plans.bundled("plans-demo")))

    store.write(begin)
    people: list[Account] = []
    for start in range(0, count, AT_ONCE):
        names = [f"u{number}" for number in range(start, min(count, start + AT_ONCE))]
        people += store.write(
            lambda tx, names=names: [accounts.add(tx, accounts.New(name, verifier, "demo")) for name in names]
        )
    gather(store, people)
    store.close()


def gather(store: Store, people: list[Account]) -> None:
    """Two rounds of groups, dealt differently; and in the first, what each shares with others of it."""
    size = min(MEMBERS, len(people))
    dealt = random.Random(1)  # noqa: S311 -- no secret
    for turn in ("a", "b"):
        for number in range(0, len(people), size):
            circle = people[number : number + size]
            store.write(lambda tx, circle=circle, name=f"{turn}{number}": found(tx, name, circle))
        dealt.shuffle(people)


def found(tx: Tx, name: str, circle: list[Account]) -> None:
    """One group; in the first round its members share with one another, in a ring."""
    team = members.create(tx, name, administrator=circle[0].id)
    for each in circle[1:]:
        members.add(tx, team.id, each.id)
    if name.startswith("a"):
        for number, each in enumerate(circle):
            share(tx, team, each, [circle[(number + step) % len(circle)] for step in range(1, SHARES + 1)])


def share(tx: Tx, team: Group, owner: Account, others: list[Account]) -> None:
    """A thing of each tool, and one folder more, each with one of the others."""
    things = [collections.root(tx, owner.space, tool) for tool in (Tool.DOCUMENTS, Tool.DOCUMENTS, Tool.MAIL)]
    targets = [
        collections.add(tx, root, f"shared {number}", grant=rights.need(tx, owner.id, root, Right.ADD))
        for number, root in enumerate(things)
    ]
    for tool, name in ((Tool.CALENDAR, "calendar"), (Tool.CONTACTS, "contacts")):
        target = collections.find(tx, collections.root(tx, owner.space, tool).id, name)
        assert target is not None
        targets.append(target)
    for target, other in zip(targets, others, strict=True):
        shares.add(tx, owner.id, Target(target), Offer(team.id, other.id, Preset.READ))


@contextmanager
def served(folder: Path, base: int) -> Iterator[None]:
    """The house on that folder."""
    program = Path(sys.executable).with_name("coserver")
    command = [str(program), "demo", "--data", str(folder), "--port-base", str(base)]
    with peers.running(command, base + 90, folder.with_suffix(".log")):
        peers.wait_for(base + 143)
        yield


def questions(base: int, login: str) -> dict[str, Question]:
    """What programs ask first after they logged in."""
    token = base64.b64encode(f"{login}:{PASSWORD}".encode()).decode()

    def imap() -> None:
        client = imaplib.IMAP4("127.0.0.1", base + 143)
        client.login(login, PASSWORD)
        assert len(client.list()[1]) > 1
        assert client.select("INBOX")[0] == "OK"
        client.logout()

    def dav(path: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", base + 80)
        connection.request("PROPFIND", path, PROPFIND, {"Authorization": f"Basic {token}", "Depth": "1"})
        answer = connection.getresponse()
        assert answer.status == http.client.MULTI_STATUS, (answer.status, answer.read())
        answer.read()
        connection.close()

    return {
        "IMAP: LOGIN, LIST, SELECT INBOX": imap,
        "CalDAV and CardDAV: the home": lambda: dav(f"/dav/{login}/"),
        "Drive: the top": lambda: dav("/drive/"),
        "Drive: Groups": lambda: dav("/drive/Groups/"),
        "Drive: Shared": lambda: dav("/drive/Shared/"),
    }


def inside(store: Store, account: PrincipalId) -> dict[str, Question]:
    """Questions to the store alone."""
    with store.read() as tx:
        received = next(share for share in shares.received(tx, account) if share.collection is not None)
        assert received.collection is not None
        collection = collections.get(tx, received.collection)

    def asked(job: Callable[[Tx], object]) -> Question:
        def ask() -> None:
            with store.read() as tx:
                assert job(tx)

        return ask

    return {
        "Store: a right on something shared": asked(lambda tx: rights.of(tx, account, collection)),
        "Store: what is shared with me": asked(lambda tx: shares.received(tx, account)),
        "Store: where it appears (documents)": asked(lambda tx: mounts.listed(tx, account, Tool.DOCUMENTS)),
    }


def timed(pairs: list[tuple[Question, Question]], rounds: int) -> tuple[float, float]:
    """Medians in milliseconds of both sides, asked in turn."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 3):
        for side, question in enumerate(pairs[number % len(pairs)]):
            start = time.perf_counter()
            question()
            if number >= 3:  # the first ones fill caches
                found[side].append((time.perf_counter() - start) * 1000)
    return statistics.median(found[0]), statistics.median(found[1])


def main() -> int:
    """Fill, serve, ask, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--houses", type=Path)
    parser.add_argument("--into", type=Path)
    wanted = parser.parse_args()
    sizes = (10, wanted.accounts)
    with tempfile.TemporaryDirectory() as temporary:
        folders = [(wanted.houses or Path(temporary)) / f"of{size}" for size in sizes]
        for folder, size in zip(folders, sizes, strict=True):
            if not folder.exists():
                print(f"-- filling a house of {size} accounts", flush=True)
                fill(folder, size)
        lines = measured(folders, sizes, wanted.rounds)
        with ExitStack() as stack:
            for folder, base in zip(folders, BASES, strict=True):
                stack.enter_context(served(folder, base))
            lines += asked_of_both(sizes, wanted.rounds)
    text = page(lines, sizes, wanted.rounds)
    print(text)
    if wanted.into:
        pages.put(wanted.into, "What size costs", text)
    return int(any(ratio > bound for _, _, _, ratio, bound in lines))


Line = tuple[str, float, float, float, float]


def measured(folders: list[Path], sizes: tuple[int, int], rounds: int) -> list[Line]:
    """The questions to the stores themselves."""
    stores = [open_store(folder, clock=SystemClock()) for folder in folders]
    try:
        found = []
        for store, size in zip(stores, sizes, strict=True):
            with store.read() as tx:
                found.append(inside(store, accounts.find(tx, f"u{size // 2}").id))
        return [compared(name, [(found[0][name], found[1][name])], rounds * 10) for name in found[0]]
    finally:
        for store in stores:
            store.close()


def asked_of_both(sizes: tuple[int, int], rounds: int) -> list[Line]:
    """The first questions of programs, to both servers."""
    logins = [f"u{size // 2}@example.test" for size in sizes]
    found = [questions(base, login) for base, login in zip(BASES, logins, strict=True)]
    return [compared(name, [(found[0][name], found[1][name])], rounds) for name in found[0]]


def compared(name: str, pairs: list[tuple[Question, Question]], rounds: int) -> Line:
    """One line of the table."""
    small, large = timed(pairs, rounds)
    bound = BOUNDS["shared with me" if name.startswith("Store") else "first listing"]
    return name, small, large, large / small, bound


def page(lines: list[Line], sizes: tuple[int, int], rounds: int) -> str:
    """The table, for people."""
    head = [
        f"The same questions to a house of {sizes[0]} accounts and to one of {sizes[1]:,}, asked in turn by one client",
        "in one run. In both each account is in two groups (of twenty members where there are so many), shares five",
        f"things with one other member each, and sees five. Medians of {rounds} rounds, log-in included, in",
        "milliseconds; made by `bench/scale.py`.",
        "",
        f"| question | {sizes[0]} accounts | {sizes[1]:,} accounts | ratio | at most |",
        "|---|---|---|---|---|",
    ]
    rows = [
        f"| {name} | {small:.2f} | {large:.2f} | x{ratio:.2f} | x{bound:g} |"
        for name, small, large, ratio, bound in lines
    ]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    sys.exit(main())
