"""From the stream of a connection to whole commands, without any input or output of its own.

Invariants: any cutting of the stream into chunks gives the same events; what is held in memory is
bounded by `Limits`. The octets of a message being appended are passed on as they come and leave a
mark in the command; everything else a command holds is inline.
"""

import re
from dataclasses import dataclass, field

_LITERAL = re.compile(rb"(~?)\{([0-9]{1,12})(\+?)\}$")
_APPEND = re.compile(rb"[^ ]+ +APPEND +[^ ]", re.IGNORECASE)
_MOST_BODIES = 200  # messages of one MULTIAPPEND


@dataclass(slots=True)
class Limits:
    """What a client may send: octets of a line, of all inline literals of a command, of all its messages."""

    line: int = 65_536
    inline: int = 65_536
    body: int = 0  # before login nothing is appended


@dataclass(frozen=True, slots=True)
class Command:
    """One whole command, literals inline, without the line's end."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Continue:
    """The client waits for leave to send a literal (RFC 9051 4.3)."""


@dataclass(frozen=True, slots=True)
class BodyStart:
    """The octets of a message follow."""

    size: int


@dataclass(frozen=True, slots=True)
class BodyData:
    """Some of its octets."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BodyEnd:
    """The message is complete."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that is too large: it is dropped, `tag` names it where that was read."""

    tag: bytes
    text: str
    too_big: bool = False
    fatal: bool = False  # the rest of the stream cannot be told apart any more


Event = Command | Continue | BodyStart | BodyData | BodyEnd | Refused


@dataclass(slots=True)
class Reader:
    """Feed it what arrives; it tells what that was."""

    limits: Limits = field(default_factory=Limits)
    _buffer: bytearray = field(default_factory=bytearray)
    _command: bytearray = field(default_factory=bytearray)  # the parts read so far
    _inline: int = 0  # octets of an inline literal still to come
    _body: int = 0  # octets of a message still to come
    _skip: int = 0  # octets of a refused literal still to come
    _bodies: int = 0
    _octets: int = 0  # of all messages of the command
    _in_body: bool = False
    _dropped: Refused | None = None  # the command is refused at its end
    _searched: int = 0
    _dead: bool = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that these octets complete."""
        if self._dead:
            return []
        self._buffer += data
        events: list[Event] = []
        while not self._dead and self._step(events):
            pass
        return events

    def clear(self) -> None:
        """Forget what was buffered: what was sent in clear before TLS counts for nothing."""
        self.__init__(self.limits)  # type: ignore[misc]

    def _step(self, events: list[Event]) -> bool:
        """Take one piece out of the buffer; False when more octets are needed."""
        if self._in_body:
            return self._take_body(events)
        if self._skip:
            taken = min(self._skip, len(self._buffer))
            del self._buffer[:taken]
            self._skip -= taken
            return taken > 0
        if self._inline:
            return self._take_inline()
        return self._take_line(events)

    def _take_body(self, events: list[Event]) -> bool:
        taken = min(self._body, len(self._buffer))
        if taken:
            events.append(BodyData(bytes(self._buffer[:taken])))
            del self._buffer[:taken]
            self._body -= taken
        if self._body:
            return False
        self._in_body = False
        events.append(BodyEnd())
        return True

    def _take_inline(self) -> bool:
        taken = min(self._inline, len(self._buffer))
        self._command += self._buffer[:taken]
        del self._buffer[:taken]
        self._inline -= taken
        return taken > 0

    def _take_line(self, events: list[Event]) -> bool:
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if len(self._buffer) > self.limits.line:
                self._dead = True
                events.append(Refused(self._tag(bytes(self._buffer[:200])), "The line is too long.", fatal=True))
            return False
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        self._searched = 0
        if len(line) > self.limits.line:
            self._dead = True
            events.append(Refused(self._tag(line), "The line is too long.", fatal=True))
            return False
        if b"\x00" in line:
            self._dropped = self._dropped or Refused(self._tag(line), "NUL has no place in a command.")
        literal = _LITERAL.search(line)
        self._command += line
        if literal is not None:
            self._begin_literal(literal, events)
        else:
            self._complete(events)
        return True

    def _begin_literal(self, literal: re.Match[bytes], events: list[Event]) -> None:
        size, waits = int(literal[2]), not literal[3]
        before = bytes(self._command[: len(self._command) - len(literal[0])])
        streamed = self._dropped is None and _APPEND.match(before) is not None
        if self._dropped is None:
            self._dropped = self._judged(size, streamed=streamed)
        if self._dropped is not None:
            self._drop(size, events, waits=waits)
            return
        if waits:
            events.append(Continue())
        if streamed:
            del self._command[len(before) :]
            self._command += b"\x00%d\x00" % self._bodies
            self._bodies += 1
            self._octets += size
            self._body, self._in_body = size, True
            events.append(BodyStart(size))
        else:
            self._command += b"\r\n"
            self._inline = size

    def _judged(self, size: int, *, streamed: bool) -> Refused | None:
        if streamed and (self._octets + size > self.limits.body or self._bodies >= _MOST_BODIES):
            return Refused(
                self._tag(), f"A command may bring messages of up to {self.limits.body} octets here.", too_big=True
            )
        if not streamed and len(self._command) + size > self.limits.inline:
            return Refused(self._tag(), "The command is too long.", too_big=True)
        return None

    def _drop(self, size: int, events: list[Event], *, waits: bool) -> None:
        """Refuse a literal: one that waits is not sent, another is read and thrown away."""
        assert self._dropped is not None  # noqa: S101  (the callers see to it)
        if waits:
            events.append(self._dropped)
            self._reset()
        else:
            self._command.clear()
            self._skip = size

    def _complete(self, events: list[Event]) -> None:
        if self._dropped is not None:
            events.append(self._dropped)
        elif self._command.strip():  # empty lines between commands are ignored
            events.append(Command(bytes(self._command)))
        self._reset()

    def _reset(self) -> None:
        self._command.clear()
        self._bodies = 0
        self._octets = 0
        self._dropped = None

    def _tag(self, line: bytes = b"") -> bytes:
        """The tag of the command that is being read, of which `line` is the latest part."""
        return _tag_of(bytes(self._command[:200]) or line[:200])


def _tag_of(line: bytes) -> bytes:
    found = re.match(rb"[^\x00-\x20\x7f-\xff(){%*\"\\+]{1,100}(?= )", line)
    return found[0] if found else b""
