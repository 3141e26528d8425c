"""A part of a message without its transfer encoding, piece by piece: nothing of it is in memory as a whole.

What comes out is what `parts.decode` makes of the same bytes, where they are well-formed; of what is not, as much as
can be read.
"""

from collections.abc import Iterator

from coserver.mail.charsets import base64, quoted_printable
from coserver.mail.parts import Place
from coserver.store.blobs import Bytes

_PIECE = 262_144  # bytes that are read at a time
_KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DROPPED = bytes(set(range(256)) - set(_KEPT))
_LINE = 10_000  # bytes from which on a line is cut where it is


class Unpacked:
    """The bytes of a part, read once from the beginning to the end; `size` is how many they are.

    Args:
        data: the message.
        place: of the part.
    """

    def __init__(self, data: Bytes, place: Place) -> None:
        self._data, self._place = data, place
        self.size = sum(map(len, self._pieces()))
        self._left = self._pieces()
        self._begun = b""

    def read(self, _offset: int, length: int) -> bytes:
        """The next bytes, `length` of them unless the end comes before."""
        while len(self._begun) < length:
            piece = next(self._left, None)
            if piece is None:
                break
            self._begun += piece
        found, self._begun = self._begun[:length], self._begun[length:]
        return found

    def _pieces(self) -> Iterator[bytes]:
        made = {"base64": self._of_base64, "quoted-printable": self._of_lines}.get(self._place.encoding, self._raw)
        return made()

    def _raw(self) -> Iterator[bytes]:
        for start in range(self._place.body, self._place.end, _PIECE):
            yield self._data.read(start, min(_PIECE, self._place.end - start))

    def _of_base64(self) -> Iterator[bytes]:
        kept = b""
        for piece in self._raw():
            clean = kept + piece.translate(None, _DROPPED)
            whole = len(clean) - len(clean) % 4
            kept = clean[whole:]
            yield base64(clean[:whole])
        yield base64(kept)

    def _of_lines(self) -> Iterator[bytes]:
        kept = b""
        for piece in self._raw():
            lines, end, kept = (kept + piece).rpartition(b"\n")
            if len(kept) > _LINE:
                lines, end, kept = lines + end + kept, b"", b""
            yield quoted_printable(lines + end)
        yield quoted_printable(kept)
