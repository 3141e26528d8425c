"""A running house on which deeds that contradict one another are done at once.

A round makes accounts and groups of its own, lets every deed go at the same moment on a connection of its own,
and then looks: no answer was a fault, nothing is damaged, and what must always hold does, read from the database
beside the house's own code. `ROUNDS=100 SEED=7` does more of them, in another order.
"""

import contextlib
import imaplib
import itertools
import os
import random
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coserver.auth.passwords import Cost, Hasher
from coserver.model.errors import HouseError
from coserver.net.call import Call, connect

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SEED = int(os.environ.get("SEED", "") or random.SystemRandom().randrange(2**31))
PASSWORD = "contradict everything"
JITTER = 0.012  # seconds within which the deeds of a round begin
DONE = "done"
HERE = Path(__file__).parent

Deed = Callable[[], str]  # DONE, or how it was refused


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More rounds may take more time."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(60 + 20 * ROUNDS))


BROKEN = {
    "a group whose administrator is no member": """
        SELECT name FROM grouping g WHERE NOT EXISTS (
            SELECT 1 FROM member m WHERE m.group_id = g.id AND m.account_id = g.administrator_id)""",
    "a group with members whose administrator is gone": """
        SELECT g.name FROM grouping g JOIN account a ON a.id = g.administrator_id
        WHERE g.state = 'active' AND a.state IN ('closed', 'pending')
        AND (SELECT count(*) FROM member m WHERE m.group_id = g.id) > 1""",
    "a share of one who is not in the group": """
        SELECT s.id FROM share s JOIN principal p ON p.id = s.owner_id AND p.kind = 'account' WHERE NOT EXISTS (
            SELECT 1 FROM member m WHERE m.group_id = s.group_id AND m.account_id = s.owner_id)""",
    "a share with one who is not in the group": """
        SELECT id FROM share s WHERE s.principal_id <> s.group_id AND NOT EXISTS (
            SELECT 1 FROM member m WHERE m.group_id = s.group_id AND m.account_id = s.principal_id)""",
    "what belongs to a group, shared through another": """
        SELECT s.id FROM share s JOIN principal p ON p.id = s.owner_id AND p.kind = 'group'
        WHERE s.group_id <> s.owner_id""",
    "a right of one who is not in the group": """
        SELECT group_id FROM group_right r WHERE r.principal_id <> r.group_id AND NOT EXISTS (
            SELECT 1 FROM member m WHERE m.group_id = r.group_id AND m.account_id = r.principal_id)""",
    "a group offered to one who is not in it": """
        SELECT group_id FROM proposal p WHERE NOT EXISTS (
            SELECT 1 FROM member m WHERE m.group_id = p.group_id AND m.account_id = p.account_id)""",
    "a group offered to its administrator": """
        SELECT p.group_id FROM proposal p JOIN grouping g ON g.id = p.group_id
        WHERE g.administrator_id = p.account_id""",
    "an account without its address, space, subscription or password": """
        SELECT login FROM account a WHERE NOT EXISTS (SELECT 1 FROM address WHERE principal_id = a.id)
        OR NOT EXISTS (SELECT 1 FROM space WHERE owner_id = a.id)
        OR NOT EXISTS (SELECT 1 FROM subscription WHERE account_id = a.id)
        OR NOT EXISTS (SELECT 1 FROM credential WHERE account_id = a.id)""",
    "an account in no domain of ours": """
        SELECT login FROM account a WHERE substr(login, instr(login, '@') + 1) NOT IN (SELECT name FROM domain)""",
    "a pending account that nobody can confirm": """
        SELECT login FROM account a WHERE state = 'pending'
        AND NOT EXISTS (SELECT 1 FROM token t WHERE t.account_id = a.id AND t.kind = 'confirm')""",
}


class Field:
    """A running house with short ways to people, groups and deeds; everything has a name of its own."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.random = random.Random(SEED)  # noqa: S311 - no secret
        self._numbers = itertools.count()
        self.verifier = "{ARGON2ID}" + Hasher(cost=Cost(memory=64, passes=1)).hash(PASSWORD)
        self._kind = type(house.wires("alice"))
        self._calls: list[Call] = []
        self._read = 0  # characters of the log
        self._own = self.call()

    def call(self) -> Call:
        made = connect(self.house.demo.data)
        assert made is not None
        self._calls.append(made)
        return made

    def name(self, word: str) -> str:
        return f"{word}{next(self._numbers)}"

    def do(self, verb: str, **args: Any) -> Any:
        return self._own.operate(verb, args)

    def person(self, plan: str = "demo") -> Any:
        """The wires of a new account."""
        login = self.do("account add", login=self.name("person"), verifier=self.verifier, plan=plan)["login"]
        return self._kind(self.house.demo, login, PASSWORD, self.house.opened)

    def group(self, *people: Any) -> str:
        """A new group of these people, the first its administrator; all may edit its files and mail."""
        name = self.name("group")
        self.do("group add", name=name, admin=people[0].login)
        for each in people[1:]:
            self.do("group member add", name=name, login=each.login)
        for tool in ("documents", "mail"):
            self.do("group rights", name=name, login="all", tool=tool, preset="edit")
        return name

    def invited(self, name: str, whom: Any) -> str:
        """The code of an invitation."""
        self.do("group invite", name=name, address=whom.login)
        return self.code(whom)

    def code(self, whom: Any) -> str:
        """The code in the latest letter that somebody got."""
        imap = whom.imap()
        imap.select("INBOX", readonly=True)
        text = imap.fetch("*", "(BODY.PEEK[TEXT])")[1][0][1].decode()
        imap.logout()
        return re.findall(r"^ {4}([0-9a-f]{64})\r?$", text, re.MULTILINE)[-1]

    def verb(self, verb: str, **args: Any) -> Deed:
        """An operator's deed."""
        call = self.call()

        def deed() -> str:
            try:
                call.operate(verb, args)
            except HouseError as error:
                return _refusal(error)
            return DONE

        return deed

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What the database holds, asked beside the house."""
        database = sqlite3.connect(f"file:{self.house.demo.data}/coserver.db?mode=ro", uri=True)
        with contextlib.closing(database):
            return database.execute(query, values).fetchall()

    def members(self, name: str) -> list[str]:
        found = self.rows(
            "SELECT a.login FROM member m JOIN grouping g ON g.id = m.group_id JOIN account a ON a.id = m.account_id "
            "WHERE g.name = ?", name,
        )  # fmt: skip
        return [login for (login,) in found]

    def asked(self, who: Any, method: str, path: str, body: Any = None, **headers: str) -> Deed:
        """A request to the calendar, the address book or the drive."""
        web = who.web()

        def deed() -> str:
            answer = who.ask(method, path, body, on=web, **headers)
            assert answer.status < 500 or answer.status in {503, 507}, (answer.status, answer.body)
            assert b"Traceback" not in answer.body
            return DONE if answer.status < 300 else str(answer.status)

        return deed

    def told(self, who: Any, *command: Any) -> Deed:
        """An IMAP command."""
        imap = who.imap()

        def deed() -> str:
            try:
                kind, data = getattr(imap, command[0])(*command[1:])
            except imaplib.IMAP4.abort as ended:  # the account went, or what it had open
                return f"BYE {ended}"
            except imaplib.IMAP4.error as refused:
                kind, data = "NO", [str(refused).encode()]
            assert kind in {"OK", "NO"}, (kind, data)
            assert b"SERVERBUG" not in data[0], data
            return DONE if kind == "OK" else repr(data[0])

        return deed

    def rounds(self) -> Iterator[int]:
        """As many as are wanted; what was opened in one is closed at its end."""
        for number in range(ROUNDS):
            yield number
            self.house.close()
            self.close(but=1)

    def close(self, *, but: int = 0) -> None:
        """Hang up, but for the oldest calls."""
        for call in self._calls[but:]:
            call.close()
        del self._calls[but:]

    def at_once(self, deeds: dict[str, Deed]) -> dict[str, str]:
        """Let all of them go together; the answers, when all is found in order."""
        mixed = list(deeds.items())
        self.random.shuffle(mixed)
        answers = _at_once(dict(mixed), self.random)
        said = f"SEED={SEED}: {answers}"
        wrong = {what: found for what, query in BROKEN.items() if (found := self.rows(query))}
        assert not wrong, said
        assert self.do("doctor") == [], said
        log = self.house.demo.output.read_text()[self._read :]
        self._read += len(log)
        assert not re.search(r"Traceback| error |is locked|fault=", log), (said, log[-3000:])
        return answers


def _refusal(error: HouseError) -> str:
    kind = type(error).__name__
    assert kind != "HouseError", error.text  # a fault of its own, or a kind that nobody knows
    assert error.text.isprintable(), error.text
    assert not re.search(r"Traceback|locked|sqlite|Error\b", error.text), error.text
    return kind


def _at_once(deeds: dict[str, Deed], chance: random.Random) -> dict[str, str]:
    """Let all of them go together; the answers. A deed that fails itself fails the test."""
    gate, answers, broken = threading.Barrier(len(deeds)), dict[str, str](), list[BaseException]()

    def run(name: str, deed: Deed, wait: float) -> None:
        gate.wait(30)
        time.sleep(wait)  # in this thread's turn, so that rounds differ
        try:
            answers[name] = deed()
        except BaseException as error:  # told by the test's own thread
            broken.append(error)

    threads = [
        threading.Thread(target=run, args=(name, deed, chance.random() * JITTER)) for name, deed in deeds.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a deed was never answered"
    if broken:
        raise broken[0]
    return answers


@pytest.fixture(scope="module")
def ground(lasting: Any) -> Iterator[Field]:
    made = Field(lasting)
    yield made
    made.close()
