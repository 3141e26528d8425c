"""What an operation of the API is: where it is, what it takes, what it opens with, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coserver.accounts.api_tokens import Scope
from coserver.accounts.house import House
from coserver.accounts.managing import Asking
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId

LONGEST = 2000  # characters of a text, unless its field says less
_DIGITS = 6  # of the number of a page


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as an operation sees it: for which organisation, with what in its path, its query and its body."""

    house: House
    organisation: PrincipalId
    asking: Asking
    values: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> int:
        """The part of a list that is wanted, from 1 on.

        Raises:
            Malformed: it is no such number.
        """
        asked = self.query.get("page", "1")
        if not (asked.isascii() and asked.isdigit() and 0 < len(asked) <= _DIGITS and int(asked) > 0):
            raise Malformed("page is a number from 1 on.")
        return int(asked)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a body: what it means, whether it must be there, and how many characters it may have."""

    meaning: str
    needed: bool = True
    most: int = LONGEST


@dataclass(frozen=True, slots=True)
class Operation:
    """One of them.

    `path` is written as routes of the portal are. `answer` names a schema; `status` is that of success. A list comes
    in parts where `paged`; `choices` are further words of the query with what may be said. None as `scope`: any token.
    `outward`: as of routes of the portal.
    """

    method: str
    path: str
    deed: Callable[[Call], Any]
    summary: str
    scope: Scope | None
    answer: str
    status: int = 200
    body: Mapping[str, Text] | None = None
    paged: bool = False
    outward: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def checked(operation: Operation, given: object) -> Mapping[str, str]:
    """The body of a request, if it is one of this operation.

    Raises:
        Malformed: something is missing, unknown or too long; it is named.
    """
    wanted = operation.body or {}
    if not isinstance(given, dict):
        raise Malformed("The body of the request is a JSON object.")
    for name in given:
        if name not in wanted:
            raise Malformed(f"{name[:100]!r} is unknown here; there are: {', '.join(wanted) or 'none'}.")
    for name, text in wanted.items():
        if name not in given:
            if text.needed:
                raise Malformed(f"{name} is missing: give it as a text.")
            continue
        _need_text(name, given[name], text.most)
    return given


def asked(operation: Operation, query: Mapping[str, str]) -> Mapping[str, str]:
    """The query of a request, if it is one of this operation; Malformed for what it does not know."""
    for name, value in query.items():
        choices = operation.choices.get(name)
        if choices is None and not (operation.paged and name == "page"):
            raise Malformed(f"{name[:100]!r} is unknown in the query.")
        if choices is not None and value not in choices:
            raise Malformed(f"{name} is one of: {', '.join(choices)}.")
    return query


def _need_text(name: str, value: object, most: int) -> None:
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} is a text, and not empty.")
    if len(value) > most:
        raise Malformed(f"{name} is too long: it has {most} characters at most.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Malformed(f"{name} is not a text in Unicode.") from error
