"""Sends a body as fast as the client takes it and no faster: constant memory, and an end to stalling."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

Pieces = Callable[[], "bytes | Deferred[bytes]"]  # the next piece each time, empty at the end


@implementer(IPushProducer)
class Pump:
    """A producer for one answer.

    Args:
        request: where the body goes; also has the channel.
        pieces: gives the next piece, or a Deferred of it.
        stalled: seconds a client may take nothing before it is cut off.
        done: called when the last piece was written.
    """

    def __init__(self, request: Any, pieces: Pieces, *, stalled: float, done: Callable[[], None]) -> None:
        self._request = request
        self._pieces = pieces
        self._stalled = stalled
        self._done = done
        self._paused = False
        self._reading = False
        self._stopped = False
        self._going = False
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """Begin to send."""
        self._request.registerProducer(self, True)
        self._go_on()

    def pauseProducing(self) -> None:  # noqa: N802
        """The client takes no more for now."""
        self._paused = True
        if self._timer is None and not self._stopped:
            self._timer = self._request.channel.callLater(self._stalled, self._cut)

    def resumeProducing(self) -> None:  # noqa: N802
        """The client takes more."""
        self._paused = False
        self._stop_timer()
        self._go_on()

    def stopProducing(self) -> None:  # noqa: N802
        """The client went away."""
        self._stopped = True
        self._stop_timer()

    def _go_on(self) -> None:
        if self._going:
            return  # a piece came at once: the loop below sees it
        self._going = True
        while not (self._paused or self._reading or self._stopped):
            self._reading = True
            maybeDeferred(self._pieces).addCallbacks(self._got, self._broke)
        self._going = False

    def _got(self, piece: bytes) -> None:
        self._reading = False
        if self._stopped:
            return
        if not piece:
            self.stopProducing()
            self._request.unregisterProducer()
            self._done()
            return
        self._request.write(piece)
        self._go_on()

    def _broke(self, _reason: Failure) -> None:
        """The head is sent already: only a broken connection tells that the body is not whole."""
        if not self._stopped:
            self._cut()

    def _cut(self) -> None:
        self._timer = None
        self.stopProducing()
        channel = self._request.channel
        if channel is not None:
            channel.forceAbortClient()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
