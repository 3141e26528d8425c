"""Parts of a message: BODY[...], BINARY[...] and the forms of RFC 3501 (RFC 9051 6.4.5)."""

from coserver.imap.commands.values import Part, Section
from coserver.imap.replies import UnknownEncodingError
from coserver.imap.wire import astring
from coserver.mail import headers, parts
from coserver.mail.parts import Span
from coserver.model.errors import TooBig
from coserver.store.blobs import Bytes

_LARGEST_DECODED = 128 * 1024 * 1024  # a part that is decoded is in memory
_LARGEST_HEADER = 4 * 1024 * 1024

_SPANS = {
    Part.ALL: parts.whole,
    Part.HEADER: parts.header,
    Part.FIELDS: parts.header,
    Part.FIELDS_NOT: parts.header,
    Part.MIME: parts.mime,
    Part.TEXT: parts.text,
}


def label(section: Section) -> bytes:
    """The name a section has in the answer."""
    if section.word.startswith("RFC822"):
        return section.word.encode("ascii")
    number = ".".join(map(str, section.number)).encode("ascii")
    part = section.part.value.encode("ascii")
    inside = b".".join(one for one in (number, part) if one)
    if section.fields:
        inside += b" (%b)" % b" ".join(astring(field) for field in section.fields)
    origin = b"<%d>" % section.partial[0] if section.partial is not None else b""
    return b"%b[%b]%b" % (section.word.encode("ascii"), inside, origin)


def piece(section: Section, packed: bytes, body: Bytes) -> tuple[int, int] | bytes | None:
    """Where the octets lie in the message, or ready bytes; None where there is no such part.

    Raises:
        UnknownEncodingError: BINARY of a part in an encoding we do not know.
        TooBig: it is too large to be decoded.
    """
    if section.word.startswith("BINARY"):
        return _binary(section, packed, body)
    span = _SPANS[section.part](packed, section.number)
    if span is None:
        return None
    if section.part in {Part.FIELDS, Part.FIELDS_NOT}:
        block = body.read(span.start, min(span.length, _LARGEST_HEADER))
        chosen = headers.selected(block, section.fields, others=section.part is Part.FIELDS_NOT)
        return _literal(_cut(chosen, section.partial))
    return _clipped(span, section.partial)


def _clipped(span: Span, partial: tuple[int, int] | None) -> tuple[int, int]:
    if partial is None:
        return span.start, span.length
    offset, length = partial
    start = min(offset, span.length)
    return span.start + start, max(0, min(length, span.length - start))


def _cut(data: bytes, partial: tuple[int, int] | None) -> bytes:
    return data if partial is None else data[partial[0] : partial[0] + partial[1]]


def _literal(data: bytes) -> bytes:
    """A literal, of eight bits where it holds NUL (RFC 3516 4.2)."""
    return b"%b{%d}\r\n%b" % (b"~" if b"\x00" in data else b"", len(data), data)


def _binary(section: Section, packed: bytes, body: Bytes) -> bytes | None:
    """BINARY and BINARY.SIZE: the octets without their transfer encoding (RFC 3516)."""
    place = parts.find(packed, section.number)
    if place is None:
        return None
    length = place.end - place.body
    if length > _LARGEST_DECODED:
        raise TooBig("The part is too large to be decoded; fetch it with BODY instead.")
    encoding = place.encoding if section.number else "binary"
    data = parts.decode(body.read(place.body, length), encoding)
    if data is None:
        raise UnknownEncodingError(f"The transfer encoding {encoding} is not known.")
    if section.word == "BINARY.SIZE":
        return b"%d" % len(data)
    return _literal(_cut(data, section.partial))
