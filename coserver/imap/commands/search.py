"""SEARCH (RFC 9051 6.4.4, RFC 4731, RFC 5182, RFC 7162 3.1.5, RFC 5032)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from coserver.imap.commands.values import Command, Result, Search
from coserver.imap.wire import ATOM, Cursor
from coserver.model.errors import HouseError, Malformed
from coserver.model.item import Flag
from coserver.model.search import (
    All,
    And,
    Arrived,
    Flagged,
    Header,
    Key,
    Keyword,
    Larger,
    Modified,
    Not,
    Numbers,
    Older,
    Or,
    Recent,
    Relation,
    Saved,
    Sent,
    Smaller,
    Text,
    Uids,
    Where,
    Younger,
)  # fmt: skip

_CHARSETS = {"US-ASCII": "ascii", "UTF-8": "utf-8"}
_DEEPEST = 50
_MOST_KEYS = 2_000

_SIMPLE: Mapping[str, Key] = MappingProxyType(
    {
        "ALL": All(),
        "ANSWERED": Flagged(Flag.ANSWERED),
        "DELETED": Flagged(Flag.DELETED),
        "DRAFT": Flagged(Flag.DRAFT),
        "FLAGGED": Flagged(Flag.FLAGGED),
        "SEEN": Flagged(Flag.SEEN),
        "UNANSWERED": Flagged(Flag.ANSWERED, present=False),
        "UNDELETED": Flagged(Flag.DELETED, present=False),
        "UNDRAFT": Flagged(Flag.DRAFT, present=False),
        "UNFLAGGED": Flagged(Flag.FLAGGED, present=False),
        "UNSEEN": Flagged(Flag.SEEN, present=False),
        "RECENT": Recent(),
        "OLD": Recent(present=False),
        "NEW": And((Recent(), Flagged(Flag.SEEN, present=False))),
    }
)
_TEXTS = {where.value.upper(): where for where in Where}
_AMOUNTS: Mapping[str, Callable[[int], Key]] = MappingProxyType(
    {"LARGER": Larger, "SMALLER": Smaller, "YOUNGER": Younger, "OLDER": Older}
)
_DAYS = {"BEFORE": Relation.BEFORE, "ON": Relation.ON, "SINCE": Relation.SINCE}


class BadCharsetError(HouseError):
    """A charset that SEARCH does not know: answered by NO [BADCHARSET] with those it does."""


def reading(*, by_uid: bool) -> Callable[[Cursor], Command]:
    """What reads SEARCH or UID SEARCH."""

    def read(cursor: Cursor) -> Command:
        cursor.space()
        results = _results(cursor)
        charset = "utf-8"
        if cursor.accept(b"CHARSET "):
            name = cursor.astring().decode("ascii", "replace").upper()
            if name not in _CHARSETS:
                raise BadCharsetError(f"SEARCH knows {' and '.join(_CHARSETS)}, not {name}.")
            charset = _CHARSETS[name]
            cursor.space()
        return Search(_Reading(cursor, charset).all(), results, by_uid)

    return read


def _results(cursor: Cursor) -> frozenset[Result] | None:
    if not cursor.accept(b"RETURN "):
        return None
    cursor.expect(b"(")
    found: set[Result] = set()
    while not cursor.accept(b")"):
        name = cursor.atom().decode("ascii")
        if name not in Result.__members__:
            raise Malformed(f"{name} is not a return option of SEARCH.")
        found.add(Result(name))
        while cursor.accept(b" "):
            pass
    cursor.space()
    return frozenset(found or {Result.ALL})


class _Reading:
    """Reads search keys; bounded in depth and number."""

    def __init__(self, cursor: Cursor, charset: str) -> None:
        self._cursor = cursor
        self._charset = charset
        self._left = _MOST_KEYS

    def all(self) -> Key:
        """The keys up to the end: all of them must hold."""
        keys = [self._key(0)]
        while not self._cursor.ended:
            self._cursor.space()
            keys.append(self._key(0))
        return keys[0] if len(keys) == 1 else And(tuple(keys))

    def _key(self, depth: int) -> Key:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise Malformed("The search is nested too deeply or has too many keys.")
        cursor = self._cursor
        if cursor.accept(b"("):
            return self._together(depth)
        if cursor.accept(b"$"):
            return Saved()
        if cursor.peek().isdigit() or cursor.peek() == b"*":
            return Numbers(cursor.numbers())
        name = cursor.need(ATOM, "a search key").decode("ascii").upper()
        if name in _SIMPLE:
            return _SIMPLE[name]
        return self._with_argument(name, depth)

    def _together(self, depth: int) -> Key:
        keys = [self._key(depth + 1)]
        while not self._cursor.accept(b")"):
            self._cursor.space()
            keys.append(self._key(depth + 1))
        return keys[0] if len(keys) == 1 else And(tuple(keys))

    def _with_argument(self, name: str, depth: int) -> Key:
        cursor = self._cursor
        if name == "NOT":
            cursor.space()
            return Not(self._key(depth + 1))
        if name == "OR":
            cursor.space()
            first = self._key(depth + 1)
            cursor.space()
            return Or((first, self._key(depth + 1)))
        if name in _TEXTS:
            cursor.space()
            return Text(_TEXTS[name], self._text())
        if name == "HEADER":
            cursor.space()
            field = cursor.astring().decode("ascii", "replace")
            cursor.space()
            return Header(field, self._text())
        return self._counted(name)

    def _counted(self, name: str) -> Key:
        cursor = self._cursor
        if name in _DAYS or (name.startswith("SENT") and name[4:] in _DAYS):
            cursor.space()
            day = cursor.date()
            return Arrived(_DAYS[name], day) if name in _DAYS else Sent(_DAYS[name[4:]], day)
        if name in {"LARGER", "SMALLER", "YOUNGER", "OLDER"}:
            cursor.space()
            number = cursor.number((1 << 63) - 1)
            return _AMOUNTS[name](number)
        if name in {"KEYWORD", "UNKEYWORD"}:
            cursor.space()
            return Keyword(cursor.need(ATOM, "a keyword").decode("ascii"), present=name == "KEYWORD")
        if name == "UID":
            cursor.space()
            return Saved() if cursor.accept(b"$") else Uids(cursor.numbers())
        if name == "MODSEQ":
            return self._modseq()
        raise Malformed(f"{name} is not a search key.")

    def _modseq(self) -> Key:
        """MODSEQ ["entry" type] number: modseqs are kept for whole messages, so the entry tells nothing."""
        self._cursor.space()
        if self._cursor.peek() == b'"':
            self._cursor.string()
            self._cursor.space()
            self._cursor.atom()
            self._cursor.space()
        return Modified(self._cursor.number((1 << 63) - 1))

    def _text(self) -> str:
        raw = self._cursor.astring()
        try:
            return raw.decode(self._charset)
        except UnicodeDecodeError as error:
            raise Malformed(f"The text is not {self._charset.upper()}.") from error
