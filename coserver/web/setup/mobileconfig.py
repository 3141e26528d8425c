"""Profiles that set up mail, calendars and contacts on devices of Apple (its Device Management: Mail, CalDAV, CardDAV).

Invariant: a profile for the same login of the same domain has the same names always, so that a newer one takes the
place of an older one and does not stand beside it.
"""

import plistlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_DNS, UUID, uuid5

from coserver.accounts.setup.places import Places
from coserver.accounts.setup.texts import exact, shown
from coserver.model.errors import Missing

KIND = "application/x-apple-aspen-config"

_LONGEST = 60  # characters of a title

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose programs are set up; `name` stands in mail that is sent.

    `password` is an app password for the device, empty: it asks.
    """

    login: str
    address: str
    name: str = ""
    password: str = field(default="", repr=False)


def profile(places: Places, person: Person) -> bytes:
    """The profile, unsigned.

    Raises:
        Missing: there is nothing to set up, all services are off.
        Malformed: login, address, password or a host has characters that a profile cannot hold.
    """
    made = uuid5(uuid5(NAMESPACE_DNS, exact(places.domain)), exact(person.login))
    contents: list[Payload] = []
    if places.incoming.port and places.outgoing.port:  # a mail account is both, or none
        contents.append(_mail(places, person) | _head(places, made, "mail", "com.apple.mail.managed"))
    if places.https.port:
        for word in ("CalDAV", "CardDAV"):
            kind = f"com.apple.{word.lower()}.account"
            contents.append(_dav(places, person, word) | _head(places, made, word.lower(), kind))
    if not contents:
        raise Missing("There is nothing to set up: mail, calendars and contacts are off.")
    whole = _head(places, made, "", "Configuration")
    whole |= {"PayloadContent": contents, "PayloadOrganization": places.name(_LONGEST)}
    whole["PayloadDescription"] = f"Mail, calendars and contacts of {person.login}"
    return plistlib.dumps(whole)


def _head(places: Places, made: UUID, part: str, kind: str) -> Payload:
    """What every payload begins with; the identifier decides which installed one it replaces."""
    reversed_domain = ".".join(reversed(places.domain.split(".")))
    identifier = f"{reversed_domain}.setup.{made}"
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.{part}" if part else identifier,
        "PayloadUUID": str(uuid5(made, part) if part else made).upper(),
        "PayloadDisplayName": places.name(_LONGEST),
    }


def _mail(places: Places, person: Person) -> Payload:
    """Encryption is on for both kinds of ports: where it is not TLS throughout, a device begins it with STARTTLS."""
    told: Payload = {
        "EmailAccountDescription": places.name(_LONGEST),
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAddress": exact(person.address),
    }
    if name := shown(person.name, _LONGEST):
        told["EmailAccountName"] = name
    for way, service in (("Incoming", places.incoming), ("Outgoing", places.outgoing)):
        told[f"{way}MailServerAuthentication"] = "EmailAuthPassword"
        told[f"{way}MailServerHostName"] = exact(service.host)
        told[f"{way}MailServerPortNumber"] = service.port
        told[f"{way}MailServerUseSSL"] = True
        told[f"{way}MailServerUsername"] = person.login
        if person.password:
            told[f"{way}Password"] = exact(person.password)
    told["OutgoingPasswordSameAsIncomingPassword"] = True
    return told


def _dav(places: Places, person: Person, word: str) -> Payload:
    """Calendars or contacts; both begin at the principal."""
    told: Payload = {
        f"{word}AccountDescription": places.name(_LONGEST),
        f"{word}HostName": exact(places.https.host),
        f"{word}Port": places.https.port,
        f"{word}UseSSL": True,
        f"{word}Username": person.login,
        f"{word}PrincipalURL": f"{places.web}{places.dav}{quote(person.login, safe='')}/",
    }
    if person.password:
        told[f"{word}Password"] = exact(person.password)
    return told
