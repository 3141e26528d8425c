"""What is said when there is no room, by whose space it is.

Invariant: nobody is told to clear up, or to pay for, what is another's.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from coserver.groups import members
from coserver.model.errors import NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.space import Collection
from coserver.store import spaces
from coserver.store.tx import Tx


@contextmanager
def asked(tx: Tx, account: PrincipalId, folder: Collection) -> Iterator[None]:
    """Ask for room in a folder; a refusal in the private space of another says whom to ask."""
    try:
        yield
    except NoRoom as error:
        if spaces.get(tx, folder.space).owner == account or members.owning(tx, folder.space) is not None:
            raise
        text = "There is no room for it in the space of the owner of this folder. Please ask him to clear it up."
        raise NoRoom(text) from error
