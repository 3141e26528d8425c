"""The settings that Outlook looks for: XML that is posted for (MS-OXDSCLI), and JSON that points to it.

Invariants: nothing of an answer depends on whether there is such an account; a request is at most some kilobytes of
XML without document type and entities, or refused.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from xml.etree.ElementTree import Element
from zlib import crc32

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from coserver.accounts.setup.places import Places, Service
from coserver.accounts.setup.texts import XML, element, exact, leaf
from coserver.model.errors import Malformed, Missing

MOST_BYTES = 16_384  # of a request, which has a few hundred
PATH = "/autodiscover/autodiscover.xml"
SCHEMA = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"

_ENVELOPE = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
_LONGEST = 320  # characters of an address: 64, an @ and 255 (RFC 5321 4.5.3.1)
_PROTOCOL = "AutodiscoverV1"


class Refusal(IntEnum):
    """Why there are no settings (MS-OXDSCLI 2.2.4.1.1.3)."""

    INVALID = 600
    NOT_OFFERED = 601


_WORDS = {Refusal.INVALID: "Invalid Request", Refusal.NOT_OFFERED: "Provider is not available"}


@dataclass(frozen=True, slots=True)
class Asked:
    """For which address settings are asked, and in which schema."""

    address: str
    schema: str

    @property
    def domain(self) -> str:
        """What follows the @."""
        return self.address.rpartition("@")[2]

    @property
    def refusal(self) -> Refusal | None:
        """Why this cannot be answered; None: it can."""
        return None if self.schema == SCHEMA else Refusal.NOT_OFFERED


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of an answer and its JSON."""

    status: int
    body: bytes


def asked(body: bytes) -> Asked:
    """What a request asks for.

    Raises:
        Malformed: it is too long, not XML, has a document type or entities, or names no address.
    """
    if len(body) > MOST_BYTES:
        raise Malformed("The request is longer than any that asks for settings.")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError) as error:
        raise Malformed("The request is not XML that can be read.") from error
    requests = [child for child in root if _local(child) == "request"]
    if _local(root) != "autodiscover" or len(requests) != 1:  # MS-ASCMD 2.2.3.150.1: several are none
        raise Malformed("The request does not ask for settings.")
    told = {_local(child): (child.text or "").strip() for child in requests[0]}
    return Asked(_address(told.get("emailaddress", "")), told.get("acceptableresponseschema", ""))


def _local(node: Element) -> str:
    """The name of an element for comparing: EMailAddress and EmailAddress are both sent, with or without namespace."""
    return node.tag.rpartition("}")[2].lower()


def _address(text: str) -> str:
    local, _, domain = exact(text).rpartition("@")
    if not local or not domain or len(text) > _LONGEST:
        raise Malformed("The request names no address such as alice@example.org.")
    return text


def settings(places: Places, address: str) -> bytes:
    """The settings for an address of the domain.

    Raises:
        Malformed: the address or a host has characters that XML cannot hold.
    """
    kinds = (("IMAP", places.incoming, places.imaps), ("SMTP", places.outgoing, places.submissions))
    found = [_protocol(kind, each, address, each == throughout) for kind, each, throughout in kinds if each.port]
    account = element("Account", leaf("AccountType", "email"), leaf("Action", "settings"), *found)
    return _enveloped(element("Response", account, xmlns=SCHEMA))


def _protocol(kind: str, service: Service, address: str, throughout: bool) -> str:
    """How one server is reached; the older word for encryption is on always, lest a program do without."""
    return element(
        "Protocol",
        leaf("Type", kind),
        leaf("Server", service.host),
        leaf("Port", service.port),
        leaf("DomainRequired", "off"),
        leaf("LoginName", address),
        leaf("SPA", "off"),
        leaf("SSL", "on"),
        leaf("AuthRequired", "on"),
        leaf("Encryption", "SSL" if throughout else "TLS"),
    )


def refused(why: Refusal, host: str, *, now: float) -> bytes:
    """The document that says there are no settings; `host` is who says so, `now` in seconds since 1970 UTC."""
    told = element(
        "Error",
        leaf("ErrorCode", why),
        leaf("Message", _WORDS[why]),
        element("DebugData"),
        Time=f"{datetime.fromtimestamp(now, UTC):%H:%M:%S.%f}",
        Id=str(crc32(host.encode(errors="replace"))),
    )
    return _enveloped(element("Response", told))


def _enveloped(inside: str) -> bytes:
    return f"{XML}{element('Autodiscover', inside, xmlns=_ENVELOPE)}\n".encode()


def pointed(places: Places, protocol: str) -> Answer:
    """Where the settings are, for programs that ask in JSON first; they spell the protocol as they like.

    Raises:
        Missing: the web server is off.
    """
    if not places.https.port:
        raise Missing("There are no settings over HTTPS here.")
    if protocol.lower() == _PROTOCOL.lower():
        return Answer(200, _json({"Protocol": _PROTOCOL, "Url": f"{places.web}{PATH}"}))
    code = "InvalidProtocol" if protocol else "MandatoryParameterMissing"
    return Answer(400, _json({"ErrorCode": code, "ErrorMessage": f"The only protocol here is {_PROTOCOL}."}))


def _json(told: dict[str, str]) -> bytes:
    return json.dumps(told).encode()
