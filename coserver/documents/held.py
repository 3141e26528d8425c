"""What an account holds at places of the drive, for showing; deeds ask `rights` for their proofs.

Invariants: what is told of a file is what may be done with that file: own-only rights are resolved by its
author, privacy and shares of single files are counted in; likewise of a folder whether its properties may be
changed. The files of one folder take one look.
"""

from collections.abc import Sequence

from coserver.documents.paths import Spot
from coserver.groups import rights
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.rights import ALL, Right
from coserver.model.space import Collection
from coserver.store.tx import Tx

_LEFT = Right.READ | Right.EDIT_ANY | Right.DELETE_ANY  # on what one dropped oneself


def at(tx: Tx, account: PrincipalId, place: Spot) -> Right:
    """The rights at one place; on a file EDIT_ANY and DELETE_ANY stand for that file, on a folder EDIT_ANY for it."""
    if place.box is not None:
        return _LEFT if place.item else Right.DROP
    if place.folder is not None:
        return _own(account, place.folder, rights.of(tx, account, place.folder), Right.EDIT_OWN, Right.EDIT_ANY)
    if place.item is not None and place.parent is not None:
        return _on(account, place.item, rights.on(tx, account, place.parent, place.item))
    return Right.READ


def inside(tx: Tx, account: PrincipalId, place: Spot, members: Sequence[Spot]) -> list[Right]:
    """The rights at each of the members of a place."""
    if place.folder is None:
        return [at(tx, account, one) for one in members]
    held = rights.held(tx, account, place.folder)
    whole = held.rights & ALL == ALL  # inherited by every folder in it
    return [
        _on(account, one.item, held.on(one.item.id)) if one.item
        else ALL if whole and one.folder else at(tx, account, one)
        for one in members
    ]  # fmt: skip


def _on(account: PrincipalId, item: Item, held: Right) -> Right:
    held = _own(account, item, held, Right.EDIT_OWN, Right.EDIT_ANY)
    return _own(account, item, held, Right.DELETE_OWN, Right.DELETE_ANY)


def _own(account: PrincipalId, thing: Item | Collection, held: Right, own: Right, whole: Right) -> Right:
    """What is held on what one made oneself: there the right to one's own is as good as the whole."""
    return held | whole if thing.author == account and own in held else held
