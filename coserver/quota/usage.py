"""How much each tool of each space holds, and the one way to take more: `charge`.

Invariants: a charge that adds is one UPDATE whose condition holds the limit, so two at once can
never overshoot; giving back always succeeds, also above the limit (S1), and never goes below zero;
`Charge` is made here only. Sizes are logical bytes (S10): sharing of equal blobs is not credited.
"""

from sqlalchemy import Row, bindparam, case, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from coserver.model.errors import Missing, NoRoom
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Capacity, Charge, Plan, Usage
from coserver.model.space import Tool
from coserver.quota.plans import Allowance, allowance, plan_in
from coserver.store.schema.quota import plan, subscription, usage
from coserver.store.tx import Tx
from coserver.store.views import owned_space

_bytes: ColumnElement[int] = usage.c.bytes + bindparam("more_bytes")
_items: ColumnElement[int] = usage.c["items"] + bindparam("more_items")
_here = (usage.c.space_id == bindparam("space"), usage.c.tool == bindparam("which"))


def _floored(sum_: ColumnElement[int]) -> ColumnElement[int]:
    return case((sum_ < 0, 0), else_=sum_)


_TAKE = (
    update(usage)
    .where(*_here)
    .where(_bytes <= bindparam("bytes_limit"))
    .where(or_(bindparam("more_items") <= 0, _items <= bindparam("items_limit")))
    .values(bytes=_floored(_bytes), items=_floored(_items))
)
_GIVE_BACK = update(usage).where(*_here).values(bytes=_floored(_bytes), items=_floored(_items))
_HELD = select(usage.c.bytes, usage.c["items"]).where(*_here)
_ALL = select(usage.c.tool, usage.c.bytes, usage.c["items"]).where(usage.c.space_id == bindparam("space"))

_EVERY = (
    select(owned_space.c.owner_id, usage.c.space_id, usage.c.tool, usage.c.bytes, usage.c["items"])
    .add_columns(plan.c.code, plan.c.version, plan.c.title, plan.c.capacities, plan.c.features)
    .select_from(usage)
    .join(owned_space, owned_space.c.id == usage.c.space_id)
    .join(subscription, subscription.c.account_id == owned_space.c.payer_id)
    .join(plan, plan.c.id == subscription.c.plan_id)
)

_LIMITS = {tool: (Capacity(f"{tool}_bytes"), Capacity(f"{tool}_items")) for tool in Tool}
_UNITS = ("kB", "MB", "GB", "TB")
_PLURALS = {Tool.MAIL: "messages", Tool.DOCUMENTS: "files", Tool.CALENDAR: "entries", Tool.CONTACTS: "contacts"}


def charge(tx: Tx, space: SpaceId, tool: Tool, *, bytes: int, items: int) -> Charge:  # noqa: A002 (the word of Usage)
    """Book a change of what a tool of a space holds, and give the proof of it.

    What grows must fit the capacities of the plan, else NoRoom with a text for people; what only
    shrinks or stays always succeeds. Missing if there is no such space. Rolled back with the tx.
    """
    values = {"space": space, "which": tool, "more_bytes": bytes, "more_items": items}
    if bytes <= 0 and items <= 0:
        if tx.execute(_GIVE_BACK, values).rowcount == 0:
            raise _missing(space)
        return Charge(space, tool, bytes, items)
    allowed = allowance(tx, space)
    bytes_limit, items_limit = limits(allowed.plan, tool)
    values |= {"bytes_limit": bytes_limit, "items_limit": items_limit}
    if tx.execute(_TAKE, values).rowcount == 0:
        raise _no_room(_room(tx, space, tool, allowed), allowed, bytes, items)
    return Charge(space, tool, bytes, items)


def need_room(tx: Tx, space: SpaceId, tool: Tool, *, bytes: int, items: int) -> None:  # noqa: A002
    """NoRoom if `charge` would refuse this now; books nothing.

    For refusing early: a recipient before the message, an upload before its body. Only `charge` decides.
    """
    allowed = allowance(tx, space)
    now = _room(tx, space, tool, allowed)
    if bytes <= 0 and items <= 0:
        return
    if now.bytes + bytes > now.bytes_limit or (items > 0 and now.items + items > now.items_limit):
        raise _no_room(now, allowed, bytes, items)


def room(tx: Tx, space: SpaceId, tool: Tool) -> Usage:
    """What a tool of a space holds now and may hold: the truth of QUOTA and of the DAV quota properties."""
    return _room(tx, space, tool, allowance(tx, space))


def rooms(tx: Tx, space: SpaceId) -> list[Usage]:
    """`room` of all tools of a space, in the order of `Tool`."""
    chosen = allowance(tx, space).plan
    held = {row.tool: row for row in tx.execute(_ALL, {"space": space})}
    return [_usage(space, tool, held[tool], chosen) for tool in Tool]


def every(tx: Tx) -> dict[PrincipalId, list[Usage]]:
    """`rooms` of every account and group, by owner, in one query; for lists."""
    found: dict[PrincipalId, list[Usage]] = {}
    for row in tx.execute(_EVERY).mappings():
        tool = Tool(row["tool"])
        bytes_limit, items_limit = limits(plan_in(row), tool)
        held = Usage(SpaceId(row["space_id"]), tool, row["bytes"], row["items"], bytes_limit, items_limit)
        found.setdefault(PrincipalId(row["owner_id"]), []).append(held)
    order = list(Tool)
    return {owner: sorted(held, key=lambda each: order.index(each.tool)) for owner, held in found.items()}


def limits(chosen: Plan, tool: Tool) -> tuple[int, int]:
    """The bytes and the items a plan allows a tool."""
    bytes_key, items_key = _LIMITS[tool]
    return chosen.capacities[bytes_key], chosen.capacities[items_key]


def is_over(held: Usage) -> bool:
    """Whether a tool holds more than its plan allows, as after a change to a smaller one (S1)."""
    return held.bytes > held.bytes_limit or held.items > held.items_limit


def size(count: int) -> str:
    """A number of bytes for people: 999 bytes, 1.5 kB, 20 MB (powers of 1000)."""
    if count < 1000:
        return "1 byte" if count == 1 else f"{count} bytes"
    power = min(len(_UNITS), (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:.1f}".removesuffix(".0") + f" {_UNITS[power - 1]}"


def _room(tx: Tx, space: SpaceId, tool: Tool, allowed: Allowance) -> Usage:
    row = tx.execute(_HELD, {"space": space, "which": tool}).first()
    if row is None:
        raise _missing(space)
    return _usage(space, tool, row, allowed.plan)


def _usage(space: SpaceId, tool: Tool, row: Row[*tuple[object, ...]], chosen: Plan) -> Usage:
    bytes_limit, items_limit = limits(chosen, tool)
    return Usage(space, tool, row.bytes, row.items, bytes_limit, items_limit)


def _missing(space: SpaceId) -> Missing:
    return Missing("There is no such space.", space=space)


def _no_room(now: Usage, allowed: Allowance, more_bytes: int, more_items: int) -> NoRoom:
    """The refusal: whose tool, what it holds, what it may hold, what to do."""
    whose = (
        "your subscription" if allowed.group is None else f"group {allowed.group} (its administrator's subscription)"
    )
    if now.bytes + more_bytes > now.bytes_limit:
        held = f"{size(now.bytes)} of {size(now.bytes_limit)} are used and this takes {size(more_bytes)} more"
    else:
        held = f"{now.items} of {now.items_limit} {_PLURALS[now.tool]} are there already"
    text = f"No room for {now.tool} in {whose}: {held}. Delete something, or ask for a larger plan."
    return NoRoom(text, space=now.space, tool=now.tool, bytes=more_bytes, items=more_items)
