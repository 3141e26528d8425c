"""Parts of a file that a client asks for (RFC 9110 14).

Invariants: pure; a header that is no list of byte ranges is as if it were not there; the parts asked
for are bounded in number and never overlap more than a client needs.
"""

import re
from dataclasses import dataclass

from coserver.dav.conditions import seconds

MOST = 50  # parts in one answer; a client that asks for more gets the whole file

_RANGES = re.compile(r"bytes\s*=\s*(.+)\Z", re.IGNORECASE)
_ONE = re.compile(r"(\d{0,19})\s*-\s*(\d{0,19})\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` to before `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start

    def of(self, size: int) -> str:
        """The value of Content-Range (RFC 9110 14.4)."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class Unsatisfiable(Exception):
    """None of the ranges lies in the file."""


def parts(header: str | None, size: int) -> list[Part] | None:
    """The parts asked for; None when the whole file is to be sent.

    Raises:
        Unsatisfiable: no range lies in the file.
    """
    found = _RANGES.match(header.strip()) if header else None
    if found is None:
        return None
    wanted = found.group(1).split(",")
    if len(wanted) > MOST:
        return None
    result = []
    for text in wanted:
        one = _ONE.match(text.strip())
        if one is None or one.group(1) == one.group(2) == "":
            return None
        part = _part(one.group(1), one.group(2), size)
        if part is not None:
            result.append(part)
    if not result:
        raise Unsatisfiable
    if sum(part.length for part in result) > max(size, 1) * 2:  # overlapping ranges only cost (RFC 9110 14.2)
        return None
    return result


def still_fits(if_range: str | None, etag: str, stamp: int) -> bool:
    """Whether ranges may be answered: the file is still what If-Range names (RFC 9110 13.1.5)."""
    if if_range is None:
        return True
    text = if_range.strip()
    if text.startswith('"'):
        return text == etag
    return seconds(text) == stamp // 1000  # a weak ETag is no date, and never fits


def _part(first: str, last: str, size: int) -> Part | None:
    if not first:
        length = min(int(last), size)
        return Part(size - length, size) if length else None
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    return Part(start, end) if start < end else None
