"""Drop folders: where one may leave files for somebody else, and what one left there (R51).

A box is a co-member's own, which leads to the folder `Received` on his drive, or a folder that was
shared for dropping. Invariants: who drops sees his own deposits under the names he gave them and
nothing else, for a week; a file that its recipient renamed, moved or changed is his alone from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from coserver.documents import naming
from coserver.model.ids import ItemId, PrincipalId
from coserver.model.item import Item
from coserver.model.space import Collection, Tool
from coserver.store import collections, lookup, spaces
from coserver.store.schema.documents import deposit
from coserver.store.tx import Tx
from coserver.store.views import login_name

RECEIVED = "Received"
SHOWN_DAYS = 7
_DAY = 86_400_000  # milliseconds
_AT_ONCE = 500

_deposit = deposit.c
_LISTED = (
    select(deposit)
    .where(
        _deposit.account_id == bindparam("account"), _deposit.owner_id == bindparam("owner"),
        _deposit.shared == bindparam("shared"), _deposit.dropped > bindparam("since"),
    )
    .order_by(_deposit.name, _deposit.item_id)
)  # fmt: skip
_FIND = _LISTED.where(_deposit.name == bindparam("name"))
_ADD = insert(deposit)
_AGAIN = (
    update(deposit)
    .where(_deposit.item_id == bindparam("item"))
    .values(
        name=bindparam("called"), kept=bindparam("kept_as"), blob_id=bindparam("blob"),
        version=_deposit.version + 1, dropped=bindparam("now"),
    )
)  # fmt: skip
_RECIPIENTS = (
    select(_deposit.owner_id)
    .distinct()
    .where(_deposit.told == 0, _deposit.dropped <= bindparam("until"))
    .order_by(_deposit.owner_id)
    .limit(bindparam("most"))
)
_UNTOLD = (
    select(deposit, login_name.c.login)
    .join(login_name, login_name.c.id == _deposit.account_id)
    .where(_deposit.told == 0, _deposit.owner_id == bindparam("owner"), _deposit.dropped <= bindparam("until"))
    .order_by(_deposit.item_id)
)
_TELL = (
    update(deposit)
    .where(_deposit.told == 0, _deposit.owner_id == bindparam("owner"), _deposit.dropped <= bindparam("until"))
    .values(told=1)
)
_SENDERS = (
    select(_deposit.item_id, login_name.c.login)
    .join(login_name, login_name.c.id == _deposit.account_id)
    .where(_deposit.item_id.in_(bindparam("items", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class Box:
    """A drop folder of `owner`; `folder` is None for that which every co-member has."""

    owner: PrincipalId
    folder: Collection | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """A file that somebody left in a box: as it lies there, and as he calls it. `version` counts its saves."""

    item: Item
    name: str
    version: int


def listed(tx: Tx, account: PrincipalId, box: Box) -> list[Deposit]:
    """What an account left in a box and still sees there, by name."""
    return _alive(tx, box, tx.execute(_LISTED, _wanted(tx, account, box)).all())


def find(tx: Tx, account: PrincipalId, box: Box, name: str) -> Deposit | None:
    """What an account left in a box under a name."""
    found = _alive(tx, box, tx.execute(_FIND, _wanted(tx, account, box) | {"name": name}).all())
    return found[-1] if found else None


def keep(tx: Tx, account: PrincipalId, box: Box, item: Item, *, name: str) -> Deposit:
    """Note that an account left a new file in a box under a name."""
    row = {
        "item_id": item.id, "account_id": account, "owner_id": box.owner, "shared": int(box.folder is not None),
        "collection_id": item.collection, "name": name, "kept": item.name, "blob_id": item.blob, "version": 1,
        "dropped": tx.now,
    }  # fmt: skip
    tx.execute(_ADD, row)
    return Deposit(item, name, 1)


def again(tx: Tx, old: Deposit, item: Item, *, name: str) -> Deposit:
    """Note that a deposit was saved again, or got another name."""
    values = {"item": item.id, "called": name, "kept_as": item.name, "blob": item.blob, "now": tx.now}
    tx.execute(_AGAIN, values)
    return Deposit(item, name, old.version + 1)


def landing(tx: Tx, box: Box) -> tuple[Collection, str]:
    """Where files left in a box come to lie; with a name: in a folder to be made there under it."""
    if box.folder is not None:
        return box.folder, ""
    root = collections.root(tx, spaces.of(tx, box.owner).id, Tool.DOCUMENTS)
    name = naming.free(RECEIVED, lambda one: lookup.find(tx, root.id, one) is not None)
    there = collections.find(tx, root.id, name)
    return (root, name) if there is None else (there, "")


def recipients(tx: Tx, *, until: int, most: int) -> list[PrincipalId]:
    """Some of those for whom something was left up to a time, and who were not told of it yet."""
    return [PrincipalId(owner) for owner in tx.execute(_RECIPIENTS, {"until": until, "most": most}).scalars()]


def untold(tx: Tx, owner: PrincipalId, *, until: int) -> list[tuple[str, str]]:
    """Of what was left for somebody up to a time and lies there still: the sender's login and the name."""
    rows = tx.execute(_UNTOLD, {"owner": owner, "until": until}).all()
    there = {item.id: item for item in lookup.chosen(tx, [ItemId(row.item_id) for row in rows])}
    found = ((row.login, there.get(ItemId(row.item_id))) for row in rows)
    return [(login, item.name or "") for login, item in found if item is not None]


def tell(tx: Tx, owner: PrincipalId, *, until: int) -> None:
    """Note that somebody was told of what was left for him up to a time."""
    tx.execute(_TELL, {"owner": owner, "until": until})


def senders(tx: Tx, items: Sequence[ItemId]) -> dict[ItemId, str]:
    """The logins of those who left these files; files that nobody left are not in it."""
    found: dict[ItemId, str] = {}
    for start in range(0, len(items), _AT_ONCE):
        rows = tx.execute(_SENDERS, {"items": list(items[start : start + _AT_ONCE])})
        found |= {ItemId(row.item_id): row.login for row in rows}
    return found


def _wanted(tx: Tx, account: PrincipalId, box: Box) -> dict[str, object]:
    since = tx.now - SHOWN_DAYS * _DAY
    return {"account": account, "owner": box.owner, "shared": int(box.folder is not None), "since": since}


def _alive(tx: Tx, box: Box, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Deposit]:
    """Those that lie in the box as they were left."""
    there = {item.id: item for item in lookup.chosen(tx, [ItemId(row.item_id) for row in rows])}
    found = []
    for row in rows:
        item = there.get(ItemId(row.item_id))
        if item is None or (item.collection, item.name, item.blob) != (row.collection_id, row.kept, row.blob_id):
            continue
        if box.folder is None or box.folder.id == item.collection:
            found.append(Deposit(item, row.name, row.version))
    return found
