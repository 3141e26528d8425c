"""The members of a group, as an address book in its space that follows by itself (R52, R53).

Invariants: after every tx the book has one card for each member, and none for anybody else; a card has the
modseq of the tx that last changed what it shows, and who left leaves a removal: so the book has an ETag
for each card, a ctag and a sync token like any other. Cards are written when they are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from coserver.groups import comembers, members
from coserver.model.change import Change, ChangeKind
from coserver.model.ids import CollectionId, ItemId, Modseq, PrincipalId
from coserver.model.space import Collection
from coserver.pim import cards, made
from coserver.pim.cards import Face
from coserver.pim.made import View
from coserver.store import changes
from coserver.store.schema.pim import member_card
from coserver.store.tx import Tx
from coserver.store.views import member_face, owned_space

_face = member_face.c
_PLAIN = (
    _face.account_id, _face.login, _face.display_name, _face.first, _face.last, _face.organisation, _face.address,
    _face.media, _face.version,
)  # fmt: skip
_FACES = select(_face.group_id, *_PLAIN).where(_face.group_id.in_(bindparam("groups", expanding=True)))
_SHOWN = select(_face.group_id, _face.address).where(_face.account_id == bindparam("which"))
_NAME = select(_face.login, _face.display_name, _face.first, _face.last).where(_face.account_id == bindparam("which"))
_card = member_card.c
_CARDS = select(_card.collection_id, _card.account_id, _card.face).where(
    _card.collection_id.in_(bindparam("views", expanding=True))
)
_LISTED = (
    select(*_PLAIN, _card.modseq, _card.stamp)
    .join(owned_space, owned_space.c.owner_id == _face.group_id)
    .join(member_card, _card.account_id == _face.account_id)
    .where(_card.collection_id == bindparam("view"), owned_space.c.id == bindparam("space"))
    .order_by(_face.account_id)
)
_PICTURED = _LISTED.add_columns(_face.picture)
_CHANGED = select(_card.account_id, _card.modseq).where(
    _card.collection_id == bindparam("view"), _card.modseq > bindparam("since")
)
_DROP = delete(member_card).where(_card.collection_id == bindparam("view"), _card.account_id == bindparam("which"))
_ADD = insert(member_card)


@dataclass(frozen=True, slots=True)
class Card:
    """A card in the book: `stamp` is when it last changed, in milliseconds since 1970."""

    face: Face
    modseq: Modseq
    stamp: int

    @property
    def name(self) -> str:
        """Its name in the book."""
        return cards.name_of(self.face.account)


@dataclass(frozen=True, slots=True)
class _Left:
    """A card that is leaving, for the log of changes."""

    id: ItemId
    collection: CollectionId
    name: str | None
    uid: int | None = None


def settle(tx: Tx, told: frozenset[PrincipalId]) -> None:
    """Let the books of these groups, and of the groups of these accounts, agree with their members."""
    for views in made.of_those(tx, told, made.PEOPLE):
        wanted: dict[PrincipalId, dict[PrincipalId, bytes]] = {view.group: {} for view in views}
        for row in tx.execute(_FACES, {"groups": sorted(wanted)}):
            face = _face_of(row)
            wanted[row.group_id][face.account] = face.digest
        present: dict[CollectionId, dict[PrincipalId, bytes]] = {view.id: {} for view in views}
        for row in tx.execute(_CARDS, {"views": sorted(present)}):
            present[row.collection_id][row.account_id] = row.face
        for view in views:
            _follow(tx, view, wanted[view.group], present[view.id])


def listed(tx: Tx, view: Collection, *, pictures: bool) -> list[Card]:
    """All cards of a book, with or without the bytes of their pictures."""
    where = {"view": view.id, "space": view.space}
    if pictures:
        rows = tx.execute(_PICTURED, where)
        return [Card(_face_of(row, row.picture or b""), Modseq(row.modseq), row.stamp) for row in rows]
    return [Card(_face_of(row), Modseq(row.modseq), row.stamp) for row in tx.execute(_LISTED, where)]


def faces(tx: Tx, group: PrincipalId) -> list[Face]:
    """What the members of a group see of each other, without the bytes of their pictures, by name."""
    found = [_face_of(row) for row in tx.execute(_FACES, {"groups": [group]})]
    return sorted(found, key=lambda face: face.name.casefold())


def shown(tx: Tx, account: PrincipalId) -> dict[PrincipalId, str]:
    """Which address an account shows to which of its groups (S17)."""
    return {PrincipalId(row.group_id): row.address for row in tx.execute(_SHOWN, {"which": account})}


def name_of(tx: Tx, asker: PrincipalId, login: str) -> str | None:
    """What somebody with whom the asker has a group in common is called; None of anybody else."""
    other = comembers.find(tx, asker, login)
    row = None if other is None else tx.execute(_NAME, {"which": other.account}).first()
    if row is None:  # or his account is closed
        return None
    return cards.full_name(row.first or "", row.last or "", display_name=row.display_name, login=row.login)


def of_group(tx: Tx, asker: PrincipalId, name: str) -> Sequence[str] | None:
    """The logins of the members of a group of that name; None where the asker is no member of one."""
    found = next((each for each in members.groups_of(tx, asker) if each.name == name), None)
    return None if found is None else [one.login for one in members.members(tx, found.id)]


def since(tx: Tx, view: Collection, modseq: int) -> list[Change]:
    """The last change of each card after `modseq`; errors as those of `changes.since`."""
    gone = changes.since(tx, view, modseq)
    there = [
        Change(
            ChangeKind.CHANGED, view.id, ItemId(row.account_id), cards.name_of(row.account_id), None, Modseq(row.modseq)
        )
        for row in tx.execute(_CHANGED, {"view": view.id, "since": modseq})
    ]
    again = {one.item for one in there}
    return [*there, *(one for one in gone if one.item not in again)]


def _follow(
    tx: Tx, view: View, wanted: Mapping[PrincipalId, bytes], present: Mapping[PrincipalId, bytes]
) -> None:  # fmt: skip
    fresh = [account for account, digest in wanted.items() if present.get(account) != digest]
    left = [account for account in present if account not in wanted]
    if not fresh and not left:
        return
    step = tx.stamp(view.id, view.space)
    _drop(tx, view, [*left, *(account for account in fresh if account in present)])
    if fresh:
        row = {"collection_id": view.id, "modseq": step, "stamp": tx.now}
        tx.execute(_ADD, [row | {"account_id": account, "face": wanted[account]} for account in fresh])
    gone = [_Left(ItemId(account), view.id, cards.name_of(account)) for account in left]
    changes.record_gone(tx, view.space, gone, modseq=step)


def _drop(tx: Tx, view: View, accounts: Sequence[PrincipalId]) -> None:
    if accounts:
        tx.execute(_DROP, [{"view": view.id, "which": account} for account in accounts])


def _face_of(row: Row[*tuple[Any, ...]], picture: bytes = b"") -> Face:
    return Face(
        PrincipalId(row.account_id), row.login, row.display_name, row.first or "", row.last or "",
        row.organisation or "", row.address, row.media or "", row.version or 0, picture,
    )  # fmt: skip
