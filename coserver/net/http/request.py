"""One HTTP request on its connection: decided before its body is read, answered once.

Twisted calls `gotLength` when the headers are complete and before it sends `100 Continue`: there the
request is handed to the door it belongs to, and no byte of the body is asked for until that has let it in.
Invariants: the body goes to a sink as it comes, never to a temporary file; an answer before the end of
the body lingers: it reads on for a while, so that the client sees the answer and not a reset.
"""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure
from twisted.web import http

from coserver.log import continue_connection, failure
from coserver.model.errors import HouseError
from coserver.net.http import replies
from coserver.net.http.pump import Pieces, Pump
from coserver.net.http.replies import Reply

log = logging.getLogger(__name__)

LINGER_BYTES = 4 * 1024 * 1024  # read and dropped after an early answer; a shorter body keeps the connection
LINGER_SECONDS = 3.0
_AT_ONCE = 65_536  # a body up to here is written in one piece
_VERBS = frozenset({
    "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PROPFIND", "PROPPATCH", "MKCOL", "MKCALENDAR", "COPY", "MOVE",
    "LOCK", "UNLOCK", "REPORT", "ACL",
})  # fmt: skip


class Sink(Protocol):
    """Where the body of an admitted request goes."""

    def take(self, data: bytes) -> None:
        """The next piece."""

    def end(self) -> None:
        """It is complete: see to the answer."""

    def lost(self) -> None:
        """It broke off; nobody waits for an answer."""


class Door:
    """What an edge makes of the requests that are its own; `name` is what metrics call it."""

    name = ""

    def opens(self, request: "Request") -> bool:
        """Whether a request, whose headers are complete, belongs here."""
        raise NotImplementedError

    def admit(self, request: "Request") -> "Deferred[Sink]":
        """Let a request in, by giving its sink, or fail with what is to be said."""
        raise NotImplementedError

    def refusal(self, request: "Request", error: HouseError) -> Reply:
        """What is answered instead of a request that the house refuses."""
        return replies.plain(replies.status_of(error), error.text)

    def fault(self, request: "Request", identity: str) -> Reply:
        """What is answered when something of ours broke; `identity` finds it in the log."""
        return replies.fault(identity)

    def logged(self, path: bytes) -> bytes:
        """A path as it may be logged."""
        return path


class Front(Protocol):
    """What knows all doors."""

    idle_seconds: float

    def door(self, request: "Request") -> Door:
        """Where a request belongs."""

    def seconds(self) -> float:
        """The reactor's time."""

    def seen(self, door: Door, verb: str, seconds: float) -> None:
        """Count a request that was answered."""

    def broke(self, door: Door) -> None:
        """Count a fault of ours."""


class Rest:
    """What is left of a body after an early answer: read for a while and dropped, then the connection ends."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._dropped = 0
        self._timer: IDelayedCall | None = None

    def begin(self) -> None:
        """The answer is sent."""
        if self._timer is None:
            self._timer = self._channel.callLater(LINGER_SECONDS, self._hang_up)

    def drop(self, count: int) -> None:
        """More of the body came."""
        self._dropped += count
        if self._dropped > LINGER_BYTES:
            self._hang_up()

    def stop(self) -> None:
        """The body ended, or the connection."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _hang_up(self) -> None:
        self.stop()
        self._channel.loseConnection()


class Request(http.Request):
    """A request; `body_length` is what Content-Length says, None for a chunked body. `gone`: so is the client."""

    front: Front
    content = None

    def __init__(self, channel: Any, *args: Any, front: Front) -> None:
        super().__init__(channel, *args)
        self.front = front
        self.door = Door()
        self.body_length: int | None = 0
        self._sink: Sink | None = None
        self._early: list[bytes] = []
        self._expects = False
        self._held = False
        self._whole = False
        self._answered = False
        self.gone = False
        self._flows = False
        self._rest = Rest(channel)
        self._body: Pump | None = None
        self._began = 0.0

    # ------------------------------------------------------------ what it says

    @property
    def secure(self) -> bool:
        """Whether it came over TLS."""
        return bool(self.channel.isSecure())

    @property
    def peer(self) -> str:
        """The address it came from."""
        return str(getattr(self.client, "host", ""))

    # ------------------------------------------------------------ called by the channel

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The headers are complete: ask whether the request may come in."""
        channel = self.channel
        continue_connection(getattr(channel, "identity", ""))
        self._began = self.front.seconds()
        self.method, self.uri, self.clientproto = channel._command, channel._path, channel._version
        self.path, self.args = self.uri.partition(b"?")[0], {}
        self.door = self.front.door(self)
        self.body_length = length
        expect = self.requestHeaders.getRawHeaders(b"Expect", [b""])[0]
        self._expects = expect.lower() == b"100-continue" and self.clientproto == b"HTTP/1.1" and length != 0
        self.requestHeaders.removeHeader(b"Expect")  # the channel would send 100 right after this
        if length != 0:
            self.hold()
        maybeDeferred(self.door.admit, self).addCallbacks(self._admitted, self.fail).addErrback(self.fail)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """A piece of the body came."""
        if self._answered:
            self._rest.drop(len(data))
        elif self._sink is not None:
            self._guarded(self._sink.take, data)
        else:
            self._early.append(data)
            self._pause()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """The body is complete."""
        self._whole = True
        self.release()
        if self._answered:
            self._end()
        elif self._sink is not None:
            self._guarded(self._sink.end)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """The client went away."""
        self.gone = True
        self._rest.stop()
        if self._body is not None:
            self._body.stopProducing()  # below TLS nobody else says so
        if self._sink is not None and not self._answered:
            self._sink.lost()
        super().connectionLost(reason)

    # ------------------------------------------------------------ called by sinks

    def hold(self) -> None:
        """Read no more of the body for now."""
        self._held = True
        self._pause()

    def release(self) -> None:
        """Read on."""
        if self._held and not self.gone:
            self._held = False
            self.channel.resetTimeout()
            self.channel._networkProducer.resumeProducing()

    def answer(self, reply: Reply) -> None:
        """Answer, once; further answers are dropped, as is one that nobody waits for."""
        if not self._begin(reply, len(reply.body)):
            return
        if len(reply.body) <= _AT_ONCE or self.method == b"HEAD":
            self.write(reply.body)
            self._end()
        else:
            self._pump(_pieces(reply.body))

    def stream(self, reply: Reply, length: int | None, pieces: Pieces) -> None:
        """Answer with a body of `length` bytes that is read piece by piece as the client takes it.

        None: it comes as there is something to say, and is no answer that took so long.
        """
        if not self._begin(reply, length):
            return
        self._flows = length is None
        if self.method == b"HEAD":
            self.write(b"")
            self._end()
        else:
            self._pump(pieces)

    def fail(self, reason: Failure) -> None:
        """Answer with what went wrong: the house's word for it, or that it was our fault."""
        error = reason.value
        if isinstance(error, HouseError):
            self.answer(self.door.refusal(self, error))
            return
        self.front.broke(self.door)
        identity = failure(log, "request-fault", error or RuntimeError("no error"), verb=self._verb())
        self.answer(self.door.fault(self, identity))

    # ------------------------------------------------------------ inside

    def _admitted(self, sink: Sink) -> None:
        if self.gone:
            sink.lost()
            return
        self._sink = sink
        if self._expects and not self._whole and not self._early:
            self.channel._send100Continue()  # RFC 9110 10.1.1
        early, self._early = self._early, []
        for data in early:
            if not self._answered:
                sink.take(data)
        self.release()
        if self._whole and not self._answered:
            sink.end()

    def _guarded(self, deed: Callable[..., None], *args: object) -> None:
        """A sink that raises must not bring the connection down."""
        try:
            deed(*args)
        except Exception:
            self.fail(Failure())

    def _begin(self, reply: Reply, length: int | None) -> bool:
        if self._answered or self.gone:
            return False
        self._answered = True
        self._early = []
        self.setResponseCode(reply.status, replies.PHRASES.get(reply.status, "Status").encode())
        for name, value in reply.headers:
            self.responseHeaders.addRawHeader(name.encode("latin-1"), value.encode("latin-1"))
        self.responseHeaders.setRawHeaders(b"Date", [http.datetimeToString()])  # RFC 9110 6.6.1
        if reply.status not in http.NO_BODY_CODES and length is not None:
            self.responseHeaders.setRawHeaders(b"Content-Length", [str(length).encode()])
        if self._must_close():
            self.channel.persistent = False
            self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        return True

    def _must_close(self) -> bool:
        """What is left of the body may be long, or may never come."""
        if self._whole:
            return False
        return self._expects or self.body_length is None or self.body_length > LINGER_BYTES

    def _pump(self, pieces: Pieces) -> None:
        self._body = Pump(self, pieces, stalled=self.front.idle_seconds, done=self._end)
        self._body.start()

    def _end(self) -> None:
        """The answer is written: end, or wait for the rest of the body."""
        if self.gone:
            return
        if not self._whole:
            self._rest.begin()
            self.release()
            return
        self._rest.stop()
        if not self._flows:
            self.front.seen(self.door, self._verb(), self.front.seconds() - self._began)
        self.finish()

    def _pause(self) -> None:
        if not self.gone and not self._whole:
            self.channel._networkProducer.pauseProducing()

    def _verb(self) -> str:
        verb = self.method.decode("latin-1")
        return verb if verb in _VERBS else "other"


def _pieces(body: bytes) -> Pieces:
    """A body in memory, piece by piece."""
    position = 0

    def following() -> bytes:
        nonlocal position
        piece = body[position : position + _AT_ONCE]
        position += len(piece)
        return piece

    return following
