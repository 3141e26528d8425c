"""What an account sets on the calendars and address books of others: its own name, colour and order (S33).

Invariants: it is seen by that account alone, and goes with it or with the collection; it needs no right
but to see the collection.
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select

from coserver.model.ids import CollectionId, PrincipalId
from coserver.store.schema.pim import own_property
from coserver.store.tx import Tx

_own = own_property.c
_here = (_own.account_id == bindparam("account"), _own.collection_id == bindparam("collection"))
_ALL = select(_own.name, _own.value).where(*_here)
_VALUES = select(_own.collection_id, _own.value).where(
    _own.account_id == bindparam("account"), _own.name == bindparam("key")
)  # fmt: skip
_DROP = delete(own_property).where(*_here, _own.name == bindparam("key"))
_ADD = insert(own_property)


def of(tx: Tx, account: PrincipalId, collection: CollectionId) -> dict[str, str]:
    """What an account set on a collection."""
    return {row.name: row.value for row in tx.execute(_ALL, {"account": account, "collection": collection})}


def values(tx: Tx, account: PrincipalId, name: str) -> dict[CollectionId, str]:
    """One property on all collections where an account set it."""
    rows = tx.execute(_VALUES, {"account": account, "key": name})
    return {CollectionId(row.collection_id): row.value for row in rows}


def put(tx: Tx, account: PrincipalId, collection: CollectionId, changes: Mapping[str, str | None]) -> None:
    """Set some, or remove them with None."""
    for name, value in changes.items():
        tx.execute(_DROP, {"account": account, "collection": collection, "key": name})
        if value is not None:
            tx.execute(_ADD, {"account_id": account, "collection_id": collection, "name": name, "value": value})
