"""Addresses at rest: those of accounts that were erased, which nobody gets for a time (S25).

Invariant: nothing here tells an address; who asks about one can be told whether it rests.
"""

from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, insert, select

from coserver.model.errors import Exists
from coserver.store import keyed
from coserver.store.schema.mail import former_address
from coserver.store.tx import Tx

_RESTING = select(former_address.c.until).where(
    former_address.c.digest == bindparam("which"), former_address.c.until > bindparam("now")
)
_ADD = insert(former_address)
_REMOVE = delete(former_address).where(former_address.c.digest == bindparam("which"))
_SWEEP = delete(former_address).where(former_address.c.until <= bindparam("now"))


def lay_to_rest(tx: Tx, local: str, host: str, *, until: int) -> None:
    """Keep an address, as it is kept by `addresses`, from everybody until then (milliseconds).

    Raises:
        Busy: the disk is full.
    """
    which = keyed.digest(tx, f"{local}@{host}")
    tx.execute(_REMOVE, {"which": which})
    tx.execute(_ADD, {"digest": which, "until": until})


def need_rested(tx: Tx, local: str, host: str) -> None:
    """Exists, with the day on which it is free, if an address rests."""
    until = _until(tx, local, host)
    if until is not None:
        day = datetime.fromtimestamp(until / 1000, UTC).date()
        raise Exists(
            f"The address {local}@{host} was somebody else's until lately and is free after {day}: choose another one.",
            local=local,
            domain=host,
        )


def rests(tx: Tx, local: str, host: str) -> bool:
    """Whether an address, as it is kept by `addresses`, is kept from everybody."""
    return _until(tx, local, host) is not None


def sweep(tx: Tx) -> int:
    """Forget the addresses that have rested long enough; how many."""
    return tx.execute(_SWEEP, {"now": tx.now}).rowcount


def _until(tx: Tx, local: str, host: str) -> int | None:
    found = tx.execute(_RESTING, {"which": keyed.digest(tx, f"{local}@{host}"), "now": tx.now}).scalar()
    return None if found is None else int(found)
