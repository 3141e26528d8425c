"""The content lines of an event while some of them are changed, and every other byte stays.

Invariant: only properties of the event itself are touched, of a series those of the series; not those of its alarms,
of changed instances, or of the calendar around it.
"""

from collections.abc import Iterator

from coserver.pim import contact, lines


class Component:
    """The content lines of an object while those of its event are changed."""

    def __init__(self, data: bytes) -> None:
        self._pieces = contact.pieces(data)

    def text(self, name: str, before: str, given: str) -> None:
        """Let a property say another text, with the parameters that do not say how it is written."""
        if before != given:
            at = next(self._at(name), None)
            line = None if at is None else contact.content(self._pieces[at])
            told = "".join(f";{key}={value}" for key, value in (line.params if line else ()) if key == "LANGUAGE")
            self.put(name, f"{name}{told}:{_escaped(given)}" if given else "")

    def put(self, name: str, line: str) -> None:
        """Let the only property of that name be this; an empty one removes it."""
        there = list(self._at(name))
        if there and line:
            self._pieces[there.pop(0)] = lines.folded(line).decode()
        elif line:
            self._pieces.insert(self._span()[1], lines.folded(line).decode())
        for at in reversed(there):
            del self._pieces[at]

    def define(self, definition: str) -> None:
        """Let a zone be defined before the event."""
        self._pieces.insert(self._span()[0], definition)

    def written(self) -> bytes:
        """All of it."""
        return "".join(self._pieces).encode()

    def _span(self) -> tuple[int, int]:
        """Where the event begins and ends; of a series, the series itself."""
        starts = [at for at, piece in enumerate(self._pieces) if lines.says(piece, "BEGIN", "VEVENT")]
        ends = [at for at, piece in enumerate(self._pieces) if lines.says(piece, "END", "VEVENT")]
        spans = list(zip(starts, ends, strict=False))
        whole = [span for span in spans if not any(True for _ in self._named("RECURRENCE-ID", span))]
        return (whole or spans)[0]

    def _at(self, name: str) -> Iterator[int]:
        return self._named(name, self._span())

    def _named(self, name: str, span: tuple[int, int]) -> Iterator[int]:
        """Where its own properties of that name are, not those of its alarms."""
        depth = 0
        for at in range(span[0] + 1, span[1]):
            line = contact.content(self._pieces[at])
            if line is None:
                continue
            depth += {"BEGIN": 1, "END": -1}.get(line.name, 0)
            if depth == 0 and line.name == name:
                yield at


def _escaped(text: str) -> str:
    """RFC 5545 3.3.11"""
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")
