"""A form with files, taken as it comes: its fields first, then one file after the other into the spool.

Invariants: nothing of a file is taken before the form has shown that it is ours and the file may come; one file is
under way at a time, and while it is decided about or kept the browser is not read; files that were kept before
another one was refused stay.
"""

import hmac
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from twisted.python.failure import Failure

from coserver.documents.files import Admission
from coserver.model.errors import Denied, HouseError, Malformed
from coserver.net import receiving
from coserver.net.http.request import Request
from coserver.net.kit import Kit
from coserver.net.receiving import Arrival, Receiving
from coserver.store.files import Staged
from coserver.store.tx import Tx
from coserver.web.forms import Began, Came, Stream
from coserver.web.routes import Files
from coserver.web.visit import Visit

_LONGEST_FIELD = 65_536  # bytes
_USED = 60.0  # seconds from one note that the login is used to the next
_PIECE = 262_144  # bytes of the form that are looked at at a time
_NOT_OURS = "This form was not made for this login. Please open the page again."


@dataclass(frozen=True, slots=True)
class Form:
    """A form with files: what becomes of them, what its path holds, and what is done in the end, once, with the
    visit as it is then. `used` is called now and then on a thread: who sends for long is not without use (R36).
    """

    stream: Stream
    files: Files
    values: Mapping[str, Any]
    end: Callable[[Visit], None]
    used: Callable[[], object]


class Uploads:
    """The sink of such a form; lives on the reactor's thread."""

    def __init__(self, kit: Kit, request: Request, visit: Visit, form: Form) -> None:
        self._kit = kit
        self._request = request
        self._visit = visit
        self._form = form
        self._fields: dict[str, str] = {}
        self._name = ""  # of the field that comes, or of the file
        self._field: bytearray | None = None
        self._file: Receiving[object] | None = None
        self._next = kit.clock.monotonic() + _USED
        self._waiting = False
        self._pending: deque[bytes] = deque()
        self._whole = False
        self._finished = False
        self._over = False

    def take(self, data: bytes) -> None:
        """The next piece of the form."""
        now = self._kit.clock.monotonic()
        if now >= self._next:
            self._next = now + _USED
            self._kit.pool.run(self._form.used).addErrback(lambda _: None)  # the end of the form finds out
        self._pending += [data[start : start + _PIECE] for start in range(0, len(data), _PIECE)]
        self._go_on()

    def end(self) -> None:
        """It is complete."""
        self._whole = True
        self._go_on()

    def lost(self) -> None:
        """The browser went away in the middle."""
        self._over = True
        if self._file is not None:
            self._file.lost()

    # ------------------------------------------------------------ inside

    def _go_on(self) -> None:
        while not (self._waiting or self._over):
            piece = self._guarded(self._form.stream.next)
            if isinstance(piece, Began):
                self._guarded(partial(self._begin, piece))
            elif isinstance(piece, Came):
                self._guarded(partial(self._came, piece))
            elif self._pending:
                self._guarded(partial(self._form.stream.feed, self._pending.popleft()))
            elif self._whole:
                self._guarded(self._complete)
            else:
                break

    def _begin(self, piece: Began) -> None:
        self._name, self._field, self._file = piece.name, None, None
        if piece.filename is None:
            self._field = bytearray()
        elif piece.filename:  # empty where none was chosen
            self._need_ours()
            self._name = piece.filename.replace("\\", "/").rpartition("/")[2]
            self._wait()
            seen, form, name = self._seen(), self._form, self._name
            asked = self._kit.pool.run(
                receiving.admit, self._kit.store, lambda tx: form.files.admit(tx, seen, form.values, name), size=None
            )
            asked.addCallbacks(self._admitted, self._failed)

    def _came(self, piece: Came) -> None:
        if self._file is not None:
            self._file.take(piece.data)
            if piece.last:
                self._wait()
                self._file.end()
        elif self._field is not None:
            self._field += piece.data
            if len(self._field) > _LONGEST_FIELD:
                raise Malformed("A field of this form is too long.")
            if piece.last:
                self._fields[self._name] = self._field.decode("utf-8", "replace")

    def _admitted(self, admission: Admission) -> None:
        arrival = Arrival(admission, self._kit.config.dav.max_file_bytes, self._keep, self._visit.actor)
        self._file = Receiving(self._kit, self._request, arrival, done=self._kept, failed=self._failed)
        if self._over:
            self._file.lost()
            return
        self._resume()

    def _keep(self, tx: Tx, staged: Staged) -> object:
        return self._form.files.keep(tx, self._seen(), self._form.values, self._name, staged)

    def _kept(self, _result: object) -> None:
        self._file = None
        self._resume()

    def _complete(self) -> None:
        if not self._finished:
            self._finished = True
            self._form.stream.finish()
            return
        if not self._form.stream.over:
            raise Malformed("The form broke off. Please send it again.")
        self._need_ours()
        self._finish(self._seen())

    def _need_ours(self) -> None:
        typed = self._fields.get("mark", "")
        if not hmac.compare_digest(typed.encode("utf-8", "replace"), self._visit.mark.encode()):
            raise Denied(_NOT_OURS)

    def _seen(self) -> Visit:
        return replace(self._visit, form=dict(self._fields))

    def _wait(self) -> None:
        self._waiting = True
        self._request.hold()

    def _resume(self) -> None:
        self._waiting = False
        self._request.release()
        self._go_on()

    def _guarded(self, deed: Callable[[], Any]) -> Any:
        """What the house refuses ends it all; None then."""
        try:
            return deed()
        except HouseError as error:
            self._refuse(error)
            return None

    def _failed(self, reason: Failure) -> None:
        error: object = reason.value
        if isinstance(error, HouseError):
            self._refuse(error)
        elif not self._over:
            self._over = True
            self._request.fail(reason)

    def _refuse(self, error: HouseError) -> None:
        if self._over:
            return
        if self._file is not None:
            self._file.lost()
        self._finish(self._seen().failed(error))

    def _finish(self, seen: Visit) -> None:
        self._over = True
        self._form.end(seen)
