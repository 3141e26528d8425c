r"""Addresses to click, to scan and to type, which open programs with the place and the login filled in.

Invariant: no password is ever in an address, where histories and logs would keep it. All raise Missing where the web
server is off, and Malformed where a login cannot be part of an address.
"""

from urllib.parse import quote

from coserver.accounts.setup.places import Places
from coserver.accounts.setup.texts import exact
from coserver.model.errors import Malformed, Missing

_HTTPS = 443


def davx5(places: Places, login: str) -> str:
    """Opens DAVx5 on Android, on a click or scanned."""
    return _link("davx5", places, places.dav, login)


def calendars(places: Places, login: str) -> str:
    """Opens whichever program has registered itself for calendars."""
    return _link("caldavs", places, places.dav, login)


def contacts(places: Places, login: str) -> str:
    """Opens whichever program has registered itself for contacts."""
    return _link("carddavs", places, places.dav, login)


def gnome(places: Places, login: str) -> str:
    """The drive in the files of GNOME."""
    return _link("davs", places, places.drive, login)


def kde(places: Places, login: str) -> str:
    """The drive in Dolphin."""
    return _link("webdavs", places, places.drive, login)


def finder(places: Places) -> str:
    """The drive in the Finder, which asks who one is."""
    _need(places)
    return f"{places.web}{places.drive}"


def explorer(places: Places) -> str:
    r"""The drive in the Explorer, as the path of a share: ``\\HOST@SSL@PORT\drive``."""
    _need(places)
    host, port = places.https.host, places.https.port
    if ":" in host:  # no colon may be in such a path, Windows has a domain for addresses of IPv6
        host = f"{host.replace(':', '-')}.ipv6-literal.net"
    at = "" if port == _HTTPS else f"@{port}"
    folders = places.drive.strip("/").replace("/", "\\")
    return rf"\\{host}@SSL{at}\{folders}"


def _link(scheme: str, places: Places, path: str, login: str) -> str:
    """An address with a login before the host (RFC 3986 3.2.1): the @ in it is escaped, a colon would end it."""
    _need(places)
    if not login or ":" in exact(login):
        raise Malformed("A login has characters, but no colon.")
    return f"{scheme}://{quote(login, safe='')}@{places.authority}{path}"


def _need(places: Places) -> None:
    if not places.https.port:
        raise Missing("The web server is off.")
