"""What a path of the drive names, to be shared.

Invariant: lists that the house makes and drop folders are not shared; what stands under the lock of another
program is not given to others meanwhile.
"""

from coserver.documents import locks, paths
from coserver.documents.paths import Names, Spot
from coserver.documents.terms import Terms
from coserver.groups.shares import Target
from coserver.model.errors import Denied
from coserver.model.ids import PrincipalId
from coserver.store.tx import Tx


def wanted(tx: Tx, account: PrincipalId, names: Names, terms: Terms) -> Target:
    """What is to be shared otherwise; the caller asks for the right to.

    Raises:
        Missing, Denied (it cannot be shared), Stale, Locked.
    """
    spot = paths.wanted(tx, account, names)
    found = of(spot)
    if found is None:
        raise Denied("This is made by the server, or given away: it cannot be shared.")
    terms.check(tx)
    locks.need(tx, account, spot, terms.tokens)
    return found


def of(spot: Spot) -> Target | None:
    """A place as what can be shared; None for lists, drop folders and what lies in them."""
    if spot.virtual or spot.box is not None:
        return None
    if spot.item is not None and spot.parent is not None:
        return Target(spot.parent, spot.item)
    return None if spot.folder is None else Target(spot.folder)
