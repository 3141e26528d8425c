"""What its owner withholds from those who only inherit rights on it (R13)."""

from coserver.groups import rights
from coserver.mail import messages
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.rights import Privacy
from coserver.model.space import Collection, Tool
from coserver.store import items
from coserver.store.tx import Tx


def withhold(tx: Tx, account: PrincipalId, collection: Collection, item: Item, privacy: Privacy) -> None:
    """Make one thing private, or public again.

    Raises:
        Malformed: it stands in a calendar, where the entry itself says so.
        Missing, Denied: as `rights.need_withhold`.
    """
    if collection.tool is Tool.CALENDAR:
        raise Malformed("In calendars the class of the entry decides: set it in the calendar program.")
    grant = rights.need_withhold(tx, account, collection, item)
    if collection.tool is Tool.MAIL:
        messages.withhold(tx, account, item, privacy)
    elif item.privacy is not privacy:
        items.withhold(tx, item, privacy, collection=collection, grant=grant)
