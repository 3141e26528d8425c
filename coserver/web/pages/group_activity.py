"""What was done in a group lately, by whom, and how."""

from coserver.groups import members
from coserver.net.http.replies import Reply
from coserver.store import journal
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

MOST = 100  # acts on the page


def show(visit: Visit, name: str) -> Reply:
    """To its members, the latest first; from which address others acted is not for them."""
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, visit.who.account)
        acts = list(reversed(journal.listed(tx, group.space, most=MOST)))
    return rendering.page(visit, "groups/activity.html", group=group, role=role, acts=acts)


ROUTES = (Route("GET", "/groups/<name>/activity", show),)
