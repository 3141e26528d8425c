"""Messages: keeping, copying, moving, expunging and hiding them.

Each function is one step inside a write tx, asks for the right and books the room itself, and
works on thousands of messages in a few statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import Any

from sqlalchemy import bindparam, insert, literal, select

from coserver.groups import rights, room, shares
from coserver.mail import held, marks, picking, reads, sights
from coserver.mail.faces import OWN, VIEW
from coserver.mail.marks import joined
from coserver.mail.picking import Picked
from coserver.mail.prepared import Prepared
from coserver.mail.rows import EVERY, Ranges
from coserver.mail.sights import Sight
from coserver.model.ids import BlobId, CollectionId, PrincipalId
from coserver.model.item import Flag, Item
from coserver.model.plan import Occasion
from coserver.model.rights import Grant, Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, items, spaces
from coserver.store.files import Staged
from coserver.store.items import New, Place
from coserver.store.schema.mail import message
from coserver.store.tx import Tx

NO_FLAGS = Flag(0)

_RENDERED = (
    message.c.blob_id, message.c.envelope, message.c.structure, message.c.parts, message.c.words, message.c.sent,
)  # fmt: skip
_OF_BLOB = select(*_RENDERED).where(message.c.blob_id == bindparam("which"))
_NAMES = [column.name for column in _RENDERED]
_there = message.alias("there")
_IS_THERE = select(literal(1)).where(_there.c.blob_id == bindparam("blob_id", type_=_there.c.blob_id.type)).exists()
_REMEMBER = insert(message).from_select(
    _NAMES, select(*(bindparam(column.name, type_=column.type) for column in _RENDERED)).where(~_IS_THERE)
)
_SHARE = insert(message).from_select(
    _NAMES,
    select(bindparam("blob_id", type_=message.c.blob_id.type), *_RENDERED[1:]).where(
        message.c.blob_id == bindparam("old"), ~_IS_THERE
    ),
)
_DELETED = (
    OWN.select(*items.COLUMNS).where(OWN.a_message, OWN.flags.op("&")(int(Flag.DELETED)) != 0).order_by(OWN.uid)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be put into a mailbox. `stamp` is its INTERNALDATE in milliseconds, 0: now."""

    prepared: Prepared
    flags: Flag = NO_FLAGS
    keywords: frozenset[str] = frozenset()
    stamp: int = 0
    privacy: Privacy = Privacy.OPEN


@dataclass(frozen=True, slots=True)
class Pair:
    """A message that was copied or moved: its uid there and here, for COPYUID (RFC 4315 3)."""

    source: int
    target: int


def append(tx: Tx, account: PrincipalId, mailbox: Collection, new: Sequence[NewMessage]) -> list[Item]:
    """Put messages into a mailbox, in order, all or none.

    Raises:
        Denied: the right to add is missing.
        NoRoom: they do not fit.
        Malformed: too many keywords, or one is too long.
    """
    grant = sights.need(tx, account, mailbox, Right.ADD)
    sight = sights.of(tx, account, mailbox)
    fit = [_fitting(sight, one) for one in new]
    with room.asked(tx, account, mailbox):
        made = keep(tx, mailbox, fit, grant=grant, author=account)
    marks.read_new(tx, sight, made, (one.flags for one in new))
    return made


def keep(
    tx: Tx,
    mailbox: Collection,
    new: Sequence[NewMessage],
    *,
    grant: Grant,
    author: PrincipalId | None,
    occasion: Occasion = Occasion.ADDED,
) -> list[Item]:
    """Put messages into a mailbox under a grant the caller has: what append and delivery share."""
    size = sum(one.prepared.staged.size for one in new)
    charge = usage.charge(tx, mailbox.space, Tool.MAIL, bytes=size, items=len(new), occasion=occasion)
    kept = items.add(
        tx,
        mailbox,
        [
            New(
                one.prepared.staged, flags=one.flags, keywords=joined(one.keywords), stamp=one.stamp, author=author,
                privacy=one.privacy,
            )
            for one in new
        ],
        grant=grant,
        charge=charge,
    )  # fmt: skip
    _remember(tx, {item.blob: one.prepared for item, one in zip(kept, new, strict=True)})
    return kept


def copy(tx: Tx, account: PrincipalId, source: Collection, uids: Ranges, target: Collection) -> list[Pair]:
    """Copy messages with flags, keywords and INTERNALDATE, all or none (RFC 9051 6.4.7).

    Raises:
        Denied: the right to add is missing in the target, or something private would come to somebody else.
        NoRoom: they do not fit.
    """
    grant = sights.need(tx, account, target, Right.ADD)
    found = picking.by_uids(tx, sights.of(tx, account, source), uids)
    return _copy(tx, account, found, _Way(source, target), grant=grant) if found else []


def move(tx: Tx, account: PrincipalId, source: Collection, uids: Ranges, target: Collection) -> list[Pair]:
    """Move messages, all or none (RFC 6851 3.3).

    Raises:
        Denied: the right to delete one of them or to add in the target is missing.
        NoRoom: they do not fit into the other space.
    """
    there = Place(target, sights.need(tx, account, target, Right.ADD))
    sight = sights.of(tx, account, source)
    found = picking.by_uids(tx, sight, uids)
    if not found:
        return []
    _need_delete(tx, sight, [one.kept for one in found])
    if source.space != target.space or sight.face is VIEW:  # the rendered rows are shared before the old blobs go
        pairs = _copy(tx, account, found, _Way(source, target), grant=there.grant)
        _remove(tx, account, [one.kept for one in found])
        return pairs
    place = Place(source, rights.need(tx, account, source, Right.READ))
    moved = items.move(tx, [one.kept for one in found], place, there)
    reads.moved(tx, [item.id for item in moved], target.id)
    held.let_out(tx, source, target, [(one.kept, new) for one, new in zip(found, moved, strict=True)])
    shares.tell_singly(tx, spaces.get(tx, source.space).owner)
    return _pairs(found, moved)


def expunge(tx: Tx, account: PrincipalId, mailbox: Collection, uids: Ranges | None = None) -> list[int]:
    """Remove messages marked \\Deleted for good, all or those among `uids`; return their uids, ascending.

    Those that the account may not delete are left alone: who may delete his own only, those of others.

    Raises:
        Denied: it may delete nothing here.
    """
    sight = sights.of(tx, account, mailbox)
    if not sight.rights & _DELETES:
        sights.need(tx, account, mailbox, Right.DELETE_ANY)
    found = [one for one in _marked(tx, sight, uids) if _deletes(sight, one.kept)]
    _remove(tx, account, [one.kept for one in found])
    return [one.seen.uid or 0 for one in found]


def withhold(tx: Tx, account: PrincipalId | None, item: Item, privacy: Privacy) -> Item:
    """Say how far a message is withheld from those who inherit rights on its mailbox (R13).

    One that comes to light again gets a new uid: clients look for what is new above the highest
    they know. `account` is who asks for it, None the operator.

    Raises:
        Missing, Denied: as `rights.need_withhold`.
    """
    mailbox = collections.get(tx, item.collection)
    if account is None:
        grant = rights.house(tx, mailbox, Right.EDIT_ANY)
    else:
        grant = rights.need_withhold(tx, account, mailbox, item)
    if item.privacy is privacy:
        return item
    now = items.withhold(tx, item, privacy, collection=mailbox, grant=grant)
    return now if item.privacy is Privacy.OPEN or privacy is not Privacy.OPEN else renumber(tx, [now])[0]


def renumber(tx: Tx, found: Sequence[Item]) -> list[Item]:
    """Give messages the next uids of their mailboxes: some see them that did not, and they must be new to those."""
    there: dict[CollectionId, list[Item]] = {}
    for item in sorted(found, key=_by_uid):
        there.setdefault(item.collection, []).append(item)
    moved = []
    for number, some in there.items():
        mailbox = collections.get(tx, number)
        place = Place(mailbox, rights.house(tx, mailbox, Right.DELETE_ANY | Right.ADD))
        moved += items.move(tx, some, place, place)
    return moved


def _by_uid(item: Item) -> int:
    return item.uid or 0


# ---------------------------------------------------------------- inside

_DELETES = Right.DELETE_ANY | Right.DELETE_OWN


def _fitting(sight: Sight, new: NewMessage) -> NewMessage:
    """A new message with the flags its sender may set."""
    flags, words = marks.as_new(sight, new.flags, joined(new.keywords))
    return replaced(new, flags=flags, keywords=frozenset(words.split()))


@dataclass(frozen=True, slots=True)
class _Way:
    """From one mailbox to another."""

    source: Collection
    target: Collection


def _copy(tx: Tx, account: PrincipalId, found: Sequence[Picked], way: _Way, *, grant: Grant) -> list[Pair]:
    target = way.target
    rights.need_open(tx, account, target, (one.kept.privacy for one in found))
    size = sum(one.kept.size for one in found)
    with room.asked(tx, account, target):
        charge = usage.charge(tx, target.space, Tool.MAIL, bytes=size, items=len(found))
    sight = sights.of(tx, account, target)
    drafts = []
    for one in found:
        flags, words = marks.as_new(sight, one.seen.flags, one.seen.keywords)
        drafts.append(replaced(one.kept, flags=flags, keywords=words))
    made = items.copy(tx, drafts, target, grant=grant, charge=charge)
    _share(tx, drafts, made)
    marks.read_new(tx, sight, made, (one.seen.flags for one in found))
    held.let_out(tx, way.source, target, [(one.kept, new) for one, new in zip(found, made, strict=True)])
    return _pairs(found, made)


def _deletes(sight: Sight, item: Item) -> bool:
    """Whether the account may delete this message."""
    allowed = sight.on(item.id)
    return Right.DELETE_ANY in allowed or (Right.DELETE_OWN in allowed and item.author == sight.account)


def _need_delete(tx: Tx, sight: Sight, found: Sequence[Item]) -> None:
    """Denied unless the account may delete all of these."""
    for item in found:
        if not _deletes(sight, item):
            rights.need_on(tx, sight.account, collections.get(tx, item.collection), item, Right.DELETE_ANY)


def _marked(tx: Tx, sight: Sight, uids: Ranges | None) -> list[Picked]:
    """Those with \\Deleted, all or among some."""
    mailbox = sight.collection
    if sight.face is VIEW:
        return [
            one for one in picking.by_uids(tx, sight, EVERY if uids is None else uids) if one.seen.flags & Flag.DELETED
        ]
    if not collections.get(tx, mailbox.id).deleted:
        return []
    if uids is None:
        return picking.of(tx, sight, [items.from_row(row) for row in tx.execute(_DELETED, {"which": mailbox.id})])
    return [one for one in picking.by_uids(tx, sight, uids) if one.seen.flags & Flag.DELETED]


def _remove(tx: Tx, account: PrincipalId, found: Sequence[Item]) -> None:
    """Take messages out of the mailboxes they lie in, which a view shows of several."""
    there: dict[CollectionId, list[Item]] = {}
    for item in found:
        there.setdefault(item.collection, []).append(item)
    for number, some in there.items():
        mailbox = collections.get(tx, number)
        grant = rights.need_on(tx, account, mailbox, some[0], Right.READ)
        size = sum(item.size for item in some)
        charge = usage.charge(tx, mailbox.space, Tool.MAIL, bytes=-size, items=-len(some))
        items.remove(tx, mailbox, some, grant=grant, charge=charge)


def _pairs(before: Sequence[Picked], after: Sequence[Item]) -> list[Pair]:
    return [Pair(old.seen.uid or 0, new.uid or 0) for old, new in zip(before, after, strict=True)]


def rendered(tx: Tx, blob: BlobId, staged: Staged) -> Prepared | None:
    """A kept message made ready to be kept once more, as `staged`; None if its bytes are no message's."""
    row = tx.execute(_OF_BLOB, {"which": blob}).first()
    return None if row is None else Prepared(staged, row.envelope, row.structure, row.parts, row.words, row.sent)


def _remember(tx: Tx, prepared: Mapping[BlobId, Prepared]) -> None:
    """Keep what was rendered, once for each blob."""
    made: list[dict[str, Any]] = [
        {
            "blob_id": blob, "envelope": one.envelope, "structure": one.structure, "parts": one.parts,
            "words": one.words, "sent": one.sent,
        }
        for blob, one in prepared.items()
    ]  # fmt: skip
    if made:
        tx.execute(_REMEMBER, made)


def _share(tx: Tx, before: Sequence[Item], after: Sequence[Item]) -> None:
    """Copies in another space have blobs of their own: what was rendered goes with them."""
    crossing = {new.blob: old.blob for old, new in zip(before, after, strict=True) if old.blob != new.blob}
    if crossing:
        tx.execute(_SHARE, [{"blob_id": new, "old": old} for new, old in crossing.items()])
