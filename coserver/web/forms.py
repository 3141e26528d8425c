"""What is typed into forms, as browsers send it: the door to Werkzeug's reading of both kinds."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from coserver.model.errors import Malformed

MOST_FIELDS = 200
_MEMORY = 1_048_576  # bytes of all fields; the route allows less
_TOO_MANY = "This form has too many fields."


@dataclass(frozen=True, slots=True)
class Form:
    """The last field, and the bytes of the last file, of each name."""

    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


def read(body: bytes, kind: str) -> Form:
    """What was typed and chosen; nothing where it is no form.

    Raises:
        Malformed: there are too many fields.
    """
    media, options = parse_options_header(kind)
    if media == "application/x-www-form-urlencoded":
        return Form(pairs(body))
    parser = FormDataParser(_memory, max_form_memory_size=_MEMORY, max_form_parts=MOST_FIELDS)
    try:
        _, found, chosen = parser.parse(io.BytesIO(body), media, len(body), options)
    except RequestEntityTooLarge as error:
        raise Malformed(_TOO_MANY) from error
    files = {name: chosen.getlist(name)[-1].stream.read() for name in chosen}
    return Form({name: found.getlist(name)[-1] for name in found}, files)


@dataclass(frozen=True, slots=True)
class Began:
    """A field begins, or with a `filename` a file."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class Came:
    """More of what began; `last`: it is complete."""

    data: bytes
    last: bool


class Stream:
    """A form with files, taken apart as it comes (RFC 7578); it keeps no more than it was fed and has not given.

    Raises:
        Malformed: there is no such form, here or in what follows.
    """

    def __init__(self, kind: str) -> None:
        media, options = parse_options_header(kind)
        boundary = options.get("boundary", "")
        if media != "multipart/form-data" or not boundary:
            raise Malformed("This is no form with files.")
        self._decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), _MEMORY, max_parts=MOST_FIELDS)
        self._over = False

    def feed(self, data: bytes) -> None:
        """The next piece of it."""
        self._guarded(lambda: self._decoder.receive_data(data))

    def finish(self) -> None:
        """There is no more of it."""
        self._guarded(lambda: self._decoder.receive_data(None))

    def next(self) -> Began | Came | None:
        """What comes next; None where more is needed, or nothing comes any more."""
        while not self._over:
            event = self._guarded(self._decoder.next_event)
            if isinstance(event, Field | File):
                return Began(event.name or "", event.filename if isinstance(event, File) else None)
            if isinstance(event, Data):
                return Came(event.data, not event.more_data)
            if isinstance(event, Epilogue):
                self._over = True
            elif isinstance(event, NeedData):
                return None
        return None

    @property
    def over(self) -> bool:
        """Whether the form came to its end."""
        return self._over

    def _guarded(self, deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        except (ValueError, RequestEntityTooLarge) as error:
            raise Malformed("This form is broken, or has too many parts. Please send it again.") from error


def _memory(*_told: object, **_more: object) -> io.BytesIO:
    """Where a file goes while its form is read: the route bounds it, so that nothing needs a disk."""
    return io.BytesIO()


def pairs(data: bytes) -> Mapping[str, str]:
    """The pairs of a query, the last one of each name; Malformed if there are too many."""
    try:
        return dict(parse_qsl(data.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise Malformed(_TOO_MANY) from error
