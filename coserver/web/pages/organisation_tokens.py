"""The API tokens of an organisation: with what programs administer it."""

from coserver.accounts import api_tokens, organisations
from coserver.accounts.api_tokens import Scope
from coserver.net.http.replies import Reply
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.api.door import DESCRIPTION
from coserver.web.routes import Route
from coserver.web.visit import Visit


def show(visit: Visit, name: str) -> Reply:
    """Those there are, and the form for another one."""
    return _page(visit, name)


def make(visit: Visit, name: str) -> Reply:
    """Another one, shown this once."""
    me, secret, label = visit.who.account, api_tokens.make(), visit.typed("label").strip()
    scopes = [each for each in Scope if visit.typed(str(each)) == "on"]

    def job(tx: Tx) -> None:
        org = organisations.acting_for(tx, name, me)
        api_tokens.add(tx, org, secret, label=label, scopes=scopes)

    visit.house.store.write(job)
    return _page(visit, name, made=secret.text)


def revoke(visit: Visit, name: str, which: int) -> Reply:
    """Take one away."""
    me = visit.who.account

    def job(tx: Tx) -> None:
        api_tokens.revoke(tx, organisations.acting_for(tx, name, me), which)

    visit.house.store.write(job)
    return rendering.redirect(f"/organisations/{name}/tokens?done=revoked")


def again(visit: Visit, name: str, which: int) -> Reply:
    """The page, where one could not be taken away."""
    return show(visit, name)


def _page(visit: Visit, name: str, *, made: str = "") -> Reply:
    with visit.house.store.read() as tx:
        org = organisations.acting_for(tx, name, visit.who.account)
        return rendering.page(
            visit,
            "organisations/tokens.html",
            org=org,
            tokens=api_tokens.of(tx, org.id),
            made=made,
            scopes=tuple(Scope),
            description=DESCRIPTION,
            longest=api_tokens.LONGEST_LABEL,
        )


ROUTES = (
    Route("GET", "/organisations/<name>/tokens", show),
    Route("POST", "/organisations/<name>/tokens", make, again=show),
    Route("POST", "/organisations/<name>/tokens/<int:which>/revoke", revoke, again=again),
)
