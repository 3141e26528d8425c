"""Flags and keywords of messages: what somebody may change, and changing it.

\\Seen is everybody's own where others look too; the rest is common to all and goes by rights. In a
view all of it is the viewer's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from enum import StrEnum

from coserver.groups import rights
from coserver.mail import faces, picking, reads, sights
from coserver.mail.picking import Picked
from coserver.mail.rows import Ranges
from coserver.mail.sights import Sight
from coserver.model.errors import Malformed
from coserver.model.ids import Modseq, PrincipalId
from coserver.model.item import Flag, Item
from coserver.model.rights import Right
from coserver.model.space import Collection
from coserver.store import items, shown
from coserver.store.tx import Tx

NO_FLAGS = Flag(0)
MOST_KEYWORDS = 100  # of one message
LONGEST_KEYWORD = 255
_KEYWORD = 1 << 16  # stands for all keywords beside the system flags
_OTHERS = Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT


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
        Denied: the account may change none of these flags on any of these messages.
        Malformed: too many keywords, or one is too long.
    """
    sight = sights.of(tx, account, mailbox)
    modified: list[int] = []
    now: list[Item] = []
    changes: list[tuple[Picked, Item]] = []
    found = picking.by_uids(tx, sight, uids)
    _need_any(tx, sight, found, marking)
    for one in found:
        item = one.seen
        if unchanged_since is not None and item.modseq > unchanged_since:
            modified.append(item.uid or 0)
            continue
        flags, words = _applied(item, marking, changeable(sight, item))
        if (flags, words) != (item.flags, item.keywords):
            item = replaced(item, flags=flags, keywords=words)
            changes.append((one, item))
        now.append(item)
    if not changes:
        return Marked(now, modified)
    step = _keep(tx, sight, changes)
    changed = {item.id for _, item in changes}
    return Marked([replaced(one, modseq=step) if one.id in changed else one for one in now], modified)


def joined(keywords: Iterable[str]) -> str:
    """Keywords as an item keeps them: sorted, each once whatever its case, with one space between.

    Raises:
        Malformed: there are too many, or one is too long.
    """
    unique = {word.casefold(): word for word in keywords}
    if len(unique) > MOST_KEYWORDS or any(len(word) > LONGEST_KEYWORD for word in unique):
        raise Malformed(f"A message can have {MOST_KEYWORDS} keywords of up to {LONGEST_KEYWORD} characters.")
    return " ".join(sorted(unique.values()))


def allowed(held: Right, *, own: bool) -> int:
    """The flags that rights let somebody change, on a message of his `own` or another's.

    \\Seen goes with reading, \\Deleted with deleting, the rest with editing (RFC 4314 4).
    """
    mask = 0
    if Right.READ in held:
        mask |= Flag.SEEN
    if held & (Right.DELETE_ANY | (Right.DELETE_OWN if own else Right.NOTHING)):
        mask |= Flag.DELETED
    if held & (Right.EDIT_ANY | (Right.EDIT_OWN if own else Right.NOTHING)):
        mask |= _OTHERS | _KEYWORD
    return int(mask)


def changeable(sight: Sight, item: Item) -> int:
    """The flags that the account may change on one message."""
    return allowed(sight.on(item.id), own=item.author == sight.account)


def as_new(sight: Sight, flags: Flag, keywords: str) -> tuple[Flag, str]:
    """The flags a message may bring along where it is put; \\Seen is seen to by `read_new` (RFC 4314 4)."""
    if sight.face is faces.OWN:
        return flags, keywords
    mask = allowed(sight.held.rights, own=True)
    return Flag(flags & mask & ~Flag.SEEN), keywords if mask & _KEYWORD else ""


def read_new(tx: Tx, sight: Sight, made: Sequence[Item], flags: Iterable[Flag]) -> None:
    """Messages that came with \\Seen are read, for the one who put them there."""
    if sight.face is faces.OWN:
        return
    read = {item.id: True for item, one in zip(made, flags, strict=True) if one & Flag.SEEN}
    if read:
        reads.keep(tx, sight, read)


# ---------------------------------------------------------------- inside


def _need_any(tx: Tx, sight: Sight, found: Sequence[Picked], marking: Marking) -> None:
    """At least one flag of one message is his to change (RFC 4314 4: else NO)."""
    named = int(marking.flags) | (_KEYWORD if marking.keywords else 0)
    if not named or not found or any(named & changeable(sight, one.seen) for one in found):
        return
    right = Right.DELETE_ANY if named == Flag.DELETED else Right.EDIT_ANY
    sights.need(tx, sight.account, sight.collection, right)


def _keep(tx: Tx, sight: Sight, changes: Sequence[tuple[Picked, Item]]) -> Modseq:
    """Write down the new flags, each where it belongs; the step that was stamped on them."""
    if sight.face is faces.VIEW:
        marks = [(one.shown, item.flags, item.keywords) for one, item in changes if one.shown is not None]
        return shown.mark(tx, sight.collection, marks)
    own = sight.face is faces.OWN
    step = Modseq(0)
    if not own:
        read = {item.id: bool(item.flags & Flag.SEEN) for one, item in changes if _differ(one.seen, item, Flag.SEEN)}
        step = reads.keep(tx, sight, read) if read else step
    marks_ = [
        (one.kept, item.flags if own else _with_seen_of(one.kept, item.flags), item.keywords)
        for one, item in changes
        if own or _differ(one.seen, item, ~Flag.SEEN) or one.seen.keywords != item.keywords
    ]
    if marks_:
        grant = rights.need(tx, sight.account, sight.collection, Right.READ)
        step = items.mark(tx, sight.collection, marks_, grant=grant)
    return step


def _differ(one: Item, other: Item, mask: Flag) -> bool:
    return bool((one.flags ^ other.flags) & mask)


def _with_seen_of(kept: Item, flags: Flag) -> Flag:
    """The common flags as they are to be, with the owner's own \\Seen."""
    return Flag(flags & ~Flag.SEEN | kept.flags & Flag.SEEN)


def _applied(item: Item, marking: Marking, allowed_: int) -> tuple[Flag, str]:
    """The flags and keywords of a message after a marking, as far as it is allowed."""
    flags = _combined(int(item.flags), int(marking.flags), marking.deed)
    flags = (flags & allowed_) | (int(item.flags) & ~allowed_)
    if not allowed_ & _KEYWORD or (not marking.keywords and marking.deed is not Deed.REPLACE):
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
