"""Principals: the ids that accounts, groups and organisations share, so that rights and spaces name one column.

Invariant: an id is never given twice.
"""

import re
from typing import Literal

from sqlalchemy import bindparam, delete, insert

from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.store.schema.groups import principal
from coserver.store.tx import Tx

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_ADD = insert(principal).returning(principal.c.id)
_REMOVE = delete(principal).where(principal.c.id == bindparam("which"))


def add(tx: Tx, kind: Literal["account", "group", "organisation"]) -> PrincipalId:
    """A new id, for the account, group or organisation that the caller makes in the same tx."""
    return PrincipalId(tx.execute(_ADD, {"kind": kind, "created": tx.now}).scalar_one())


def need_slug(name: str, *, what: str) -> None:
    """Malformed unless a name can be that of `what`, a group or an organisation: it stands in paths and commands."""
    if not _SLUG.fullmatch(name) or ".." in name:
        raise Malformed(
            f"{name!r} cannot be {what}'s name: use up to 64 of a-z, 0-9, dot, underscore and hyphen, "
            "with a letter or digit first and last."
        )


def remove(tx: Tx, which: PrincipalId) -> None:
    """Remove a principal with every row that names it; its space must be gone already."""
    tx.execute(_REMOVE, {"which": which})
