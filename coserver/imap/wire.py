"""The tokens of IMAP (RFC 9051 9): bytes to values and back, one command or one answer at a time.

Invariant: whatever bytes are given, a reader raises Malformed or nothing. A command is one piece of
bytes with its literals inline; the octets of a message that is being appended are not in it, but a
mark with their number (see coserver.imap.reader).
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone

from coserver.model.errors import Malformed

Ranges = tuple[tuple[int, int | None], ...]  # as sent: both ends in, None for "*"

ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
TAG = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\+]+")
ASTRING = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")
LIST_MAILBOX = re.compile(rb"[^\x00-\x20\x7f(){\"\\]+")  # raw 8-bit names are tolerated
NUMBER = re.compile(rb"[0-9]{1,20}")
QUOTED = re.compile(rb'"((?:[^\x00\r\n"\\]|\\["\\])*)"')
LITERAL = re.compile(rb"(~?)\{([0-9]{1,12})(\+?)\}\r\n")
STREAMED = re.compile(rb"\x00([0-9]{1,4})\x00")  # the mark of a message kept outside the command
_SET = re.compile(rb"(?:[0-9]{1,10}|\*)(?::(?:[0-9]{1,10}|\*))?(?:,(?:[0-9]{1,10}|\*)(?::(?:[0-9]{1,10}|\*))?)*")
_MOST_RANGES = 20_000
_LARGEST = (1 << 32) - 1
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(rb'"?([0-9 ]?[0-9])-([A-Za-z]{3})-([0-9]{4})"?')
_DATE_TIME = re.compile(
    rb'"([0-9 ][0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"'
)
_PLAIN = re.compile(rb"[\x20\x21\x23-\x5b\x5d-\x7e]*")  # needs no escape in a quoted string


class Scanner:
    """Steps through a command from left to right."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """What the pattern finds right here, stepping over it."""
        found = pattern.match(self.data, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def need(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        """What the pattern finds right here."""
        found = self.match(pattern)
        if found is None:
            raise self.wrong(what)
        return found[0]

    def accept(self, text: bytes) -> bool:
        """Step over this text if it is here, whatever its case."""
        end = self.at + len(text)
        if self.data[self.at : end].upper() != text:
            return False
        self.at = end
        return True

    def expect(self, text: bytes) -> None:
        """Step over this text, which must be here."""
        if not self.accept(text):
            raise self.wrong(repr(text.decode("ascii")))

    def space(self) -> None:
        """One space; more are tolerated."""
        self.expect(b" ")
        while self.accept(b" "):
            pass

    def peek(self) -> bytes:
        """The next octet, empty at the end."""
        return self.data[self.at : self.at + 1]

    @property
    def ended(self) -> bool:
        """Whether everything was read."""
        return self.at >= len(self.data)

    def end(self) -> None:
        """Nothing may follow but spaces."""
        while self.accept(b" "):
            pass
        if not self.ended:
            raise self.wrong("the end of the command")

    def wrong(self, wanted: str) -> Malformed:
        """The error that says what was expected here."""
        return Malformed(f"Expected {wanted} at octet {self.at + 1} of the command.")


class Cursor(Scanner):
    """Reads the tokens of IMAP from left to right."""

    __slots__ = ()

    def atom(self) -> bytes:
        """An atom, in upper case."""
        return self.need(ATOM, "a word").upper()

    def number(self, largest: int = _LARGEST) -> int:
        """An unsigned number."""
        value = int(self.need(NUMBER, "a number"))
        if value > largest:
            raise self.wrong(f"a number of up to {largest}")
        return value

    def string(self) -> bytes:
        """A quoted string or a literal."""
        quoted = self.match(QUOTED)
        if quoted is not None:
            return quoted[1].replace(b'\\"', b'"').replace(b"\\\\", b"\\") if b"\\" in quoted[1] else quoted[1]
        return self.literal()

    def literal(self) -> bytes:
        """A literal that is inline."""
        head = self.match(LITERAL)
        if head is None:
            raise self.wrong("a string")
        end = self.at + int(head[2])
        if end > len(self.data):
            raise self.wrong("the octets of a literal")
        data = self.data[self.at : end]
        self.at = end
        if b"\x00" in data and not head[1]:
            raise Malformed("A literal without ~ must not hold NUL.")  # RFC 9051 4.3
        return data

    def astring(self) -> bytes:
        """An atom-like string, a quoted string or a literal."""
        found = self.match(ASTRING)
        return found[0] if found is not None else self.string()

    def nstring(self) -> bytes | None:
        """A string, or NIL."""
        if self.data[self.at : self.at + 3].upper() == b"NIL" and not self.data[self.at + 3 : self.at + 4].isalnum():
            self.at += 3
            return None
        return self.string()

    def streamed(self) -> int:
        """The number of a message that came outside the command."""
        return int(self.need(STREAMED, "the literal of a message")[1:-1])

    def numbers(self) -> Ranges:
        """A sequence set (RFC 9051 9 sequence-set)."""
        text = self.need(_SET, "a sequence set")
        parts = text.split(b",")
        if len(parts) > _MOST_RANGES:
            raise Malformed("The sequence set has too many parts.")
        return tuple(_range(part) for part in parts)

    def text(self) -> str:
        """An astring as unicode: UTF-8, or what is left of it."""
        return self.astring().decode("utf-8", "replace")

    def mailbox(self) -> str:
        """The name of a mailbox (see `mailbox_name`)."""
        return mailbox_name(self.astring())

    def flag(self) -> bytes:
        """A flag or keyword as sent."""
        if self.accept(b"\\"):
            return b"\\" + self.need(ATOM, "a flag")
        return self.need(ATOM, "a flag")

    def flags(self) -> list[bytes]:
        """Flags in parentheses."""
        self.expect(b"(")
        found: list[bytes] = []
        while not self.accept(b")"):
            found.append(self.flag())
            while self.accept(b" "):
                pass
        return found

    def date(self) -> date:
        """A day, as SEARCH has it."""
        found = self.match(_DATE)
        if found is None:
            raise self.wrong("a date like 1-Feb-2026")
        return _day(found[1], found[2], found[3])

    def moment(self) -> datetime:
        """A date with time, as APPEND has it."""
        found = self.match(_DATE_TIME)
        if found is None:
            raise self.wrong('a date-time like "01-Feb-2026 10:00:00 +0000"')
        day = _day(found[1], found[2], found[3])
        offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
        try:
            zone = timezone(offset if found[7] == b"+" else -offset)
            return datetime(day.year, day.month, day.day, int(found[4]), int(found[5]), int(found[6]), tzinfo=zone)
        except ValueError as error:
            raise Malformed("There is no such time.") from error


def _range(part: bytes) -> tuple[int, int | None]:
    low, colon, high = part.partition(b":")
    ends = [None if end == b"*" else int(end) for end in ((low, high) if colon else (low, low))]
    if any(end is not None and not 0 < end <= _LARGEST for end in ends):
        raise Malformed("The numbers of a sequence set run from 1 to 4294967295.")
    first, last = ends
    if first is None:
        return (last, None) if last is not None else (_LARGEST + 1, None)
    return (first, None) if last is None else (min(first, last), max(first, last))


def _day(day: bytes, month: bytes, year: bytes) -> date:
    try:
        return date(int(year), _MONTHS.index(month.decode("ascii").lower()) + 1, int(day))
    except ValueError as error:
        raise Malformed("There is no such day.") from error


# ---------------------------------------------------------------- values to bytes


def quoted(text: bytes) -> bytes:
    """A string: quoted where that can hold it, else a literal."""
    if len(text) <= 1000 and _PLAIN.fullmatch(text):
        return b'"%b"' % text
    if len(text) <= 1000 and not text.translate(None, bytes(range(0x20, 0x7F))):
        return b'"%b"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b"{%d}\r\n%b" % (len(text), text)


def nstring(text: bytes | None) -> bytes:
    """A string or NIL."""
    return b"NIL" if text is None else quoted(text)


def astring(text: bytes) -> bytes:
    """An atom where that can hold it, else a string."""
    return text if ASTRING.fullmatch(text) else quoted(text)


def compact(numbers: Iterable[int]) -> bytes:
    """Ascending numbers as the shortest sequence set; empty for none."""
    parts: list[bytes] = []
    first = last = -1
    for number in numbers:
        if number == last + 1 and last >= 0:
            last = number
            continue
        if last >= 0:
            parts.append(b"%d" % first if first == last else b"%d:%d" % (first, last))
        first = last = number
    if last >= 0:
        parts.append(b"%d" % first if first == last else b"%d:%d" % (first, last))
    return b",".join(parts)


def in_order(numbers: Sequence[int]) -> bytes:
    """Numbers in the order given, as COPYUID needs them (RFC 4315 3): runs are shortened."""
    parts: list[bytes] = []
    start = 0
    while start < len(numbers):
        end = start
        while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        first, last = numbers[start], numbers[end]
        parts.append(b"%d" % first if first == last else b"%d:%d" % (first, last))
        start = end + 1
    return b",".join(parts)


def internal_date(stamp: int) -> bytes:
    """INTERNALDATE of a stamp in milliseconds, in UTC, in quotes."""
    seconds = max(0, min(stamp // 1000, 253_402_300_799))
    moment = datetime.fromtimestamp(seconds, UTC)
    month = _MONTHS[moment.month - 1].capitalize()
    return f'"{moment.day:2d}-{month}-{moment.year:04d} {moment:%H:%M:%S} +0000"'.encode("ascii")


# ---------------------------------------------------------------- names of mailboxes

_SHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")


def mailbox_name(raw: bytes) -> str:
    """The name a client sent: modified UTF-7 (RFC 3501 5.1.3), or UTF-8 (RFC 9051 5.1) where it is that.

    A lone "&" is tolerated, since clients send it.
    """
    if any(octet >= 0x80 for octet in raw):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("The name of the mailbox is neither modified UTF-7 nor UTF-8.") from error
    return _SHIFTED.sub(_unshifted, raw).decode("utf-8")


def _unshifted(found: re.Match[bytes]) -> bytes:
    if not found[1]:
        return b"&"
    try:
        text = (b"+" + found[1].replace(b",", b"/") + b"-").decode("utf-7")
        return text.encode("utf-8")
    except UnicodeError:
        return found[0]


def utf7(name: str) -> bytes:
    """A name as a client that did not enable UTF-8 reads it (RFC 3501 5.1.3)."""
    parts: list[bytes] = []
    run = ""
    for character in name:
        if " " <= character <= "~":
            parts.append(_shifted(run))
            run = ""
            parts.append(b"&-" if character == "&" else character.encode("ascii"))
        else:
            run += character
    parts.append(_shifted(run))
    return b"".join(parts)


def _shifted(run: str) -> bytes:
    if not run:
        return b""
    encoded = b64encode(run.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
    return b"&%b-" % encoded
