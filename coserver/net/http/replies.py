"""Answers in HTTP, and what the house's errors are there: one table for all doors.

Invariant: a stranger's fault is never a 500; a text for people is one line that says what to do.
"""

import errno
from dataclasses import dataclass

from coserver.model import errors

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

PHRASES = {
    200: "OK", 201: "Created", 204: "No Content", 206: "Partial Content", 207: "Multi-Status",
    301: "Moved Permanently", 303: "See Other", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
    411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    415: "Unsupported Media Type", 416: "Range Not Satisfiable", 423: "Locked", 424: "Failed Dependency",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    507: "Insufficient Storage",
}  # fmt: skip

# the first row that fits counts: subclasses stand above their base
_STATUS: tuple[tuple[type[errors.HouseError], int], ...] = (
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
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its body in memory."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def status_of(error: errors.HouseError) -> int:
    """The HTTP status of an error of the house."""
    cause = error.private.get("cause")
    if isinstance(cause, OSError) and cause.errno in _FULL_DISK:
        return 507  # RFC 4918 11.5
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def plain(status: int, text: str, *, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """One line of text for a person."""
    return Reply(status, (("Content-Type", TEXT), *headers), f"{text}\n".encode())


def fault(identity: str) -> Reply:
    """The answer when something of ours broke; `identity` finds it in the log."""
    text = f"Something went wrong on the server. Nothing was lost; please try again, or report the number {identity}."
    return plain(500, text)


def line(status: int) -> str:
    """A status with its phrase."""
    return f"{status} {PHRASES.get(status, 'Status')}"
