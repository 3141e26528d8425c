"""The plan: what it gives and what others give (R29, R30), and how to get a larger one (R31, R32)."""

from coserver.model.plan import Capacity
from coserver.net.http.replies import Reply
from coserver.quota import plans, subscriptions, usage
from coserver.store import spaces
from coserver.web import rendering
from coserver.web.meters import meter
from coserver.web.routes import Route
from coserver.web.visit import Visit

BYTES = tuple(each for each in Capacity if each.endswith("_bytes"))
NUMBERS = tuple(each for each in Capacity if not each.endswith("_bytes"))


def show(visit: Visit) -> Reply:
    """What the account has, beside what is on offer."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        mine, agreed = plans.plan_of(tx, who), subscriptions.terms(tx, who)
        offered = [each for each in plans.listed(tx) if (each.code, each.version) != (mine.code, mine.version)]
        held = usage.rooms(tx, spaces.of(tx, who).id)
    return rendering.page(
        visit,
        "account/plan.html",
        mine=mine,
        agreed=agreed,
        offered=offered,
        meters_=[meter(each) for each in held],
        bytes=BYTES,
        numbers=NUMBERS,
        contact=f"postmaster@{visit.house.config.server.domain}",
    )


ROUTES = (Route("GET", "/account/plan", show),)
