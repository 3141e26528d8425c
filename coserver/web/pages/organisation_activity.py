"""What was done in an organisation lately, with accounts, domains and tokens; never what people do there."""

from dataclasses import replace
from heapq import merge
from itertools import islice

from coserver.accounts import organisations
from coserver.model.act import Act, ActKind
from coserver.net.http.replies import Reply
from coserver.store import journal, spaces
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

MOST = 100  # acts on the page
_OF_OWNER = (
    ActKind.OWNER, ActKind.CLAIMED, ActKind.UNCLAIMED, ActKind.PROVED, ActKind.KEY_MADE, ActKind.KEY_USED,
    ActKind.DOMAIN_REMOVED, ActKind.DOMAIN_RESTORED, ActKind.API_TOKEN, ActKind.API_TOKEN_REVOKED,
)  # fmt: skip


def show(visit: Visit, name: str) -> Reply:
    """The latest first, each with the account it concerns."""
    with visit.house.store.read() as tx:
        org = organisations.acting_for(tx, name, visit.who.account)
        accounts = [replace(act, what=login) for login, act in journal.of_accounts(tx, org.id, most=MOST)]
        own = journal.of_kinds(tx, spaces.of(tx, org.owner).id, _OF_OWNER, most=MOST)
    about = [act for act in own if _is_about(act, org.name)]
    acts = list(islice(merge(accounts, about, key=lambda act: -act.at), MOST))
    return rendering.page(visit, "organisations/activity.html", org=org, acts=acts, most=MOST)


def _is_about(act: Act, name: str) -> bool:
    """Whether an act of the owner concerns this organisation, and not another one of his."""
    return act.detail == name or act.detail.endswith(f" of {name}") or f" of {name}: " in act.detail


ROUTES = (Route("GET", "/organisations/<name>/activity", show),)
