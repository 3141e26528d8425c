"""What was done with the account lately, by whom, and from where."""

from coserver.net.http.replies import Reply
from coserver.store import journal, spaces
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

MOST = 100  # acts on the page


def show(visit: Visit) -> Reply:
    """The latest first, each with the address it came from: a stranger's would stand out."""
    with visit.house.store.read() as tx:
        acts = list(reversed(journal.listed(tx, spaces.of(tx, visit.who.account).id, most=MOST)))
    return rendering.page(visit, "account/activity.html", acts=acts)


ROUTES = (Route("GET", "/account/activity", show),)
