"""The one page for people without a login that changes something: where a member ends his copies of a group's mail.

Invariants: looking at the page does nothing, since programs follow links too; what is posted to it, by its
button or by a mail program (RFC 8058 3.2), acts at once and is never redirected; the token in the path is
all it takes, is in no log and is handed on to nobody.
"""

from coserver.mail import links
from coserver.mail.links import Reading
from coserver.model.errors import Malformed
from coserver.net.http.replies import Reply
from coserver.web import rendering
from coserver.web.routes import For, Route
from coserver.web.visit import Visit

MOUNT = "/lists"
_MOST = 4096  # bytes of a form
_FIELD, _VALUE = "List-Unsubscribe", "One-Click"
_TO_NOBODY = (("Referrer-Policy", "no-referrer"),)


def show(visit: Visit, token: str) -> Reply:
    """What the token stands for, and the button."""
    return _page(visit, links.look(visit.house.store, token))


def end(visit: Visit, token: str) -> Reply:
    """End the copies."""
    if visit.typed(_FIELD) != _VALUE:
        raise Malformed("The form says nothing of List-Unsubscribe.")
    return _page(visit, links.end(visit.house.store, token, peer=visit.caller.peer))


def _page(visit: Visit, found: Reading) -> Reply:
    return rendering.page(visit, "leaving.html", headers=_TO_NOBODY, found=found)


def logged(path: bytes) -> bytes:
    """A path as it may be logged."""
    return f"{MOUNT}/...".encode() if path.startswith(f"{MOUNT}/".encode()) else path


ROUTES = (
    Route("GET", f"{MOUNT}/<token>", show, For.ALL, paced=True),
    Route("POST", f"{MOUNT}/<token>", end, For.ALL, foreign=True, most=_MOST, paced=True),
)
