"""The messages of an APPEND as they come in: hashed and spooled, never whole in memory."""

from coserver.imap.protocol.calls import Body
from coserver.model.errors import Busy
from coserver.store.engine import Store
from coserver.store.files import Incoming, Staged


class Bodies:
    """Takes the octets of one command's messages."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._incoming: Incoming | None = None
        self._failed: Busy | None = None
        self._taken: list[Body] = []

    def start(self) -> None:
        """Another message begins."""
        self._incoming = self._store.incoming()
        self._failed = None

    def data(self, octets: bytes) -> None:
        """Some of its octets; where the disk is full the rest is thrown away."""
        if self._incoming is None or self._failed is not None:
            return
        try:
            self._incoming.write(octets)
        except Busy as error:
            self._failed = error

    def end(self) -> None:
        """It is complete."""
        if self._incoming is None:
            return
        try:
            self._taken.append(self._failed or self._incoming.finish())
        except Busy as error:
            self._taken.append(error)
        self._incoming = None

    def take(self) -> list[Body]:
        """All that came since the last time."""
        taken, self._taken = self._taken, []
        return taken

    def discard(self) -> None:
        """Forget everything that was not taken."""
        if self._incoming is not None:
            self._incoming.discard()
            self._incoming = None
        drop(self.take())


def drop(bodies: list[Body]) -> None:
    """Remove the spool files of bodies nobody kept; harmless for those that were kept."""
    for body in bodies:
        if isinstance(body, Staged):
            body.discard()
