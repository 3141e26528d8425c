"""A house with the SMTP edge on a real store, and conversations with it in memory."""

import asyncio
import shutil
import ssl
from base64 import b64encode
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock as TwistedClock

from coserver.accounts import accounts, group_mail
from coserver.auth.login import Login
from coserver.auth.passwords import Cost, Hasher
from coserver.config import Config, changed
from coserver.groups import deletion, members, posting
from coserver.mail import domains, mailboxes
from coserver.model.change import Notice
from coserver.model.principal import Posting
from coserver.model.space import Tool
from coserver.net.bell import Bell
from coserver.net.entry import Entry
from coserver.net.kit import Kit
from coserver.net.limits import Limits
from coserver.net.metrics import Metrics
from coserver.net.tls import CertificateStore
from coserver.quota import plans, usage
from coserver.smtp.envelope import Role, Terms
from coserver.smtp.intake import Intake
from coserver.smtp.server import Conversation, Shared
from coserver.store import blobs, lookup, outbox, spaces
from coserver.store.engine import Store
from coserver.store.tx import Tx
from tests.clock import OwnClock

T = TypeVar("T")
ACCOUNTS = {"alice": "demo", "bob": "demo", "carol": "demo", "dave": "small"}


class HerePool:
    """Calls into the core on the caller's own thread, with the answers a Pool gives."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    def run(self, fn: Callable[..., T], *args: Any, **kw: Any) -> "Deferred[T]":
        return maybeDeferred(fn, *args, **kw)

    def write(self, store: Store, job: Callable[[Tx], T]) -> "Deferred[T]":
        return maybeDeferred(self._write, store, job)

    def _write(self, store: Store, job: Callable[[Tx], T]) -> T:
        if self.fault:
            raise self.fault
        return store.write(job)


class Wire(asyncio.Transport):
    """The transport of a conversation in memory."""

    def __init__(self, peer: str = "127.0.0.1", tls: ssl.SSLObject | None = None) -> None:
        super().__init__({"peername": (peer, 12345), "ssl_object": tls})
        self.sent = b""
        self.protocol: Any = None
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        """The reader is full; a test that feeds on anyway is no worse than a fast client."""

    def resume_reading(self) -> None:
        """See above."""


class Talk:
    """One client in memory."""

    def __init__(self, house: "House", role: Role, *, peer: str = "127.0.0.1", tls: bool = False) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        inside = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x") if tls else None
        self._timers = house.timers
        self.wire = Wire(peer, inside)
        self.server = Conversation(house.shared, house.terms(role))
        self.wire.protocol = self.server
        self.server.connection_made(self.wire)

    async def rest(self) -> None:
        """Until the server waits for us again, or is gone."""
        for _ in range(100_000):
            await asyncio.sleep(0)
            if self._timers.getDelayedCalls():
                self._timers.advance(15)  # the wait after a wrong password
            if self.wire.closed or (self.server.waiting and not self.server._reader._buffer):
                return
        raise AssertionError("the server does not come to rest")

    async def send(self, data: bytes, *, step: int = 0) -> bytes:
        """Send bytes, `step` at a time (0: at once), and give what comes back."""
        pieces = [data[at : at + step] for at in range(0, len(data), step)] if step else [data]
        for piece in pieces:
            if self.wire.closed:
                break
            self.server.data_received(piece)
            await self.rest()
        return await self.read()

    async def read(self) -> bytes:
        await self.rest()
        sent, self.wire.sent = self.wire.sent, b""
        return sent


class House:
    """The edge on a store with four accounts, whose passwords are demo-NAME-pass."""

    def __init__(self, folder: Path, *, connections_per_address: int = 1000, **settings: object) -> None:
        self.clock = OwnClock()
        self.store = Store.open(folder, clock=self.clock)
        server = {"data": str(folder), "domain": "example.test", "host": "mail.example.test"}
        config = changed(Config(), "server", **server, plaintext_on_loopback=True)
        config = changed(config, "limits", connections_per_address=connections_per_address)
        self.config = changed(config, "smtp", **settings)
        self.pool = HerePool()
        self.timers = TwistedClock()
        self.kit = self._kit()
        self.woken = 0
        self.store.subscribe(self._hear)
        self.shared = Shared(self.kit, Intake(self.kit))

    def _kit(self) -> Kit:
        metrics = Metrics()
        login = Login(self.store, Hasher(1, cost=Cost(8, 1)))
        pool: Any = self.pool
        return Kit(
            config=self.config,
            clock=self.clock,
            store=self.store,
            login=login,
            pool=pool,
            entry=Entry(login, self.timers, pool=pool, hashing=pool, metrics=metrics),
            bell=Bell(self.timers),  # type: ignore[arg-type]
            limits=Limits(self.config.limits, metrics),
            certificates=CertificateStore(self.config.data / "certificates", ["localhost"], self.clock),
            metrics=metrics,
        )

    def _hear(self, notice: Notice) -> None:
        self.woken += notice.outgoing

    def terms(self, role: Role) -> Terms:
        return Terms(
            role,
            "mail.example.test",
            self.config.smtp.max_message_bytes,
            self.config.smtp.max_recipients,
            starttls=role is not Role.LMTP,
            clear_passwords=self.config.server.plaintext_on_loopback,
        )

    def inbox(self, name: str) -> list[bytes]:
        """The messages in somebody's INBOX."""
        with self.store.read() as tx:
            account = accounts.find(tx, name).id
            items = lookup.list_(tx, mailboxes.inbox(tx, account).id)
            return [blobs.open_(tx, item.blob).read() for item in items]

    def outbox(self) -> list[outbox.Errand]:
        """What is due or held, without taking it."""
        found: list[outbox.Errand] = []

        def look(tx: Tx) -> None:
            outbox.let_go(tx)
            found.extend(outbox.lease(tx, until=tx.now + 1, most=1000))
            raise _Undo

        with pytest.raises(_Undo):
            self.store.write(look)
        return found

    def spooled(self) -> list[Path]:
        return list(self.store.files.spool.iterdir())


class _Undo(Exception):
    """Ends a look that must change nothing."""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "data"
    store = Store.open(folder, clock=OwnClock())
    offered = plans.parse(plans.bundled() + plans.bundled("plans-demo"))
    hasher = Hasher(1, cost=Cost(8, 1))

    def furnish(tx: Tx) -> None:
        plans.publish(tx, offered)
        domains.add(tx, "example.test")
        for name, plan in ACCOUNTS.items():
            accounts.add(tx, accounts.New(name, hasher.hash(f"demo-{name}-pass"), plan))

    store.write(furnish)
    CertificateStore(folder / "certificates", ["localhost"], OwnClock())
    store.close()
    return folder


@pytest.fixture
def open_house(template: Path, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Makes houses with settings of their own in section `smtp`."""
    made: list[House] = []

    def make(**settings: object) -> House:
        folder = tmp_path / f"data{len(made)}"
        shutil.copytree(template, folder)
        made.append(House(folder, **settings))
        return made[-1]

    yield make
    for house in made:
        house.store.close()


def found_groups(tx: Tx) -> None:
    """Groups of alice and bob, one for each way to say who may write, with addresses; and one that was deleted."""
    alice, bob = accounts.find(tx, "alice"), accounts.find(tx, "bob")
    for name, who in (("team", Posting.MEMBERS), ("forum", Posting.ANYONE), ("gone", Posting.ANYONE)):
        made = members.create(tx, name, administrator=alice.id)
        members.add(tx, made.id, bob.id)
        posting.set_(tx, made.id, who)
        group_mail.set_address(tx, name)
    deletion.delete_(tx, made.id)
    board = members.create(tx, "board", administrator=bob.id)
    posting.set_(tx, board.id, Posting.MODERATED)
    group_mail.set_address(tx, "board")


@pytest.fixture(scope="module")
def lasting_house(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests of a module that do not ask what is in it."""
    folder = tmp_path_factory.mktemp("lasting") / "data"
    shutil.copytree(template, folder)
    made = House(folder, hold_outside=True)
    made.store.write(found_groups)
    yield made
    made.store.close()


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    """A house with the settings of the demo."""
    return open_house(hold_outside=True)


@pytest.fixture
def talk() -> type[Talk]:
    """Makes a client in memory; inside a running loop only."""
    return Talk


@pytest.fixture
def play() -> Callable[[Coroutine[Any, Any, T]], T]:
    """Runs a coroutine on a loop of its own, to the end of every task it left."""

    async def whole(main: Coroutine[Any, Any, T]) -> T:
        try:
            return await asyncio.wait_for(main, 30)
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    return lambda main: asyncio.run(whole(main))


LOGIN = b"AUTH PLAIN " + b64encode(b"\0alice\0demo-alice-pass") + b"\r\n"
MESSAGE = b"From: alice@example.test\r\nSubject: x\r\n\r\ntext\r\n"


async def greeted(talk: Any, house: Any, role: Role = Role.RELAY, **options: Any) -> Any:
    """A client that has said its name, and logged in where that is needed."""
    client = talk(house, role, **options)
    await client.send(b"LHLO c\r\n" if role is Role.LMTP else b"EHLO c\r\n")
    if role is Role.SUBMISSION:
        assert b"235" in await client.send(LOGIN)
    return client


async def deliver(client: Any, message: bytes, *to: str, sender: str = "someone@example.net", **options: Any) -> bytes:
    """The reply to a message."""
    await client.send(f"MAIL FROM:<{sender}>\r\n".encode())
    for one in to:
        await client.send(f"RCPT TO:<{one}>\r\n".encode())
    assert (await client.send(b"DATA\r\n")).startswith(b"354")
    return await client.send(message + b".\r\n", **options)


def fill(house: Any, name: str, left: int) -> None:
    """Book the room of somebody's mail but for `left` bytes."""

    def job(tx: Any) -> None:
        space = spaces.of(tx, accounts.find(tx, name).id).id
        now = usage.room(tx, space, Tool.MAIL)
        usage.charge(tx, space, Tool.MAIL, bytes=now.bytes_limit - now.bytes - left, items=0)

    house.store.write(job)


class Ways:
    """Short ways, for tests."""

    login = LOGIN
    message = MESSAGE
    greeted = staticmethod(greeted)
    deliver = staticmethod(deliver)
    fill = staticmethod(fill)


@pytest.fixture
def ways() -> Ways:
    return Ways()
