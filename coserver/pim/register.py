"""Lists out of the index, as pages show them: contacts by name, and what may take place between two moments.

Invariants: no object is read; rights are the affair of who asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, bindparam, func, or_, select

from coserver.model.ids import BlobId, CollectionId, ItemId, PrincipalId
from coserver.model.rights import Privacy
from coserver.model.space import Tool
from coserver.store.schema.pim import busy_feed, object_index
from coserver.store.tx import Tx
from coserver.store.views import collection_place, item_place, membership, owned_space

_AT_ONCE = 500
_index, _place, _feed = object_index.c, item_place.c, busy_feed.c
_NAMES = select(_index.item_id, _index.title, _index.detail)
_OF_BOOK = _index.collection_id == bindparam("collection")
_SPANS = (
    select(
        _index.item_id, _index.collection_id, _index.first, _index.last, _index.once, _index.days, _index.busy,
        _index.title, _index.detail, _index.status, _place.privacy, _place.blob_id,
    )
    .join(item_place, _place.id == _index.item_id)
    .where(_index.component == "VEVENT")
)  # fmt: skip


def overlapping(spans: Select[Any]) -> CompoundSelect[Any]:
    """What may take place between two moments; in two parts, since of an "or" SQLite finds neither by an index."""
    begun = spans.where(or_(_index.first <= bindparam("end"), _index.first.is_(None)))
    return begun.where(_index.last >= bindparam("start")).union_all(begun.where(_index.last.is_(None)))


_THESE = _SPANS.where(_index.item_id.in_(bindparam("items", expanding=True)))
_BETWEEN = overlapping(_SPANS.where(_index.collection_id.in_(bindparam("collections", expanding=True))))
_mine = (  # the calendars of the groups of an account
    select(collection_place.c.id)
    .join(owned_space, owned_space.c.id == collection_place.c.space_id)
    .join(membership, membership.c.group_id == owned_space.c.owner_id)
    .where(membership.c.account_id == bindparam("account"), owned_space.c.group_state != "deleted")
    .where(collection_place.c.tool == Tool.CALENDAR, collection_place.c.parent_id.is_not(None))
)
_IN_GROUPS = overlapping(_SPANS.where(_index.collection_id.in_(_mine)))
_FEEDS = (  # one of those of a calendar: whoever shares two groups with somebody is told of him once
    select(
        _feed.calendar_id, func.min(_feed.view_id).label("view_id"), func.min(_feed.name).label("name"),
        func.max(_feed.hides).label("hides"),
    )
    .where(_feed.view_id.in_(_mine), _feed.account_id != bindparam("account"))
    .group_by(_feed.calendar_id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A contact in a list."""

    item: ItemId
    called: str
    mail: str


@dataclass(frozen=True, slots=True)
class Span:
    """An event that may take place then: its outermost bounds and its label, and the bytes of the whole.

    `once` and `days` as `Object` has them; `busy`, whether it takes time; moments are seconds since 1970.
    """

    item: ItemId
    collection: CollectionId
    first: int | None
    last: int | None
    once: bool
    days: bool
    busy: bool
    title: str
    detail: str
    status: str
    privacy: Privacy
    blob: BlobId


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar of somebody else whose busy times appear in the busy calendar of a group: its view."""

    calendar: CollectionId
    view: CollectionId
    name: str
    hides: bool


def page(
    tx: Tx, collection: CollectionId, words: Sequence[str], *, skip: int, most: int | None
) -> tuple[list[Name], int]:  # fmt: skip
    """So many contacts by name (None: all) after so many, and how many have these words (in small letters)."""
    chosen = _with(_NAMES.where(_OF_BOOK), words).order_by(_index.sort, _index.item_id).offset(skip).limit(most)
    number = _with(select(func.count()).select_from(object_index).where(_OF_BOOK), words)
    found = [_name(row) for row in tx.execute(chosen, {"collection": collection})]
    return found, tx.execute(number, {"collection": collection}).scalar_one()


def these(tx: Tx, items: Sequence[ItemId], words: Sequence[str]) -> list[Name]:
    """Those of these items that have the words, by name."""
    found: list[tuple[str, Name]] = []
    for start in range(0, len(items), _AT_ONCE):
        some = _index.item_id.in_(list(items[start : start + _AT_ONCE]))
        rows = tx.execute(_with(_NAMES.add_columns(_index.sort).where(some), words), {})
        found += ((row.sort, _name(row)) for row in rows)
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].item))]


def between(tx: Tx, inside: Sequence[CollectionId], *, start: int, end: int) -> list[Span]:
    """The events of these calendars that may take place between two moments."""
    found: list[Span] = []
    for first in range(0, len(inside), _AT_ONCE):
        some = {"collections": list(inside[first : first + _AT_ONCE]), "start": start, "end": end}
        found += (_span(row) for row in tx.execute(_BETWEEN, some))
    return found


def spans(tx: Tx, items: Sequence[ItemId]) -> list[Span]:
    """Those of these items that are events."""
    found: list[Span] = []
    for first in range(0, len(items), _AT_ONCE):
        found += (_span(row) for row in tx.execute(_THESE, {"items": list(items[first : first + _AT_ONCE])}))
    return found


def in_groups(tx: Tx, account: PrincipalId, *, start: int, end: int) -> list[Span]:
    """The same of the calendars of all groups of an account."""
    return [_span(row) for row in tx.execute(_IN_GROUPS, {"account": account, "start": start, "end": end})]


def feeds(tx: Tx, account: PrincipalId) -> list[Feed]:
    """The calendars of others that appear as busy times in the groups of an account, each once."""
    rows = tx.execute(_FEEDS, {"account": account})
    return [Feed(row.calendar_id, row.view_id, row.name, bool(row.hides)) for row in rows]


# ---------------------------------------------------------------- inside


def _with(statement: Select[*tuple[Any, ...]], words: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return statement.where(*(_index.words.contains(word, autoescape=True) for word in words))


def _name(row: Row[*tuple[Any, ...]]) -> Name:
    return Name(ItemId(row.item_id), row.title, row.detail)


def _span(row: Row[*tuple[Any, ...]]) -> Span:
    (item, collection, first, last, once, days, busy, *label, privacy, blob) = row
    told = ItemId(item), CollectionId(collection), first, last, bool(once), bool(days), bool(busy)
    title, detail, status = label
    return Span(*told, title, detail, status, Privacy(privacy), BlobId(blob))
