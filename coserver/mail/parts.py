"""Where the parts of a message lie, for BODY[1.2.MIME] and BINARY[1.2] without parsing it again.

The packed form is one line a part: number, offsets of header, body and end, offset of the text of
an enclosed message (0: it is none), encoding, type and charset. Part 0 is the message itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coserver.mail.charsets import base64, quoted_printable
from coserver.mail.mime import Part
from coserver.mail.structure import encoding

_CHARSET = re.compile(rb"[A-Za-z0-9._:+-]{1,40}")
_AS_IT_IS = frozenset({"7bit", "8bit", "binary"})
_DECODERS = {"base64": base64, "quoted-printable": quoted_printable}


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a message, by offset and length."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Place:
    """One part: its header at header..body, its body at body..end, by offsets in the message.

    `text` is where the text of an enclosed message begins (its header lies at body..text), 0 for
    all but message/rfc822. `encoding`, `type` and `charset` are in lower case.
    """

    number: str
    header: int
    body: int
    end: int
    text: int
    encoding: str
    type: str
    charset: str


def pack(message: Part) -> bytes:
    """The packed form, kept beside the message."""
    lines = [b"0 0 0 %d %d 7bit message/rfc822 -" % (message.end, message.body)]
    lines.extend(_lines(message, b""))
    return b"\n".join(lines)


def unpack(packed: bytes) -> list[Place]:
    """All places, the message itself first, then in order."""
    return [_place(line) for line in packed.decode("ascii").split("\n")]


def find(packed: bytes, number: Sequence[int]) -> Place | None:
    """The place of a part; an empty number is the message itself."""
    wanted = b"%b " % (".".join(map(str, number)) or "0").encode()
    start = 0 if packed.startswith(wanted) else packed.find(b"\n" + wanted) + 1
    if not packed.startswith(wanted, start):
        return None
    end = packed.find(b"\n", start)
    return _place(packed[start : None if end < 0 else end].decode("ascii"))


def whole(packed: bytes, number: Sequence[int]) -> Span | None:
    """BODY[] and BODY[n]: the message, or the body of a part as it lies there (RFC 9051 6.4.5.1)."""
    place = find(packed, number)
    return None if place is None else Span(place.body, place.end - place.body)


def header(packed: bytes, number: Sequence[int]) -> Span | None:
    """BODY[HEADER] and BODY[n.HEADER]: of the message, or of one that is enclosed in a part."""
    place = find(packed, number)
    if place is None or (number and not place.text):
        return None
    return Span(place.body, place.text - place.body)


def text(packed: bytes, number: Sequence[int]) -> Span | None:
    """BODY[TEXT] and BODY[n.TEXT]: what comes after that header."""
    place = find(packed, number)
    if place is None or (number and not place.text):
        return None
    return Span(place.text, place.end - place.text)


def mime(packed: bytes, number: Sequence[int]) -> Span | None:
    """BODY[n.MIME]: the header of a part."""
    place = find(packed, number)
    return None if place is None or not number else Span(place.header, place.body - place.header)


def decode(data: bytes, encoding: str) -> bytes | None:
    """The body of a part without its transfer encoding, for BINARY; None if that is unknown (RFC 3516 4.3)."""
    if encoding in _AS_IT_IS:
        return data
    decoder = _DECODERS.get(encoding)
    return None if decoder is None else decoder(data)


def shifted(packed: bytes, by: int) -> bytes:
    """The packed form of the same message with `by` bytes of header fields more."""
    whole, *others = packed.split(b"\n")
    number, start, body, *rest = whole.split(b" ")  # the message itself begins where it did
    moved = [b" ".join([number, start, body, *_moved(rest[:2], by), *rest[2:]])]
    for line in others:
        number, *rest = line.split(b" ")
        moved.append(b" ".join([number, *_moved(rest[:4], by), *rest[4:]]))
    return b"\n".join(moved)


def _moved(offsets: Sequence[bytes], by: int) -> list[bytes]:
    """Offsets moved on; 0 is none."""
    return [b"%d" % (int(offset) and int(offset) + by) for offset in offsets]


def _place(line: str) -> Place:
    number, start, body, end, inner, encoding, type_, charset = line.split(" ")
    return Place(
        number, int(start), int(body), int(end), int(inner), encoding, type_, "" if charset == "-" else charset
    )


def _lines(message: Part, prefix: bytes) -> Iterator[bytes]:
    """The parts of a message: a multipart's children, or the one part it is (RFC 9051 6.4.5.1)."""
    for position, part in enumerate(message.children or [message], 1):
        yield from _part(part, b"%b%d" % (prefix, position))


def _part(part: Part, number: bytes) -> Iterator[bytes]:
    inner = part.inner.body if part.inner is not None else 0
    kind = b"%b/%b" % (part.type, part.subtype)
    place = (number, part.start, part.body, part.end, inner, encoding(part), kind, _charset(part))
    yield b"%b %d %d %d %d %b %b %b" % place
    if part.inner is not None:
        yield from _lines(part.inner, number + b".")
    elif part.children:
        yield from _lines(part, number + b".")


def _charset(part: Part) -> bytes:
    value = next((value for name, value in part.parameters if name == b"charset"), b"")
    return value.lower() if _CHARSET.fullmatch(value) else b"-"
