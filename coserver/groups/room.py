"""What is said when there is no room, by whose space it is.

Invariant: nobody is told to clear up, or to pay for, what is another's, nor how much that one keeps.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from coserver.groups import members
from coserver.model.errors import NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.space import Collection, Tool
from coserver.store import spaces
from coserver.store.tx import Tx

_CALLED = {
    Tool.MAIL: "mailbox", Tool.DOCUMENTS: "folder", Tool.CALENDAR: "calendar", Tool.CONTACTS: "address book"
}  # fmt: skip


@contextmanager
def asked(tx: Tx, account: PrincipalId, inside: Collection) -> Iterator[None]:
    """Ask for room in a collection; a refusal in the private space of another says whom to ask."""
    try:
        yield
    except NoRoom as error:
        if spaces.get(tx, inside.space).owner == account or members.owning(tx, inside.space) is not None:
            raise
        what = _CALLED[inside.tool]
        text = f"There is no room for it in the space of the owner of this {what}. Please ask him to clear it up."
        raise NoRoom(text) from error
