"""A message as people read it: who writes to whom about what, its text, what it looks like, what is attached.

Nothing here raises, whatever the bytes are; what is read is bounded by the limits below, and what is left out is said.
Names and texts are as they came: whoever shows them escapes them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value

from coserver.mail import headers, parts
from coserver.mail.charsets import decoded
from coserver.mail.parts import Place
from coserver.store.blobs import Bytes

MOST_TEXT = 262_144  # bytes of a text that is shown
MOST_PICTURE = 524_288  # bytes of one picture that stands in a text
MOST_PICTURES = 2_097_152  # and of all of them
MOST_PARTS = 200  # that are looked at
_HEAD = 65_536  # bytes of a header
_LINE = 1000  # characters of one field
_NAME = 200  # characters of a file's name
_IDENTITY = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_CONTROLS = dict.fromkeys((*range(32), 127, *range(128, 160), *range(8234, 8239), *range(8294, 8298)), " ")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a message; `senders`, `to` and `cc` as they were written, decoded."""

    senders: str
    to: str
    cc: str
    subject: str
    date: str


@dataclass(frozen=True, slots=True)
class Thread:
    """What an answer needs to know of a message: where it goes, and what it refers to."""

    answer_to: str
    identity: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """A part that is to be kept rather than read: its number in the message (RFC 9051 6.4.5.1)."""

    number: str
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Body:
    """A text of a message; `cut`: there is more of it."""

    text: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a message: plain text, HTML, and what is attached; None where there is none."""

    plain: Body | None
    html: Body | None
    attached: Sequence[Attached]


def heading(data: Bytes) -> Heading:
    """From the first bytes of a message."""
    found = headers.fields(_head(data))
    from_, to, cc, subject, date = (
        _line(headers.text(found.get(name, b""))) for name in (b"from", b"to", b"cc", b"subject", b"date")
    )
    return Heading(from_, to, cc, subject, date)


def thread(data: Bytes) -> Thread:
    """Also from the first bytes; identities that are none are left out."""
    head = _head(data)
    found = headers.fields(head)
    answer_to = found.get(b"reply-to") or found.get(b"from", b"")
    identity = _IDENTITY.findall(headers.text(found.get(b"message-id", b"")))
    references = _IDENTITY.findall(headers.text(b" ".join(headers.values(head, b"References"))))
    return Thread(_line(headers.text(answer_to)), identity[0] if identity else "", tuple(references))


def contents(data: Bytes, packed: bytes) -> Contents:
    """The first text of each kind that is no attachment, and the rest."""
    texts: dict[str, Body] = {}
    attached: list[Attached] = []
    for place, head in _looked_at(data, packed):
        if place.type in ("text/plain", "text/html") and place.type not in texts and not _is_attachment(head):
            texts[place.type] = _text(data, place)
        elif not place.type.startswith("multipart/"):
            attached.append(Attached(place.number, _name(head, place), place.type, _size(place)))
    return Contents(texts.get("text/plain"), texts.get("text/html"), attached)


def pictures(data: Bytes, packed: bytes) -> Mapping[str, tuple[str, bytes]]:
    """Pictures that a text may show, by the id it calls them by (RFC 2392): type and bytes."""
    found: dict[str, tuple[str, bytes]] = {}
    left = MOST_PICTURES
    for place, head in _looked_at(data, packed):
        identity = str(head.get("Content-ID", "")).strip().strip("<>")
        if not identity or place.type not in _PICTURES or _size(place) > min(MOST_PICTURE, left):
            continue
        body = parts.decode(data.read(place.body, place.end - place.body), place.encoding)
        if body:
            found[identity] = (place.type, body)
            left -= len(body)
    return found


def attachment(data: Bytes, packed: bytes, number: str) -> tuple[Attached, Place] | None:
    """One part by its number, and where it lies; None if there is no such part to be kept."""
    for place, head in _looked_at(data, packed):
        if place.number == number and not place.type.startswith("multipart/"):
            return Attached(number, _name(head, place), place.type, _size(place)), place
    return None


def _head(data: Bytes) -> bytes:
    return data.read(0, _HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n"


def _looked_at(data: Bytes, packed: bytes) -> list[tuple[Place, Message]]:
    """The parts but the message itself, each with its header; those within an enclosed message go with that."""
    found: list[tuple[Place, Message]] = []
    within = ""
    for place in parts.unpack(packed)[1 : MOST_PARTS + 1]:
        if within and place.number.startswith(within):
            continue
        start, end = (place.header, place.body) if place.header else (0, place.body)
        found.append((place, BytesHeaderParser().parsebytes(data.read(start, min(end - start, _HEAD)))))
        if place.text:
            within = f"{place.number}."
    return found


def _is_attachment(head: Message) -> bool:
    return str(head.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _text(data: Bytes, place: Place) -> Body:
    size = place.end - place.body
    raw = data.read(place.body, min(size, MOST_TEXT))
    body = parts.decode(raw, place.encoding)
    return Body(decoded(raw if body is None else body, place.charset).replace("\r\n", "\n"), size > MOST_TEXT)


def _name(head: Message, place: Place) -> str:
    """What the file is called, without anything that is a path; empty if it has no name."""
    told = head.get_param("filename", None, "Content-Disposition") or head.get_param("name", None)
    if told is None:
        return f"{place.number}.eml" if place.text else ""
    plain = collapse_rfc2231_value(told)
    text = headers.text(plain.encode("utf-8", "surrogateescape"))
    return _line(text).replace("\\", "/").rpartition("/")[2][:_NAME]


def _size(place: Place) -> int:
    """About how many bytes it has without its encoding."""
    size = place.end - place.body
    return size * 3 // 4 if place.encoding == "base64" else size


def _line(text: str) -> str:
    """On one line, without signs that change the direction or are not seen."""
    return " ".join(text[:_LINE].translate(_CONTROLS).split())
