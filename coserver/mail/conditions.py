"""Search keys as conditions of SQL, as far as they go.

Invariant: a message the key finds always meets the condition; where the condition is exact the
converse holds too, and no message need be looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import reduce
from typing import Any

from sqlalchemy import Boolean, ColumnElement, LargeBinary, and_, literal, not_, or_, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from coserver.mail import words
from coserver.mail.faces import Face
from coserver.model import search
from coserver.model.search import Key, Relation
from coserver.store.schema.mail import message


class _holds(FunctionElement[bool]):  # noqa: N801  (stands among the functions of SQL)
    """Whether bytes hold other bytes."""

    type = Boolean()
    inherit_cache = True


@compiles(_holds)
def _position(element: _holds, compiler: SQLCompiler, **options: Any) -> str:
    whole, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"position({part} in {whole}) > 0"


@compiles(_holds, "sqlite")
def _instr(element: _holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


_DAY = 86_400_000
_MOST_RANGES = 100


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, whether it is exact, and whether it asks the message table."""

    sql: ColumnElement[bool]
    exact: bool
    joined: bool = False


def condition(key: Key, now: int, face: Face) -> Condition:
    """The condition of a key at a time in milliseconds; always true where SQL cannot help."""
    if isinstance(key, search.And):
        return _merged([condition(one, now, face) for one in key.keys], and_)
    if isinstance(key, search.Or):
        return _merged([condition(one, now, face) for one in key.keys], or_)
    if isinstance(key, search.Not):
        inner = condition(key.key, now, face)
        return Condition(not_(inner.sql), True, inner.joined) if inner.exact else _anything()
    word = _word(key)
    if word is not None:
        return Condition(_holds(message.c.words, literal(words.needle(word), LargeBinary)), False, True)
    plain = _plain(key, now, face)
    if plain is None:
        return _anything()
    return Condition(plain, True, isinstance(key, search.Sent))


def day_bounds(relation: Relation, day: date) -> tuple[int | None, int | None]:
    """First millisecond in and first one out of what a relation to a day means; None: no bound."""
    start = int(datetime.combine(day, time.min, UTC).timestamp()) * 1000
    if relation is Relation.BEFORE:
        return None, start
    return start, None if relation is Relation.SINCE else start + _DAY


def _word(key: Key) -> str | None:
    """The text of a key that asks the kept words: one of them, some field, must hold it."""
    match key:
        case search.Text(where, text) if where in words.NAMES:
            return text
        case search.Header(name, text) if text and name.lower() in words.NAMES:
            return text
    return None


def _anything() -> Condition:
    return Condition(true(), False)


def _merged(parts: list[Condition], join: Callable[..., ColumnElement[bool]]) -> Condition:
    if not parts:
        return Condition(true(), True)
    return Condition(
        join(*(part.sql for part in parts)), all(part.exact for part in parts), any(part.joined for part in parts)
    )


def _plain(key: Key, now: int, face: Face) -> ColumnElement[bool] | None:
    of_state = _of_state(key, face)
    return _of_time(key, now, face) if of_state is None else of_state


def _of_state(key: Key, face: Face) -> ColumnElement[bool] | None:  # noqa: PLR0911  (one line a key)
    match key:
        case search.All():
            return true()
        case search.Flagged(flag, present):
            bit: ColumnElement[Any] = face.flags.op("&")(int(flag))
            return bit != 0 if present else bit == 0
        case search.Larger(size):
            return face.size > size
        case search.Smaller(size):
            return face.size < size
        case search.Modified(modseq):
            return face.modseq >= modseq
        case search.Uids(ranges) if 0 < len(ranges) <= _MOST_RANGES:
            return reduce(or_, (_within(face, low, high) for low, high in ranges))
    return None


def _of_time(key: Key, now: int, face: Face) -> ColumnElement[bool] | None:
    match key:
        case search.Arrived(relation, day):
            return _between(face.stamp, *day_bounds(relation, day))
        case search.Sent(relation, day):
            return and_(message.c.sent.is_not(None), _between(message.c.sent, *day_bounds(relation, day)))
        case search.Younger(seconds):
            return face.stamp >= now - seconds * 1000
        case search.Older(seconds):
            return face.stamp <= now - seconds * 1000
    return None


def _between(column: ColumnElement[Any], first: int | None, end: int | None) -> ColumnElement[bool]:
    bounds = [column >= first] if first is not None else []
    return and_(*bounds, column < end) if end is not None else bounds[0]


def _within(face: Face, low: int, high: int | None) -> ColumnElement[bool]:
    return face.uid >= low if high is None else face.uid.between(low, high)
