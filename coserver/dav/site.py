"""Makes the HTTP front of a house: calendars and contacts below /dav/, the drive below /drive/."""

from coserver.dav.front import Site
from coserver.dav.radicale_app.application import make_calendar_app
from coserver.net.kit import Kit


def make_site(kit: Kit) -> Site:
    """The one site that serves all HTTP ports, with TLS and without."""
    return Site(kit, make_calendar_app(kit))
