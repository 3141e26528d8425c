"""Reading messages in bulk: the columns FETCH, SEARCH and SELECT ask for, as plain tuples.

What is read is what the account of the sight may see, and as it sees it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, bindparam

from coserver.mail.faces import Face
from coserver.mail.sights import Sight
from coserver.model.ids import BlobId
from coserver.model.item import Flag
from coserver.store import blobs
from coserver.store.blobs import Bytes
from coserver.store.schema.mail import message
from coserver.store.tx import Tx

Ranges = Sequence[tuple[int, int | None]]  # of uids, both ends in, not overlapping; None: no upper end
EVERY: Ranges = ((1, None),)
_AT_ONCE = 1000  # single uids in one statement
_MOST_QUERIES = 16  # wide ranges asked one by one; more are read as one and sifted


class Column(StrEnum):
    """What can be asked of a message: its own state, or what was rendered at delivery."""

    MODSEQ = "modseq"
    FLAGS = "flags"
    KEYWORDS = "keywords"
    SIZE = "size"
    STAMP = "stamp"
    BLOB = "blob"
    ENVELOPE = "envelope"
    STRUCTURE = "structure"
    PARTS = "parts"
    WORDS = "words"
    SENT = "sent"


_OF_ITEM: dict[Column, Callable[[Face], ColumnElement[Any]]] = {
    Column.MODSEQ: attrgetter("modseq"),
    Column.FLAGS: attrgetter("flags"),
    Column.KEYWORDS: attrgetter("keywords"),
    Column.SIZE: attrgetter("size"),
    Column.STAMP: attrgetter("stamp"),
    Column.BLOB: attrgetter("blob"),
}
_OF_MESSAGE: dict[Column, ColumnElement[Any]] = {
    Column.ENVELOPE: message.c.envelope,
    Column.STRUCTURE: message.c.structure,
    Column.PARTS: message.c.parts,
    Column.WORDS: message.c.words,
    Column.SENT: message.c.sent,
}


def rows(tx: Tx, sight: Sight, ranges: Ranges, columns: Sequence[Column], *, since: int = 0) -> list[tuple[Any, ...]]:
    """`(uid, *columns)` of each message in the ranges, by uid.

    With `since` only those changed after that modseq (CHANGEDSINCE, RFC 7162 3.1.4.1).
    """
    asked, face = tuple(columns), sight.face
    if since:
        found = tx.execute(_changed(face, asked), {**sight.names, "since": since}).all()
        return _seen(sight, sorted(_within(cast(list[tuple[Any, ...]], found), ranges), key=_first))
    singles = [low for low, high in ranges if low == high]
    wide = [(low, high) for low, high in ranges if low != high]
    if len(wide) > _MOST_QUERIES:
        return _seen(sight, _sifted(tx, _between(face, asked), sight.names, ranges))
    return _seen(sight, _by_ranges(tx, sight, asked, wide, singles=singles))


def _by_ranges(
    tx: Tx, sight: Sight, asked: tuple[Column, ...], wide: Ranges, *, singles: Sequence[int]
) -> list[tuple[Any, ...]]:
    found: list[Any] = []
    for low, high in wide:
        statement = _from(sight.face, asked) if high is None else _between(sight.face, asked)
        found += tx.execute(statement, {**sight.names, "low": low, "high": high}).all()
    for start in range(0, len(singles), _AT_ONCE):
        names = {**sight.names, "uids": singles[start : start + _AT_ONCE]}
        found += tx.execute(_among(sight.face, asked), names).all()
    if len(wide) + (len(singles) > 0) > 1 or len(singles) > _AT_ONCE:
        found.sort(key=_first)
    return cast(list[tuple[Any, ...]], found)


def _seen(sight: Sight, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows without what is withheld."""
    return [row for row in found if row[0] not in sight.withheld] if sight.withheld else found


def latest(tx: Tx, sight: Sight, columns: Sequence[Column], *, skip: int, most: int) -> list[tuple[Any, ...]]:
    """The same of so many messages, after having skipped so many, from the highest uid down."""
    names = {**sight.names, "without": list(sight.withheld), "skip": skip, "most": most}
    return list(tx.execute(_latest(sight.face, tuple(columns)), names).all())


def uids(tx: Tx, sight: Sight) -> list[int]:
    """The uids of all messages, ascending: the sequence numbers of a session that selects now."""
    found = tx.execute(_uids(sight.face), sight.names).scalars()
    return [uid for uid in found if uid not in sight.withheld] if sight.withheld else list(found)


def first_unseen(tx: Tx, sight: Sight) -> int | None:
    """The uid of the first message without \\Seen, for SELECT (RFC 3501 7.1 UNSEEN)."""
    with tx.execute(_unseen(sight.face), sight.names) as found:
        return next((uid for uid in found.scalars() if uid not in sight.withheld), None)


def keywords(tx: Tx, sight: Sight) -> list[str]:
    """The keywords in use in a mailbox, sorted, for the FLAGS answer of SELECT."""
    found: set[str] = set()
    if sight.withheld:
        for _, joined in rows(tx, sight, EVERY, (Column.KEYWORDS,)):
            found.update(joined.split())
        return sorted(found)
    for joined in tx.execute(_keywords(sight.face), sight.names).scalars():
        found.update(joined.split(" "))
    return sorted(found)


def bodies(tx: Tx, wanted: Iterable[int]) -> dict[BlobId, Bytes]:
    """Readers of the bytes of messages (column BLOB), usable after the tx is closed."""
    return blobs.open_many(tx, [BlobId(blob) for blob in dict.fromkeys(wanted)])


def _sifted(tx: Tx, statement: Select[Any], which: dict[str, int], ranges: Ranges) -> list[tuple[Any, ...]]:
    """Many ranges: read what lies between the ends and leave out the gaps."""
    ends = {"low": min(low for low, _ in ranges), "high": max(_top(high) for _, high in ranges)}
    return _within(cast(list[tuple[Any, ...]], tx.execute(statement, {**which, **ends}).all()), ranges)


def _within(found: list[tuple[Any, ...]], ranges: Ranges) -> list[tuple[Any, ...]]:
    """The rows whose uid lies in one of the ranges."""
    ordered = sorted((low, _top(high)) for low, high in ranges)
    lows = [low for low, _ in ordered]
    highs = [0, *(high for _, high in ordered)]
    return [row for row in found if row[0] <= highs[bisect_right(lows, row[0])]]


def _top(high: int | None) -> int:
    return (1 << 32) - 1 if high is None else high


@lru_cache(maxsize=100)
def _all(face: Face, columns: tuple[Column, ...]) -> Select[Any]:
    wanted = [face.uid] + [_OF_ITEM[one](face) if one in _OF_ITEM else _OF_MESSAGE[one] for one in columns]
    return face.select(*wanted, rendered=any(one in _OF_MESSAGE for one in columns))


@lru_cache(maxsize=100)
def _changed(face: Face, columns: tuple[Column, ...]) -> Select[Any]:
    return _all(face, columns).where(face.changed)  # in no order: the index on modseq serves


@lru_cache(maxsize=100)
def _from(face: Face, columns: tuple[Column, ...]) -> Select[Any]:
    return _all(face, columns).where(face.uid >= bindparam("low")).order_by(face.uid)


@lru_cache(maxsize=100)
def _between(face: Face, columns: tuple[Column, ...]) -> Select[Any]:
    return _all(face, columns).where(face.uid.between(bindparam("low"), bindparam("high"))).order_by(face.uid)


@lru_cache(maxsize=100)
def _among(face: Face, columns: tuple[Column, ...]) -> Select[Any]:
    return _all(face, columns).where(face.uid.in_(bindparam("uids", expanding=True))).order_by(face.uid)


@lru_cache(maxsize=20)
def _latest(face: Face, columns: tuple[Column, ...]) -> Select[Any]:
    return (
        _all(face, columns)
        .where(face.a_message, face.uid.not_in(bindparam("without", expanding=True)))
        .order_by(face.uid.desc())
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )


@lru_cache(maxsize=3)
def _uids(face: Face) -> Select[Any]:
    return face.select(face.uid).where(face.a_message).order_by(face.uid)


@lru_cache(maxsize=3)
def _unseen(face: Face) -> Select[Any]:
    return _uids(face).where(face.flags.op("&")(int(Flag.SEEN)) == 0)


@lru_cache(maxsize=3)
def _keywords(face: Face) -> Select[Any]:
    return face.select(face.keywords).where(face.keywords != "").distinct()


def _first(row: Sequence[Any]) -> int:
    return int(row[0])
