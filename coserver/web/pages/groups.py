"""Groups: which ones somebody is in, new ones (R56), and how things stand in one (R47)."""

from coserver.groups import belonging, deletion, excess, members, proposals, rights
from coserver.mail import addresses
from coserver.model.ids import SpaceId
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.quota import usage
from coserver.store import collections
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.leaves import fetched
from coserver.web.meters import meter
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 12  # groups on a page


def listed(visit: Visit) -> Reply:
    """Those of the account, those offered to it, those it can restore, and the form for a new one."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        mine = fetched(visit, lambda skip, most: belonging.of(tx, who, skip=skip, most=most), most=_MOST)
        held = usage.of_spaces(tx, [each.group.space for each in mine.these])
        return rendering.page(
            visit,
            "groups/list.html",
            mine=mine,
            fullest={space: max(map(meter, rooms), key=lambda each: each.percent) for space, rooms in held.items()},
            offered=proposals.of_account(tx, who),
            deleted=deletion.of(tx, who),
        )


def create(visit: Visit) -> Reply:
    """Make one; who makes it administers it (R56)."""
    name, who = visit.typed("name").strip(), visit.who.account
    visit.house.store.write(lambda tx: members.create(tx, name, administrator=who))
    return rendering.redirect(f"/groups/{name}/members?done=made")


def show(visit: Visit, name: str) -> Reply:
    """What somebody is in a group, how full it is, where its tools are found, what he may do there and why."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, who)
        address = addresses.of_group(tx, group.id)
        return rendering.page(
            visit,
            "groups/group.html",
            group=group,
            role=role,
            writable=excess.writable(tx, group.id),
            address="" if address is None else str(address),
            meters_=[meter(each) for each in usage.rooms(tx, group.space)],
            reasons=[(tool, _why(tx, visit, group.space, tool)) for tool in Tool],
            offer=next((each for each in proposals.of_account(tx, who) if each.group == group.id), None),
        )


def _why(tx: Tx, visit: Visit, space: SpaceId, tool: Tool) -> list[str]:
    return rights.why(tx, visit.who.account, collections.root(tx, space, tool))


ROUTES = (
    Route("GET", "/groups", listed),
    Route("POST", "/groups", create, again=listed),
    Route("GET", "/groups/<name>", show),
)
