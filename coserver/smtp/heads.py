"""The head of a message on its way in: what is read of it and what is put before it; no input or output."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

from coserver.smtp.envelope import Envelope, Role
from coserver.smtp.session import Session

HEAD_LIMIT = 1 << 20
MOST_HOPS = 50
_BLANK = b"\r\n\r\n"
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
_NEXT = re.compile(rb"\r\n(?![ \t])")
_UNSAFE = re.compile(r"[^A-Za-z0-9.:_\[\]\-]")


class Head:
    """Gathers the head of a message until its blank line, which it includes."""

    __slots__ = ("_data", "done")

    def __init__(self) -> None:
        self._data = bytearray()
        self.done = False

    def feed(self, data: bytes) -> bytes:
        """Take what belongs to the head and give back the rest."""
        start = max(0, len(self._data) - 3)
        self._data += data
        if self._data.startswith(b"\r\n"):
            end = 2  # no fields at all
        else:
            found = self._data.find(_BLANK, start)
            if found < 0:
                return b""
            end = found + len(_BLANK)
        rest = bytes(self._data[end:])
        del self._data[end:]
        self.done = True
        return rest

    @property
    def too_big(self) -> bool:
        """Whether it passed the limit."""
        return len(self._data) > HEAD_LIMIT

    def __bytes__(self) -> bytes:
        """What was gathered, as it came."""
        return bytes(self._data)


def names(head: bytes) -> list[bytes]:
    """The field names in lower case, in order."""
    return [found.group(1).lower() for found in _FIELD.finditer(head)]


def values(head: bytes, name: bytes) -> list[str]:
    """The unfolded values of every field of that lower-case name (RFC 5322 2.2.3)."""
    found = []
    for line in _NEXT.split(head):
        field, colon, value = line.partition(b":")
        if colon and field.rstrip(b" \t").lower() == name:
            found.append(value.replace(b"\r\n", b"").decode("utf-8", "replace").strip())
    return found


def loops(head: bytes) -> bool:
    """Whether the message came through too many servers (RFC 5321 6.3)."""
    return names(head).count(b"received") > MOST_HOPS


def addresses(value: str) -> list[str]:
    """The addr-specs of an address list (RFC 5322 3.4), comments and display names dropped.

    What cannot be read as an address is given as it stands, so that it equals no address.
    """
    found: list[str] = []
    plain: list[str] = []
    angle: str | None = None
    for piece in _pieces(value):
        if piece in (",", ";"):
            _close(found, plain, angle)
            plain, angle = [], None
        elif piece == ":" and angle is None:
            plain = []  # the name of a group
        elif piece.startswith("<"):
            if angle is not None:
                found.append(angle)
            angle = piece[1:].removesuffix(">").strip() or "<>"
        else:
            plain.append(piece)
    _close(found, plain, angle)
    return found


def _close(found: list[str], plain: list[str], angle: str | None) -> None:
    address = angle if angle is not None else "".join(plain).strip()
    if address:
        found.append(address)


def _pieces(value: str) -> Iterator[str]:
    """Pieces of text, quoted strings and `<...>` whole, and the separators; comments are left out."""
    place, depth, start = 0, 0, 0
    while place < len(value):
        letter = value[place]
        if letter == "\\" and depth:
            place += 2
            continue
        if depth:
            depth += (letter == "(") - (letter == ")")
            start = place + 1
        elif letter in '(<",;:':
            if value[start:place].strip():
                yield value[start:place].strip()
            if letter == "(":
                depth = 1
            elif letter in ",;:":
                yield letter
            else:
                end = _end_of(value, place)
                yield value[place:end]
                place = end - 1
            start = place + 1
        place += 1
    if not depth and value[start:].strip():
        yield value[start:].strip()


def _end_of(value: str, place: int) -> int:
    """Behind the end of the quoted string or the angle address that begins at `place`."""
    quoted = value[place] == '"'
    closing = '"' if quoted else ">"
    inner = False
    place += 1
    while place < len(value):
        letter = value[place]
        if letter == "\\" and (quoted or inner):
            place += 1
        elif letter == '"' and not quoted:
            inner = not inner
        elif letter == closing and not inner:
            return place + 1
        place += 1
    return len(value)


def trace(session: Session, envelope: Envelope, *, peer: str, log_id: str, now: float) -> bytes:
    """Return-Path and Received as they go before the message (RFC 5321 4.4).

    Args:
        session: the conversation the message came in.
        envelope: its transaction.
        peer: the client's network address.
        log_id: what the log calls this message.
        now: seconds since 1970 UTC.
    """
    only = f"\r\n\tfor <{envelope.recipients[0].path}>" if len(envelope.recipients) == 1 else ""
    address = f"IPv6:{peer}" if ":" in peer else peer or "127.0.0.1"  # a Unix socket has no address
    return (
        f"Return-Path: <{envelope.mail.sender}>\r\n"
        f"Received: from {_UNSAFE.sub('?', session.client)} ([{_UNSAFE.sub('?', address)}])\r\n"
        f"\tby {session.terms.hostname} with {protocol(session, utf8=envelope.mail.parameters.smtputf8)}"
        f" id {log_id}{only};\r\n"
        f"\t{date(now)}\r\n"
    ).encode()


def protocol(session: Session, *, utf8: bool) -> str:
    """The `with` keyword (RFC 3848, RFC 6531 4.3)."""
    if not session.extended:
        return "SMTP"
    base = "LMTP" if session.terms.role is Role.LMTP else ("SMTP" if utf8 else "ESMTP")
    return ("UTF8" if utf8 else "") + base + ("S" if session.tls else "") + ("A" if session.who else "")


def date(now: float) -> str:
    """A moment as mail writes it (RFC 5322 3.3)."""
    return format_datetime(datetime.fromtimestamp(int(now), UTC))


def completion(head: bytes, *, now: float, message_id: str) -> bytes:
    """The fields a submission server adds where the client left them out (RFC 6409 8.1, 8.3)."""
    present = names(head)
    added = b""
    if b"date" not in present:
        added += f"Date: {date(now)}\r\n".encode()
    if b"message-id" not in present:
        added += f"Message-ID: <{message_id}>\r\n".encode()
    return added
