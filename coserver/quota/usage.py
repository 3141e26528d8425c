"""How much each tool of each space holds, and the one way to take more: `charge`.

Invariants: a charge that adds is one UPDATE whose condition holds the limit, and what is reserved for
others counts in it (S13), so two at once can never overshoot; only mail in the days of grace (S1), and not
without end, and letters of the house go above the limit. Giving back always succeeds, also above the limit, and never
goes below zero; `Charge` is made here only. Sizes are logical bytes (S10): sharing of equal blobs is
not credited.
"""

from collections.abc import Collection

from sqlalchemy import Row, bindparam, case, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from coserver.model.errors import Missing, NoRoom
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Capacity, Charge, Occasion, Plan, Usage
from coserver.model.space import Tool
from coserver.quota import levels
from coserver.quota.plans import Allowance, allowance, plan_in
from coserver.store.schema.quota import plan, reservation, subscription, usage
from coserver.store.tx import Tx
from coserver.store.views import collection_place, owned_space

_bytes: ColumnElement[int] = usage.c.bytes + bindparam("more_bytes")
_items: ColumnElement[int] = usage.c["items"] + bindparam("more_items")
_here = (usage.c.space_id == bindparam("space"), usage.c.tool == bindparam("which"))
_reserved: ColumnElement[int] = (  # what bytes on their way have for themselves, until they are late
    select(func.coalesce(func.sum(reservation.c.bytes), 0))
    .where(reservation.c.space_id == usage.c.space_id, reservation.c.tool == usage.c.tool)
    .where(reservation.c.expires > bindparam("now"))
    .correlate(usage)
    .scalar_subquery()
)
_held = (usage.c.tool, usage.c.bytes, usage.c["items"], usage.c.over_since)
_after = (*_held, usage.c.level)


def _floored(sum_: ColumnElement[int]) -> ColumnElement[int]:
    return case((sum_ < 0, 0), else_=sum_)


_TAKE = (
    update(usage)
    .where(*_here)
    .where(_bytes + _reserved <= bindparam("bytes_limit"))
    .where(or_(bindparam("more_items") <= 0, _items <= bindparam("items_limit")))
    .values(bytes=_floored(_bytes), items=_floored(_items))
    .returning(*_after)
)
_GIVE_BACK = update(usage).where(*_here).values(bytes=_floored(_bytes), items=_floored(_items)).returning(*_after)
_ALL = select(*_held, _reserved.label("reserved")).where(usage.c.space_id == bindparam("space"))
_OVER = select(usage.c.over_bytes, usage.c.over_items).where(*_here)
_HELD = _ALL.where(usage.c.tool == bindparam("which"))

_EVERY = (
    select(owned_space.c.owner_id, usage.c.space_id, *_held, _reserved.label("reserved"))
    .add_columns(plan.c.code, plan.c.version, plan.c.title, plan.c.capacities, plan.c.features)
    .add_columns(subscription.c.overrides)
    .select_from(usage)
    .join(owned_space, owned_space.c.id == usage.c.space_id)
    .join(subscription, subscription.c.account_id == owned_space.c.payer_id)
    .join(plan, plan.c.id == subscription.c.plan_id)
)

_THOSE = _EVERY.where(usage.c.space_id.in_(bindparam("spaces", expanding=True)))

DAY = 86_400_000  # milliseconds
GRACE = 7 * DAY  # in which mail still arrives where a change of plan left too much (S1)
GRACE_PART = 10  # so large a part of the limit it may be, or this much where that is more
GRACE_BYTES, GRACE_ITEMS = 50_000_000, 1000
MOST_COLLECTIONS = 10_000  # mailboxes or folders of one space
LASTING = 30 * DAY  # after which senders need not try again
LETTER_BYTES, LETTER_ITEMS = 100_000, 20  # above the limit, for letters of the house

_LIMITS = {tool: (Capacity(f"{tool}_bytes"), Capacity(f"{tool}_items")) for tool in Tool}
_COLLECTIONS = (
    select(func.count())
    .select_from(collection_place)
    .where(collection_place.c.space_id == bindparam("space"), collection_place.c.tool == bindparam("which"))
)
_COLLECTED = {Tool.MAIL: "mailboxes", Tool.DOCUMENTS: "folders", Tool.CALENDAR: "calendars", Tool.CONTACTS: "books"}
_UNITS = ("kB", "MB", "GB", "TB")
_PLURALS = {Tool.MAIL: "messages", Tool.DOCUMENTS: "files", Tool.CALENDAR: "entries", Tool.CONTACTS: "contacts"}


def charge(
    tx: Tx,
    space: SpaceId,
    tool: Tool,
    *,
    bytes: int,  # noqa: A002 (the word of Usage)
    items: int,
    occasion: Occasion = Occasion.ADDED,
) -> Charge:
    """Book a change of what a tool of a space holds, and give the proof of it.

    What grows must fit the capacities of the plan, and go where something may be added (a group can be
    frozen, or one too many for its administrator's plan), else NoRoom with a text for people; what only
    shrinks or stays always succeeds. Missing if there is no such space. Rolled back with the tx.
    """
    values = {"space": space, "which": tool, "more_bytes": bytes, "more_items": items}
    if bytes <= 0 and items <= 0:
        row = tx.execute(_GIVE_BACK, values).first()
        if row is None:
            raise _missing(space)
        if row.level or row.over_since:
            levels.note(tx, _usage(space, tool, row, allowance(tx, space).plan), row.level)
        return Charge(space, tool, bytes, items)
    allowed = allowance(tx, space)
    _need_open(allowed, space)
    bytes_limit, items_limit = limits(allowed.plan, tool)
    if occasion is not Occasion.ADDED:
        bytes_limit, items_limit = _stretched(tx, _room(tx, space, tool, allowed), occasion)
    values |= {"bytes_limit": bytes_limit, "items_limit": items_limit, "now": tx.now}
    row = tx.execute(_TAKE, values).first()
    if row is None:
        raise _no_room(_room(tx, space, tool, allowed), allowed, bytes, items, now=tx.now)
    levels.note(tx, _usage(space, tool, row, allowed.plan), row.level)
    return Charge(space, tool, bytes, items)


def need_room(
    tx: Tx,
    space: SpaceId,
    tool: Tool,
    *,
    bytes: int,  # noqa: A002 (the word of Usage)
    items: int,
    occasion: Occasion = Occasion.ADDED,
) -> None:
    """NoRoom if `charge` would refuse this now; books nothing.

    For refusing early: a recipient before the message, an upload before its body. Only `charge` decides.
    """
    allowed = allowance(tx, space)
    now = _room(tx, space, tool, allowed)
    if bytes <= 0 and items <= 0:
        return
    _need_open(allowed, space)
    bytes_limit, items_limit = _stretched(tx, now, occasion)
    if now.bytes + now.reserved + bytes > bytes_limit or (items > 0 and now.items + items > items_limit):
        raise _no_room(now, allowed, bytes, items, now=tx.now)


def need_collections(tx: Tx, space: SpaceId, tool: Tool, *, more: int = 1) -> None:
    """NoRoom if so many more mailboxes or folders would be too many, or where nothing may be added.

    They are charged to no capacity, and so they are bounded by themselves: by the items that the plan allows, a
    hundred at least and `MOST_COLLECTIONS` at most.
    """
    allowed = allowance(tx, space)
    _need_open(allowed, space)
    most = min(max(limits(allowed.plan, tool)[1], 100), MOST_COLLECTIONS)
    held = tx.execute(_COLLECTIONS, {"space": space, "which": tool}).scalar_one() - 1  # the root is not one of them
    if held + more > most:
        text = f"There can be {most} {_COLLECTED[tool]} here: delete some of them, or ask for a larger plan."
        raise NoRoom(text, space=space, tool=tool, held=held)


def room(tx: Tx, space: SpaceId, tool: Tool) -> Usage:
    """What a tool of a space holds now and may hold: the truth of QUOTA and of the DAV quota properties."""
    return _room(tx, space, tool, allowance(tx, space))


def rooms(tx: Tx, space: SpaceId) -> list[Usage]:
    """`room` of all tools of a space, in the order of `Tool`."""
    chosen = allowance(tx, space).plan
    held = {row.tool: row for row in tx.execute(_ALL, {"space": space, "now": tx.now})}
    return [_usage(space, tool, held[tool], chosen) for tool in Tool]


def of_spaces(tx: Tx, spaces: Collection[SpaceId]) -> dict[SpaceId, list[Usage]]:
    """`rooms` of these spaces, in one query; for lists."""
    found: dict[SpaceId, list[Usage]] = {space: [] for space in spaces}
    for row in tx.execute(_THOSE, {"now": tx.now, "spaces": sorted(found)}):
        held = _usage(SpaceId(row.space_id), Tool(row.tool), row, plan_in(row._mapping))
        found[held.space].append(held)
    order = list(Tool)
    return {space: sorted(held, key=lambda each: order.index(each.tool)) for space, held in found.items()}


def every(tx: Tx) -> dict[PrincipalId, list[Usage]]:
    """`rooms` of every account and group, by owner, in one query; for lists."""
    found: dict[PrincipalId, list[Usage]] = {}
    for row in tx.execute(_EVERY, {"now": tx.now}):
        held = _usage(SpaceId(row.space_id), Tool(row.tool), row, plan_in(row._mapping))
        found.setdefault(PrincipalId(row.owner_id), []).append(held)
    order = list(Tool)
    return {owner: sorted(held, key=lambda each: order.index(each.tool)) for owner, held in found.items()}


def limits(chosen: Plan, tool: Tool) -> tuple[int, int]:
    """The bytes and the items a plan allows a tool."""
    bytes_key, items_key = _LIMITS[tool]
    return chosen.capacities[bytes_key], chosen.capacities[items_key]


def is_over(held: Usage) -> bool:
    """Whether a tool holds more than its plan allows, as after a change to a smaller one (S1)."""
    return held.is_over


def size(count: int) -> str:
    """A number of bytes for people: 999 bytes, 1.5 kB, 20 MB (powers of 1000)."""
    if count < 1000:
        return "1 byte" if count == 1 else f"{count} bytes"
    power = min(len(_UNITS), (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:.1f}".removesuffix(".0") + f" {_UNITS[power - 1]}"


def _room(tx: Tx, space: SpaceId, tool: Tool, allowed: Allowance) -> Usage:
    row = tx.execute(_HELD, {"space": space, "which": tool, "now": tx.now}).first()
    if row is None:
        raise _missing(space)
    return _usage(space, tool, row, allowed.plan)


def _usage(space: SpaceId, tool: Tool, row: Row[*tuple[object, ...]], chosen: Plan) -> Usage:
    bytes_limit, items_limit = limits(chosen, tool)
    reserved = getattr(row, "reserved", 0)  # not told by an UPDATE
    return Usage(space, tool, row.bytes, row.items, bytes_limit, items_limit, reserved, row.over_since)


def _stretched(tx: Tx, held: Usage, occasion: Occasion) -> tuple[int, int]:
    """The bytes and the items that may be held, on this occasion, at this time."""
    bytes_limit, items_limit = held.bytes_limit, held.items_limit
    if occasion is Occasion.LETTER:
        bytes_limit, items_limit = bytes_limit + LETTER_BYTES, items_limit + LETTER_ITEMS
    in_grace = held.is_over and bool(held.over_since) and tx.now - held.over_since < GRACE
    if occasion is not Occasion.ADDED and in_grace:
        over = tx.execute(_OVER, {"space": held.space, "which": held.tool}).one()
        bytes_limit = max(bytes_limit, over.over_bytes + max(held.bytes_limit // GRACE_PART, GRACE_BYTES))
        items_limit = max(items_limit, over.over_items + max(held.items_limit // GRACE_PART, GRACE_ITEMS))
    return bytes_limit, items_limit


def _need_open(allowed: Allowance, space: SpaceId) -> None:
    """NoRoom where nothing may be added, however little is held."""
    if allowed.shut:
        raise NoRoom(allowed.shut, space=space)


def _missing(space: SpaceId) -> Missing:
    return Missing("There is no such space.", space=space)


def _no_room(held: Usage, allowed: Allowance, more_bytes: int, more_items: int, *, now: int) -> NoRoom:
    """The refusal: whose tool, what it holds, what it may hold, what to do."""
    whose = (
        "your subscription" if allowed.group is None else f"group {allowed.group} (its administrator's subscription)"
    )
    if held.bytes + held.reserved + more_bytes > held.bytes_limit:
        coming = f", {size(held.reserved)} are being uploaded" if held.reserved else ""
        full = f"{size(held.bytes)} of {size(held.bytes_limit)} are used{coming} and this takes {size(more_bytes)} more"
    else:
        full = f"{held.items} of {held.items_limit} {_PLURALS[held.tool]} are there already"
    text = f"No room for {held.tool} in {whose}: {full}. Delete something, or ask for a larger plan."
    lasting = held.is_over and bool(held.over_since) and now - held.over_since >= LASTING
    return NoRoom(text, lasting=lasting, space=held.space, tool=held.tool, bytes=more_bytes, items=more_items)
