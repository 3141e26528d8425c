"""The arguments of an operator's verb, read with their types; what is missing or odd is said by name."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from coserver.model.errors import Malformed

E = TypeVar("E", bound=StrEnum)
LONGEST = 2000  # characters of a text
FILES = {"text": 1_000_000, "plans": 1_000_000, "picture": 1_000_000}  # and of what comes out of a file


class Arguments:
    """What came with a verb.

    Args:
        given: names and JSON values.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def text(self, name: str) -> str:
        """A text that must be there, without spaces around it."""
        value = self._given.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Malformed(f"{name} is missing: give it as a text.")
        return _legible(name, value.strip())

    def secret(self, name: str) -> str:
        """A text that must be there, taken as it is."""
        value = self._given.get(name)
        if not isinstance(value, str) or not value:
            raise Malformed(f"{name} is missing: give it as a text.")
        return _legible(name, value)

    def optional(self, name: str, default: str = "") -> str:
        """A text that may be left out."""
        value = self._given.get(name)
        return default if value in (None, "") else self.text(name)

    def given(self, name: str) -> str | None:
        """A text that may be empty, without spaces around it; None when it was left out."""
        value = self._given.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise Malformed(f"{name} is not a text.")
        return _legible(name, value.strip())

    def number(self, name: str) -> int:
        """A number that must be there."""
        value = self._given.get(name)
        if type(value) is not int:
            raise Malformed(f"{name} is missing: give it as a number.")
        return value

    def yes(self, name: str) -> bool:
        """Whether something is wanted; left out means no."""
        return self._given.get(name) is True

    def one(self, name: str, kind: type[E]) -> E:
        """One word of a kind."""
        return _word(name, self.text(name), kind)

    def several(self, name: str, kind: type[E]) -> frozenset[E]:
        """Words of a kind, as a list or separated by commas; at least one."""
        value = self._given.get(name)
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not parts:
            raise Malformed(f"{name} is missing: give some of {_listed(kind)}.")
        return frozenset(_word(name, _legible(name, str(part).strip()), kind) for part in parts)

    def rows(self, name: str) -> list["Arguments"]:
        """A list of further arguments."""
        value = self._given.get(name)
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            raise Malformed(f"{name} is missing: give a list.")
        return [Arguments(row) for row in value]

    def texts(self, name: str) -> list[str]:
        """A list of texts that may be left out."""
        value = self._given.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Malformed(f"{name} is not a list of texts.")
        return [_legible(name, each) for each in value]


def _legible(name: str, value: str) -> str:
    """The text, if it can be kept as UTF-8 and is not too long: what is refused further in is told again in full."""
    most = FILES.get(name, LONGEST)
    if len(value) > most:
        raise Malformed(f"{name} is too long: it has {most} characters at most.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Malformed(f"{name} is not a text in Unicode.") from error
    return value


def _word(name: str, value: str, kind: type[E]) -> E:
    try:
        return kind(value.lower())
    except ValueError as error:
        raise Malformed(f"{value!r} is no {name}: choose of {_listed(kind)}.") from error


def _listed(kind: Iterable[StrEnum]) -> str:
    return ", ".join(kind)
