"""Sharing: what one shares and what others share with one, and where to begin (R14-R17, R48)."""

from coserver.accounts import places
from coserver.groups import shares
from coserver.groups.shares import Share
from coserver.model.errors import Missing
from coserver.model.space import Collection, Tool
from coserver.net.http.replies import Reply
from coserver.store import collections, lookup, spaces
from coserver.store.tx import Tx
from coserver.web import rendering, titles
from coserver.web.leaves import fetched, leaf
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 50  # collections on a page
_THINGS = 15  # of one of them on a page: each is read for its title


def show(visit: Visit) -> Reply:
    """Both lists."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        given = leaf(visit, shares.given(tx, who))
        received = leaf(visit, shares.received(tx, who))
        where = places.mounted(tx, who) if received.these else {}
        return rendering.page(
            visit,
            "sharing/list.html",
            given=given,
            called={each.id: _called(tx, each) for each in given.these},
            received=received,
            where={each.id: places.received_at(tx, each, where) for each in received.these},
        )


def pick(visit: Visit, tool: str) -> Reply:
    """Which of the own mailboxes, folders, calendars or address books."""
    chosen = _tool(tool)
    with visit.house.store.read() as tx:
        own = collections.tree(tx, spaces.of(tx, visit.who.account).id, chosen)
        own = [one for one in own if one.parent or one.items]  # what lies at the top of the drive
        shown = leaf(visit, own, most=_MOST)
        called = sorted(((titles.of_collection(tx, one), one) for one in shown.these), key=lambda pair: pair[0])
    return rendering.page(visit, "sharing/pick.html", tool=chosen, shown=shown, called=called)


def pick_item(visit: Visit, tool: str, collection: int) -> Reply:
    """Which of the things in one of them, the latest first."""
    chosen = _tool(tool)
    with visit.house.store.read() as tx:
        own = collections.tree(tx, spaces.of(tx, visit.who.account).id, chosen)
        at = next((one for one in own if one.id == collection), None)
        if at is None:
            raise Missing("It is not there (any more).")
        here, held = at.id, at.items
        shown = fetched(visit, lambda skip, most: (lookup.latest(tx, here, skip=skip, most=most), held), most=_THINGS)
        return rendering.page(
            visit,
            "sharing/pick-item.html",
            tool=chosen,
            at=at,
            around=_around(tx, at),
            shown=shown,
            called=titles.of_items(tx, chosen, shown.these),
        )


def _called(tx: Tx, share: Share) -> str:
    """What a share is of, for who shares it."""
    if share.collection is not None:
        return titles.of_collection(tx, collections.get(tx, share.collection))
    assert share.item is not None  # noqa: S101  (one of the two is set)
    return titles.of_item(tx, share.tool, share.item) or share.name


def _around(tx: Tx, at: Collection) -> str:
    return "" if at.parent is None else titles.of_collection(tx, at)


def _tool(name: str) -> Tool:
    try:
        return Tool(name)
    except ValueError as error:
        raise Missing("There is no such tool.") from error


ROUTES = (
    Route("GET", "/sharing", show),
    Route("GET", "/sharing/pick/<tool>", pick),
    Route("GET", "/sharing/pick/<tool>/<int:collection>", pick_item),
)
