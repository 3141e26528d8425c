"""The one writing gate: every byte the house keeps comes through here, with a grant and a charge.

A grant shows that the right was asked for, a charge that the room was taken, both in the running
tx. A wrong proof is a fault of ours and stops the tx. Reading needs no proof here; who reads has
asked groups.rights before.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced

from sqlalchemy import bindparam, delete, update

from coserver.model.act import ActKind
from coserver.model.ids import ItemId, Modseq, PrincipalId
from coserver.model.item import Flag, Item
from coserver.model.plan import Charge
from coserver.model.rights import Grant, Privacy, Right
from coserver.model.space import Collection
from coserver.store import blobs, changes, item_rows, journal, proofs, shown
from coserver.store.files import Staged
from coserver.store.item_rows import lacks
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

_item = schema.item
COLUMNS, from_row = item_rows.COLUMNS, item_rows.from_row
_REPLACE = (
    update(_item)
    .where(_item.c.id == bindparam("which"))
    .values(
        blob_id=bindparam("blob"), size=bindparam("new_size"), stamp=bindparam("new_stamp"),
        privacy=bindparam("new_privacy"), modseq=bindparam("step"),
    )
)  # fmt: skip
_MARK = (
    update(_item)
    .where(_item.c.id == bindparam("which"))
    .values(flags=bindparam("new_flags"), keywords=bindparam("new_keywords"), modseq=bindparam("step"))
)
_TOUCH = (
    update(_item).where(_item.c.id == bindparam("which")).values(stamp=bindparam("new_stamp"), modseq=bindparam("step"))
)
_WITHHOLD = (
    update(_item)
    .where(_item.c.id == bindparam("which"))
    .values(privacy=bindparam("new_privacy"), modseq=bindparam("step"))
)
_STAMP = update(_item).where(_item.c.id == bindparam("which")).values(modseq=bindparam("step"))
_DELETE = delete(_item).where(_item.c.id == bindparam("which"))


NO_FLAGS = Flag(0)


@dataclass(frozen=True, slots=True)
class New:
    """What is to be kept. `name` is None for messages, which get a uid; `stamp` 0 means now.

    `author` counts for what is new only: who changes an item does not become its author. `privacy`
    None: open when new, else as it was.
    """

    staged: Staged
    name: str | None = None
    flags: Flag = NO_FLAGS
    keywords: str = ""
    stamp: int = 0
    author: PrincipalId | None = None
    privacy: Privacy | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A collection, with the proof of what may be done in it."""

    collection: Collection
    grant: Grant


def add(tx: Tx, collection: Collection, new: Sequence[New], *, grant: Grant, charge: Charge) -> list[Item]:
    """Put new items into a collection, in order.

    Raises:
        Exists: a name is taken.
        Busy: the disk is full.
    """
    proofs.need(grant, collection.id, Right.ADD)
    proofs.book([charge], collection.space, collection.tool, items=len(new), size=sum(one.staged.size for one in new))
    drafts = [
        Item(
            ItemId(0), collection.id, one.name, None, Modseq(0), one.flags, one.keywords, one.staged.size,
            one.stamp or tx.now, blobs.keep(tx, collection.space, one.staged), one.author, one.privacy or Privacy.OPEN,
        )
        for one in new
    ]  # fmt: skip
    added = item_rows.insert_(tx, collection, drafts)
    journal.items(tx, ActKind.ADDED, collection, added, by=grant)
    return added


def replace(tx: Tx, item: Item, new: New, *, collection: Collection, grant: Grant, charge: Charge) -> Item:
    """Give an item new bytes; it keeps its id and name. The charge is the difference in bytes.

    Raises:
        Denied: only own items may be edited and this one is another's.
        Busy: the disk is full.
    """
    proofs.need_own(grant, [item], own=Right.EDIT_OWN, whole=Right.EDIT_ANY)
    proofs.book([charge], collection.space, collection.tool, items=0, size=new.staged.size - item.size)
    blob = blobs.keep(tx, collection.space, new.staged)
    step = tx.note(collection.id, collection.space)
    stamp = new.stamp or tx.now
    privacy = item.privacy if new.privacy is None else new.privacy
    tx.execute(
        _REPLACE,
        {
            "which": item.id, "blob": blob, "new_size": new.staged.size, "new_stamp": stamp, "step": step,
            "new_privacy": int(privacy),
        },
    )  # fmt: skip
    blobs.release(tx, {item.blob: 1})
    item_rows.tally(tx, collection, step, d_bytes=new.staged.size - item.size)
    shown.follow(tx, [item.id])
    if privacy > item.privacy:
        changes.record_hidden(tx, collection.space, item, modseq=step)
    journal.items(tx, ActKind.CHANGED, collection, [item], by=grant)
    return replaced(item, blob=blob, size=new.staged.size, stamp=stamp, privacy=privacy, modseq=step)


def mark(tx: Tx, collection: Collection, marks: Sequence[tuple[Item, Flag, str]], *, grant: Grant) -> Modseq:
    """Set the flags and keywords of messages to exactly these; `marks` holds each item as it is now.

    Raises:
        Denied: neither the right to keep a read state nor to edit.
    """
    proofs.need_on(grant, collection.id, [item for item, _, _ in marks], Right.SEEN | Right.EDIT_ANY)
    step = tx.note(collection.id, collection.space)
    if not marks:
        return step
    tx.execute(
        _MARK,
        [
            {"which": item.id, "new_flags": int(flags), "new_keywords": keywords, "step": step}
            for item, flags, keywords in marks
        ],
    )
    unseen = sum(lacks(flags, Flag.SEEN) - lacks(item.flags, Flag.SEEN) for item, flags, _ in marks)
    deleted = sum(lacks(item.flags, Flag.DELETED) - lacks(flags, Flag.DELETED) for item, flags, _ in marks)
    item_rows.tally(tx, collection, step, d_unseen=unseen, d_deleted=deleted)
    return step


def touch(tx: Tx, item: Item, *, stamp: int, collection: Collection, grant: Grant) -> Item:
    """Set the modification time of an item (milliseconds since 1970 UTC)."""
    proofs.need_own(grant, [item], own=Right.EDIT_OWN, whole=Right.EDIT_ANY)
    step = tx.stamp(collection.id, collection.space)
    tx.execute(_TOUCH, {"which": item.id, "new_stamp": stamp, "step": step})
    return replaced(item, stamp=stamp, modseq=step)


def withhold(tx: Tx, item: Item, privacy: Privacy, *, collection: Collection, grant: Grant) -> Item:
    """Say how far an item is withheld from those who inherit rights on it."""
    proofs.need_own(grant, [item], own=Right.EDIT_OWN, whole=Right.EDIT_ANY)
    journal.withhold(tx, collection, replaced(item, privacy=privacy), by=grant)
    step = tx.stamp(collection.id, collection.space)
    tx.execute(_WITHHOLD, {"which": item.id, "new_privacy": int(privacy), "step": step})
    shown.follow(tx, [item.id])
    if privacy > item.privacy:
        changes.record_hidden(tx, collection.space, item, modseq=step)
    return replaced(item, privacy=privacy, modseq=step)


def look_again(tx: Tx, item: Item, *, collection: Collection) -> Item:
    """Stamp an item that stays as it is but may be seen by others than before."""
    step = tx.stamp(collection.id, collection.space)
    tx.execute(_STAMP, {"which": item.id, "step": step})
    shown.follow(tx, [item.id])
    return replaced(item, modseq=step)


def copy(
    tx: Tx,
    items: Sequence[Item],
    target: Collection,
    *,
    names: Sequence[str] | None = None,
    grant: Grant,
    charge: Charge,
) -> list[Item]:
    """Copy items into a collection, of another space too; inside one space no byte is copied.

    Raises:
        Exists: a name is taken.
        Busy: the disk is full.
    """
    proofs.need(grant, target.id, Right.ADD)
    proofs.book([charge], target.space, target.tool, items=len(items), size=sum(item.size for item in items))
    spaces = item_rows.spaces_of(tx, items)
    blobs.hold(tx, Counter(item.blob for item in items if spaces[item.collection] == target.space))
    drafts = [
        replaced(
            item,
            collection=target.id,
            name=item.name if names is None else names[position],
            blob=item.blob if spaces[item.collection] == target.space else blobs.adopt(tx, item.blob, target.space),
            author=grant.who,
        )
        for position, item in enumerate(items)
    ]
    copied = item_rows.insert_(tx, target, drafts)
    journal.items(tx, ActKind.COPIED, target, copied, by=grant)
    return copied


def move(
    tx: Tx,
    items: Sequence[Item],
    source: Place,
    target: Place,
    *,
    names: Sequence[str] | None = None,
    charges: Sequence[Charge] = (),
) -> list[Item]:
    """Move items, or rename them inside one collection; inside one space they keep their ids.

    Between spaces `charges` are the two bookings: taken in the target, given back in the source.

    Raises:
        Denied: only own items may leave and one is another's.
        Exists: a name is taken.
    """
    proofs.need_own(source.grant, items, own=Right.DELETE_OWN, whole=Right.DELETE_ANY)
    here, there = source.collection, target.collection
    if here.space != there.space:
        taken, returned = charges
        moved = copy(tx, items, there, names=names, grant=target.grant, charge=taken)
        remove(tx, here, items, grant=source.grant, charge=returned)
        return moved
    proofs.need(target.grant, there.id, Right.ADD)
    step = tx.note(here.id, here.space)
    tx.note(there.id, there.space)
    first = item_rows.leave_and_arrive(tx, items, here, there, step)
    moved = [
        replaced(
            item,
            collection=there.id,
            modseq=step,
            name=item.name if names is None else names[position],
            uid=None if item.uid is None else first + position,
        )
        for position, item in enumerate(items)
    ]
    changes.record_gone(tx, here.space, items, modseq=step)
    item_rows.rehouse(tx, moved)
    shown.follow(tx, [item.id for item in items])
    journal.move(tx, here, items, there, moved, by=source.grant)
    return moved


def remove(tx: Tx, collection: Collection, items: Sequence[Item], *, grant: Grant, charge: Charge) -> Modseq:
    """Take items out for good; the charge gives their room back.

    Raises:
        Denied: only own items may be deleted and one is another's.
    """
    proofs.need_own(grant, items, own=Right.DELETE_OWN, whole=Right.DELETE_ANY)
    size = sum(item.size for item in items)
    proofs.book([charge], collection.space, collection.tool, items=-len(items), size=-size)
    step = tx.note(collection.id, collection.space)
    if not items:
        return step
    shown.vanish(tx, [item.id for item in items])
    tx.execute(_DELETE, [{"which": item.id} for item in items])
    blobs.release(tx, Counter(item.blob for item in items))
    changes.record_gone(tx, collection.space, items, modseq=step)
    item_rows.tally(tx, collection, step, **item_rows.weights(items, -1))
    journal.items(tx, ActKind.REMOVED, collection, items, by=grant)
    return step
