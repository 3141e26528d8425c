"""Principals: the ids that accounts, groups and organisations share, so that rights and spaces name one column.

Invariant: an id is never given twice.
"""

from typing import Literal

from sqlalchemy import bindparam, delete, insert

from coserver.model.ids import PrincipalId
from coserver.store.schema.groups import principal
from coserver.store.tx import Tx

_ADD = insert(principal).returning(principal.c.id)
_REMOVE = delete(principal).where(principal.c.id == bindparam("which"))


def add(tx: Tx, kind: Literal["account", "group", "organisation"]) -> PrincipalId:
    """A new id, for the account, group or organisation that the caller makes in the same tx."""
    return PrincipalId(tx.execute(_ADD, {"kind": kind, "created": tx.now}).scalar_one())


def remove(tx: Tx, which: PrincipalId) -> None:
    """Remove a principal with every row that names it; its space must be gone already."""
    tx.execute(_REMOVE, {"which": which})
