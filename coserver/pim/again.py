"""Reading objects again that an older version wrote down in another form.

Invariant: when it is done, privacy of every event, task and contact says what its CLASS asks for, and
the index knows which events take time. It is to be done before anything is served: until then members
of a group would read what is private in its calendar.
"""

from dataclasses import replace

from coserver.groups import rights
from coserver.model.errors import HouseError
from coserver.model.rights import Privacy, Right
from coserver.pim import busy, index, labels, masks, objects
from coserver.pim.objects import Object
from coserver.store import blobs, collections, items, lookup
from coserver.store.engine import Store
from coserver.store.tx import Tx

_AT_ONCE = 500


def read_again(store: Store) -> int:
    """Read what was written down in an older form; how many objects that were."""
    found = 0
    while count := store.write(_some):
        found += count
    return found


def _some(tx: Tx) -> int:
    older = index.older(tx, index.FORM, most=_AT_ONCE)
    known = index.of_items(tx, older)
    for item in lookup.chosen(tx, older):
        data = blobs.open_(tx, item.blob).read()
        index.put(tx, item, _read(data, known[item.id]))
        privacy = masks.privacy_of(data)
        if privacy is not None and privacy > Privacy.OPEN and item.privacy is Privacy.OPEN:
            collection = collections.get(tx, item.collection)
            grant = rights.house(tx, collection, Right.EDIT_ANY)
            items.withhold(tx, item, privacy, collection=collection, grant=grant)
    busy.follow(tx, older)
    return len(older)


def _read(data: bytes, before: Object) -> Object:
    """What is known now; of an object that would be refused today, what was known before."""
    try:
        return objects.read_card(data) if before.component == objects.CARD else objects.read_calendar(data)
    except HouseError:
        return replace(before, busy=masks.takes_time(data), label=labels.of(before.component, data))
