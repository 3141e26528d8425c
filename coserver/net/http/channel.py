"""Connections that speak HTTP: counted in and out, and told in HTTP what is wrong with what they sent."""

from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web import http

from coserver.log import begin_connection
from coserver.model.errors import Busy
from coserver.net.http import replies

_GONE = Failure(ConnectionDone())


class Channel(http.HTTPChannel):
    """A connection that was counted in, and is counted out at its end."""

    identity = ""

    def __init__(self) -> None:
        super().__init__()
        self.leave: Any = None

    def connectionMade(self) -> None:  # noqa: N802
        """Begin."""
        self.identity = begin_connection("http")
        super().connectionMade()

    def connectionLost(self, reason: Failure = _GONE) -> None:  # noqa: N802
        """End."""
        super().connectionLost(reason)
        if self.leave is not None:
            self.leave()

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """A header or the path is too long."""
        self._say(431, "The path or a header of the request is too long.")

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802 (what Twisted calls for all bad syntax)
        self._say(400, "This is not a proper HTTP request, or its headers are too long.")

    def _say(self, status: int, text: str) -> None:
        transport: Any = self.transport
        transport.write(_last_words(status, text))
        self.loseConnection()


class Turned(Protocol):
    """A connection beyond what its address may hold: told so, where that takes no TLS handshake, and ended."""

    def __init__(self, busy: Busy) -> None:
        self._busy = busy

    def connectionMade(self) -> None:  # noqa: N802
        """End before it begins."""
        transport: Any = self.transport
        if ISSLTransport.providedBy(transport):
            transport.abortConnection()
            return
        transport.write(_last_words(503, self._busy.text, "Retry-After: 30\r\n"))
        transport.loseConnection()


def _last_words(status: int, text: str, more: str = "") -> bytes:
    body = f"{text}\n".encode()
    head = f"Content-Type: {replies.TEXT}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}"
    return f"HTTP/1.1 {replies.line(status)}\r\n{head}\r\n".encode() + body
