"""What the house's errors are in DAV, and the bodies that go with them.

Invariant: where RFC 4918 or its kin name a condition, the body is their XML with the text for a person beside it.
"""

from xml.sax.saxutils import escape

from coserver.dav.targets import Elsewhere
from coserver.documents.paths import Orphan
from coserver.model import errors
from coserver.net.http import replies as http
from coserver.net.http.replies import Reply, plain

XML = "application/xml; charset=utf-8"
REALM = 'Basic realm="coserver", charset="UTF-8"'  # RFC 7617 2.1

_CONDITIONS = {
    423: "<D:lock-token-submitted><D:href>{href}</D:href></D:lock-token-submitted>",  # RFC 4918 16
    507: "<D:quota-not-exceeded/>",  # RFC 4331 6
}


def status_of(error: errors.HouseError) -> int:
    """The HTTP status of an error of the house, those that WebDAV alone knows among them."""
    if isinstance(error, Elsewhere):
        return 502  # RFC 4918 9.8.5
    return 409 if isinstance(error, Orphan) else http.status_of(error)  # RFC 4918 9.3.1, 9.7.1


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
