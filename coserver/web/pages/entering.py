"""In and out: the log-in, the look whether the browser keeps its cookie (R2), and Quit (R40)."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from coserver.accounts import undoing
from coserver.auth import cookies, second, standing
from coserver.auth.cookies import Cookie
from coserver.model.errors import HouseError, Unknown
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.net.http.replies import Reply
from coserver.store import acting
from coserver.store.tx import Tx
from coserver.web import rendering, sid, sites
from coserver.web.proofs import Proof, is_in_state
from coserver.web.routes import For, Route
from coserver.web.visit import Visit

HOME = "/"


def show(visit: Visit) -> Reply:
    """The log-in."""
    return rendering.page(visit, "log-in.html", **_whither(visit), asked=sites.question(visit), timed_out=False)


def enter(visit: Visit, proof: Proof) -> Reply:
    """Let somebody in; the login that the browser had before, whosever it was, ends (R39)."""
    if is_in_state(proof, State.CLOSED) and _can_undo(visit):
        return rendering.page(visit, "restore-asked.html", 403, login=visit.typed("login"))
    if isinstance(proof, HouseError):
        raise proof
    with visit.house.store.read() as tx:
        half = second.is_on(tx, proof.account)
    value = cookies.make()
    with acting.by(replace(visit.actor, account=proof.account, login=proof.login)):
        begin(visit, proof.account, value, half=half)
    if half:
        return rendering.page(visit, "code.html", headers=(sid.setting(value),), **_whither(visit))
    return entered(visit, value)


def _can_undo(visit: Visit) -> bool:
    with visit.house.store.read() as tx:
        found = standing.find(tx, visit.typed("login"))
        return found is not None and undoing.can(tx, found.account)


def show_code(visit: Visit) -> Reply:
    """Where the second factor is asked for."""
    if visit.half is None:
        return rendering.redirect("/log-in")
    return rendering.page(visit, "code.html", **_whither(visit))


def prove(visit: Visit) -> Reply:
    """Take the second factor: the login is whole then, under another cookie."""
    half = visit.half
    if half is None:
        raise Unknown("Please log in again: the code has to follow the password within ten minutes.")
    with acting.by(replace(visit.actor, account=half.account, login=half.login)):
        if not visit.house.store.write(lambda tx: second.is_right(tx, half.account, visit.typed("code"))):
            raise second.refusal()
        value = cookies.make()
        begin(visit, half.account, value)
    return entered(visit, value)


def entered(visit: Visit, value: str) -> Reply:
    """On to what was wanted, or to the form that was kept."""
    to = _way(visit.typed("to"))
    if visit.typed("kept"):
        return _resumed(visit, value, to)
    return rendering.redirect(f"/log-in/done?{urlencode({'to': to})}", headers=(sid.setting(value),))


def begin(visit: Visit, account: PrincipalId, value: str, *, half: bool = False) -> None:
    """Keep a login of this browser and end the one it had; `half`: the second factor is still to come."""
    visit.house.store.write(lambda tx: keep(tx, visit, account, value, half=half))


def keep(tx: Tx, visit: Visit, account: PrincipalId, value: str, *, half: bool = False) -> None:
    """The same, as a part of something larger."""
    for old in filter(None, (visit.cookie, visit.half)):
        cookies.end(tx, old.account, old.id)
    caller = visit.caller
    cookies.add(tx, account, value, peer=caller.peer, browser=caller.browser, half=half)


def done(visit: Visit) -> Reply:
    """Go on to what was wanted, if the browser came back with its cookie; else say what it is for."""
    if visit.cookie is not None:
        return rendering.redirect(_way(visit.query.get("to", "")))
    return rendering.page(visit, "cookies.html", 403)


def quit_(visit: Visit) -> Reply:
    """End the login, here and in the browser."""
    if visit.cookie is not None:
        which = visit.cookie
        visit.house.store.write(lambda tx: cookies.end(tx, which.account, which.id))
    return rendering.page(replace(visit, cookie=None), "gone.html", headers=sid.ending())


def _resumed(visit: Visit, value: str, to: str) -> Reply:
    """The form whose login was over, as it was typed: it is sent once more by hand."""
    fields = [(name, text) for name, text in parse_qsl(visit.typed("kept"), keep_blank_values=True, max_num_fields=200)]
    fresh = replace(visit, mark=sid.mark(value), cookie=_fresh(visit, value))
    return rendering.page(fresh, "resumed.html", headers=(sid.setting(value),), to=to, fields=fields)


def _fresh(visit: Visit, value: str) -> Cookie:
    with visit.house.store.read() as tx:
        found = cookies.Presence(visit.house.store).look(tx, value, counts=False)
    if not isinstance(found, Cookie):
        raise Unknown("Please log in.")
    return found


def _whither(visit: Visit) -> dict[str, Any]:
    """What is wanted after the log-in, and what was typed before it."""
    to = _way(visit.typed("to") or visit.query.get("to", ""))
    return {"to": to, "kept": visit.typed("kept")}


def _way(to: str) -> str:
    """Where to go on: a path of ours and nothing else."""
    plain = to.isascii() and to.isprintable() and to.startswith("/") and not to.startswith("//") and "\\" not in to
    return to if plain else HOME


ROUTES = (
    Route("GET", "/log-in", show, For.ALL),
    Route("POST", "/log-in", enter, For.ALL, again=show, proves=True),
    Route("GET", "/log-in/code", show_code, For.ALL),
    Route("POST", "/log-in/code", prove, For.ALL, again=show_code),
    Route("GET", "/log-in/done", done, For.ALL),
    Route("POST", "/quit", quit_, For.ALL),
)
