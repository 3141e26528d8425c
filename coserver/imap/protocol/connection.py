"""One connection: what arrives goes to the reader, what it makes of it to the commands that run.

Invariants: nothing is read from a client that has too much waiting; before login little is held for
it; one that is silent for too long is put out.
"""

import logging
from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from coserver.imap import replies
from coserver.imap.protocol.bodies import Bodies
from coserver.imap.protocol.calls import Calls
from coserver.imap.protocol.coming import Coming
from coserver.imap.protocol.outlet import Outlet
from coserver.imap.protocol.running import Running
from coserver.imap.reader import BodyData, BodyEnd, BodyStart, Continue, Event, Limits, Reader, Refused
from coserver.imap.session import entry
from coserver.imap.session.state import State
from coserver.log import begin_connection, continue_connection, event
from coserver.model.errors import Busy
from coserver.model.principal import Who
from coserver.net.kit import Kit
from coserver.net.limits import is_loopback

log = logging.getLogger(__name__)

_MOST_WAITING = 50  # commands that were read and not yet run
_MOST_OCTETS = 1 << 20  # of them
_STILL_HERE = 120  # seconds between signs of life to a client that idles: routers forget sooner than clients
_INLINE_BEFORE_LOGIN = 8192
_INLINE_AFTER_LOGIN = 1 << 20


class Connection(Protocol):
    """A client of IMAP.

    Args:
        kit: the parts of the house.
        clock: the reactor, for time limits.
        secure: whether TLS is on from the start.
        ended: called when the connection is gone.
    """

    running: Running
    state: State

    def __init__(self, kit: Kit, clock: IReactorTime, *, secure: bool, ended: "Callable[[Connection], None]") -> None:
        self._kit = kit
        self._clock = clock
        self._secure = secure
        self._ended = ended
        self._bodies = Bodies(kit.store)
        self._leave: Callable[[], None] | None = None
        self._timer: IDelayedCall | None = None
        self._life: IDelayedCall | None = None
        self._paused = False
        self._id = ""

    def connectionMade(self) -> None:  # noqa: N802 -- Twisted's name
        """Greet, or refuse an address that holds too many connections."""
        self._id = begin_connection("imap")
        self._outlet = Outlet(self.transport)
        self.peer: str = getattr(self._outlet.peer, "host", "unix")
        config = self._kit.config
        self.state = State(
            secure=self._secure,
            tls_offered=not self._secure,
            plain_allowed=is_loopback(self.peer) and config.server.plaintext_on_loopback,
            append_limit=config.imap.max_literal_bytes,
        )
        self._reader = Reader(Limits(line=config.imap.max_line_bytes, inline=_INLINE_BEFORE_LOGIN))
        calls = Calls(self._kit, self.peer, entered=self._entered)
        self.running = Running(self._kit, self.state, calls, self._outlet, start_tls=self._start_tls)
        self.running.settled = self._slow_down
        try:
            self._leave = self._kit.limits.enter("imap", self.peer)
        except Busy as error:
            self._outlet.write(replies.untagged(b"BYE", error.text, b"UNAVAILABLE"))
            self._outlet.end()
            return
        self._rest(config.imap.login_seconds)
        self._outlet.write(entry.greeting(self.state))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 -- Twisted's name
        """The client is gone: what it left unfinished is forgotten."""
        self._outlet.closed = True
        self._ended(self)
        if self._leave is not None:
            self._leave()
        for timer in (self._timer, self._life):
            if timer is not None and timer.active():
                timer.cancel()
        self.running.end()
        self._bodies.discard()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 -- Twisted's name
        """Octets of the client."""
        if self._outlet.closed:
            return
        continue_connection(self._id)
        imap = self._kit.config.imap
        self._rest(imap.idle_seconds if self.state.who is not None else imap.login_seconds)
        for found in self._reader.feed(data):
            self._take(found)
        self.running.go_on()

    def _take(self, found: Event) -> None:
        if isinstance(found, BodyStart):
            self._bodies.start()
        elif isinstance(found, BodyData):
            self._bodies.data(found.data)
        elif isinstance(found, BodyEnd):
            self._bodies.end()
        elif isinstance(found, Continue | Refused):
            if isinstance(found, Refused):
                self._bodies.discard()
            self.running.comings.put(Coming(found))
        else:
            if self.state.who is not None:
                self._kit.login.visits.goes_on(self.state.who.account)
            self.running.comings.put(Coming(found, self._bodies.take()))

    def _slow_down(self) -> None:
        """Read no more while too much waits."""
        too_much = len(self.running.comings) > _MOST_WAITING or self.running.comings.octets > _MOST_OCTETS
        if too_much != self._paused and not self._outlet.closed:
            self._paused = too_much
            self._outlet.pause_client() if too_much else self._outlet.resume_client()

    def _entered(self, who: Who) -> None:
        """The client logged in: it may send more now."""
        self._reader.limits.inline = _INLINE_AFTER_LOGIN
        self._reader.limits.body = self.state.append_limit
        event(log, "logged-in", account=who.login, peer=self.peer)
        self._still_here()

    def _still_here(self) -> None:
        """A line now and then for a client that idles, so that nobody on the way thinks the connection dead."""
        if self.running.idling and not self._outlet.waiting:
            self._outlet.write(replies.untagged(b"OK", "Still here"))
        self._life = self._clock.callLater(_STILL_HERE, self._still_here)

    def _start_tls(self) -> None:
        self._outlet.write(replies.tagged(self.state.tag, replies.Done(b"OK", "Begin TLS")))
        self._reader.clear()  # what was sent in clear behind STARTTLS counts for nothing
        self.running.comings.forget()
        self._outlet.start_tls(self._kit.certificates.connections)

    def _rest(self, seconds: float) -> None:
        """Put the client out when nothing comes for so long (RFC 9051 5.4)."""
        if self._timer is not None and self._timer.active():
            self._timer.reset(seconds)
        else:
            self._timer = self._clock.callLater(seconds, self.running.bye, "Nothing came for too long.")
