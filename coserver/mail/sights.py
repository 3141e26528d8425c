"""A mailbox as one account sees it: with which rights, whose \\Seen, and what is withheld.

Invariants: the rights are those the evaluator says at this moment; a message that may not be read
is in no answer and in no count; in a view all flags are the viewer's own, and nothing is put into it:
it follows from the shares. What he may delete by such a share he deletes where it lies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from types import MappingProxyType

from coserver.groups import rights, shares
from coserver.groups.rights import Held
from coserver.mail import faces
from coserver.mail.faces import Face
from coserver.model.errors import Denied, Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.item import Item
from coserver.model.rights import PRESETS, Grant, Right
from coserver.model.space import Collection
from coserver.store import collections, lookup, shown
from coserver.store.tx import Tx

VIEW = "view:"  # how the role of a view begins; the owner of what it shows comes after
_IN_A_VIEW = Right.BUSY | Right.READ | Right.SEEN | Right.EDIT_ANY  # all flags are the viewer's own
_DELETES = Right.DELETE_ANY | Right.DELETE_OWN
_NOTHING: Mapping[int, Item] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sight:
    """What an account sees of a mailbox; `withheld` are the messages by uid that it does not."""

    account: PrincipalId
    collection: Collection
    held: Held
    face: Face
    withheld: Mapping[int, Item] = field(default_factory=lambda: _NOTHING)

    @property
    def rights(self) -> Right:
        """What is held on the mailbox or on any message of it: what clients are to be told."""
        return reduce(or_, self.held.exceptions.values(), self.held.rights)

    @property
    def names(self) -> dict[str, int]:
        """The parameters of statements on its face."""
        return {"which": self.collection.id, "account": self.account}

    def on(self, item: ItemId) -> Right:
        """What is held on one message."""
        return self.held.on(item)


def is_view(collection: Collection) -> bool:
    """Whether it shows what lies elsewhere."""
    return collection.role.startswith(VIEW)


def of(tx: Tx, account: PrincipalId, collection: Collection) -> Sight:
    """How an account sees a mailbox.

    Raises:
        Missing: it may not read it.
    """
    held = rights.held(tx, account, collection)
    if Right.READ not in held.rights:
        raise Missing("The mailbox is not there any more.", collection=collection.id)
    if is_view(collection):
        return Sight(account, collection, _in_view(tx, account, collection), faces.VIEW)
    if held.owner:
        return Sight(account, collection, held, faces.OWN)
    unread = [item for item, each in held.exceptions.items() if Right.READ not in each]
    withheld = {item.uid or 0: item for item in lookup.chosen(tx, unread)}
    return Sight(account, collection, held, faces.FOREIGN, withheld)


def _in_view(tx: Tx, account: PrincipalId, view: Collection) -> Held:
    """All flags of what is shown are one's own; some of it was shared to be deleted, too."""
    given: dict[ItemId, Right] = {}
    there = {one.id for one in shown.list_(tx, view.id)}  # he shares files and entries singly, too
    for share in shares.received(tx, account):
        if share.item is not None and share.item in there and PRESETS[share.preset] & _DELETES:
            given[share.item] = given.get(share.item, _IN_A_VIEW) | (PRESETS[share.preset] & _DELETES)
    return Held(_IN_A_VIEW, given)


def again(tx: Tx, account: PrincipalId, collection: CollectionId) -> Sight:
    """An open mailbox as it is now.

    Raises:
        Missing: it was deleted, or the account may not read it any more.
    """
    return of(tx, account, collections.get(tx, collection))


def need(tx: Tx, account: PrincipalId, collection: Collection, right: Right) -> Grant:
    """The proof that the account holds a right on a mailbox in which messages lie.

    Raises:
        Missing, Denied: as `rights.need`; Denied for a view, too.
    """
    if is_view(collection):
        raise Denied("This mailbox shows single messages that others share with you: you can read, mark and copy them.")
    return rights.need(tx, account, collection, right)
