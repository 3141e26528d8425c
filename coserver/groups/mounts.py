"""What others share with an account, as it appears under ``Shared/<owner>/<name>`` on every protocol.

Invariants: one resource appears once, however many groups it was shared through; what lies inside
another shared collection that can be read appears there only; names are unique under one owner: what
was shared later under a taken name gets a number, and keeps it for that account as long as it is shared
with it and its owner does not rename it, whatever becomes of the others (S8). Nothing here says what may
be done: `rights` does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import bindparam, delete, insert, select

from coserver.groups import shares
from coserver.groups.shares import Share
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.rights import PRESETS, Right
from coserver.model.space import Tool
from coserver.store.schema.groups import mount as mount_rows
from coserver.store.tx import Tx
from coserver.store.views import collection_place, login_name

SHARED = "Shared"
SINGLY = "Messages"  # under this name single messages of an owner appear: it is no mailbox's

_at = collection_place.alias("at")
_upward = (
    select(_at.c.id.label("start"), _at.c.parent_id.label("above"))
    .where(_at.c.id.in_(bindparam("collections", expanding=True)))
    .cte("upward", recursive=True)
)
_next = collection_place.alias("next")
_upward = _upward.union_all(select(_upward.c.start, _next.c.parent_id).where(_next.c.id == _upward.c.above))
_ABOVE = select(_upward.c.start, _upward.c.above).where(_upward.c.above.is_not(None))
_AT_ONCE = 500
_rows = mount_rows.c
_KEPT = select(_rows.account_id, _rows.collection_id, _rows.item_id, _rows.name, _rows.number).where(
    _rows.account_id.in_(bindparam("accounts", expanding=True))
)
_KEEP = insert(mount_rows)
_THERE = select(login_name.c.id).where(login_name.c.id.in_(bindparam("owners", expanding=True)))
_FORGET = delete(mount_rows).where(mount_rows.c.account_id == bindparam("account"))
Thing = tuple[CollectionId | None, ItemId | None]


@dataclass(frozen=True, slots=True)
class Mount:
    """One shared collection, or one shared item with the collection it lies `inside`."""

    owner: PrincipalId
    owner_login: str
    name: str
    tool: Tool
    collection: CollectionId | None
    item: ItemId | None = None
    inside: CollectionId | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """Which number a thing bears under its name, 1 for none."""

    name: str
    number: int


def listed(tx: Tx, account: PrincipalId, tool: Tool) -> list[Mount]:
    """Everything of one tool that is shared with an account, by owner, oldest share first."""
    found = [share for share in shares.received(tx, account) if share.tool is tool]
    if not found:
        return []
    kept = _kept(tx, [account]).get(account, {})
    named = _numbered(sorted(_outermost(tx, found), key=_by_owner), kept)
    return [
        Mount(
            share.owner, share.owner_login, _with(share, number), share.tool, share.collection, share.item, share.inside
        )
        for share, number in named
    ]  # fmt: skip


def settle(tx: Tx, told: frozenset[PrincipalId]) -> None:
    """Write down the numbers of names that clash for these accounts, and forget those that are of no use."""
    kept = _kept(tx, sorted(told))
    for account in sorted(told):
        found = shares.received(tx, account)
        before = kept.get(account, {})
        now = _to_keep(tx, found, before) if before or _clash(found) else {}
        if now == before:
            continue
        tx.execute(_FORGET, {"account": account})
        rows = [
            {
                "account_id": account, "collection_id": thing[0], "item_id": thing[1], "name": one.name,
                "number": one.number,
            }
            for thing, one in now.items()
        ]  # fmt: skip
        if rows:
            tx.execute(_KEEP, rows)


def erased(tx: Tx, owners: Iterable[PrincipalId]) -> set[PrincipalId]:
    """Those of these owners whose accounts are gone for good: what showed their things is of no use any more."""
    asked = set(owners)
    return asked.difference(tx.execute(_THERE, {"owners": sorted(asked)}).scalars()) if asked else asked


def of_owner(tx: Tx, account: PrincipalId, tool: Tool, login: str) -> list[Mount]:
    """Those that lie in the space of one owner."""
    return [mount for mount in listed(tx, account, tool) if mount.owner_login == login]


def _by_owner(share: Share) -> tuple[str, int]:
    return share.owner_login, share.id


def _outermost(tx: Tx, found: Sequence[Share]) -> Iterable[Share]:
    """Each resource once, without those inside another collection that is shared to be read."""
    readable = {
        share.collection for share in found if share.collection is not None and Right.READ in PRESETS[share.preset]
    }
    above = _above(tx, found) if readable else {}
    once: dict[tuple[CollectionId | None, ItemId | None], Share] = {}
    for share in found:
        around = above.get(share.collection or share.inside or CollectionId(0), set())
        inside = around | ({share.inside} if share.inside is not None else set())
        if not inside & readable:
            once.setdefault((share.collection, share.item), share)
    return once.values()


def _above(tx: Tx, found: Sequence[Share]) -> dict[CollectionId, set[CollectionId]]:
    """The collections around each shared one."""
    wanted = sorted({share.collection or share.inside or CollectionId(0) for share in found})
    above: dict[CollectionId, set[CollectionId]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in tx.execute(_ABOVE, {"collections": wanted[start : start + _AT_ONCE]}):
            above.setdefault(CollectionId(row.start), set()).add(CollectionId(row.above))
    return above


def _kept(tx: Tx, accounts: Sequence[PrincipalId]) -> dict[PrincipalId, dict[Thing, _Kept]]:
    found: dict[PrincipalId, dict[Thing, _Kept]] = {}
    for start in range(0, len(accounts), _AT_ONCE):
        for row in tx.execute(_KEPT, {"accounts": list(accounts[start : start + _AT_ONCE])}):
            thing = (row.collection_id, row.item_id)
            found.setdefault(row.account_id, {})[thing] = _Kept(row.name, row.number)
    return found


def _to_keep(tx: Tx, found: Sequence[Share], before: Mapping[Thing, _Kept]) -> dict[Thing, _Kept]:
    """The numbers of all that bear one, and of those whose name another bears with a number."""
    numbered = [
        each
        for tool in Tool
        for each in _numbered(
            sorted(_outermost(tx, [share for share in found if share.tool is tool]), key=_by_owner), before
        )
    ]
    alike = Counter(_name(share) for share, _ in numbered)
    return {
        _thing(share): _Kept(share.name, number)
        for share, number in numbered
        if number > 1 or alike[_name(share)] > 1
    }  # fmt: skip


def _clash(found: Sequence[Share]) -> bool:
    """Whether several things have one name, or one has the name that is meant for single messages."""
    things = {_thing(share): share for share in found}.values()
    names = Counter(_name(share) for share in things)
    return any(count > 1 for count in names.values()) or any(_is_reserved(share, share.name) for share in things)


def _numbered(found: Sequence[Share], kept: Mapping[Thing, _Kept]) -> list[tuple[Share, int]]:
    """Each with its number: first those that have one, then the others in their order."""
    taken: set[tuple[str, str]] = set()
    numbers: dict[Thing, int] = {}
    for share in found:
        one = kept.get(_thing(share))
        if one is not None and one.name == share.name and _take(share, one.number, taken):
            numbers[_thing(share)] = one.number
    for share in found:
        number = numbers.get(_thing(share), 1)
        while _thing(share) not in numbers:
            if _take(share, number, taken):
                numbers[_thing(share)] = number
            number += 1
    return [(share, numbers[_thing(share)]) for share in found]


def _take(share: Share, number: int, taken: set[tuple[str, str]]) -> bool:
    """Take a name, if it is free."""
    name = _with(share, number)
    if (share.owner_login, name) in taken or _is_reserved(share, name):
        return False
    taken.add((share.owner_login, name))
    return True


def _is_reserved(share: Share, name: str) -> bool:
    return share.tool is Tool.MAIL and share.item is None and name == SINGLY


def _with(share: Share, number: int) -> str:
    """The name of what is shared, with a number before its ending."""
    path = PurePosixPath(share.name)
    ending = path.suffix if share.item is not None else ""
    return share.name if number == 1 else f"{share.name.removesuffix(ending)} ({number}){ending}"


def _name(share: Share) -> tuple[Tool, str, str]:
    return share.tool, share.owner_login, share.name


def _thing(share: Share) -> Thing:
    return share.collection, share.item
