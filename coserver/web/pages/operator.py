"""The operator's first page: how the house stands, and who is kept from logging in by wrong passwords."""

from coserver.accounts import operators, organisations
from coserver.auth import standing
from coserver.auth.throttle import Throttle
from coserver.mail import domains
from coserver.model.errors import Missing
from coserver.model.principal import State
from coserver.net.http.replies import Reply
from coserver.store import outbox
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 100  # throttled addresses and accounts on the page


def show(visit: Visit) -> Reply:
    """In figures, with what waits and what is throttled."""
    with visit.house.store.read() as tx:
        operators.need(tx, visit.house, visit.who.account)
        counted = standing.states(tx)
        return rendering.page(
            visit,
            "operator/front.html",
            accounts={state: counted.get(state, 0) for state in State},
            organisations=len(organisations.listed(tx)),
            domains=[each.name for each in domains.listed(tx) if not each.removed],
            waiting=outbox.count(tx),
            throttled=_throttle(visit).listed(most=_MOST),
        )


def lift(visit: Visit) -> Reply:
    """Let an address or an account try again at once."""
    with visit.house.store.read() as tx:
        operators.need(tx, visit.house, visit.who.account)
    if not _throttle(visit).lift(visit.typed("kind"), visit.typed("key")):
        raise Missing("It is not throttled any more.")
    return rendering.redirect("/operator?done=lifted")


def _throttle(visit: Visit) -> Throttle:
    if visit.house.throttle is None:
        raise Missing("No server runs here whose throttle could be looked at.")
    return visit.house.throttle


ROUTES = (
    Route("GET", "/operator", show),
    Route("POST", "/operator/throttle/lift", lift, again=show),
)
