"""What refusals of calendars and contacts are in HTTP: a status and the condition their standard names."""

from urllib.parse import quote
from xml.sax.saxutils import escape

from coserver.dav import replies
from coserver.model.errors import Denied, HouseError, TooBig
from coserver.net.http.replies import Reply
from coserver.pim import refusals

_CALDAV = "urn:ietf:params:xml:ns:caldav"
_CARDDAV = "urn:ietf:params:xml:ns:carddav"

# the first row that fits counts
_CONDITIONS: tuple[tuple[type[HouseError], int, str, str], ...] = (
    (refusals.BadCalendar, 403, "valid-calendar-data", _CALDAV),  # RFC 4791 5.3.2.1
    (refusals.BadObject, 403, "valid-calendar-object-resource", _CALDAV),
    (refusals.BadCard, 403, "valid-address-data", _CARDDAV),  # RFC 6352 6.3.2.1
    (refusals.WrongComponent, 403, "supported-calendar-component", _CALDAV),
    (refusals.TooOften, 403, "max-instances", _CALDAV),
    (refusals.UidTaken, 409, "no-uid-conflict", _CALDAV),
    (Denied, 403, "need-privileges", "DAV:"),  # RFC 3744 7.1.1
    (TooBig, 413, "max-resource-size", _CALDAV),
)


class Condition(HouseError):
    """A condition of DAV that no error of the house has a word for.

    Args:
        status: of the answer.
        name: of the condition, as in the standard.
        space: its namespace.
    """

    def __init__(self, status: int, name: str, text: str, *, space: str = "DAV:") -> None:
        super().__init__(text)
        self.status = status
        self.name = name
        self.space = space


def refusal(error: HouseError, *, contacts: bool = False, parent: str = "/") -> Reply:
    """The answer to a request that is refused; `parent` is the URL of the collection it went to."""
    if isinstance(error, Condition):
        return replies.dav_error(error.status, _element(error.name, error.space), error.text)
    for kind, status, name, space in _CONDITIONS:
        if isinstance(error, kind):
            inside = ""
            if isinstance(error, refusals.UidTaken):
                inside = f'<D:href xmlns:D="DAV:">{escape(parent + quote(error.name))}</D:href>'
            if contacts and space == _CALDAV:
                space = _CARDDAV  # noqa: PLW2901  (the conditions have the same names there)
            return replies.dav_error(status, _element(name, space, inside), error.text)
    return replies.refusal(error)


def _element(name: str, space: str, inside: str = "") -> str:
    return f'<P:{name} xmlns:P="{space}">{inside}</P:{name}>' if inside else f'<P:{name} xmlns:P="{space}"/>'
