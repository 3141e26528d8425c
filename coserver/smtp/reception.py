"""A message on its way in: its head looked at, its bytes put where they can be kept.

Invariants: a refusal met on the way is told once the end of the message was read, never before
(RFC 5321 4.2.5); memory held by all half-received messages together is bounded; what is not
delivered leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass

from coserver.model.errors import HouseError
from coserver.smtp import heads, replies
from coserver.smtp.heads import Head
from coserver.smtp.replies import Reply, of_error
from coserver.store.files import Incoming, Staged

_IN_MEMORY = 1 << 18  # from here on a message lies in a spool file


class Memory:
    """Counts the bytes that half-received messages hold in memory, over all connections."""

    def __init__(self, most: int = 1 << 28) -> None:
        self.most = most
        self.held = 0

    @property
    def spent(self) -> bool:
        """Whether no further message should be begun now."""
        return self.held >= self.most


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came whole: its head as the client sent it, and the bytes with what was put before them.

    `trace` is how long the trace is, `before` how long all of it is: what a client left out comes after the trace.
    """

    head: bytes
    incoming: Incoming
    trace: int = 0
    before: int = 0

    def finish(self) -> Staged:
        """The bytes ready to be kept; for a large message this waits for the disk: on a thread."""
        return self.incoming.finish()


class Reception:
    """Takes the text of one message in pieces.

    Args:
        incoming: where the bytes go.
        trace: what is put before the message.
        complete: gives the fields to be added to a head.
        memory: is told what is held.
        log_id: what the log calls this message.
    """

    def __init__(
        self, incoming: Incoming, *, trace: bytes, complete: Callable[[bytes], bytes], memory: Memory, log_id: str
    ) -> None:
        self.log_id = log_id
        self._incoming = incoming
        self._trace = trace
        self._complete = complete
        self._memory = memory
        self._held = 0
        self._before = 0
        self._head = Head()
        self._last = b""
        self.refusal: Reply | None = None

    def write(self, data: bytes) -> None:
        """Take the next piece; after a refusal it is dropped."""
        if self.refusal or not data:
            return
        if not self._head.done:
            data = self._head.feed(data)
            self._hold(len(bytes(self._head)))
            if self._head.too_big:
                self.refuse(replies.HEAD_TOO_BIG)
            elif self._head.done:
                self._begin(bytes(self._head))
        if self._head.done and data and not self.refusal:
            self._keep(data)

    def refuse(self, refusal: Reply) -> None:
        """The message is not taken; the first reason stays."""
        self.refusal = self.refusal or refusal
        self._incoming.discard()
        self._hold(0)

    def finish(self) -> Arrived | Reply:
        """All was written: the message, or why it is refused. `discard` is still to be called."""
        if not self._head.done and not self.refusal:  # fields only, without the blank line
            self._begin(bytes(self._head))
        if not self.refusal and self._last and not self._last.endswith(b"\r\n"):
            self._keep(b"\r\n")  # possible by BDAT only
        return self.refusal or Arrived(bytes(self._head), self._incoming, len(self._trace), self._before)

    def discard(self) -> None:
        """Let go of what is not kept by now: it was delivered, or never will be."""
        self._incoming.discard()
        self._hold(0)

    def _begin(self, head: bytes) -> None:
        if heads.loops(head):
            self.refuse(replies.LOOP)
        else:
            before = self._trace + self._complete(head)
            self._before = len(before)
            self._keep(before + head)

    def _keep(self, data: bytes) -> None:
        try:
            self._incoming.write(data)
        except HouseError as error:  # the disk is full
            self.refuse(of_error(error))
            return
        self._last = (self._last + data[-2:])[-2:]
        self._hold(self._incoming.size if self._incoming.size <= _IN_MEMORY else 0)

    def _hold(self, size: int) -> None:
        self._memory.held += size - self._held
        self._held = size
