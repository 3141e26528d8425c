"""The way out to one client: writes, and waits for a client that does not take what is written."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


@implementer(IPushProducer)
class Outlet:
    """Writes to a transport, plain or TLS.

    `held` is what goes on when a client that was too slow takes more again; only one thing waits.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._blocked = False
        self._held: Callable[[], None] | None = None
        self.closed = False
        if hasattr(transport, "setTcpNoDelay"):
            transport.setTcpNoDelay(True)
        transport.registerProducer(self, True)

    @property
    def peer(self) -> Any:
        """The address of the client."""
        return self._transport.getPeer()

    @property
    def waiting(self) -> bool:
        """Whether something waits for the client; nothing else may be written then."""
        return self._held is not None

    def write(self, data: bytes) -> None:
        """Send these bytes."""
        if not self.closed:
            self._transport.write(data)

    def when_free(self, deed: Callable[[], None]) -> bool:
        """True when the client takes more at once; else `deed` is done as soon as it does."""
        if not self._blocked:
            return True
        self._held = deed
        return False

    def pause_client(self) -> None:
        """Read no more from it for now."""
        self._transport.pauseProducing()

    def resume_client(self) -> None:
        """Read on."""
        self._transport.resumeProducing()

    def start_tls(self, connections: object) -> None:
        """Everything from here on is inside TLS."""
        self._transport.unregisterProducer()
        self._transport.startTLS(connections)
        self._transport.registerProducer(self, True)

    def end(self) -> None:
        """Close once everything is sent. Harmless to repeat."""
        if not self.closed:
            self.closed = True
            self._transport.unregisterProducer()
            self._transport.loseConnection()

    def pauseProducing(self) -> None:  # noqa: N802 -- Twisted's name
        """The client does not take what we send: make no more."""
        self._blocked = True

    def resumeProducing(self) -> None:  # noqa: N802 -- Twisted's name
        """It does again."""
        self._blocked = False
        held, self._held = self._held, None
        if held is not None:
            held()

    def stopProducing(self) -> None:  # noqa: N802 -- Twisted's name
        """It is gone."""
        self.closed = True
