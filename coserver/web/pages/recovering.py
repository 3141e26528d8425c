"""A forgotten password: a code is mailed to the external address, and opens the account with another password."""

from coserver.accounts import recovery
from coserver.model.errors import Malformed
from coserver.net.http.replies import Reply
from coserver.web import rendering
from coserver.web.routes import For, Route
from coserver.web.visit import Visit


def show(visit: Visit) -> Reply:
    """Whose password it is."""
    return rendering.page(visit, "recover.html")


def recover(visit: Visit) -> Reply:
    """Mail a code, if there is such an account; the page is the same if there is none."""
    recovery.recover(visit.house, visit.typed("login"))
    return rendering.redirect("/reset?sent=1")


def look(visit: Visit) -> Reply:
    """Where the code is handed in."""
    code = visit.typed("token") or visit.query.get("code", "")
    return rendering.page(visit, "reset.html", code=code, sent="sent" in visit.query)


def reset(visit: Visit) -> Reply:
    """Give the account another password."""
    if visit.typed("password") != visit.typed("again"):
        raise Malformed("The two passwords are not the same. Please type them once more.")
    found = recovery.reset(visit.house, visit.typed("token").strip(), visit.typed("password"))
    return rendering.page(visit, "reset-done.html", login=found.login)


ROUTES = (
    Route("GET", "/recover", show, For.ALL),
    Route("POST", "/recover", recover, For.ALL, again=show, paced=True),
    Route("GET", "/reset", look, For.ALL),
    Route("POST", "/reset", reset, For.ALL, again=look, paced=True),
)
