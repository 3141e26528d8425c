"""How full a tool of a space has become: thresholds that were passed, and since when it is over-limit.

Invariants: a threshold counts as passed until the room is five points below it again, so that a space at
its edge is not warned of again and again (S15); what people were told of is never above what was passed;
`over_since` is set by a change of plan alone, and cleared by whatever brings the space within its limits.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Usage
from coserver.model.space import Tool
from coserver.store.schema.quota import usage
from coserver.store.tx import Tx
from coserver.store.views import owned_space

THRESHOLDS = (100, 90, 80)  # percent
SLACK = 5  # points below a threshold, where it is forgotten

_here = (usage.c.space_id == bindparam("space"), usage.c.tool == bindparam("which"))
_NOTE = (
    update(usage)
    .where(*_here)
    .values(level=bindparam("to"), over_since=bindparam("since"))
)  # fmt: skip
_OVER = (
    update(usage)
    .where(*_here)
    .values(over_bytes=bindparam("held_bytes"), over_items=bindparam("held_items"))
)  # fmt: skip
_TOLD = (
    update(usage)
    .where(*_here, usage.c.told > bindparam("to"))
    .values(told=bindparam("to"))
)  # fmt: skip
_UNTOLD = (
    select(usage.c.space_id, usage.c.tool, usage.c.level, owned_space.c.owner_id)
    .join(owned_space, owned_space.c.id == usage.c.space_id)
    .where(usage.c.level > usage.c.told)
    .order_by(usage.c.space_id, usage.c.tool)
)
_TELL = (
    update(usage)
    .where(*_here, usage.c.level == bindparam("passed"), usage.c.told < bindparam("passed"))
    .values(told=bindparam("passed"))
)
_LEVEL = select(usage.c.level).where(*_here)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold (percent) that a tool of a space has passed and nobody was told of yet."""

    space: SpaceId
    tool: Tool
    owner: PrincipalId
    level: int


def level(held: Usage, *, was: int = 0) -> int:
    """The threshold that counts as passed, 0 for none; `was` is the one that did before."""
    if was and not _reaches(held, was) and _reaches(held, was - SLACK):
        return was
    return next((each for each in THRESHOLDS if _reaches(held, each)), 0)


def note(tx: Tx, held: Usage, was: int) -> None:
    """Keep what a charge changed: `held` as it is after it, `was` the level before."""
    _keep(tx, held, was, held.over_since if held.is_over else 0)


def replan(tx: Tx, held: Usage) -> None:
    """Keep what a change of plan changed: `held` under the new plan. Over-limit counts from now on (S1)."""
    if held.is_over and not held.over_since:
        here = {"space": held.space, "which": held.tool}
        tx.execute(_OVER, here | {"held_bytes": held.bytes, "held_items": held.items})
    was = tx.execute(_LEVEL, {"space": held.space, "which": held.tool}).scalar_one()
    _keep(tx, held, was, (held.over_since or tx.now) if held.is_over else 0)


def untold(tx: Tx) -> list[Crossing]:
    """The thresholds that people are to be told of."""
    return [
        Crossing(SpaceId(row.space_id), Tool(row.tool), PrincipalId(row.owner_id), row.level)
        for row in tx.execute(_UNTOLD)
    ]


def tell(tx: Tx, crossing: Crossing) -> bool:
    """Note that people are told; False when it is not so any more, or somebody did it before."""
    values = {"space": crossing.space, "which": crossing.tool, "passed": crossing.level}
    return tx.execute(_TELL, values).rowcount == 1


def _keep(tx: Tx, held: Usage, was: int, since: int) -> None:
    passed = level(held, was=was)
    here = {"space": held.space, "which": held.tool}
    if passed != was or since != held.over_since:
        tx.execute(_NOTE, here | {"to": passed, "since": since})
    if passed < was:
        tx.execute(_TOLD, here | {"to": passed})


def _reaches(held: Usage, percent: int) -> bool:
    return _fills(held.bytes, held.bytes_limit, percent) or _fills(held.items, held.items_limit, percent)


def _fills(count: int, limit: int, percent: int) -> bool:
    return count > 0 and count * 100 >= limit * percent
