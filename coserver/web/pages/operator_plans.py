"""Plans and organisations as the operator sees them: what is on offer, in which version, and who owns what."""

from coserver.accounts import operators
from coserver.net.http.replies import Reply
from coserver.operator.arguments import Arguments
from coserver.operator.verbs import organisation, plan
from coserver.web import rendering
from coserver.web.leaves import leaf
from coserver.web.routes import Route
from coserver.web.visit import Visit

_BYTES = 262_144  # of a form with plans


def show(visit: Visit) -> Reply:
    """Those on offer, how many accounts have each, and the form for next versions."""
    _need(visit)
    return rendering.page(visit, "operator/plans.html", plans=plan.listed(visit.house, Arguments({})))


def load(visit: Visit) -> Reply:
    """What differs becomes the next version of a plan; accounts stay on theirs (S23)."""
    _need(visit)
    plan.load(visit.house, Arguments({"text": visit.typed("text")}))
    return rendering.redirect("/operator/plans?done=loaded")


def organisations(visit: Visit) -> Reply:
    """All of them, by name."""
    _need(visit)
    found = leaf(visit, organisation.listed(visit.house, Arguments({})))
    return rendering.page(visit, "operator/organisations.html", found=found)


def found(visit: Visit) -> Reply:
    """A new one, for an account that is to own it."""
    _need(visit)
    typed = {"org": visit.typed("name").strip(), "owner": visit.typed("owner").strip()}
    organisation.add(visit.house, Arguments(typed))
    return rendering.redirect("/operator/organisations?done=founded")


def hand_over(visit: Visit) -> Reply:
    """Another owner, at once."""
    _need(visit)
    organisation.owner(visit.house, Arguments({"org": visit.typed("org"), "login": visit.typed("heir").strip()}))
    return rendering.redirect("/operator/organisations?done=handed-over")


def _need(visit: Visit) -> None:
    with visit.house.store.read() as tx:
        operators.need(tx, visit.house, visit.who.account)


ROUTES = (
    Route("GET", "/operator/plans", show),
    Route("POST", "/operator/plans", load, again=show, most=_BYTES),
    Route("GET", "/operator/organisations", organisations),
    Route("POST", "/operator/organisations", found, again=organisations),
    Route("POST", "/operator/organisations/owner", hand_over, again=organisations),
)
