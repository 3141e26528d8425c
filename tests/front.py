"""A whole HTTP front over a real store, spoken to byte by byte, without sockets, threads or waiting."""

import asyncio
import base64
import itertools
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from coserver.accounts.house import House
from coserver.accounts.opening import open_store
from coserver.auth.login import Login
from coserver.auth.passwords import Hasher, Verdict
from coserver.auth.throttle import Throttle
from coserver.cli import seed
from coserver.config import Config, changed
from coserver.dav.door import DavDoor
from coserver.dav.radicale_app.application import make_calendar_app
from coserver.net.bell import Bell
from coserver.net.entry import Entry
from coserver.net.http.site import Site
from coserver.net.kit import Kit
from coserver.net.limits import Limits
from coserver.net.metrics import Metrics
from coserver.smtp.submitting import Submitter
from coserver.store.engine import Store
from coserver.web.api.door import make_door as make_api_door
from coserver.web.door import WebDoor
from tests.clock import OwnClock
from tests.office import World


class AtOnce:
    """The pool's two ways into the core, taken on the spot; `stopped` makes them wait."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.stopped = False

    def run(self, fn: Callable[..., Any], *args: Any, **kw: Any) -> "Deferred[Any]":
        if not self.stopped:
            return maybeDeferred(fn, *args, **kw)
        late: Deferred[Any] = Deferred()
        self.waiting.append(lambda: maybeDeferred(fn, *args, **kw).chainDeferred(late))
        return late

    def write(self, store: Store, job: Callable[..., Any]) -> "Deferred[Any]":
        return self.run(store.write, job)

    def go_on(self) -> None:
        self.stopped = False
        while self.waiting:
            self.waiting.pop(0)()


class Turns(Clock):
    """Time that stands still, and what other threads want done when the reactor is next turned to."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: deque[Callable[[], object]] = deque()

    def callFromThread(self, deed: Callable[..., object], *args: Any, **kw: Any) -> None:  # noqa: N802
        self._calls.append(lambda: deed(*args, **kw))

    def turn(self) -> None:
        while self._calls:
            self._calls.popleft()()


@dataclass
class Answer:
    """A parsed response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Line:
    """One connection. What the server writes is parsed as it comes."""

    front: "Front"
    transport: Any
    channel: Any
    seen: int = 0
    closed: bool = field(default=False)

    def send(self, data: bytes) -> None:
        self.channel.dataReceived(data)

    def raw(self) -> bytes:
        """What came since the last look."""
        written: bytes = self.transport.value()
        fresh = written[self.seen :]
        self.seen = len(written)
        return fresh

    def request(
        self, verb: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", **more: Any
    ) -> Answer:
        self.send(self.front.head(verb, path, headers, body, **more) + body)
        return self.answer(head=verb == "HEAD")

    def answer(self, *, head: bool = False) -> Answer:
        return parse(self.raw(), head=head)

    @property
    def paused(self) -> bool:
        return bool(self.transport.producerState == "paused")


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Remembering(Hasher):
    """Verifies for real, the same thing only once a run: it is slow on purpose."""

    seen: ClassVar[dict[tuple[str, str | None], Verdict]] = {}

    def verify(self, password: str, verifier: str | None) -> Verdict:
        key = (password, verifier)
        if key not in self.seen:
            self.seen[key] = super().verify(password, verifier)
        return self.seen[key]


class Front:
    """The site, its store and its parts; `who` is who requests log in as."""

    def __init__(self, store: Store, **dav: Any) -> None:
        self.clock: Any = store.clock
        self.reactor = Turns()
        self.pool = AtOnce()
        self.outward: Any = AtOnce()
        self.store = store
        config = changed(Config(), "server", plaintext_on_loopback=True, domain="example.test", plan="demo")
        config = changed(config, "server", operators=("alice",), web="https://house.test")
        config = changed(config, "accounts", sign_up_plan="demo")
        if dav:
            config = changed(config, "dav", **dav)
        metrics = Metrics()
        hasher = Remembering(1)
        throttle = Throttle(store.clock)
        login = Login(self.store, hasher, throttle=throttle)
        pool: Any = self.pool
        loop: Any = self.reactor
        bell = Bell(loop)
        store.subscribe(bell.ring)
        certificates: Any = None
        entry = Entry(login, loop, pool=pool, hashing=pool, metrics=metrics)
        limits = Limits(config.limits, metrics)
        self.kit = Kit(config, self.clock, self.store, login, pool, entry, bell, limits, certificates, metrics)
        self.calls: list[dict[str, Any]] = []
        self._served: Any = None
        self.world = World()
        life, plan = config.accounts, config.server.plan
        self.house = House(store, hasher, plan=plan, life=life, config=config, asks=self.world, throttle=throttle)
        submitter = Submitter(self.kit, lambda: None)
        portal = WebDoor(
            self.kit,
            self.house,
            reactor=loop,
            submit=lambda wanted: maybeDeferred(lambda: asyncio.run(submitter.submit(wanted))),
            outward=self.outward,
        )
        doors = (DavDoor(self.kit, self._calendars), make_api_door(self.kit, self.house, outward=self.outward), portal)
        self.site = Site(self.kit, doors, reactor=loop)

    def serve_calendars(self) -> None:
        """Calendars are the real ones from now on."""
        self._served = make_calendar_app(self.kit)

    def _calendars(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self._served is not None:
            return self._served(environ, start_response)
        self.calls.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("207 Multi-Status", [("Content-Type", "application/xml"), ("DAV", "1, 2")])
        return [b"<calendars/>"]

    basic = staticmethod(basic)

    def connect(self, peer: str = "127.0.0.1") -> Line:
        transport = StringTransport(peerAddress=IPv4Address("TCP", peer, 50_000))
        channel = self.site.buildProtocol(IPv4Address("TCP", peer, 50_000))
        channel.makeConnection(transport)
        return Line(self, transport, channel)

    def head(
        self,
        verb: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        *,
        who: str | None = "alice",
        chunked: bool = False,
    ) -> bytes:
        told = {"Host": "house.test", **(headers or {})}
        if who is not None and "Authorization" not in told:
            told["Authorization"] = basic(who, f"demo-{who}-pass")
        if chunked:
            told["Transfer-Encoding"] = "chunked"
        elif body and "Content-Length" not in told:
            told["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"{verb} {path} HTTP/1.1\r\n{lines}\r\n".encode()

    def ask(
        self, verb: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", **more: Any
    ) -> Answer:
        """One request on a connection of its own."""
        return self.connect().request(verb, path, headers, body, **more)

    def put(self, path: str, body: bytes = b"hello", **headers: str) -> Answer:
        return self.ask("PUT", path, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def spool(self) -> list[Path]:
        """What lies in the spool."""
        return list((self.store.folder / "blobs" / "incoming").iterdir())


def parse(data: bytes, *, head: bool = False) -> Answer:
    """The one response in `data`; a leading 100 is kept as the header `continued`."""
    continued = data.startswith(b"HTTP/1.1 100 ")
    if continued:
        data = data.partition(b"\r\n\r\n")[2]
    top, separator, body = data.partition(b"\r\n\r\n")
    assert separator, f"no response: {data!r}"
    first, *lines = top.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if continued:
        headers["continued"] = "yes"
    status = int(first.split()[1])
    if not head and status not in (204, 304):
        assert len(body) == int(headers["content-length"])
    else:
        assert body == b""
    return Answer(status, headers, body)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded") / "data"
    store = Store.open(folder, clock=OwnClock())
    seed.fill(
        store,
        [*seed.people([]), seed.Row("eve@example.test", "demo-eve-pass", "small", ())],
        threads=2,
        progress=lambda _: None,
    )
    store.close()
    return folder


@pytest.fixture
def fronts(seeded: Path, tmp_path: Path) -> Iterator[Callable[..., Front]]:
    """Makes fronts on stores of their own, with other settings of `[dav]`; `again` opens the same folder."""
    made: list[Front] = []
    numbers = itertools.count()

    def make(*, again: Front | None = None, **dav: Any) -> Front:
        if again is not None:
            again.store.close()
            made.remove(again)
            folder = again.store.folder
        else:
            folder = tmp_path / f"data{next(numbers)}"
            shutil.copytree(seeded, folder)
        made.append(Front(open_store(folder, clock=OwnClock()), **dav))
        return made[-1]

    yield make
    for one in made:
        one.store.close()
