"""The parts of a message, found by their offsets: one pass over the bytes, nothing is copied or decoded.

Invariants: any bytes give a tree and nothing is raised; time and memory are bounded by the limits
below; a boundary counts only as a whole line (RFC 2046 5.1.1), so one that begins like another is
not taken for it; bare LF is read as a line end. A multipart without parts is read as plain text.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from mmap import mmap

from coserver.mail import headers
from coserver.mail.headers import Fields

Data = bytes | mmap

DEEPEST = 50  # levels of parts in parts
MOST_PARTS = 1000
LONGEST_HEADER = 256 * 1024  # bytes of a header that are read
_LONGEST_INNER_HEADER = 32 * 1024  # of a part's header
_MOST_CANDIDATES = 100_000  # lines that begin like a boundary
_LONGEST_BOUNDARY = 500
_MOST_READ = 16 * 1024 * 1024  # bytes of bodies that are looked through in any message
_MOST_TIMES = 8  # and as often as this the whole of a larger one
_BLANKS = 200  # a boundary line may end in so many
_LONGEST_KNOWN = 120
_CHUNK = 1 << 20

Parameters = tuple[tuple[bytes, bytes], ...]

_TOKEN = rb'[^\s/;"()<>@,:\\\[\]?=\x00-\x20\x7f-\xff]{1,127}'
_TYPE = re.compile(rb"(%b)\s*/\s*(%b)" % (_TOKEN, _TOKEN))
_PARAMETER = re.compile(rb';\s*+([^\s=;"]{1,200})\s*+=\s*+(?:"((?:[^"\\]|\\.)*)"?|([^\s;"]*))', re.DOTALL)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_MOST_PARAMETERS = 64
_PLAIN_TEXT: Parameters = ((b"charset", b"us-ascii"),)  # RFC 2045 5.2


@dataclass(slots=True)
class Part:
    """A message or a part of one: its header lies at start..body, its body at body..end.

    `inner` is the message in a message/rfc822 part, `children` are the parts of a multipart.
    """

    start: int
    body: int
    end: int
    fields: Fields
    type: bytes
    subtype: bytes
    parameters: Parameters
    children: "list[Part]" = field(default_factory=list)
    inner: "Part | None" = None


def scan(data: Data) -> Part:
    """The tree of a message."""
    return _Scan(data).message()


def parameters(value: bytes) -> Parameters:
    """The parameters of a structured field, names in lower case, quotes taken off."""
    found = []
    for match in _PARAMETER.finditer(value):
        name, quoted, bare = match.groups()
        if quoted is not None and b"\\" in quoted:
            quoted = _ESCAPE.sub(rb"\1", quoted)
        found.append((name.lower(), bare if quoted is None else quoted))
        if len(found) == _MOST_PARAMETERS:
            break
    return tuple(found)


def lines(data: Data, start: int, end: int) -> int:
    """Lines between two offsets; the last counts without a line end too."""
    if start >= end:
        return 0
    if isinstance(data, bytes):
        found = data.count(b"\n", start, end)
    else:
        found = sum(data[at : min(end, at + _CHUNK)].count(b"\n") for at in range(start, end, _CHUNK))
    return found + (data[end - 1] != 10)


class _Scan:
    """One message being read, and what may still be spent on it."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._parts = MOST_PARTS
        self._candidates = _MOST_CANDIDATES
        self._bytes = _MOST_READ + _MOST_TIMES * len(data)

    def message(self) -> Part:
        return self._part(0, len(self._data), b"text/plain", 0)

    def _part(self, start: int, end: int, default: bytes, depth: int) -> Part:
        self._parts -= 1
        body = self._body(start, end)
        longest = _LONGEST_INNER_HEADER if depth else LONGEST_HEADER
        found = headers.fields(self._data[start : min(body, start + longest)])
        type_, subtype, given = _content_type(found.get(b"content-type"), default)
        part = Part(start, body, end, found, type_, subtype, given)
        if type_ == b"multipart":
            self._divide(part, depth)
        elif type_ == b"message" and subtype == b"rfc822":
            if self._may_enter(part, depth):
                part.inner = self._part(body, end, b"text/plain", depth + 1)
            else:
                part.type, part.subtype, part.parameters = b"application", b"octet-stream", ()
        return part

    def _body(self, start: int, end: int) -> int:
        """Where the body begins: after the first blank line, or at the end where there is none."""
        data = self._data
        if data[start : start + 2] == b"\r\n":
            return min(start + 2, end)
        if data[start : start + 1] == b"\n":
            return min(start + 1, end)
        match = _BLANK_LINE.search(data, start, end)
        return end if match is None else match.end()

    def _may_enter(self, part: Part, depth: int) -> bool:
        """Whether a body may be looked through for parts: not too deep, and not too much is read already."""
        self._bytes -= part.end - part.body
        return depth < DEEPEST and self._parts > 0 and self._bytes >= 0

    def _divide(self, part: Part, depth: int) -> None:
        """Find the parts of a multipart."""
        enter = self._may_enter(part, depth)
        boundary = next((value for name, value in part.parameters if name == b"boundary"), b"").rstrip()
        if enter and 0 < len(boundary) <= _LONGEST_BOUNDARY:
            default = b"message/rfc822" if part.subtype == b"digest" else b"text/plain"  # RFC 2046 5.1.5
            for start, end in self._spans(part, b"\n--" + boundary):
                if self._parts <= 0:
                    break
                part.children.append(self._part(start, end, default, depth + 1))
        if not part.children:
            part.type, part.subtype = (b"text", b"plain") if enter else (b"application", b"octet-stream")
            part.parameters = _PLAIN_TEXT if enter else ()

    def _spans(self, part: Part, marker: bytes) -> list[tuple[int, int]]:
        """Start and end of each part between the boundary lines of a multipart."""
        data, end = self._data, part.end
        found: list[tuple[int, int]] = []
        opened = -1
        at = data.find(marker, max(part.body - 1, 0), end)
        while at >= 0 and self._candidates > 0 and len(found) < self._parts - 1:
            self._candidates -= 1
            after = at + len(marker)
            line_end = data.find(b"\n", after, end)
            if line_end < 0:
                line_end = end
            tail = data[after : min(line_end, after + _BLANKS)].rstrip(b" \t\r")
            if line_end - after < _BLANKS and tail in (b"", b"--"):
                if opened >= 0:
                    before = at - 1 if data[at - 1] == 13 else at
                    found.append((opened, max(opened, before)))
                if tail:
                    return found
                opened = min(line_end + 1, end)
            at = data.find(marker, line_end, end)
        if opened >= 0:
            found.append((opened, end))  # no last boundary, or too many: the rest belongs to the last part
        return found


def _content_type(value: bytes | None, default: bytes) -> tuple[bytes, bytes, Parameters]:
    if value is None or len(value) > _LONGEST_KNOWN:
        return _read_type(value or b"", default)
    return _known_type(value, default)


def _read_type(value: bytes, default: bytes) -> tuple[bytes, bytes, Parameters]:
    match = _TYPE.match(value)
    if match is None:
        type_, _, subtype = default.partition(b"/")
        return type_, subtype, _PLAIN_TEXT if type_ == b"text" else ()
    type_, subtype = match[1].lower(), match[2].lower()
    given = parameters(value[match.end() :]) if b";" in value else ()
    return type_, subtype, given or (_PLAIN_TEXT if type_ == b"text" else ())


_known_type = lru_cache(maxsize=1024)(_read_type)  # most messages say the same few
