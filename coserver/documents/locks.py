"""Write locks on folders and files, kept in the store so that they outlive a restart (RFC 4918 6, 7).

Invariants: a lock belongs to the row it was put on, never to a path; what is removed takes its locks
along, what is moved loses them (RFC 4918 7.6). A lock counts only until it expires, by the clock of
the running tx; nobody has to sweep for that; and only while its account may write what it protects,
so that nobody whose rights ended is in the way of others (R17). Only the account that made a lock may
use its token. What was dropped for somebody is locked for its sender alone.
"""

import secrets
import uuid
from collections.abc import Collection as Bag
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update

from coserver.documents.paths import Spot
from coserver.groups import rights
from coserver.model.errors import Denied, Locked, Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.rights import Right
from coserver.store import collections, lookup
from coserver.store.schema import documents as schema
from coserver.store.tx import Tx
from coserver.store.views import collection_place, item_place

USUAL_SECONDS = 3600
LONGEST_SECONDS = 24 * 3600  # clients that asked for more refresh in time (RFC 4918 6.6)
MOST = 2000  # locks one account may hold
_AT_ONCE = 500  # folders or files in one query
LONGEST_OWNER = 4096  # characters of the owner text


class Scope(StrEnum):
    """Whether a lock bears others beside it (RFC 4918 6.2)."""

    EXCLUSIVE = "exclusive"
    SHARED = "shared"


class Reach(StrEnum):
    """Whether a lock covers what is inside a folder (RFC 4918 6.1)."""

    SELF = "0"
    ALL = "infinity"


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock. `owner` is the XML a client sent to say who it is; `expires` in ms since 1970."""

    token: str
    collection: CollectionId | None
    item: ItemId | None
    account: PrincipalId
    scope: Scope
    depth: Reach
    owner: str
    expires: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks of a new lock; `seconds` None when it names no time."""

    scope: Scope
    depth: Reach
    owner: str
    seconds: int | None


_LOCK = schema.lock
_ALIVE = _LOCK.c.expires > bindparam("now")
_ANY = select(_LOCK.c.token).where(_ALIVE).limit(1)
_OF = select(_LOCK).where(
    _ALIVE,
    or_(
        _LOCK.c.collection_id.in_(bindparam("collections", expanding=True)),
        _LOCK.c.item_id.in_(bindparam("items", expanding=True)),
    ),
)
_anchor = func.coalesce(_LOCK.c.collection_id, item_place.c.collection_id)  # the folder it is on, or around its file
_IN_SPACE = (
    select(_LOCK, _anchor.label("anchor"))
    .outerjoin(item_place, item_place.c.id == _LOCK.c.item_id)
    .join(collection_place, collection_place.c.id == _anchor)
    .where(_ALIVE, collection_place.c.space_id == bindparam("space"))
)
_BY_TOKEN = select(_LOCK).where(_ALIVE, _LOCK.c.token == bindparam("wanted"))
_HELD = select(func.count()).select_from(_LOCK).where(_ALIVE, _LOCK.c.account_id == bindparam("account"))
_ADD = insert(_LOCK)
_DROP = delete(_LOCK).where(_LOCK.c.token == bindparam("wanted"))
_SWEEP = delete(_LOCK).where(_LOCK.c.expires <= bindparam("now"))
_PROLONG = update(_LOCK).where(_LOCK.c.token == bindparam("wanted")).values(expires=bindparam("until"))

_IN_THE_WAY = "This is locked by someone who is working on it. Please try again later, or ask them to close it."


def acquire(tx: Tx, account: PrincipalId, place: Spot, wish: Wish) -> Lock:
    """A new lock on an existing folder or file.

    Raises:
        Locked: another lock is on it, around it or, for a lock on all of a folder, inside it.
        Denied: the account holds too many locks.
    """
    tx.execute(_SWEEP, {"now": tx.now})
    rivals = covering(tx, place)
    if wish.depth is Reach.ALL:
        rivals += inside(tx, place)
    if any(Scope.EXCLUSIVE in (one.scope, wish.scope) for one in rivals):
        raise Locked(_IN_THE_WAY)  # RFC 4918 9.10.5
    if tx.execute(_HELD, {"now": tx.now, "account": account}).scalar_one() >= MOST:
        raise Denied(f"You hold {MOST} locks. Please close some files first.")
    lock = Lock(
        token=f"urn:uuid:{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}",  # RFC 4918 6.5
        collection=place.folder.id if place.folder else None,
        item=place.item.id if place.item else None,
        account=account,
        scope=wish.scope,
        depth=wish.depth if place.folder else Reach.SELF,
        owner=wish.owner[:LONGEST_OWNER],
        expires=_until(tx, wish.seconds),
    )
    tx.execute(_ADD, _values(tx, lock))
    return lock


def refresh(tx: Tx, account: PrincipalId, token: str, *, seconds: int | None) -> Lock:
    """The same lock with a new time (RFC 4918 9.10.2); the token stays.

    Raises:
        Missing: there is no such lock any more, or it is somebody else's.
    """
    lock = find(tx, token)
    if lock is None or lock.account != account:
        raise Missing("This lock is not there any more. Please open the file again.")
    until = _until(tx, seconds)
    tx.execute(_PROLONG, {"wanted": token, "until": until})
    return replace(lock, expires=until)


def release(tx: Tx, token: str) -> None:
    """Take a lock away; nothing happens when it is not there."""
    tx.execute(_DROP, {"wanted": token})


def find(tx: Tx, token: str) -> Lock | None:
    """The lock of a token, while it lasts."""
    row = tx.execute(_BY_TOKEN, {"now": tx.now, "wanted": token}).first()
    return None if row is None else _lock(row)


def covering(tx: Tx, place: Spot) -> list[Lock]:
    """The locks that protect a place: its own, and those on all of a folder around it."""
    own = place.folder.id if place.folder else None
    rows = tx.execute(
        _OF,
        {
            "now": tx.now,
            "collections": [*place.above, *([own] if own else [])],
            "items": [place.item.id] if place.item else [],
        },
    )
    found = [_lock(row) for row in rows]
    near = [one for one in found if one.item or one.collection == own or one.depth is Reach.ALL]
    return [one for one in near if _counts(tx, one, place)]


def inside(tx: Tx, place: Spot) -> list[Lock]:
    """The locks on anything inside a folder, at any depth; none for a file."""
    if place.folder is None:
        return []
    rows = tx.execute(_IN_SPACE, {"now": tx.now, "space": place.folder.space}).all()
    if not rows:
        return []
    below = set(collections.subtree(tx, place.folder.id))
    within = [_lock(row) for row in rows if row.collection_id != place.folder.id and row.anchor in below]
    return [one for one in within if _counts(tx, one)]


def direct(tx: Tx, folders: Sequence[CollectionId], files: Sequence[ItemId]) -> list[Lock]:
    """The locks put on these very folders and files: the work depends on how many these are, not on other locks."""
    if not _is_any(tx):
        return []
    found: list[Lock] = []
    for start in range(0, max(len(folders), len(files)), _AT_ONCE):
        end = start + _AT_ONCE
        some = {"now": tx.now, "collections": list(folders[start:end]), "items": list(files[start:end])}
        found += (_lock(row) for row in tx.execute(_OF, some))
    return [one for one in found if _counts(tx, one)]


def need(tx: Tx, account: PrincipalId, place: Spot, tokens: Bag[str]) -> None:
    """Show that every lock that protects `place` was named by a token of this account.

    Raises:
        Locked: one was not.
    """
    if _is_any(tx):
        _need(covering(tx, place), account, tokens)


def need_membership(tx: Tx, account: PrincipalId, place: Spot, tokens: Bag[str]) -> None:
    """The same for adding a name to the folder around `place`, or taking it away (RFC 4918 7.4)."""
    if place.parent is None or not _is_any(tx):
        return
    around = Spot(place.names[:-1], folder=place.parent, above=place.above[:-1])
    _need(covering(tx, around), account, tokens)


def need_all(tx: Tx, account: PrincipalId, place: Spot, tokens: Bag[str]) -> None:
    """The same for `place`, its name in the folder around it and all that is inside."""
    need(tx, account, place, tokens)
    need_membership(tx, account, place, tokens)
    for one in inside(tx, place):
        _need([one], account, tokens)


def lift(tx: Tx, place: Spot) -> None:
    """Take away every lock on a place and inside it, as a move does (RFC 4918 7.6)."""
    own = [one for one in covering(tx, place) if one.item or (place.folder and one.collection == place.folder.id)]
    for one in [*own, *inside(tx, place)]:
        release(tx, one.token)


def put_back(tx: Tx, kept: Sequence[Lock], item: ItemId) -> None:
    """Let the locks of a file that was overwritten protect the one that took its place and name."""
    for one in kept:
        tx.execute(_ADD, _values(tx, replace(one, item=item)))


def _need(locks: Sequence[Lock], account: PrincipalId, tokens: Bag[str]) -> None:
    """One token of several shared locks is enough (RFC 4918 6.2)."""
    held = [one for one in locks if one.token in tokens and one.account == account]
    shared = any(one.scope is Scope.SHARED for one in held)
    for one in locks:
        if one not in held and not (one.scope is Scope.SHARED and shared):
            raise Locked(_IN_THE_WAY, holder=one.account)


def _counts(tx: Tx, lock: Lock, place: Spot | None = None) -> bool:
    """Whether the account of a lock may write what it protects, now; seen from `place` in a drop folder, too."""
    if place is not None and place.deposit is not None and lock.item == place.deposit.item.id:
        return True
    if lock.item is None:
        folder = None if lock.collection is None else collections.get(tx, lock.collection)
        return folder is not None and Right.ADD in rights.of(tx, lock.account, folder)
    item = lookup.get(tx, lock.item)
    if item is None:
        return False
    held = rights.on(tx, lock.account, collections.get(tx, item.collection), item)
    return Right.EDIT_ANY in held or (Right.EDIT_OWN in held and item.author == lock.account)


def _is_any(tx: Tx) -> bool:
    """Whether anybody holds a lock at all; mostly nobody does."""
    return tx.execute(_ANY, {"now": tx.now}).first() is not None


def _until(tx: Tx, seconds: int | None) -> int:
    return tx.now + 1000 * max(1, min(USUAL_SECONDS if seconds is None else seconds, LONGEST_SECONDS))


def _values(tx: Tx, lock: Lock) -> dict[str, object]:
    return {
        "token": lock.token,
        "collection_id": lock.collection,
        "item_id": lock.item,
        "account_id": lock.account,
        "scope": lock.scope.value,
        "depth": lock.depth.value,
        "owner": lock.owner,
        "expires": lock.expires,
        "created": tx.now,
    }


def _lock(row: Row[tuple[object, ...]]) -> Lock:
    named = row._mapping
    return Lock(
        token=named["token"],
        collection=named["collection_id"],
        item=named["item_id"],
        account=named["account_id"],
        scope=Scope(named["scope"]),
        depth=Reach(named["depth"]),
        owner=named["owner"],
        expires=named["expires"],
    )
