"""Content lines of iCalendar and vCard (RFC 5545 3.1, RFC 6350 3.2), read and written without a model of them.

Invariants: any bytes give something or None; work is proportional to their number; what is read keeps
the words of the client, and nothing here decides what they mean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST = 8
WIDEST = 75  # octets of a line (RFC 5545 3.1)

_FOLD = re.compile(r"\r?\n[ \t]")
_BREAK = re.compile(r"\r?\n|\r")
_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")  # a vCard may put a group before the name
_PARAM = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')


@dataclass(frozen=True, slots=True)
class Line:
    """One property; names are in upper case, the values as they were."""

    name: str
    params: tuple[tuple[str, str], ...]
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """A component with its properties and the components in it."""

    name: str
    lines: list[Line] = field(default_factory=list)
    parts: list["Part"] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """The values of a property, without spaces around them."""
        return [line.value.strip() for line in self.lines if line.name == name]


def parse(data: bytes) -> Part | None:
    """The first component of a text; None where it is none, or nested without end."""
    stack: list[Part] = []
    for line in _read(data):
        if line.name == "BEGIN":
            part = Part(line.value.strip().upper())
            if len(stack) == DEEPEST:
                return None
            if stack:
                stack[-1].parts.append(part)
            stack.append(part)
        elif not stack:
            return None
        elif line.name == "END":
            done = stack.pop()
            if not stack:
                return done
        else:
            stack[-1].lines.append(line)
    return None


def folded(line: str) -> bytes:
    """A line with its end, broken where it is too long and never inside a character (RFC 5545 3.1)."""
    left = line.encode()
    out = bytearray()
    room = WIDEST
    while len(left) > room:
        end = room
        while left[end] & 0xC0 == 0x80:
            end -= 1
        out += left[:end] + b"\r\n "
        left = left[end:]
        room = WIDEST - 1
    return bytes(out + left + b"\r\n")


def read(text: str) -> Line | None:
    """A content line without folds; None if it is none."""
    name = _NAME.match(text)
    if name is None:
        return None
    params: list[tuple[str, str]] = []
    end = name.end()
    while (param := _PARAM.match(text, end)) is not None:
        params.append((param[1].upper(), param[2]))
        end = param.end()
    _, colon, value = text[end:].partition(":")
    return Line(name[1].upper(), tuple(params), value) if colon else None


def says(piece: str, name: str, value: str) -> bool:
    """Whether a content line with its folds says just this."""
    line = read(_FOLD.sub("", piece).rstrip("\r\n"))
    return line is not None and line.name == name and line.value.strip().upper() == value


def _read(data: bytes) -> Iterator[Line]:
    """The lines that are properties; others are passed over."""
    for text in _BREAK.split(_FOLD.sub("", data.decode("utf-8", "replace").removeprefix("\ufeff"))):
        line = read(text)
        if line is not None:
            yield line
