"""What people read in a message: its headers and text parts, decoded and folded, for SEARCH.

Nothing is read before it is asked for. A text part counts up to LONGEST bytes.
"""

from collections.abc import Iterator

from coserver.mail import headers, parts
from coserver.mail.charsets import decoded, folded
from coserver.mail.parts import Place
from coserver.store.blobs import Bytes

LONGEST = 32 * 1024 * 1024


class Texts:
    """The texts of one message, read from its bytes part by part."""

    def __init__(self, data: Bytes, packed: bytes) -> None:
        self._data = data
        self._places = parts.unpack(packed)
        self._header: str | None = None
        self._bodies: list[str] = []

    @property
    def header(self) -> str:
        """The header of the message."""
        if self._header is None:
            self._header = self._header_text(0, self._places[0].text)
        return self._header

    def field(self, name: str) -> list[str]:
        """The values of all fields of that name."""
        block = self._data.read(0, min(self._places[0].text, LONGEST))
        found = headers.values(block, name.encode("ascii", "replace"))
        return [folded(headers.text(value)) for value in found]

    def body(self) -> Iterator[str]:
        """The text parts, and the headers of enclosed messages."""
        for position, place in enumerate(self._places[1:]):
            if position == len(self._bodies):
                self._bodies.append(self._part(place))
            yield self._bodies[position]

    def mime(self) -> Iterator[str]:
        """The headers of parts, where file names stand."""
        for place in self._places[1:]:
            if place.header:  # a message of one part has but its own header
                yield self._header_text(place.header, place.body)

    def _part(self, place: Place) -> str:
        if place.text:
            return self._header_text(place.body, place.text)
        if not place.type.startswith("text/"):
            return ""
        raw = self._data.read(place.body, min(place.end - place.body, LONGEST))
        plain = parts.decode(raw, place.encoding)
        return folded(decoded(raw if plain is None else plain, place.charset))

    def _header_text(self, start: int, end: int) -> str:
        return folded(headers.text(headers.unfolded(self._data.read(start, min(end - start, LONGEST)))))
