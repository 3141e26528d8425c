"""PUT on the drive: refused before the first byte of the body, or streamed to the spool.

Invariant: whether the body may come is asked of the store before `100 Continue`, and the room for it is held from
then on (S13); see `coserver.net.receiving` for the rest.
"""

from functools import partial

from twisted.python.failure import Failure

from coserver.dav import demands
from coserver.dav.asked import Asked
from coserver.documents import files
from coserver.documents.files import Admission
from coserver.documents.paths import Names, Spot
from coserver.model.errors import Exists, Malformed, TooBig
from coserver.net import receiving
from coserver.net.entry import actor
from coserver.net.http.replies import Reply
from coserver.net.http.request import Request
from coserver.net.kit import Kit
from coserver.net.receiving import Arrival, Receiving
from coserver.store.engine import Store
from coserver.store.files import Staged
from coserver.store.tx import Tx


def admit(store: Store, asked: Asked, names: Names, *, length: int | None, largest: int) -> Admission:
    """Whether the body of a PUT may come, and the room for it; blocking, on a pool thread.

    `length` is the Content-Length, None for chunked; `largest` what the configuration allows.

    Raises:
        Malformed, Exists, Missing, Orphan, Denied, Stale, Locked, NoRoom, TooBig.
    """
    if asked.header("Content-Range") is not None:  # RFC 9110 14.5
        raise Malformed("A part of a file cannot be put. Please send the whole file.")
    if (asked.header("Content-Encoding") or "identity").strip().lower() != "identity":
        raise Malformed("Please send the file as it is, without a Content-Encoding.")
    if asked.path.endswith("/"):
        raise Exists("This is the name of a folder. Please leave off the '/' at its end.")
    size = length if length is not None else expected(asked)
    if size is not None and size > largest:
        raise TooBig(f"A file can have {largest} bytes at most.")
    demands.stamp(asked)
    return receiving.admit(
        store, lambda tx: files.admit(tx, asked.who.account, names, demands.terms(asked, names), size=size), size=length
    )


def expected(asked: Asked) -> int | None:
    """The length that Finder tells beside a chunked body; None when it does not.

    Raises:
        Malformed: it is no number.
    """
    text = asked.header("X-Expected-Entity-Length")
    if text is None:
        return None
    if not text.strip().isdecimal() or len(text) > 19:
        raise Malformed("X-Expected-Entity-Length must be a number of bytes.")
    return int(text)


class Upload:
    """The sink of one admitted PUT; lives on the reactor's thread. `largest` is what the configuration allows."""

    def __init__(
        self, kit: Kit, request: Request, asked: Asked, *, names: Names, admission: Admission, largest: int
    ) -> None:
        self._request = request
        self._asked = asked
        arrival = Arrival(admission, largest, partial(_put, asked, names), actor(asked.who, request.peer))
        self._file = Receiving(kit, request, arrival, done=self._told, failed=request.fail)
        self.take, self.lost = self._file.take, self._file.lost

    def end(self) -> None:
        """All of it came."""
        told, received = expected(self._asked), self._file.received
        if self._asked.header("Content-Length") is None and told is not None and told != received:
            text = f"The upload has {received} bytes, but {told} were announced. Please send it again."
            self._file.refuse(Failure(Malformed(text)))
        else:
            self._file.end()

    def _told(self, result: tuple[Spot, bool]) -> None:
        spot, made = result
        headers = [("ETag", demands.etag(spot))]
        if self._asked.header("X-OC-Mtime") is not None:
            headers.append(("X-OC-MTime", "accepted"))
        self._request.answer(Reply(201 if made else 204, tuple(headers)))


def _put(asked: Asked, names: Names, tx: Tx, staged: Staged) -> tuple[Spot, bool]:
    terms, stamp = demands.terms(asked, names), demands.stamp(asked)
    return files.put(tx, asked.who.account, names, staged, stamp=stamp, terms=terms)
