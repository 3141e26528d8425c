"""Another external address: named with the password, and confirmed by the letter that goes there (R21)."""

from urllib.parse import urlencode

from coserver.accounts import external
from coserver.auth import standing
from coserver.net.http.replies import Reply
from coserver.web import rendering
from coserver.web.proofs import Proof, need_self
from coserver.web.routes import Route
from coserver.web.visit import Visit


def show(visit: Visit) -> Reply:
    """Which one there is, and the form for another one."""
    with visit.house.store.read() as tx:
        found = standing.get(tx, visit.who.account)
    return rendering.page(
        visit,
        "account/external.html",
        now="" if found is None else found.external,
        sent=visit.query.get("sent", ""),
    )


def ask(visit: Visit, proof: Proof) -> Reply:
    """Mail a code to another one."""
    need_self(visit, proof)
    kept = external.ask(visit.house, visit.who.account, visit.typed("external"))
    return rendering.redirect(f"/account/external?{urlencode({'sent': kept})}")


def look(visit: Visit) -> Reply:
    """Where the code of the letter is handed in."""
    return rendering.page(
        visit,
        "account/external-confirm.html",
        address=visit.typed("address") or visit.query.get("address", ""),
        code=visit.typed("token") or visit.query.get("code", ""),
    )


def confirm(visit: Visit) -> Reply:
    """Make it the external address."""
    external.confirm(visit.house, visit.who.account, visit.typed("address").strip(), visit.typed("token"))
    return rendering.redirect("/account?saved=external")


ROUTES = (
    Route("GET", "/account/external", show),
    Route("POST", "/account/external", ask, again=show, proves=True),
    Route("GET", "/account/external/confirm", look),
    Route("POST", "/account/external/confirm", confirm, again=look, paced=True),
)
