"""What an open page is told of: all that is in the spaces of its account and its groups, or some of it."""

from contextlib import suppress

from coserver.groups import members, rights, shares
from coserver.model.errors import Missing
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.rights import Right
from coserver.model.space import Collection
from coserver.store import collections, spaces
from coserver.store.tx import Tx
from coserver.web.live import Concern
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 50  # collections that a page names
_LONGEST = 15  # digits of a number


def listen(visit: Visit) -> Concern:
    """With `in`, numbers of collections: of these alone, as far as they may be read. `at` is when the page was made."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        groups = members.groups_of(tx, who)
        wanted = [CollectionId(number) for each in visit.query.get("in", "").split(",") if (number := _number(each))]
        if wanted:
            spaces_, parts = frozenset[SpaceId](), _readable(tx, who, wanted[:_MOST])
        else:
            spaces_ = frozenset({spaces.of(tx, who).id, *(group.space for group in groups)})
            parts = _shared(tx, who)
    return Concern(
        sid=visit.caller.sid,
        since=_number(visit.caller.last) or _number(visit.query.get("at", "")),
        account=who,
        groups=frozenset(group.id for group in groups),
        spaces=spaces_,
        collections=frozenset(one.id for one in parts),
        around=frozenset(one.space for one in parts),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else 0


def _readable(tx: Tx, who: PrincipalId, wanted: list[CollectionId]) -> list[Collection]:
    """Those that may be read."""
    found = []
    for number in wanted:
        with suppress(Missing):
            one = collections.get(tx, number)
            if Right.READ in rights.of(tx, who, one):
                found.append(one)
    return found


def _shared(tx: Tx, who: PrincipalId) -> list[Collection]:
    """What others share with an account as a whole."""
    given = [each.collection for each in shares.received(tx, who) if each.collection is not None]
    return collections.trees(tx, given)


ROUTES = (Route("GET", "/live", listen),)
