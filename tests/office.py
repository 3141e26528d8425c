"""A store with plans, for the tests of accounts."""

import json
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from coserver.accounts.house import House
from coserver.auth.passwords import Cost, Hasher
from coserver.config import Accounts
from coserver.mail import mailboxes, rows, sights
from coserver.mail.rows import EVERY, Column
from coserver.model.errors import Busy
from coserver.model.ids import BlobId, PrincipalId
from coserver.operator.desk import operate
from coserver.store import blobs
from coserver.store.schema.store import outbox, outbox_recipient


def finish(store: Any) -> None:
    """Wait for what is written after the answer."""
    store.write(lambda tx: None)


class Office:
    """An operator's desk: verbs on the estate."""

    def __init__(self, estate: Any, *, rules: bool = False, life: Accounts | None = None) -> None:
        self.house = House(
            estate.store, Hasher(cost=Cost(memory=64, passes=1)), plan="demo", rules=rules, life=life or Accounts()
        )

    def do(self, verb: str, **args: Any) -> Any:
        done = json.loads(json.dumps(operate(self.house, verb, args)))
        finish(self.house.store)
        return done


@pytest.fixture
def office(estate: Any) -> Office:
    return Office(estate)


@pytest.fixture
def strict(estate: Any) -> Office:
    """The same with the password rules."""
    return Office(estate, rules=True)


@pytest.fixture
def people(office: Office) -> list[str]:
    """Alice administers the group team, bob and carol are members, dave is none."""
    names = ["alice", "bob", "carol", "dave"]
    for name in names:
        office.do("account add", login=name, password=f"demo-{name}-pass")
    office.do("group add", name="team", admin="alice")
    for name in ("bob", "carol"):
        office.do("group member add", name="team", login=name)
    return names


class Post:
    """The letters of the house, as those who get them see them."""

    def __init__(self, estate: Any) -> None:
        self._store = estate.store

    def inbox(self, account: PrincipalId) -> list[bytes]:
        """All messages of an INBOX, oldest first."""
        with self._store.read() as tx:
            found = rows.rows(tx, sights.of(tx, account, mailboxes.inbox(tx, account)), EVERY, (Column.BLOB,))
            return [rows.bodies(tx, [blob])[blob].read() for _, blob in found]

    def letters(self, account: PrincipalId) -> list[tuple[str, str]]:
        """Subject and text of all messages of an INBOX, oldest first."""
        return [_read(data) for data in self.inbox(account)]

    def outgoing(self) -> list[tuple[str, str, bytes]]:
        """Recipient, envelope sender and bytes of all that waits to leave, oldest first."""
        joined = (
            select(outbox_recipient.c.recipient, outbox.c.sender, outbox.c.blob_id)
            .join(outbox, outbox.c.id == outbox_recipient.c.outbox_id)
            .order_by(outbox.c.id)
        )
        finish(self._store)
        with self._store.read() as tx:
            return [
                (row.recipient, row.sender, blobs.open_(tx, BlobId(row.blob_id)).read())
                for row in tx.execute(joined).all()
            ]

    def sent(self, to: str) -> list[tuple[str, str]]:
        """Subject and text of the letters to an address elsewhere, oldest first."""
        return [_read(data) for recipient, _, data in self.outgoing() if recipient == to]

    def code(self, to: str) -> str:
        """The code in the latest letter to an address elsewhere."""
        latest = [data for recipient, _, data in self.outgoing() if recipient == to][-1]
        (code,) = re.findall(r"^ {4}([0-9a-f]{64})$", _read(latest)[1], re.MULTILINE)
        return str(code)

    def count(self, to: str) -> int:
        """How many letters to an address elsewhere wait to leave."""
        asked = select(outbox_recipient.c.id).where(outbox_recipient.c.recipient == to)
        finish(self._store)
        with self._store.read() as tx:
            return len(tx.execute(asked).all())


def _read(data: bytes) -> tuple[str, str]:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    text = message.get_body(("plain",))
    return str(message["Subject"]), text.get_content().replace("\r\n", "\n")


@pytest.fixture
def post(estate: Any) -> Post:
    return Post(estate)


class World:
    """The DNS: what is in it is given, all else does not exist."""

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], tuple[str, ...]] = {}
        self.asked: list[tuple[str, str]] = []
        self.silent = False

    def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append((name, kind))
        if self.silent:
            raise Busy("nobody answers")
        return self.zone.get((name, kind), ())


@pytest.fixture
def world() -> World:
    return World()
