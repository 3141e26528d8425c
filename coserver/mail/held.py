"""Mail to moderated groups that waits for somebody who manages the group.

It lies in a mailbox of the group, `Held`, and each message is withheld there as what is private: who may
read what is private in the group's space, its administrator, sees it in his mail program. Invariants: a
message is let out by whoever moves or copies it from there into the archive, be it in a mail program or by
a command, and goes to the members then, once, however often that is done; what somebody put there himself waits
for nobody and is let out to nobody; how many are held is bounded.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from coserver.groups import rights
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Missing, NoRoom
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.item import Item
from coserver.model.rights import Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, copying, items, journal, lookup
from coserver.store.items import Place
from coserver.store.tx import Tx
from coserver.store.views import collection_place, owned_space

ROLE = "held"
MOST = 200  # messages of one group
_NAMES = ("Held", "Held (2)", "Held (3)")  # the first that nobody uses for something else

_OWNERS = (
    select(owned_space.c.owner_id)
    .join(collection_place, collection_place.c.space_id == owned_space.c.id)
    .where(collection_place.c.role == ROLE)
)


def mailbox(tx: Tx, archive: Collection) -> Collection:
    """Where mail to a group is held, made if it is not there; NoRoom when it holds as much as it may.

    Raises:
        NoRoom: too much is held.
        Denied: all its names are in use.
    """
    found = find(tx, archive.space)
    if found is None:
        return _made(tx, archive)
    if found.items >= MOST:
        raise NoRoom("Too much mail to the group waits for those who manage it.", space=archive.space)
    return found


def find(tx: Tx, space: SpaceId) -> Collection | None:
    """The mailbox of what is held in a group's space; None if nothing ever was."""
    return next((one for one in collections.tree(tx, space, Tool.MAIL) if one.role == ROLE), None)


def listed(tx: Tx, space: SpaceId) -> list[Item]:
    """What is held, oldest first; not what people put there themselves."""
    found = find(tx, space)
    return [] if found is None else [item for item in lookup.list_(tx, found.id) if item.author is None]


def groups(tx: Tx) -> list[PrincipalId]:
    """The groups for which something is or was held."""
    return [PrincipalId(owner) for owner in dict.fromkeys(tx.execute(_OWNERS).scalars())]


def let_out(tx: Tx, source: Collection, target: Collection, pairs: Sequence[tuple[Item, Item]]) -> None:
    """See to messages that were put from a mailbox into another one, each as it was there and as it is here: out of
    what is held into the archive they are seen by all, and copied to the members.

    Only what is withheld as the house withheld it: what a member laid there himself came past nobody (S19).
    """
    if source.role != ROLE or target.parent is not None or source.space != target.space:
        return
    out = [new for old, new in pairs if old.author is None and old.privacy is Privacy.PRIVATE]
    if out:
        _let_out(tx, target, out)


def release(tx: Tx, space: SpaceId, number: int) -> None:
    """Let the message of that number out; Missing if there is none."""
    source, item = _one(tx, space, number)
    archive = collections.root(tx, space, Tool.MAIL)
    here = Place(source, rights.house(tx, source, Right.DELETE_ANY))
    _let_out(tx, archive, items.move(tx, [item], here, Place(archive, rights.house(tx, archive, Right.ADD))))


def discard(tx: Tx, space: SpaceId, number: int) -> None:
    """Delete the message of that number; Missing if there is none."""
    source, item = _one(tx, space, number)
    charge = usage.charge(tx, space, Tool.MAIL, bytes=-item.size, items=-1)
    items.remove(tx, source, [item], grant=rights.house(tx, source, Right.DELETE_ANY), charge=charge)
    journal.record(tx, space, ActKind.DISCARDED)


def _let_out(tx: Tx, archive: Collection, found: Sequence[Item]) -> None:
    """Show these to all, and have copied what was not let out before: two may approve of one message at a time."""
    grant = rights.house(tx, archive, Right.EDIT_ANY)
    for item in found:
        items.withhold(tx, item, Privacy.OPEN, collection=archive, grant=grant)
    for blob, number in Counter(item.blob for item in found).items():
        if lookup.count_of(tx, archive.id, blob) == number:  # none lay there before
            copying.add(tx, archive.space, blob)
    journal.record(tx, archive.space, ActKind.RELEASED, count=len(found))


def _one(tx: Tx, space: SpaceId, number: int) -> tuple[Collection, Item]:
    source = find(tx, space)
    for item in listed(tx, space):
        if item.uid == number and source is not None:
            return source, item
    raise Missing(f"No message {number} is held, or not any more.", number=number)


def _made(tx: Tx, archive: Collection) -> Collection:
    grant = rights.house(tx, archive, Right.ADD)
    for name in _NAMES:
        if collections.find(tx, archive.id, name) is None:
            return collections.add(tx, archive, name, role=ROLE, grant=grant)
    raise Denied("Mail to the group cannot be held: its mailboxes bear the names that are needed for it.")
