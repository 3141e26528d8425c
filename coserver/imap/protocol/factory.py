"""Makes connections, and ends them all when the house stops."""

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory

from coserver.imap.protocol.connection import Connection
from coserver.net.kit import Kit


class ImapFactory(Factory):
    """Listens for IMAP.

    Args:
        kit: the parts of the house.
        implicit_tls: whether the connections it gets are inside TLS already.
        clock: the reactor, for time limits.
    """

    noisy = False

    def __init__(self, kit: Kit, *, implicit_tls: bool, clock: IReactorTime) -> None:
        self._kit = kit
        self._clock = clock
        self._implicit_tls = implicit_tls
        self._open: set[Connection] = set()

    def buildProtocol(self, addr: IAddress | None) -> Connection:  # noqa: N802 -- Twisted's name
        """A connection of its own for each client."""
        made = Connection(self._kit, self._clock, secure=self._implicit_tls, ended=self._open.discard)
        made.factory = self
        self._open.add(made)
        return made

    async def stop(self) -> None:
        """Tell every client that the house stops."""
        for connection in list(self._open):
            connection.running.bye("The server is stopping. Please come back in a moment.")
