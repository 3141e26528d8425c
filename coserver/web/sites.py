"""Where people reach the portal, which is where their passkeys are made and shown; and the question for one."""

from coserver.auth import passkeys
from coserver.auth.ceremonies import Site
from coserver.web.visit import Visit


def site_of(visit: Visit) -> Site:
    """The address that the configuration gives, whatever a request says."""
    return Site(visit.house.config.web)


def is_at(visit: Visit, site: Site) -> bool:
    """Whether the browser is there, and not at another name or address of the same server."""
    return f"https://{visit.caller.host.lower()}" == site.origin.lower()


def question(visit: Visit) -> str:
    """What a browser at the log-in is asked for a passkey with, as JSON; empty where it is at no place for them."""
    site = site_of(visit)
    if not is_at(visit, site):
        return ""
    with visit.house.store.read() as tx:
        return passkeys.to_show(tx, site)
