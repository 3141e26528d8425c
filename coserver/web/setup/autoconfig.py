"""The settings that Thunderbird and its kin look for (draft-ietf-mailmaint-autoconfig-06).

Invariant: the document is one for all addresses of a domain; each program puts its own in.
"""

from collections.abc import Iterator

from coserver.accounts.setup.places import Places, Service
from coserver.accounts.setup.texts import XML, element, leaf

KIND = "text/xml"  # the media type of the document (section 3 of the draft)

_ADDRESS = "%EMAILADDRESS%"
_LONGEST = 30  # characters of a title, and of a short one, that every program shows (section 3.2.4)
_SHORTEST = 12


def document(places: Places, *, guide: str = "") -> bytes:
    """The settings of a domain; `guide` is the address of a page for people, empty: there is none.

    Raises:
        Malformed: the domain, a host or the guide has characters that XML cannot hold.
    """
    provider = element("emailProvider", *_provider(places, guide), id=places.domain)
    return f"{XML}{element('clientConfig', provider, *_siblings(places), version='1.2')}\n".encode()


def _provider(places: Places, guide: str) -> Iterator[str]:
    yield leaf("domain", places.domain)
    yield leaf("displayName", places.name(_LONGEST))
    yield leaf("displayShortName", places.name(_SHORTEST))
    yield from _servers("incomingServer", "imap", places.imaps, places.imap)
    yield from _servers("outgoingServer", "smtp", places.submissions, places.submission)
    if guide:
        yield element("documentation", leaf("descr", "How programs are set up", lang="en"), url=guide)


def _servers(name: str, kind: str, throughout: Service, upgraded: Service) -> Iterator[str]:
    """The servers of one kind, the preferred one first."""
    for service, socket in ((throughout, "SSL"), (upgraded, "STARTTLS")):
        if service.port:
            yield element(
                name,
                leaf("hostname", service.host),
                leaf("port", service.port),
                leaf("socketType", socket),
                leaf("authentication", "password-cleartext"),
                leaf("username", _ADDRESS),
                type=kind,
            )


def _siblings(places: Places) -> Iterator[str]:
    """What is not mail stands beside the provider of it."""
    if not places.https.port:
        return
    for name, kind, path in (
        ("addressbook", "carddav", places.dav),
        ("calendar", "caldav", places.dav),
        ("fileShare", "webdav", places.drive),
    ):
        yield element(
            name,
            leaf("url", f"{places.web}{path}"),
            leaf("authentication", "basic", system="http"),
            leaf("username", _ADDRESS),
            type=kind,
        )
