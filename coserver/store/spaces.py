"""Spaces: the environment of one account or one group."""

from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select

from coserver.model.errors import Missing
from coserver.model.ids import BlobId, Modseq, PrincipalId, SpaceId
from coserver.model.space import Space, Tool
from coserver.store import blobs, shown
from coserver.store.schema import store as schema
from coserver.store.schema.quota import usage
from coserver.store.tx import Tx

_space = schema.space
_COLUMNS = (_space.c.id, _space.c.owner_id, _space.c.modseq, _space.c.floor)
_ADD = insert(_space).returning(_space.c.id)
_OF = select(*_COLUMNS).where(_space.c.owner_id == bindparam("owner"))
_GET = select(*_COLUMNS).where(_space.c.id == bindparam("which"))
_ADD_ROOTS = insert(schema.collection)
_ADD_USAGE = insert(usage)
_BLOBS = select(schema.blob.c.id, schema.blob.c.refs).where(schema.blob.c.space_id == bindparam("which"))
_COLLECTIONS = select(schema.collection.c.id).where(schema.collection.c.space_id == bindparam("which"))
_DELETE_COPYING = delete(schema.copying).where(schema.copying.c.space_id == bindparam("which"))
_DELETE_OUTBOX = delete(schema.outbox).where(schema.outbox.c.space_id == bindparam("which"))
_DELETE_ITEMS = delete(schema.item).where(
    schema.item.c.collection_id.in_(
        select(schema.collection.c.id).where(schema.collection.c.space_id == bindparam("which"))
    )
)
_DELETE_GONE = delete(schema.gone).where(schema.gone.c.space_id == bindparam("which"))
_DELETE = delete(_space).where(_space.c.id == bindparam("which"))


def add(tx: Tx, owner: PrincipalId) -> Space:
    """Make the space of a principal, with the root collection and an empty usage of every tool."""
    space = SpaceId(tx.execute(_ADD, {"owner_id": owner}).scalar_one())
    tx.execute(_ADD_ROOTS, [{"space_id": space, "tool": str(tool), "name": "", "created": tx.now} for tool in Tool])
    tx.execute(_ADD_USAGE, [{"space_id": space, "tool": str(tool)} for tool in Tool])
    tx.step(space)
    return get(tx, space)


def of(tx: Tx, owner: PrincipalId) -> Space:
    """The space of a principal.

    Raises:
        Missing: it has none.
    """
    return _one(tx, _OF, {"owner": owner})


def get(tx: Tx, space: SpaceId) -> Space:
    """A space by its id.

    Raises:
        Missing: there is none.
    """
    return _one(tx, _GET, {"which": space})


def remove(tx: Tx, space: SpaceId) -> None:
    """Remove a space with everything in it. Its bytes leave the disk with the next compaction."""
    which = {"which": space}
    tx.step(space)
    tx.acts.forget(space)
    shown.vanish_with(tx, list(tx.execute(_COLLECTIONS, which).scalars()))
    tx.execute(_DELETE_OUTBOX, which)
    tx.execute(_DELETE_COPYING, which)
    tx.execute(_DELETE_ITEMS, which)
    blobs.release(tx, {BlobId(blob): refs for blob, refs in tx.execute(_BLOBS, which).all()})
    tx.execute(_DELETE_GONE, which)
    tx.execute(_DELETE, which)


def _one(tx: Tx, statement: Select[*tuple[Any, ...]], parameters: dict[str, int]) -> Space:
    row = tx.execute(statement, parameters).one_or_none()
    if row is None:
        raise Missing("There is no such space.", **parameters)
    return Space(SpaceId(row.id), PrincipalId(row.owner_id), Modseq(row.modseq), Modseq(row.floor))
