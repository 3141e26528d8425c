"""Reading messages in bulk: the columns FETCH, SEARCH and SELECT ask for, as plain tuples.

Who calls has asked groups.rights before.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, bindparam, select

from coserver.model.ids import BlobId, CollectionId
from coserver.model.item import Flag
from coserver.store import blobs, items
from coserver.store.blobs import Bytes
from coserver.store.schema.mail import message
from coserver.store.tx import Tx

Ranges = Sequence[tuple[int, int | None]]  # of uids, both ends in, not overlapping; None: no upper end
EVERY: Ranges = ((1, None),)
_AT_ONCE = 1000  # single uids in one statement
_MOST_QUERIES = 16  # wide ranges asked one by one; more are read as one and sifted

(item_id, in_collection, _, uid, modseq, flags, keyword_list, size, stamp, blob_id, _, _) = items.COLUMNS


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


_OF_ITEM: dict[Column, ColumnElement[Any]] = {
    Column.MODSEQ: modseq,
    Column.FLAGS: flags,
    Column.KEYWORDS: keyword_list,
    Column.SIZE: size,
    Column.STAMP: stamp,
    Column.BLOB: blob_id,
}
_OF_MESSAGE: dict[Column, ColumnElement[Any]] = {
    Column.ENVELOPE: message.c.envelope,
    Column.STRUCTURE: message.c.structure,
    Column.PARTS: message.c.parts,
    Column.WORDS: message.c.words,
    Column.SENT: message.c.sent,
}
A_MESSAGE = uid > 0  # says nothing new, but lets the index on uid serve
_UIDS = select(uid).where(in_collection == bindparam("which"), A_MESSAGE).order_by(uid)
_FIRST_UNSEEN = (
    select(uid)
    .where(in_collection == bindparam("which"), A_MESSAGE, flags.op("&")(int(Flag.SEEN)) == 0)
    .order_by(uid)
    .limit(1)
)  # fmt: skip
_KEYWORDS = select(keyword_list).where(in_collection == bindparam("which"), keyword_list != "").distinct()


def rows(
    tx: Tx, collection: CollectionId, ranges: Ranges, columns: Sequence[Column], *, since: int = 0
) -> list[tuple[Any, ...]]:
    """`(uid, *columns)` of each message in the ranges, by uid.

    With `since` only those changed after that modseq (CHANGEDSINCE, RFC 7162 3.1.4.1).
    """
    asked = tuple(columns)
    which: dict[str, int] = {"which": collection}
    if since:
        changed = tx.execute(_changed(asked), {**which, "since": since}).all()
        return sorted(_within(cast(list[tuple[Any, ...]], changed), ranges), key=_first)
    singles = [low for low, high in ranges if low == high]
    wide = [(low, high) for low, high in ranges if low != high]
    if len(wide) > _MOST_QUERIES:
        return _sifted(tx, _between(asked), which, ranges)
    found: list[Any] = []
    for low, high in wide:
        statement = _from(asked) if high is None else _between(asked)
        found += tx.execute(statement, {**which, "low": low, "high": high}).all()
    for start in range(0, len(singles), _AT_ONCE):
        found += tx.execute(_among(asked), {**which, "uids": singles[start : start + _AT_ONCE]}).all()
    if len(wide) + (len(singles) > 0) > 1 or len(singles) > _AT_ONCE:
        found.sort(key=_first)
    return cast(list[tuple[Any, ...]], found)


def uids(tx: Tx, collection: CollectionId) -> list[int]:
    """The uids of all messages, ascending: the sequence numbers of a session that selects now."""
    return list(tx.execute(_UIDS, {"which": collection}).scalars())


def first_unseen(tx: Tx, collection: CollectionId) -> int | None:
    """The uid of the first message without \\Seen, for SELECT (RFC 3501 7.1 UNSEEN)."""
    return tx.execute(_FIRST_UNSEEN, {"which": collection}).scalar()


def keywords(tx: Tx, collection: CollectionId) -> list[str]:
    """The keywords in use in a mailbox, sorted, for the FLAGS answer of SELECT."""
    found: set[str] = set()
    for joined in tx.execute(_KEYWORDS, {"which": collection}).scalars():
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


@lru_cache(maxsize=64)
def _all(columns: tuple[Column, ...]) -> Select[Any]:
    wanted = [uid] + [_OF_ITEM[one] if one in _OF_ITEM else _OF_MESSAGE[one] for one in columns]
    statement = select(*wanted).where(in_collection == bindparam("which"))
    if any(one in _OF_MESSAGE for one in columns):
        statement = statement.join(message, message.c.blob_id == blob_id)
    return statement


@lru_cache(maxsize=64)
def _changed(columns: tuple[Column, ...]) -> Select[Any]:
    return _all(columns).where(modseq > bindparam("since"))  # in no order: the index on modseq serves


@lru_cache(maxsize=64)
def _from(columns: tuple[Column, ...]) -> Select[Any]:
    return _all(columns).where(uid >= bindparam("low")).order_by(uid)


@lru_cache(maxsize=64)
def _between(columns: tuple[Column, ...]) -> Select[Any]:
    return _all(columns).where(uid.between(bindparam("low"), bindparam("high"))).order_by(uid)


@lru_cache(maxsize=64)
def _among(columns: tuple[Column, ...]) -> Select[Any]:
    return _all(columns).where(uid.in_(bindparam("uids", expanding=True))).order_by(uid)


def _first(row: Sequence[Any]) -> int:
    return int(row[0])
