"""The sockets of SMTP and LMTP: aiosmtpd's protocol made fit for the Internet (its only door).

What is taken from aiosmtpd is the life of a connection on asyncio: its stream, its timers, its end.
Reading, the states, the replies and the message itself are the rings below. Invariants: replies go
out in the order of the commands, many in one packet (RFC 2920); no answer before what it says is
durable; our own fault is 451 with an id of the log, never a refusal for good.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from coserver.log import begin_connection, event, failure
from coserver.model.errors import Busy, HouseError
from coserver.net.kit import Kit
from coserver.net.limits import is_loopback
from coserver.smtp import replies
from coserver.smtp.conduct import BATCH, Conduct
from coserver.smtp.envelope import Role, Terms
from coserver.smtp.intake import Intake
from coserver.smtp.lines import Lines
from coserver.smtp.reception import Memory
from coserver.smtp.replies import Reply, of_error, own_fault
from coserver.smtp.session import Session

log = logging.getLogger(__name__)

_READ = 1 << 16
_TLS_SECONDS = 30.0
_LINGER_SECONDS = 5.0
_STOP_SECONDS = 3.0
_GREETINGS = {Role.RELAY: "ESMTP", Role.SUBMISSION: "ESMTP", Role.LMTP: "LMTP"}


@dataclass(frozen=True, slots=True)
class Shared:
    """What all connections of all listeners share."""

    kit: Kit
    intake: Intake
    memory: Memory = field(default_factory=Memory)
    conversations: "set[Conversation]" = field(default_factory=set)
    running: "set[asyncio.Task[Any]]" = field(default_factory=set)


class _Gone(Exception):
    """The client closed its side."""


class Conversation(SMTP):
    """One connection, spoken to under `terms`."""

    def __init__(self, shared: Shared, terms: Terms) -> None:
        self.loop = asyncio.get_running_loop()
        # aiosmtpd's own __init__ inspects every member for each connection, asks the name service
        # for our name, and shares limits between connections; what its methods need is set here
        asyncio.StreamReaderProtocol.__init__(
            self,
            asyncio.StreamReader(limit=_READ, loop=self.loop),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )
        self._handle_hooks: dict[str, Any] = {}
        self._timeout_duration = float(shared.kit.config.smtp.idle_seconds)
        self._timeout_handle: asyncio.TimerHandle | None = None
        self._original_transport: Any = None
        self.session: Any = None
        self.envelope: Any = None
        self.transport: Any = None
        self._handler_coroutine: asyncio.Task[None] | None = None
        self._shared = shared
        self._terms = terms
        self._out: list[bytes] = []
        self._leave: Callable[[], None] | None = None
        self.waiting = False
        self._closing = False
        self.peer = ""
        self.lines = Lines()
        self.ahead: bytes | None = None

    # ------------------------------------------------------------ the life of the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if isinstance(peer, tuple) else ""
        try:
            self._leave = self._shared.kit.limits.enter("smtp", self.peer)
        except Busy:
            transport.write(bytes(replies.TOO_MANY_CONNECTIONS))  # type: ignore[attr-defined]
            transport.close()
            return
        super().connection_made(transport)
        self._shared.conversations.add(self)
        if self._handler_coroutine is not None:
            self._shared.running.add(self._handler_coroutine)
            self._handler_coroutine.add_done_callback(self._shared.running.discard)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone; a message that came whole is still delivered."""
        if self._leave is not None:
            self._leave()
            self._closing = True
            self._shared.conversations.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The client sends no more; what it sent is still answered."""
        self._reader.feed_eof()
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is None

    def _timeout_cb(self) -> None:
        event(log, "smtp-idle", peer=self.peer)
        self.put(replies.IDLE)
        self._hang_up()

    def _hang_up(self) -> None:
        """Send what is waiting and close, whether the client reads or not."""
        self._closing = True
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(b"".join(self._out))
            self._out.clear()
            transport.close()
            if transport.get_write_buffer_size():
                self.loop.call_later(_LINGER_SECONDS, transport.abort)

    def stop(self) -> None:
        """The server ends: a client that is waited for is told so, a busy one ends after its command."""
        self._closing = True
        if self.waiting:
            self.put(replies.SHUTTING_DOWN)
            self._hang_up()

    # ------------------------------------------------------------ the loop

    async def _handle_client(self) -> None:
        begin_connection("smtp")
        loopback = is_loopback(self.peer)
        terms = replace(self._terms, clear_passwords=self._terms.clear_passwords and loopback)
        session = Session(terms, tls=self.transport.get_extra_info("ssl_object") is not None)
        shared = self._shared
        conduct = Conduct(
            self,
            session,
            intake=shared.intake,
            entry=shared.kit.entry,
            memory=shared.memory,
            running=shared.running,
        )
        self.put(Reply(220, "", (f"{terms.hostname} {_GREETINGS[terms.role]} coserver",)))
        turn = 0
        try:
            while not self._closing:
                line = await self.line()
                if not await self._safely(conduct.do(session.on(line)), session):
                    break
                turn += 1
                if turn % BATCH == 0:
                    await asyncio.sleep(0)
        except (_Gone, ConnectionError):
            pass
        finally:
            conduct.abandon()
            self._hang_up()

    async def _safely(self, deed: Awaitable[bool], session: Session) -> bool:
        """The top of this edge: a fault of our own is told as transient and ends the connection."""
        try:
            return await deed
        except (_Gone, ConnectionError):
            raise
        except (ssl.SSLError, TimeoutError):
            event(log, "tls-failed", peer=self.peer)
        except HouseError as error:
            self.put(of_error(error))
            session.reset()
            return True
        except Exception as error:
            self._shared.kit.metrics.faults.labels("smtp").inc()
            self.put(own_fault(failure(log, "smtp-fault", error, peer=self.peer)))
        return False  # what the client sends next may be the middle of a message

    # ------------------------------------------------------------ what conduct sees

    def put(self, answer: Reply) -> None:
        """Queue a reply; it goes out when the client is waited for."""
        self._out.append(bytes(answer))

    async def flush(self) -> None:
        """Send what is queued."""
        if self._out:
            self._writer.write(b"".join(self._out))
            self._out.clear()
            await self._writer.drain()

    async def more(self) -> None:
        """Send what is queued, then wait until there are more bytes in `lines`."""
        await self.flush()
        self.waiting = True
        data = await self._reader.read(_READ)
        self.waiting = False
        if not data:
            raise _Gone
        self.lines.feed(data)

    async def line(self) -> bytes:
        """The next line."""
        found, self.ahead = self.ahead, None
        while found is None:
            found = self.lines.line()
            if found is None:
                await self.more()
        self._reset_timeout()
        return found

    def progress(self) -> None:
        """The client is alive: begin to count its silence anew."""
        self._reset_timeout()

    async def secure(self) -> None:
        """Take up TLS (RFC 3207); what the client sent before it is up is thrown away."""
        await self.flush()
        self.lines.clear()
        self.ahead = None
        self._reader._buffer.clear()  # type: ignore[attr-defined]
        await self._writer.start_tls(self._shared.kit.certificates.ssl_context(), ssl_handshake_timeout=_TLS_SECONDS)
        self.transport = self._writer.transport
        self._reset_timeout()


@dataclass(frozen=True, slots=True)
class SmtpPorts:
    """Where to listen: (host, port) pairs; for LMTP a path of a Unix socket as well."""

    relay: tuple[tuple[str, int], ...] = ()
    submission: tuple[tuple[str, int], ...] = ()
    submissions: tuple[tuple[str, int], ...] = ()
    lmtp: tuple[tuple[str, int] | Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """The listeners that `start` opened."""

    servers: tuple[asyncio.Server, ...]
    shared: Shared

    async def stop(self) -> None:
        """Take no more connections, finish what is being delivered, close the rest within seconds."""
        for server in self.servers:
            server.close()
        for conversation in list(self.shared.conversations):
            conversation.stop()
        running = set(self.shared.running)
        if running:
            _, late = await asyncio.wait(running, timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
        for conversation in list(self.shared.conversations):
            if conversation.transport is not None:
                conversation.transport.abort()


async def start(kit: Kit, ports: SmtpPorts, *, copy: Callable[[], None] = lambda: None) -> Running:
    """Open the listeners on the running asyncio loop.

    Args:
        kit: the house.
        ports: where to listen.
        copy: called, on any thread, when there is mail to be copied to members of groups.

    Raises:
        OSError: an address is in use or not ours.
    """
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's own account of each connection
    shared = Shared(kit, Intake(kit, copy))
    opened: list[asyncio.Server] = []
    loop = asyncio.get_running_loop()
    try:
        for role, places, tls in (
            (Role.RELAY, ports.relay, False),
            (Role.SUBMISSION, ports.submission, False),
            (Role.SUBMISSION, ports.submissions, True),
            (Role.LMTP, ports.lmtp, False),
        ):
            opened += [await _listen(loop, shared, _terms(kit, role), place, tls=tls) for place in places]
    except OSError:
        for server in opened:
            server.close()
        raise
    return Running(tuple(opened), shared)


def _terms(kit: Kit, role: Role) -> Terms:
    return Terms(
        role=role,
        hostname=kit.config.server.name,
        max_bytes=kit.config.smtp.max_message_bytes,
        max_recipients=kit.config.smtp.max_recipients,
        starttls=role is not Role.LMTP,
        clear_passwords=kit.config.server.plaintext_on_loopback,
    )


async def _listen(
    loop: asyncio.AbstractEventLoop, shared: Shared, terms: Terms, place: tuple[str, int] | Path, *, tls: bool
) -> asyncio.Server:
    def made() -> Conversation:
        return Conversation(shared, terms)

    if isinstance(place, Path):
        server = await loop.create_unix_server(made, str(place))
        place.chmod(0o660)
        return server
    context = shared.kit.certificates.ssl_context() if tls else None
    patience = _TLS_SECONDS if tls else None
    return await loop.create_server(made, *place, ssl=context, backlog=1024, ssl_handshake_timeout=patience)
