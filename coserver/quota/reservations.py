"""Room for bytes that are on their way (S13): held before a body is read, until it is charged or given up.

Invariants: what is held and what is reserved never exceed the limit together, since both are asked of the
one row of `usage` on the one writer thread; a reservation counts until it expires, so that a crash leaves
nothing behind for long, and a process that starts forgets those of the one before it.
"""

from sqlalchemy import bindparam, delete, insert, update

from coserver.model.ids import SpaceId
from coserver.model.plan import Reservation
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store.schema.quota import reservation
from coserver.store.tx import Tx

STEP = 8 * 1024 * 1024  # bytes by which a body of unknown length grows
LASTS = 3_600_000  # milliseconds without growth, after which it does not count any more

_ADD = insert(reservation).returning(reservation.c.id)
_GROW = (
    update(reservation)
    .where(reservation.c.id == bindparam("which"))
    .values(bytes=bindparam("to"), expires=bindparam("until"))
)
_RELEASE = delete(reservation).where(reservation.c.id == bindparam("which"))
_LATE = delete(reservation).where(reservation.c.expires <= bindparam("now"))
_ALL = delete(reservation)


def reserve(tx: Tx, space: SpaceId, tool: Tool, *, bytes: int, items: int = 0) -> Reservation:  # noqa: A002
    """Hold room for so many bytes; `items` that will come with them are only looked at.

    Raises:
        NoRoom: there is not as much.
        Missing: there is no such space.
    """
    usage.need_room(tx, space, tool, bytes=bytes, items=items)
    row = {"space_id": space, "tool": str(tool), "bytes": bytes, "expires": tx.now + LASTS}
    return Reservation(tx.execute(_ADD, row).scalar_one(), space, tool, bytes)


def reserve_some(tx: Tx, space: SpaceId, tool: Tool, *, items: int = 0) -> Reservation:
    """Hold the first step for a body of unknown length, or what is left where that is less; errors as `reserve`."""
    return reserve(tx, space, tool, bytes=min(STEP, usage.room(tx, space, tool).available), items=items)


def grow(tx: Tx, held: Reservation, *, to: int) -> Reservation:
    """Hold at least `to` bytes, a whole step more where there is room, from now on for the full time again.

    NoRoom when there is not as much; what was held stays held then.
    """
    release(tx, held)
    available = usage.room(tx, held.space, held.tool).available
    wanted = held.bytes if to <= held.bytes else max(to, min(held.bytes + STEP, available))
    return reserve(tx, held.space, held.tool, bytes=wanted)


def release(tx: Tx, held: Reservation) -> None:
    """Give up what was held; in the tx that charges it, before the charge. Harmless to repeat."""
    tx.execute(_RELEASE, {"which": held.id})


def sweep(tx: Tx) -> int:
    """Forget what is late; how many there were."""
    return tx.execute(_LATE, {"now": tx.now}).rowcount


def forget_all(tx: Tx) -> None:
    """Forget everything that is on its way: for the start of a process, when nothing is."""
    tx.execute(_ALL)
