"""Messages: keeping, marking, copying, moving and expunging them.

Each function is one step inside a write tx, asks for the right and books the room itself, and
works on thousands of messages in a few statements.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, insert, literal, select

from coserver.groups import rights
from coserver.mail import rows
from coserver.mail.prepared import Prepared
from coserver.mail.rows import Ranges
from coserver.model.errors import Malformed
from coserver.model.ids import BlobId, PrincipalId
from coserver.model.item import Flag, Item
from coserver.model.rights import Grant, Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, items, lookup
from coserver.store.items import New, Place
from coserver.store.schema.mail import message
from coserver.store.tx import Tx

NO_FLAGS = Flag(0)
MOST_KEYWORDS = 100  # of one message
LONGEST_KEYWORD = 255

_RENDERED = (
    message.c.blob_id, message.c.envelope, message.c.structure, message.c.parts, message.c.words, message.c.sent,
)  # fmt: skip
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
    select(*items.COLUMNS)
    .where(rows.in_collection == bindparam("which"), rows.A_MESSAGE, rows.flags.op("&")(int(Flag.DELETED)) != 0)
    .order_by(rows.uid)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be put into a mailbox. `stamp` is its INTERNALDATE in milliseconds, 0: now."""

    prepared: Prepared
    flags: Flag = NO_FLAGS
    keywords: frozenset[str] = frozenset()
    stamp: int = 0


class Deed(StrEnum):
    """How STORE treats the flags it names (RFC 9051 6.4.6)."""

    ADD = "+"
    REMOVE = "-"
    REPLACE = ""


@dataclass(frozen=True, slots=True)
class Marking:
    """What STORE does: add, remove or replace these flags and keywords."""

    deed: Deed
    flags: Flag = NO_FLAGS
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of it: the messages as they are now, and the uids that were refused as MODIFIED."""

    items: list[Item]
    modified: list[int]


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
    return keep(tx, mailbox, new, grant=rights.need(tx, account, mailbox, Right.ADD), author=account)


def keep(
    tx: Tx, mailbox: Collection, new: Sequence[NewMessage], *, grant: Grant, author: PrincipalId | None
) -> list[Item]:
    """Put messages into a mailbox under a grant the caller has: what append and delivery share."""
    size = sum(one.prepared.staged.size for one in new)
    charge = usage.charge(tx, mailbox.space, Tool.MAIL, bytes=size, items=len(new))
    kept = items.add(
        tx,
        mailbox,
        [
            New(
                one.prepared.staged, flags=one.flags, keywords=joined(one.keywords), stamp=one.stamp, author=author
            )
            for one in new
        ],
        grant=grant,
        charge=charge,
    )  # fmt: skip
    _remember(tx, {item.blob: one.prepared for item, one in zip(kept, new, strict=True)})
    return kept


def mark(
    tx: Tx,
    account: PrincipalId,
    mailbox: Collection,
    uids: Ranges,
    marking: Marking,
    *,
    unchanged_since: int | None = None,
) -> Marked:
    """Change flags. What the account may not change stays as it is (RFC 4314 4).

    With `unchanged_since` messages changed after that modseq are left alone and named as modified
    (RFC 7162 3.1.3). A message that has the flags already keeps its modseq.

    Raises:
        Denied: the account may change no flags here.
        Malformed: too many keywords, or one is too long.
    """
    held = rights.of(tx, account, mailbox)
    grant = rights.need(tx, account, mailbox, Right.SEEN if Right.SEEN in held else Right.EDIT_ANY)
    whole = _changeable(held, own=False)
    found = lookup.by_uids(tx, mailbox.id, uids)
    modified: list[int] = []
    now: list[Item] = []
    marks: list[tuple[Item, Flag, str]] = []
    for item in found:
        if unchanged_since is not None and item.modseq > unchanged_since:
            modified.append(item.uid or 0)
            continue
        allowed = _changeable(held, own=True) if item.author == account else whole
        flags, words = _applied(item, marking, allowed)
        if (flags, words) != (item.flags, item.keywords):
            marks.append((item, flags, words))
            item = replaced(item, flags=flags, keywords=words)  # noqa: PLW2901  (the message as it is now)
        now.append(item)
    if not marks:
        return Marked(now, modified)
    step = items.mark(tx, mailbox, marks, grant=grant)
    changed = {item.id for item, _, _ in marks}
    return Marked([replaced(one, modseq=step) if one.id in changed else one for one in now], modified)


def copy(tx: Tx, account: PrincipalId, source: Collection, uids: Ranges, target: Collection) -> list[Pair]:
    """Copy messages with flags, keywords and INTERNALDATE, all or none (RFC 9051 6.4.7).

    Raises:
        Denied: the right to add is missing in the target.
        NoRoom: they do not fit.
    """
    rights.need(tx, account, source, Right.READ)
    grant = rights.need(tx, account, target, Right.ADD)
    found = lookup.by_uids(tx, source.id, uids)
    if not found:
        return []
    size = sum(item.size for item in found)
    charge = usage.charge(tx, target.space, Tool.MAIL, bytes=size, items=len(found))
    made = items.copy(tx, found, target, grant=grant, charge=charge)
    _share(tx, found, made)
    return _pairs(found, made)


def move(tx: Tx, account: PrincipalId, source: Collection, uids: Ranges, target: Collection) -> list[Pair]:
    """Move messages, all or none (RFC 6851 3.3).

    Raises:
        Denied: the right to delete in the source or to add in the target is missing.
        NoRoom: they do not fit into the other space.
    """
    place = Place(source, _need_delete(tx, account, source))
    there = Place(target, rights.need(tx, account, target, Right.ADD))
    found = lookup.by_uids(tx, source.id, uids)
    if not found:
        return []
    charges = []
    if source.space != target.space:
        size, count = sum(item.size for item in found), len(found)
        charges = [
            usage.charge(tx, target.space, Tool.MAIL, bytes=size, items=count),
            usage.charge(tx, source.space, Tool.MAIL, bytes=-size, items=-count),
        ]
        # the rendered rows are shared before the old blobs go
        grant = there.grant
        made = items.copy(tx, found, target, grant=grant, charge=charges[0])
        _share(tx, found, made)
        items.remove(tx, source, found, grant=place.grant, charge=charges[1])
        return _pairs(found, made)
    return _pairs(found, items.move(tx, found, place, there))


def expunge(tx: Tx, account: PrincipalId, mailbox: Collection, uids: Ranges | None = None) -> list[int]:
    """Remove messages marked \\Deleted for good, all or those among `uids`; return their uids, ascending.

    Who may delete his own messages only leaves those of others alone.

    Raises:
        Denied: the right to delete is missing.
    """
    grant = _need_delete(tx, account, mailbox)
    if not collections.get(tx, mailbox.id).deleted:
        return []
    if uids is None:
        found = [items.from_row(row) for row in tx.execute(_DELETED, {"which": mailbox.id})]
    else:
        found = [item for item in lookup.by_uids(tx, mailbox.id, uids) if item.flags & Flag.DELETED]
    if Right.DELETE_ANY not in grant.rights:
        found = [item for item in found if item.author == account]
    if not found:
        return []
    size = sum(item.size for item in found)
    charge = usage.charge(tx, mailbox.space, Tool.MAIL, bytes=-size, items=-len(found))
    items.remove(tx, mailbox, found, grant=grant, charge=charge)
    return [item.uid or 0 for item in found]


def joined(keywords: Iterable[str]) -> str:
    """Keywords as an item keeps them: sorted, each once whatever its case, with one space between.

    Raises:
        Malformed: there are too many, or one is too long.
    """
    unique = {word.casefold(): word for word in keywords}
    if len(unique) > MOST_KEYWORDS or any(len(word) > LONGEST_KEYWORD for word in unique):
        raise Malformed(f"A message can have {MOST_KEYWORDS} keywords of up to {LONGEST_KEYWORD} characters.")
    return " ".join(sorted(unique.values()))


# ---------------------------------------------------------------- inside

_KEYWORD = 1 << 16  # stands for all keywords beside the system flags
_OTHERS = Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT


def _changeable(held: Right, *, own: bool) -> int:
    """The flags somebody may change: \\Seen, \\Deleted and the others go by different rights."""
    mask = 0
    if Right.SEEN in held:
        mask |= Flag.SEEN
    if held & (Right.DELETE_ANY | (Right.DELETE_OWN if own else Right.NOTHING)):
        mask |= Flag.DELETED
    if held & (Right.EDIT_ANY | (Right.EDIT_OWN if own else Right.NOTHING)):
        mask |= _OTHERS | _KEYWORD
    return int(mask)


def _applied(item: Item, marking: Marking, allowed: int) -> tuple[Flag, str]:
    """The flags and keywords of a message after a marking, as far as it is allowed."""
    flags = _combined(int(item.flags), int(marking.flags), marking.deed)
    flags = (flags & allowed) | (int(item.flags) & ~allowed)
    if not allowed & _KEYWORD or (not marking.keywords and marking.deed is not Deed.REPLACE):
        return Flag(flags), item.keywords
    had = {word.casefold(): word for word in item.keywords.split(" ") if word}
    named = {word.casefold(): word for word in marking.keywords}
    if marking.deed is Deed.ADD:
        return Flag(flags), joined((named | had).values())
    if marking.deed is Deed.REMOVE:
        return Flag(flags), joined(word for key, word in had.items() if key not in named)
    return Flag(flags), joined(had.get(key, word) for key, word in named.items())


def _combined(had: int, named: int, deed: Deed) -> int:
    if deed is Deed.ADD:
        return had | named
    return had & ~named if deed is Deed.REMOVE else named


def _need_delete(tx: Tx, account: PrincipalId, mailbox: Collection) -> Grant:
    held = rights.of(tx, account, mailbox)
    own_only = Right.DELETE_OWN in held and Right.DELETE_ANY not in held
    return rights.need(tx, account, mailbox, Right.DELETE_OWN if own_only else Right.DELETE_ANY)


def _pairs(before: Sequence[Item], after: Sequence[Item]) -> list[Pair]:
    return [Pair(old.uid or 0, new.uid or 0) for old, new in zip(before, after, strict=True)]


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
