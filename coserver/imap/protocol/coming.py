"""What a client sent and the session has not come to yet, in the order of its coming."""

from collections import deque
from dataclasses import dataclass, field

from coserver.imap.protocol.bodies import drop
from coserver.imap.protocol.calls import Body
from coserver.imap.reader import Command, Continue, Refused


@dataclass(frozen=True, slots=True)
class Coming:
    """A command, or leave to send a literal, or a refusal."""

    what: Command | Continue | Refused
    bodies: list[Body] = field(default_factory=list)


class Comings:
    """The queue of them."""

    def __init__(self) -> None:
        self._queue: deque[Coming] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._queue)

    @property
    def octets(self) -> int:
        """How much memory they take, roughly."""
        return sum(len(coming.what.raw) for coming in self._queue if isinstance(coming.what, Command))

    def put(self, coming: Coming) -> None:
        """At the end."""
        self._queue.append(coming)

    def put_back(self, coming: Coming) -> None:
        """At the beginning again."""
        self._queue.appendleft(coming)

    def next(self) -> Coming:
        """The first, which is in the queue no more."""
        return self._queue.popleft()

    def forget(self) -> None:
        """Drop them all."""
        for coming in self._queue:
            drop(coming.bodies)
        self._queue.clear()
