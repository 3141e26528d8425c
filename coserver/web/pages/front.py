"""The first page: what this is, for strangers; how things stand, for who is logged in."""

from coserver.accounts import accounts, operators
from coserver.groups import belonging, proposals
from coserver.net.http.replies import Reply
from coserver.quota import plans, usage
from coserver.web import rendering
from coserver.web.meters import meter
from coserver.web.routes import For, Route
from coserver.web.visit import Visit

_MOST = 5  # groups whose meters stand on the first page


def show(visit: Visit) -> Reply:
    """Of a house, or of an account."""
    if visit.cookie is None:
        scheme = "https" if visit.caller.secure else "http"
        return rendering.page(visit, "front.html", base=f"{scheme}://{visit.caller.host or 'localhost'}")
    return _home(visit)


def _home(visit: Visit) -> Reply:
    """How full everything is that the account keeps and sees (R29, S15)."""
    with visit.house.store.read() as tx:
        found = accounts.find(tx, visit.who.login)
        plan = plans.plan_of(tx, found.id)
        own = [meter(each) for each in usage.rooms(tx, found.space)]
        groups, whole = belonging.of(tx, found.id, most=_MOST)
        held = usage.of_spaces(tx, [each.group.space for each in groups])
        offered = proposals.of_account(tx, found.id)
        operates = operators.is_one(tx, visit.house, found.id)
    shown = [(each, [meter(one) for one in held[each.group.space]]) for each in groups]
    return rendering.page(
        visit,
        "home.html",
        plan=plan,
        own=own,
        groups=shown,
        more=whole - len(shown),
        offered=offered,
        operates=operates,
    )


ROUTES = (Route("GET", "/", show, For.ALL),)
