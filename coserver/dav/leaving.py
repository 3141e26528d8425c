"""The one door for people without a login: where a member ends his copies of a group's mail.

Invariants: looking at the page does nothing, since programs follow links too; what is posted to it, by its
button or by a mail program (RFC 8058 3.2), acts at once and is never redirected; the token in the path is
all it takes, is in no log and is handed on to nobody.
"""

from functools import partial
from html import escape

from twisted.python.failure import Failure

from coserver.dav.bodies import Collected
from coserver.dav.replies import Reply, plain
from coserver.dav.request import Request
from coserver.mail import links
from coserver.mail.links import Reading
from coserver.model.errors import Busy, Malformed
from coserver.net.kit import Kit
from coserver.net.limits import Pace

MOUNT = "/lists"
_MOST = 4096  # bytes of a form
_FIELD, _VALUE = b"List-Unsubscribe", b"One-Click"
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
)
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>{text}</p>
{form}</body>
</html>
"""
_FORM = """\
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>Send me no more copies</button>
</form>
"""


def sink(kit: Kit, request: Request, path: str, *, pace: Pace) -> Collected:
    """Take a request for the page of a token.

    Raises:
        Busy: its address asks too often.
        TooBig: its body is no form of ours.
    """
    if not pace.step(request.peer):
        raise Busy("Too many requests from your address. Please try again in a minute.")
    token = path[len(MOUNT) + 1 :]
    return Collected(request, _MOST, partial(_answer, kit, request, token))


def _answer(kit: Kit, request: Request, token: str, body: bytes) -> None:
    if request.method in (b"GET", b"HEAD"):
        kit.pool.run(links.look, kit.store, token).addCallbacks(
            lambda found: request.answer(_page(found)), request.fail
        )  # fmt: skip
    elif request.method != b"POST":
        text = "This page can be looked at, or its button pressed."
        request.answer(plain(405, text, headers=(("Allow", "GET, HEAD, POST"),)))
    elif _FIELD not in body or _VALUE not in body:  # a form of either kind (RFC 8058 3.2)
        request.fail(Failure(Malformed("The form says nothing of List-Unsubscribe.")))
    else:
        kit.pool.run(links.end, kit.store, token, peer=request.peer).addCallbacks(
            lambda found: request.answer(_page(found)), request.fail
        )  # fmt: skip


def _page(found: Reading) -> Reply:
    group, address = escape(found.group), escape(found.address)
    if found.copies:
        text = (
            f"As a member of the group {group} you get a copy of what is written to {address}. You can end that; "
            f"everything stays in the mailbox Groups/{group} of your mail program, and you stay a member."
        )
    else:
        text = (
            f"You get no copies of mail to the group {group}. You find it in the mailbox Groups/{group} of your "
            "mail program. Whoever looks after this server can turn the copies on again."
        )
    body = _PAGE.format(title=f"Mail to the group {group}", text=text, form=_FORM if found.copies else "")
    return Reply(200, _HEADERS, body.encode())


def is_here(path: str) -> bool:
    """Whether a path is that of a token."""
    return path.startswith(f"{MOUNT}/")


def logged(path: bytes) -> bytes:
    """A path as it may be logged."""
    return f"{MOUNT}/...".encode() if is_here(path.decode("latin-1")) else path
