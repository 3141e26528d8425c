"""What programs ask for before anybody has logged in: where the services of a domain are.

Invariant: an answer depends on the domain alone, and never on whether there is such an account.
"""

from coserver.accounts import zones
from coserver.accounts.setup import pacc
from coserver.accounts.setup.places import Places
from coserver.mail import domains, sts
from coserver.model.errors import Denied, HouseError, Malformed, Missing
from coserver.net.http.replies import Reply
from coserver.web import rendering
from coserver.web.routes import For, Route
from coserver.web.setup import autoconfig, autodiscover
from coserver.web.setup.autodiscover import Refusal
from coserver.web.visit import Visit

_NAMES = ("autoconfig.", "autodiscover.", "ua-auto-config.")  # names in a domain under which programs ask
_JSON = "application/json"
_XML = "text/xml; charset=utf-8"  # what Outlook takes


def settings(visit: Visit) -> Reply:
    """Autoconfig: Thunderbird and its kin (draft-ietf-mailmaint-autoconfig)."""
    return _document(200, autoconfig.KIND, autoconfig.document(_places(visit, _asked(visit)), guide=_guide(visit)))


def outlook(visit: Visit) -> Reply:
    """Autodiscover, XML that is posted for; whatever is wrong is told in its own words (MS-OXDSCLI 2.2.4.1.1.3)."""
    try:
        asked = autodiscover.asked(visit.body)
    except Malformed:
        return _no_settings(visit, Refusal.INVALID)
    if asked.refusal is not None:
        return _no_settings(visit, asked.refusal)
    try:
        body = autodiscover.settings(_places(visit, asked.domain), asked.address)
    except (Missing, Denied, Malformed):
        return _no_settings(visit, Refusal.NOT_OFFERED)
    return _document(200, _XML, body)


def outlook_looked_at(visit: Visit) -> Reply:
    """The same, asked for without a question."""
    return _no_settings(visit, Refusal.INVALID)


def outlook_pointed(visit: Visit, address: str = "") -> Reply:
    """Where the XML is, for programs that ask in JSON first."""
    query = {name.lower(): text for name, text in visit.query.items()}
    asked = address or query.get("email", "")
    answer = autodiscover.pointed(_places(visit, asked.rpartition("@")[2]), query.get("protocol", ""))
    return _document(answer.status, _JSON, answer.body)


def published(visit: Visit) -> Reply:
    """The document that any program may read (draft-ietf-mailmaint-pacc)."""
    return _document(200, pacc.KIND, pacc.of(visit.house.config, _places(visit, "").domain).body)


def insisting(visit: Visit) -> Reply:
    """The policy by which other servers bring mail over TLS (RFC 8461 3.3), at its name in a domain alone."""
    host = visit.caller.host.rpartition(":")[0] or visit.caller.host
    label, _, domain = host.partition(".")
    if label != sts.LABEL or not domain:
        raise Missing("There is no such policy here.")
    with visit.house.store.read() as tx:
        domains.find(tx, domain)
    return _document(200, sts.KIND, zones.policy(visit.house.config))


def _asked(visit: Visit) -> str:
    return visit.query.get("emailaddress", "").rpartition("@")[2]


def _places(visit: Visit, domain: str) -> Places:
    """Where the services of a domain are, or of the one in whose name was asked.

    Raises:
        Missing: it is none of ours.
        Denied: it was removed.
    """
    config = visit.house.config
    with visit.house.store.read() as tx:
        if domain:
            return Places.of(config, domains.find(tx, domain).name)
        host = visit.caller.host.rpartition(":")[0] or visit.caller.host
        name = next((host.removeprefix(each) for each in _NAMES if host.startswith(each)), host)
        try:
            found = domains.known(tx, name)
        except HouseError:  # an address of IPv6, say
            found = None
        return Places.of(config, name if found else config.server.domain)


def _guide(visit: Visit) -> str:
    return pacc.guide(visit.house.config)


def _no_settings(visit: Visit, why: Refusal) -> Reply:
    now = visit.house.store.clock.now()
    return _document(200, _XML, autodiscover.refused(why, visit.house.config.server.name, now=now))


def _document(status: int, kind: str, body: bytes) -> Reply:
    return Reply(status, (("Content-Type", kind), *rendering.HEADERS), body)


# Outlook spells its paths as it likes, the standard asks for none of it
_SPELT = ("autodiscover", "Autodiscover", "AutoDiscover")

ROUTES = (
    Route("GET", "/mail/config-v1.1.xml", settings, For.ALL),
    Route("GET", "/.well-known/autoconfig/mail/config-v1.1.xml", settings, For.ALL),
    Route("GET", pacc.PATH, published, For.ALL),
    Route("GET", sts.PATH, insisting, For.ALL),
    *(
        route
        for word in _SPELT
        for route in (
            Route("GET", f"/{word}/{word}.xml", outlook_looked_at, For.ALL),
            Route("POST", f"/{word}/{word}.xml", outlook, For.ALL, foreign=True, most=autodiscover.MOST_BYTES),
            Route("GET", f"/{word}/{word}.json", outlook_pointed, For.ALL),
            Route("GET", f"/{word}/{word}.json/v1.0/<address>", outlook_pointed, For.ALL),
        )
    ),
)
