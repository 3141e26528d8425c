"""Pages as bytes: the one door to Jinja, and the headers that every page has.

Invariants: everything that a template is given is escaped unless it was made here; no page runs or loads anything
that is not the house's own, is framed by anybody or is kept by a cache; an unknown name in a template is a fault.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from coserver.model import errors
from coserver.net.http import replies
from coserver.net.http.replies import Reply
from coserver.web import assets, helping, speech
from coserver.web.visit import Visit

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def page(
    visit: Visit, template: str, status: int = 200, *, headers: tuple[tuple[str, str], ...] = (), **values: Any
) -> Reply:
    """A page; where its form was refused, with the status and the words of that."""
    if visit.error is not None:
        status = status_of(visit.error)
    words, zone = speech.words(visit.language), visit.cookie.zone if visit.cookie else ""
    body = (
        _environment()
        .get_template(template)
        .render(
            visit=visit,
            user=visit.cookie,
            language=visit.language,
            topic=helping.about(visit.path),
            error=None if visit.error is None else visit.error.text,
            _=words.gettext,
            ngettext=words.ngettext,
            moment=lambda at: speech.moment(at, visit.language, zone),
            size=lambda count: speech.size(count, visit.language),
            number=lambda count: speech.number(count, visit.language),
            **values,
        )
    )
    kind = (("Content-Type", replies.HTML), ("Content-Language", visit.language), ("Vary", "Accept-Language"))
    return Reply(status, (*kind, *HEADERS, *_for_ever_over_tls(visit), *headers), body.encode())


def framing(reply: Reply) -> Reply:
    """The same page, which may show something of this server in a frame."""
    policy = ("Content-Security-Policy", f"{POLICY}; frame-src 'self'")
    return replace(reply, headers=tuple(policy if each[0] == policy[0] else each for each in reply.headers))


def redirect(path: str, *, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Go on with another page of ours, after a form as well (RFC 9110 15.4.4)."""
    return Reply(303, (("Location", path), *HEADERS, *headers))


def status_of(error: errors.HouseError) -> int:
    """The status of a page that says what is wrong: a browser is asked for no password of its own, and PUTs nothing."""
    status = replies.status_of(error)
    return {401: 403, 405: 409, 507: 409}.get(status, status)


def _for_ever_over_tls(visit: Visit) -> tuple[tuple[str, str], ...]:
    """RFC 6797, where the name asked for is the house's own: others on localhost are not ours to bind."""
    name = visit.house.config.server.name
    ours = visit.caller.secure and "." in name and visit.caller.host.partition(":")[0].lower() == name.lower()
    return (("Strict-Transport-Security", "max-age=31536000"),) if ours else ()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("coserver.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = assets.address
    return made
