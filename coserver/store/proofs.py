"""What the gate demands: grants and charges that fit the deed. One that does not is a fault of ours."""

from collections.abc import Sequence

from coserver.model.errors import Denied
from coserver.model.ids import CollectionId, SpaceId
from coserver.model.item import Item
from coserver.model.plan import Charge
from coserver.model.rights import Grant, Right
from coserver.model.space import Tool


def need(grant: Grant, collection: CollectionId, right: Right) -> None:
    """The right on the collection."""
    if grant.collection != collection or not grant.rights & right:
        raise RuntimeError(f"grant {grant} does not show {right!r} on collection {collection}")


def need_on(grant: Grant, collection: CollectionId, items: Sequence[Item], right: Right) -> None:
    """The right on each of the items; on the collection when there are none."""
    if not items:
        need(grant, collection, right)
    if grant.collection != collection or not all(grant.on(item.id) & right for item in items):
        raise RuntimeError(f"grant {grant} does not show {right!r} on items of collection {collection}")


def need_own(grant: Grant, items: Sequence[Item], *, own: Right, whole: Right) -> None:
    """Editing and deleting: any item with one right, only one's own with the other."""
    if any(item.collection != grant.collection for item in items):
        raise RuntimeError(f"grant {grant} is for another collection")
    held = {item.id: grant.on(item.id) for item in items}
    if any(not one & (whole | own) for one in held.values()) or not (held or grant.rights & (whole | own)):
        raise RuntimeError(f"grant {grant} shows neither {own!r} nor {whole!r}")
    if any(not held[item.id] & whole and item.author != grant.who for item in items):
        raise Denied("Only items you put there yourself may be changed or deleted here.")


def book(charges: Sequence[Charge], space: SpaceId, tool: Tool, *, items: int, size: int) -> None:
    """The charges must be this delta in this space, no more and no less."""
    right_place = all(charge.space == space and charge.tool is tool for charge in charges)
    booked = (sum(charge.items for charge in charges), sum(charge.bytes for charge in charges))
    if not right_place or booked != (items, size):
        raise RuntimeError(f"charges {charges} do not book {items} items, {size} bytes of {tool} in space {space}")
