"""What the house's errors are in HTTP and DAV: one table, and the bodies that go with it.

Invariants: a stranger's fault is never a 500; a body for people is one line of text that says what to
do; where RFC 4918 or its kin name a condition, the body is their XML with the text beside it.
"""

import errno
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from coserver.dav.targets import Elsewhere
from coserver.documents.paths import Orphan
from coserver.model import errors

TEXT = "text/plain; charset=utf-8"
XML = "application/xml; charset=utf-8"
REALM = 'Basic realm="coserver", charset="UTF-8"'  # RFC 7617 2.1

PHRASES = {
    200: "OK", 201: "Created", 204: "No Content", 206: "Partial Content", 207: "Multi-Status",
    301: "Moved Permanently", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
    411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    415: "Unsupported Media Type", 416: "Range Not Satisfiable", 423: "Locked", 424: "Failed Dependency",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    507: "Insufficient Storage",
}  # fmt: skip

# the first row that fits counts: subclasses stand above their base
_STATUS: tuple[tuple[type[errors.HouseError], int], ...] = (
    (Elsewhere, 502),  # RFC 4918 9.8.5
    (Orphan, 409),  # RFC 4918 9.3.1, 9.7.1
    (errors.Malformed, 400),
    (errors.Unknown, 401),
    (errors.Denied, 403),
    (errors.NotInPlan, 403),
    (errors.Missing, 404),
    (errors.Exists, 405),
    (errors.Stale, 412),
    (errors.Locked, 423),
    (errors.NoRoom, 507),
    (errors.TooBig, 413),
    (errors.Busy, 503),
)
_CONDITIONS = {
    423: "<D:lock-token-submitted><D:href>{href}</D:href></D:lock-token-submitted>",  # RFC 4918 16
    507: "<D:quota-not-exceeded/>",  # RFC 4331 6
}
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its body in memory. `close` ends the connection after it."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    close: bool = field(default=False)


def status_of(error: errors.HouseError) -> int:
    """The HTTP status of an error of the house."""
    cause = error.private.get("cause")
    if isinstance(cause, OSError) and cause.errno in _FULL_DISK:
        return 507  # RFC 4918 11.5
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def refusal(error: errors.HouseError, *, href: str = "/") -> Reply:
    """The answer to a request that the house refuses."""
    status = status_of(error)
    headers: tuple[tuple[str, str], ...] = ()
    if status == 401:
        headers = (("WWW-Authenticate", REALM),)
    elif status == 503:
        headers = (("Retry-After", "30"),)
    condition = _CONDITIONS.get(status)
    if condition is not None:
        return dav_error(status, condition.format(href=escape(href)), error.text)
    return plain(status, error.text, headers=headers)


def plain(status: int, text: str, *, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """One line of text for a person."""
    return Reply(status, (("Content-Type", TEXT), *headers), f"{text}\n".encode())


def dav_error(status: int, condition: str, text: str) -> Reply:
    """The XML of a broken condition (RFC 4918 16), with the text for a person beside it."""
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:" xmlns:C="urn:coserver:">'
        f"{condition}<C:text>{escape(text)}</C:text></D:error>\n"
    )
    return Reply(status, (("Content-Type", XML),), body.encode())


def nothing_here() -> errors.Missing:
    """For paths that belong to no service."""
    return errors.Missing("Nothing is served here. Calendars and contacts are at /dav/, documents at /drive/.")


def fault(identity: str) -> Reply:
    """The answer when something of ours broke; `identity` finds it in the log."""
    text = f"Something went wrong on the server. Nothing was lost; please try again, or report the number {identity}."
    return plain(500, text)


def line(status: int) -> str:
    """A status with its phrase."""
    return f"{status} {PHRASES.get(status, 'Status')}"
