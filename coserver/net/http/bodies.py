"""Bodies that are answered as a whole: kept in memory, and no longer than they may be."""

from collections.abc import Callable

from twisted.python.failure import Failure

from coserver.model.errors import TooBig
from coserver.net.http.request import Request


class Collected:
    """A sink that gathers a body of at most `most` bytes and hands it on when it is complete.

    Raises TooBig at once where Content-Length tells that it will be longer.
    """

    def __init__(self, request: Request, most: int, then: Callable[[bytes], None]) -> None:
        if (request.body_length or 0) > most:
            raise _too_big(most)
        self._request = request
        self._most = most
        self._then = then
        self._body = bytearray()

    def take(self, data: bytes) -> None:
        """The next piece."""
        if len(self._body) + len(data) > self._most:
            self._body.clear()
            self._request.fail(Failure(_too_big(self._most)))
            return
        self._body += data

    def end(self) -> None:
        """It is complete."""
        self._then(bytes(self._body))

    def lost(self) -> None:
        """The client went away."""
        self._body.clear()


def _too_big(most: int) -> TooBig:
    return TooBig(f"The body of this request can have {most} bytes at most.")
