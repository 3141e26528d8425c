"""The settings that any program may read, and the record in the DNS that vouches for them (draft-ietf-mailmaint-pacc).

Invariant: the record is made of the very bytes that are served. Ports are not told: a service that is not on the port
of its kind cannot be named.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from coserver.accounts.setup.places import Places
from coserver.accounts.setup.texts import exact
from coserver.config import Config
from coserver.model.errors import Missing

KIND = "application/json"
PATH = "/.well-known/user-agent-configuration.json"  # on ua-auto-config.DOMAIN

_LONGEST = 60  # characters of a provider's name, and of the short one
_SHORTEST = 20
_IMAPS, _SUBMISSIONS, _HTTPS = 993, 465, 443


@dataclass(frozen=True, slots=True)
class Published:
    """The document to serve, and the text of the TXT record of ``_ua-auto-config.DOMAIN``."""

    body: bytes
    record: str


def of(config: Config, domain: str) -> Published:
    """Those of a domain of ours, with the page for people; errors as those of `published` and `Places.of`."""
    return published(Places.of(config, domain), guide=guide(config))


def guide(config: Config) -> str:
    """The page on which people read how programs are set up."""
    return f"{config.web}/programs"


def published(places: Places, *, guide: str = "") -> Published:
    """The settings of a domain; `guide` is the address of a page for people, empty: there is none.

    Raises:
        Missing: no service is on the port of its kind.
        Malformed: a host has characters that no name has.
    """
    protocols = _protocols(places)
    if not protocols:
        raise Missing("No service is where programs would look for it.")
    info: dict[str, Any] = {"provider": {"name": places.name(_LONGEST), "shortName": places.name(_SHORTEST)}}
    if guide:
        info["help"] = {"documentation": exact(guide)}
    told = {"protocols": protocols, "authentication": {"password": True}, "info": info}
    body = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return Published(body, f"v=UAAC1; a=sha256; d={b64encode(sha256(body).digest()).decode()}")


def _protocols(places: Places) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if places.imaps.port == _IMAPS:
        found["imap"] = {"host": exact(places.imaps.host)}
    if places.submissions.port == _SUBMISSIONS:
        host = {"host": exact(places.submissions.host)}
        found |= {"submit": host, "smtp": host}  # the word since version 03 of the draft, and the one before
    if places.https.port == _HTTPS:
        dav, drive = {"url": exact(f"{places.web}{places.dav}")}, {"url": exact(f"{places.web}{places.drive}")}
        found |= {"caldav": dav, "carddav": dav, "webdav": drive}
    return found
