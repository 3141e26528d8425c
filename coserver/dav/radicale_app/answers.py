"""Bodies of answers: XML that brings every text through unchanged."""

from collections.abc import Sequence
from io import BytesIO
from xml.etree.ElementTree import Element, ElementTree, SubElement

from coserver.dav import replies
from coserver.dav.radicale_app.properties import DAV
from coserver.model.errors import Stale
from coserver.net.http.replies import Reply, line

_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))


def xml(status: int, element: Element) -> Reply:
    """An XML body.

    Carriage returns are written as references, else a reader would not see them (XML 1.0 2.11);
    what XML cannot hold is left out (XML 1.0 2.2).
    """
    out = BytesIO()
    ElementTree(element).write(out, encoding="utf-8", xml_declaration=True)
    body = out.getvalue().translate(None, _CONTROLS).replace(b"\r", b"&#13;")
    body = body.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    return Reply(status, (("Content-Type", replies.XML),), body)


def multistatus(element: Element) -> Reply:
    """RFC 4918 13."""
    return xml(207, element)


def propstat(response: Element, status: int, values: Sequence[Element]) -> None:
    """Add properties with one status to a response (RFC 4918 14.22)."""
    found = SubElement(response, DAV + "propstat")
    SubElement(found, DAV + "prop").extend(values)
    SubElement(found, DAV + "status").text = f"HTTP/1.1 {line(status)}"


def stale() -> Stale:
    """A condition of the request does not hold."""
    return Stale("It was changed or removed meanwhile: synchronise, and try again.")
