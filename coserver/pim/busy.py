"""When the members of a group are busy, as a calendar in its space that follows by itself (R49, S18).

Invariants: after every tx the calendar shows an entry for each event that takes time, of each calendar of a
member that counts for availability, and no other: not what is transparent or cancelled, and not what is
private when its owner hides that (C12). Which calendars those are is written down (`busy_feed`), so that a
change of an event costs the same however many there are. An entry has a name, a UID and a modseq of its
own; what it says is written when it is read (`coserver.pim.slots`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, insert, or_, select

from coserver.model.ids import CollectionId, ItemId, PrincipalId, SpaceId
from coserver.model.rights import Privacy
from coserver.model.space import Tool
from coserver.pim import cards, made
from coserver.store import collections, shown
from coserver.store.schema.pim import busy_feed, object_index
from coserver.store.tx import Tx
from coserver.store.views import appearance, collection_place, item_place, member_face, own_calendar, shown_item

DEFAULT = "calendar"  # the calendar that counts unless it says otherwise
COUNTS, COUNTS_NOT = "opaque", "transparent"
_AT_ONCE = 500

_face, _calendar, _feed, _index, _place = member_face.c, own_calendar.c, busy_feed.c, object_index.c, item_place.c
counting = or_(
    _calendar.transparency == COUNTS, and_(_calendar.transparency.is_(None), _calendar.name == DEFAULT)
)  # fmt: skip
_WANTED = (
    select(
        _face.group_id, _face.account_id, _face.login, _face.display_name, _face.first, _face.last,
        _face.hides_private, _calendar.id,
    )
    .join(own_calendar, _calendar.owner_id == _face.account_id)
    .where(_face.group_id.in_(bindparam("groups", expanding=True)), counting)
)  # fmt: skip
_PRESENT = select(busy_feed).where(_feed.view_id.in_(bindparam("views", expanding=True)))
_FEEDS_OF = (
    select(
        _place.id,
        _place.privacy,
        _index.busy,
        _feed.view_id,
        _feed.hides,
        collection_place.c.space_id,
        appearance.c.item_id.label("shown"),
    )
    .join(object_index, _index.item_id == _place.id)
    .join(busy_feed, _feed.calendar_id == _place.collection_id)
    .join(collection_place, collection_place.c.id == _feed.view_id)
    .outerjoin(appearance, and_(appearance.c.collection_id == _feed.view_id, appearance.c.item_id == _place.id))
    .where(_place.id.in_(bindparam("items", expanding=True)))
)
_TAKING_TIME = (
    select(_place.id, _place.privacy)
    .join(object_index, _index.item_id == _place.id)
    .where(_place.collection_id == bindparam("calendar"), _index.busy != 0)
)
_SHOWN_FROM = select(shown_item.c.id).where(
    shown_item.c.collection_id == bindparam("view"), shown_item.c.lies_in == bindparam("calendar")
)
_ASTRAY = (  # shown as busy in a view that the calendar where they lie does not feed (any more)
    select(shown_item.c.id, shown_item.c.collection_id, collection_place.c.space_id)
    .join(collection_place, collection_place.c.id == shown_item.c.collection_id)
    .outerjoin(busy_feed, and_(_feed.view_id == shown_item.c.collection_id, _feed.calendar_id == shown_item.c.lies_in))
    .where(shown_item.c.id.in_(bindparam("items", expanding=True)))
    .where(collection_place.c.role == made.BUSY, _feed.calendar_id.is_(None))
)
_DROP = delete(busy_feed).where(_feed.view_id == bindparam("view"), _feed.calendar_id == bindparam("calendar"))
_ADD = insert(busy_feed)


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar that counts, in the calendar of one group: whose it is, his name there, whether he hides."""

    view: CollectionId
    calendar: CollectionId
    account: PrincipalId
    name: str
    hides: bool


@dataclass(frozen=True, slots=True)
class _View:
    """Where entries appear, without a look at its row."""

    id: CollectionId
    space: SpaceId
    tool: Tool = Tool.CALENDAR


def settle(tx: Tx, told: frozenset[PrincipalId]) -> None:
    """Let the calendars of these groups, and of the groups of these accounts, agree with who is in them."""
    for views in made.of_those(tx, told, made.BUSY):
        groups = {view.group: view for view in views}
        wanted = {}
        for row in tx.execute(_WANTED, {"groups": sorted(groups)}):
            feed = _wanted_of(row, groups[row.group_id].id)
            wanted[feed.view, feed.calendar] = feed
        rows = tx.execute(_PRESENT, {"views": sorted(view.id for view in views)})
        present = {(row.view_id, row.calendar_id): _feed_of(row) for row in rows}
        for pair in sorted(wanted.keys() | present.keys()):
            if wanted.get(pair) != present.get(pair):
                _refeed(tx, present.get(pair), wanted.get(pair))


def follow(tx: Tx, items: Sequence[ItemId]) -> None:
    """Events were written, moved, or are withheld otherwise: let them appear where they should, and only there."""
    fresh: dict[_View, list[ItemId]] = defaultdict(list)
    stale: dict[_View, list[ItemId]] = defaultdict(list)
    for start in range(0, len(items), _AT_ONCE):
        some = {"items": list(items[start : start + _AT_ONCE])}
        for row in tx.execute(_FEEDS_OF, some):
            seen = row.busy and not (row.hides and row.privacy == Privacy.PRIVATE)
            if bool(seen) is (row.shown is None):  # what is shown already was stamped by the gate
                (fresh if seen else stale)[_View(row.view_id, row.space_id)].append(row.id)
        for row in tx.execute(_ASTRAY, some):
            stale[_View(row.collection_id, row.space_id)].append(row.id)
    for view, found in fresh.items():
        shown.put(tx, view, [(item, name_of(item)) for item in found])
    for view, found in stale.items():
        shown.drop(tx, view, found)


def name_of(item: ItemId) -> str:
    """The name of an entry in the calendar."""
    return f"{item}.ics"


def _refeed(tx: Tx, before: Feed | None, after: Feed | None) -> None:
    """A calendar begins or ceases to count, its owner has another name, or hides otherwise."""
    feed = after or before
    if feed is None:
        return
    where = {"view": feed.view, "calendar": feed.calendar}
    view = collections.get(tx, feed.view)
    wanted = [] if after is None else list(_seen(tx, after))
    present = set(tx.execute(_SHOWN_FROM, where).scalars())
    tx.execute(_DROP, where)
    shown.drop(tx, view, sorted(present.difference(wanted)))
    if after is not None:
        tx.execute(_ADD, _row(after))
        same = before is not None and before.name == after.name
        shown.put(tx, view, [(item, name_of(item)) for item in wanted if not (same and item in present)])


def _seen(tx: Tx, feed: Feed) -> Iterator[ItemId]:
    for row in tx.execute(_TAKING_TIME, {"calendar": feed.calendar}):
        if not (feed.hides and row.privacy == Privacy.PRIVATE):
            yield ItemId(row.id)


def _row(feed: Feed) -> dict[str, object]:
    return {
        "view_id": feed.view, "calendar_id": feed.calendar, "account_id": feed.account, "name": feed.name,
        "hides": int(feed.hides),
    }  # fmt: skip


def _wanted_of(row: Row[*tuple[Any, ...]], view: CollectionId) -> Feed:
    name = cards.full_name(row.first or "", row.last or "", display_name=row.display_name, login=row.login)
    return Feed(view, row.id, row.account_id, name, bool(row.hides_private))


def _feed_of(row: Row[*tuple[Any, ...]]) -> Feed:
    return Feed(row.view_id, row.calendar_id, row.account_id, row.name, bool(row.hides))
