"""The byte stream of a client cut into command lines, message text and chunks; no input or output.

Invariants: any chunking of the same bytes gives the same lines and the same text; a line ends at
CRLF and nowhere else, and a message ends at CRLF.CRLF and nowhere else (RFC 5321 2.3.8, 4.1.1.4),
so two servers never see different ends; memory held is bounded by the limits given.
"""

from enum import Enum

COMMAND_LIMIT = 2048  # RFC 5321 4.5.3.1.4 asks for 512 and more for each extension
AUTH_LIMIT = 12288  # RFC 4954 4
TEXT_LINE_LIMIT = 65536  # RFC 5321 4.5.3.1.6 asks for 1000; real mail has longer lines

_CRLF = b"\r\n"
_END = b"\r\n.\r\n"


class Fault(Enum):
    """Why a message is refused once its end was read."""

    UNCLEAN = "bare CR, bare LF or NUL"
    LONG_LINE = "long"
    TOO_BIG = "big"


class Lines:
    """What came in and was not yet taken."""

    __slots__ = ("_buffer", "_head", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._head = b""  # the beginning of an overlong line whose middle was dropped

    def feed(self, data: bytes) -> None:
        """Add bytes as they came from the network."""
        self._buffer += data

    def clear(self) -> None:
        """Forget everything not yet taken: what came before TLS must not count in it (RFC 3207 6)."""
        self._buffer.clear()
        self._scanned = 0
        self._head = b""

    def __len__(self) -> int:
        """Bytes that are here."""
        return len(self._buffer)

    def line(self, limit: int = AUTH_LIMIT) -> bytes | None:
        """The next line without its CRLF; None when more bytes are needed.

        Of a line longer than `limit` only the first `limit` + 1 bytes are given.
        """
        end = self._buffer.find(_CRLF, max(0, self._scanned - 1))
        if end < 0:
            if len(self._buffer) > limit + 1:
                self._head = self._head or bytes(self._buffer[: limit + 1])
                del self._buffer[:-1]
            self._scanned = len(self._buffer)
            return None
        found, self._head = self._head or bytes(self._buffer[: min(end, limit + 1)]), b""
        del self._buffer[: end + 2]
        self._scanned = 0
        return found

    def take(self, count: int) -> bytes:
        """Up to `count` bytes, as many as are here (BDAT, RFC 3030 2)."""
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._scanned = 0
        return found

    def text(self, start: int) -> tuple[bytes, bool]:
        """Dot-stuffed text that can be judged by now, and whether the end of the message was read.

        The buffer must begin with the CRLF before the text: see `Text`. `start` is how much of it
        was looked at before.
        """
        end = self._buffer.find(_END, max(0, start - len(_END)))
        if end >= 0:
            found = bytes(self._buffer[: end + 2])
            del self._buffer[: end + len(_END)]
            return found, True
        cut = self._buffer.rfind(_CRLF, max(0, start - 1))
        if cut <= 0:
            return b"", False
        found = bytes(self._buffer[:cut])
        del self._buffer[:cut]
        return found, False

    def skip(self) -> None:
        """Drop all of an overlong text line but what may begin the end of the message."""
        del self._buffer[: -len(_END)]

    def push_back(self, data: bytes) -> None:
        """Put bytes in front of what is here."""
        self._buffer[:0] = data
        self._scanned = 0


class Purity:
    """Watches message text for what no server may pass on: bare CR or LF, NUL, endless lines."""

    __slots__ = ("_carriage", "_run", "fault", "size")

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.size = 0
        self._run = 0
        self._carriage = False

    def look(self, data: bytes) -> None:
        """Judge the next bytes of the text."""
        if not data or self.fault:
            return
        self.size += len(data)
        if self._carriage:
            data = b"\r" + data
        self._carriage = data.endswith(b"\r")
        if self._carriage:
            data = data[:-1]
        ends = data.count(_CRLF)
        if data.count(b"\r") != ends or data.count(b"\n") != ends or b"\0" in data:
            self.fault = Fault.UNCLEAN  # RFC 5321 2.3.8, RFC 5322 4
        else:
            self._measure(data)

    def close(self) -> None:
        """The text has ended."""
        if self._carriage and not self.fault:
            self.fault = Fault.UNCLEAN

    def _measure(self, data: bytes) -> None:
        if self._run + len(data) <= TEXT_LINE_LIMIT:
            last = data.rfind(_CRLF)
            self._run = self._run + len(data) if last < 0 else len(data) - last - 2
            return
        first, *others = data.split(_CRLF)
        longest = max([self._run + len(first), *map(len, others)])
        self._run = len(others[-1]) if others else self._run + len(first)
        if longest > TEXT_LINE_LIMIT:
            self.fault = Fault.LONG_LINE


class Text:
    """The text after DATA, read to CRLF.CRLF with its dots unstuffed (RFC 5321 4.5.2)."""

    __slots__ = ("_first", "_lines", "_looked", "_purity", "_size", "done", "fault", "limit")

    def __init__(self, lines: Lines, limit: int) -> None:
        self._lines = lines
        self._purity = Purity()
        self._looked = 0
        self._first = True
        self._size = 0
        self.limit = limit
        self.done = False
        self.fault: Fault | None = None
        lines.push_back(_CRLF)  # so that a first line "." is the end as well

    def read(self) -> bytes:
        """The text that is complete by now, b"" when more bytes are needed or the message is bad."""
        raw, self.done = self._lines.text(self._looked)
        self._looked = 0 if self.done else len(self._lines)
        self._purity.look(raw)
        if self.done:
            self._purity.close()
        elif self._looked > TEXT_LINE_LIMIT + 2 * len(_END):
            self._purity.fault = self._purity.fault or Fault.LONG_LINE
            self._lines.skip()
            self._looked = len(self._lines)
        clean = raw.replace(b"\r\n.", _CRLF)
        if self._first and raw:
            self._first = False
            clean = clean[2:]
        self._size += len(clean)
        self.fault = self._purity.fault or (Fault.TOO_BIG if self._size > self.limit else None)
        return b"" if self.fault else clean
