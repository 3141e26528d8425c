"""What is shown instead of a page: that it cannot be had, that ours was the fault, or the log-in before it."""

from urllib.parse import urlencode

from coserver.model.errors import HouseError
from coserver.net.http.replies import Reply
from coserver.web import rendering, sid, sites
from coserver.web.visit import Visit

_NOT_KEPT = (
    "mark",
    "password",
    "fresh",
    "again",
    "token",
    "code",
    "answer",
    "lines",
)  # of a form, for the time after the next log-in


def page(visit: Visit, error: HouseError) -> Reply:
    """What is wrong, in the words of the error."""
    retry = (("Retry-After", "30"),) if rendering.status_of(error) == 503 else ()
    return rendering.page(visit, "refused.html", rendering.status_of(error), headers=retry, text=error.text)


def fault(visit: Visit, identity: str) -> Reply:
    """That something of ours broke; `identity` finds it in the log."""
    return rendering.page(visit, "fault.html", 500, identity=identity)


def over() -> Reply:
    """For what an open page asks for by itself when its login is over: it is loaded anew, and says so."""
    return Reply(403, (("HX-Refresh", "true"), *rendering.HEADERS))


def log_in_first(visit: Visit, *, timed_out: bool) -> Reply:
    """The log-in, from which the way leads back to what was asked for; a form that was sent is kept (R36)."""
    posted = visit.method == "POST"
    kept = {name: value for name, value in visit.form.items() if name not in _NOT_KEPT} if posted else {}
    return rendering.page(
        visit,
        "log-in.html",
        403 if posted or timed_out else 200,
        headers=(sid.ending()[0],) if timed_out else (),
        to=visit.path if kept or not posted else "/",
        kept=urlencode(kept),
        asked=sites.question(visit),
        timed_out=timed_out,
    )
