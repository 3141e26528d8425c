"""A small house for the mail tests: two accounts and a group, and messages that were made here."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.groups import members, shares
from coserver.mail import domains, mailboxes, messages, sights
from coserver.mail.messages import NewMessage
from coserver.mail.prepared import prepare
from coserver.model.ids import PrincipalId
from coserver.model.item import Flag, Item
from coserver.model.rights import Preset
from coserver.quota import plans
from coserver.store import collections, migrate
from coserver.store.engine import Store
from coserver.store.tx import Tx
from tests.clock import OwnClock

MIXED = b"""\
From: alice@example.test\r
Content-Type: multipart/mixed; boundary="b1"\r
\r
a preamble\r
--b1\r
Content-Type: multipart/alternative; boundary=b1x\r
\r
--b1x\r
\r
plain\r
--b1x\r
Content-Type: text/html; charset="utf-8"\r
\r
<p>html</p>\r
--b1x--\r
--b1 \t\r
Content-Type: message/rfc822\r
\r
Subject: inner\r
\r
inner text\r
\r
--b1--\r
an epilogue\r
"""

PLANS = """
[wide]
mail_bytes = 1_000_000_000
mail_items = 100_000
documents_bytes = 0
documents_items = 0
calendar_bytes = 0
calendar_items = 0
contacts_bytes = 0
contacts_items = 0
groups = 5
members_per_group = 5
features = ["imap", "smtp"]

[tiny]
mail_bytes = 1000
mail_items = 3
documents_bytes = 0
documents_items = 0
calendar_bytes = 0
calendar_items = 0
contacts_bytes = 0
contacts_items = 0
groups = 0
members_per_group = 0
features = ["imap", "smtp"]
"""


@dataclass
class House:
    """A store with accounts, and short ways to what a test needs of the mail tool."""

    store: Store
    clock: OwnClock
    accounts: dict[str, PrincipalId] = field(default_factory=dict)

    def account(self, name: str, plan: str = "wide") -> PrincipalId:
        new = accounts.New(f"{name}@example.test", "no verifier", plan)
        self.accounts[name] = self.store.write(lambda tx: accounts.add(tx, new)).id
        return self.accounts[name]

    def group(self, name: str, administrator: PrincipalId, *others: PrincipalId) -> PrincipalId:
        def job(tx: Tx) -> PrincipalId:
            made = members.create(tx, name, administrator=administrator)
            for other in others:
                members.add(tx, made.id, other)
            return made.id

        return self.store.write(job)

    def mailbox(self, account: PrincipalId, name: str = "INBOX"):
        with self.store.read() as tx:
            return mailboxes.find(tx, account, name).collection

    def share(
        self,
        owner: PrincipalId,
        what: str | Item,
        preset: Preset = Preset.READ,
        *,
        to: PrincipalId | None = None,
        group: str = "team",
    ) -> None:
        """Let the owner share a mailbox or a message of his through a group."""
        target = self._target(owner, what)
        self.store.write(lambda tx: shares.add(tx, None, target, shares.Offer(members.find(tx, group).id, to, preset)))

    def unshare(
        self, owner: PrincipalId, what: str | Item, *, to: PrincipalId | None = None, group: str = "team"
    ) -> None:
        """Take it back."""
        target = self._target(owner, what)
        self.store.write(lambda tx: shares.remove(tx, None, target, through=members.find(tx, group).id, to=to))

    def _target(self, owner: PrincipalId, what: str | Item) -> shares.Target:
        if isinstance(what, str):
            return shares.Target(self.mailbox(owner, what))
        with self.store.read() as tx:
            return shares.Target(collections.get(tx, what.collection), what)

    def sight(self, account: PrincipalId, name: str = "INBOX"):
        with self.store.read() as tx:
            return sights.of(tx, account, mailboxes.find(tx, account, name).collection)

    def new(
        self, data: bytes, flags: Flag = messages.NO_FLAGS, keywords: Sequence[str] = (), stamp: int = 0
    ) -> NewMessage:
        return NewMessage(prepare(self.store.stage(data)), flags, frozenset(keywords), stamp)

    def append(self, account: PrincipalId, *new: NewMessage | bytes, mailbox: str = "INBOX") -> list[Item]:
        made = [self.new(one) if isinstance(one, bytes) else one for one in new]
        target = self.mailbox(account, mailbox)
        return self.store.write(lambda tx: messages.append(tx, account, target, made))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, PrincipalId]]:
    """A data folder with alice and bob, made once and copied for every test."""
    folder = tmp_path_factory.mktemp("furnished") / "data"
    store = open_store(folder, clock=OwnClock())
    store.write(lambda tx: plans.publish(tx, plans.parse(PLANS)))
    store.write(lambda tx: domains.add(tx, "example.test"))
    made = House(store, OwnClock())
    for name in ("alice", "bob"):
        made.account(name)
    store.close()
    return folder, made.accounts


@contextmanager
def opened(furnished: tuple[Path, dict[str, PrincipalId]], folder: Path) -> Iterator[House]:
    original, accounts_ = furnished
    shutil.copytree(original, folder)
    clock = OwnClock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", lambda *_: None)  # the copy is as new as its original
        store = open_store(folder, clock=clock)
    yield House(store, clock, dict(accounts_))
    store.close()


@pytest.fixture
def opened_house() -> Iterator[Callable[..., House]]:
    """Opens as many houses as are asked for."""
    with ExitStack() as stack:
        yield lambda furnished, folder: stack.enter_context(opened(furnished, folder))


@pytest.fixture
def house(furnished: tuple[Path, dict[str, PrincipalId]], tmp_path: Path) -> Iterator[House]:
    with opened(furnished, tmp_path / "data") as house:
        yield house


@pytest.fixture(scope="module")
def kept_house(
    furnished: tuple[Path, dict[str, PrincipalId]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A house for all tests of a module, which only read from it."""
    with opened(furnished, tmp_path_factory.mktemp("kept") / "data") as house:
        yield house


@pytest.fixture
def mixed() -> bytes:
    """A message with parts in parts, whose inner boundary begins like the outer one."""
    return MIXED


@pytest.fixture
def alice(house: House) -> PrincipalId:
    return house.accounts["alice"]


@pytest.fixture
def bob(house: House) -> PrincipalId:
    return house.accounts["bob"]
