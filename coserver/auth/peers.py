"""Addresses that an account logged in from: they keep a throttle bucket of their own.

Invariants: at most `_MOST` per account, the latest ones; one not seen for 30 days is a stranger again.
"""

from sqlalchemy import bindparam, delete, insert, select, update

from coserver.model.ids import PrincipalId
from coserver.store.schema.auth import known_peer
from coserver.store.tx import Tx

_DAY = 86_400_000  # milliseconds
_KEPT = 30 * _DAY
_MOST = 50

_SEEN = select(known_peer.c.seen).where(
    known_peer.c.account_id == bindparam("account"), known_peer.c.peer == bindparam("which")
)
_ALL = (
    select(known_peer.c.peer)
    .where(known_peer.c.account_id == bindparam("account"))
    .order_by(known_peer.c.seen.desc(), known_peer.c.peer)
)
_ADD = insert(known_peer)
_AGAIN = (
    update(known_peer)
    .where(known_peer.c.account_id == bindparam("account"), known_peer.c.peer == bindparam("which"))
    .values(seen=bindparam("now"))
)
_FORGET = delete(known_peer).where(
    known_peer.c.account_id == bindparam("account"), known_peer.c.peer == bindparam("which")
)


def known(tx: Tx, account: PrincipalId, address: str) -> bool:
    """Whether the account logged in from this address in the last 30 days."""
    seen = tx.execute(_SEEN, {"account": account, "which": address}).scalar()
    return seen is not None and tx.now - seen < _KEPT


def due(tx: Tx, account: PrincipalId, address: str) -> bool:
    """Whether a login from this address is worth noting: the last note is a day old, or there is none."""
    seen = tx.execute(_SEEN, {"account": account, "which": address}).scalar()
    return seen is None or tx.now - seen >= _DAY


def stamp(tx: Tx, account: PrincipalId, address: str) -> None:
    """Note a login from this address now."""
    which = {"account": account, "which": address}
    if tx.execute(_AGAIN, which | {"now": tx.now}).rowcount == 0:
        tx.execute(_ADD, {"account_id": account, "peer": address, "seen": tx.now})
        addresses = [row.peer for row in tx.execute(_ALL, {"account": account})]
        for old in addresses[_MOST:]:
            tx.execute(_FORGET, {"account": account, "which": old})
