"""A house with the IMAP edge on a real store, clients in memory, and the player of transcripts."""

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock as Timers
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.auth.login import Login
from coserver.auth.passwords import Cost, Hasher
from coserver.config import Config, changed
from coserver.groups import members
from coserver.imap.protocol.factory import ImapFactory
from coserver.mail import domains
from coserver.net.bell import Bell
from coserver.net.entry import Entry
from coserver.net.kit import Kit
from coserver.net.limits import Limits
from coserver.net.metrics import Metrics
from coserver.quota import plans
from coserver.store.engine import Store
from coserver.store.tx import Tx
from tests.clock import OwnClock

ACCOUNTS = {"alice": "demo", "bob": "demo", "carol": "demo", "dave": "small"}


class Turns(Timers):
    """Timers that stand still, and everything that waits for the reactor's thread or for the pool's."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: deque[Callable[[], object]] = deque()
        self.fault: Exception | None = None  # what the next call into the core raises

    def callFromThread(self, deed: Callable[..., object], *args: Any, **kw: Any) -> None:  # noqa: N802
        self.waiting.append(lambda: deed(*args, **kw))

    def turn(self) -> None:
        while self.waiting:
            self.waiting.popleft()()

    def run(self, fn: Callable[..., Any], *args: Any, **kw: Any) -> "Deferred[Any]":
        fired: Deferred[Any] = Deferred()
        self.waiting.append(lambda: self._fire(fired, lambda: fn(*args, **kw)))
        return fired

    def write(self, store: Store, job: Callable[[Tx], Any]) -> "Deferred[Any]":
        return self.run(store.write, job)

    def _fire(self, fired: "Deferred[Any]", deed: Callable[[], Any]) -> None:
        try:
            if self.fault is not None:
                fault, self.fault = self.fault, None
                raise fault
            result = deed()
        except Exception:
            fired.errback(Failure())
        else:
            fired.callback(result)


class Wire(StringTransport):
    """A transport in memory: it closes when it is told to, and TLS is a mark."""

    def __init__(self, peer: str) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", peer, 12345))
        self.tls = False
        self.closed = False

    def startTLS(self, factory: object) -> None:  # noqa: N802
        self.tls = True

    def loseConnection(self) -> None:  # noqa: N802
        if not self.closed:
            self.closed = True
            self.protocol.connectionLost()


class Client:
    """One client in memory."""

    def __init__(self, house: "House", *, tls: bool = False, peer: str = "127.0.0.1") -> None:
        self.house = house
        self.wire = Wire(peer)
        factory = house.inside if tls else house.clear
        self.connection = factory.buildProtocol(None)
        self.wire.protocol = self.connection
        self.connection.makeConnection(self.wire)
        self.heard = b""

    @property
    def closed(self) -> bool:
        return self.wire.closed

    def send(self, data: bytes, *, step: int = 0) -> None:
        """Send octets, `step` at a time (0: at once)."""
        for at in range(0, len(data), step or max(1, len(data))):
            if self.closed:
                break
            self.connection.dataReceived(data[at : at + (step or len(data))])
            self.house.rest()

    def read(self) -> bytes:
        """All that the server has said since the last time."""
        self.house.rest()
        said, self.heard = self.heard + self.wire.value(), b""
        self.wire.clear()
        return said

    def line(self) -> bytes:
        """The next line; empty when there is none."""
        said = self.read()
        line, end, self.heard = said.partition(b"\r\n")
        return line + end

    def ask(self, command: str | bytes) -> bytes:
        """Send one command and give everything that comes back."""
        raw = command.encode() if isinstance(command, str) else command
        self.send(b"x " + raw + b"\r\n")
        return self.read()

    def log_in(self, name: str) -> "Client":
        assert b"x OK" in self.ask(f"LOGIN {name} demo-{name}-pass")
        return self

    def append(self, mailbox: str, message: bytes, flags: str = "") -> None:
        told = self.ask(b"APPEND %b (%b) {%d+}\r\n%b" % (mailbox.encode(), flags.encode(), len(message), message))
        assert b"x OK [APPENDUID" in told

    def hang_up(self) -> None:
        self.wire.loseConnection()
        self.house.rest()


class House:
    """The edge on a store with four accounts, whose passwords are demo-NAME-pass, and the group team."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.clock = OwnClock()
        self.store = open_store(folder, clock=self.clock)
        config = changed(Config(), "server", data=str(folder), domain="example.test", plaintext_on_loopback=True)
        self.config = changed(config, "imap", **settings)
        self.turns = Turns()
        self.waits = Timers()  # the throttle's
        self.bell = Bell(self.turns)
        self.store.subscribe(self.bell.ring)
        metrics = Metrics()
        login = Login(self.store, Hasher(1, cost=Cost(8, 1)))
        turns: Any = self.turns
        self.kit = Kit(
            config=self.config,
            clock=self.clock,
            store=self.store,
            login=login,
            pool=turns,
            entry=Entry(login, self.waits, pool=turns, hashing=turns, metrics=metrics),
            bell=self.bell,
            limits=Limits(self.config.limits, metrics),
            certificates=_Certificates(),
            metrics=metrics,
        )
        self.clear = ImapFactory(self.kit, implicit_tls=False, clock=self.turns)
        self.inside = ImapFactory(self.kit, implicit_tls=True, clock=self.turns)

    def rest(self) -> None:
        """Until nothing is left to be done but to wait for a client."""
        self.turns.turn()
        while self.waits.getDelayedCalls():
            self.waits.advance(60)
            self.turns.turn()

    def connect(self, *, tls: bool = False, peer: str = "127.0.0.1") -> Client:
        """A client that has not yet read its greeting."""
        return Client(self, tls=tls, peer=peer)

    def client(self, name: str = "", *, tls: bool = False, peer: str = "127.0.0.1") -> Client:
        """A client, logged in where a name is given."""
        made = self.connect(tls=tls, peer=peer)
        made.read()
        return made.log_in(name) if name else made

    def write(self, deed: Callable[..., object], *args: Any, **kw: Any) -> None:
        """A deed of the operator, and all that it leads to."""
        self.store.write(lambda tx: deed(tx, *args, **kw))
        self.rest()


class _Certificates:
    """Stands where TLS is a mark on the transport."""

    connections = object()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "data"
    store = open_store(folder, clock=OwnClock())
    hasher = Hasher(1, cost=Cost(8, 1))

    def furnish(tx: Tx) -> None:
        plans.publish(tx, plans.parse(plans.bundled() + plans.bundled("plans-demo")))
        domains.add(tx, "example.test")
        for name, plan in ACCOUNTS.items():
            accounts.add(tx, accounts.New(name, hasher.hash(f"demo-{name}-pass"), plan))
        team = members.create(tx, "team", administrator=accounts.find(tx, "alice").id)
        for name in ("bob", "carol"):
            members.add(tx, team.id, accounts.find(tx, name).id)

    store.write(furnish)
    store.close()
    return folder


@pytest.fixture
def open_house(template: Path, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Makes houses with settings of their own in section `imap`."""
    made: list[House] = []

    def make(**settings: object) -> House:
        folder = tmp_path / f"data{len(made)}"
        shutil.copytree(template, folder)
        made.append(House(folder, **settings))
        return made[-1]

    yield make
    for house in made:
        house.store.close()


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house()
