"""Where the services of a domain are, as programs reach them from outside."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from coserver.accounts.setup.texts import shown
from coserver.config import Config
from coserver.model.errors import Malformed, Unusable
from coserver.model.hosts import a_labels

_HTTPS = 443
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Service:
    """A name of a host, or an address without brackets, and a port there; 0: the service is off."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where the services of a domain are: TLS throughout (`imaps`, `submissions`, `https`), or with STARTTLS.

    `title` is what people call the place, `dav` and `drive` are paths below `https`.
    """

    domain: str
    title: str
    imaps: Service
    imap: Service
    submissions: Service
    submission: Service
    https: Service
    dav: str = "/dav/"
    drive: str = "/drive/"

    @classmethod
    def of(cls, config: Config, domain: str, title: str = "") -> Self:
        """The places of a domain of ours, on the ports that are configured.

        Raises:
            Malformed: the domain can be none.
            Unusable: the configuration has no name of a host for the server, or no address of the web.
        """
        host, ports = _own(config), config.ports
        return cls(
            domain=_domain(domain),
            title=title,
            imaps=Service(host, ports.imaps),
            imap=Service(host, ports.imap),
            submissions=Service(host, ports.submissions),
            submission=Service(host, ports.submission),
            https=_https(config),
        )

    @property
    def web(self) -> str:
        """The address of the web server, without a slash at its end."""
        return f"https://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port of the web server as addresses hold them (RFC 3986 3.2), the port where it is not 443."""
        host = f"[{self.https.host}]" if ":" in self.https.host else self.https.host
        return host if self.https.port == _HTTPS else f"{host}:{self.https.port}"

    @property
    def incoming(self) -> Service:
        """IMAP as it is preferred: TLS throughout where that is on (RFC 8314 3)."""
        return self.imaps if self.imaps.port else self.imap

    @property
    def outgoing(self) -> Service:
        """Submission as it is preferred, likewise."""
        return self.submissions if self.submissions.port else self.submission

    def name(self, most: int) -> str:
        """What people call the place, in no more than `most` characters; the domain where it has no title."""
        return shown(self.title, most) or shown(self.domain, most)


def _domain(text: str) -> str:
    """A domain as the DNS has it."""
    try:
        name = a_labels(text.rstrip("."))
    except UnicodeError as error:
        raise Malformed(f"{text!r} is no domain.") from error
    if not _NAME.fullmatch(name):
        raise Malformed(f"{text!r} is no domain.")
    return name


def _own(config: Config) -> str:
    """The name of the server itself."""
    try:
        return _host(config.server.name)
    except ValueError as error:
        raise Unusable(f"server.host: {config.server.name!r} is no name of a host.") from error


def _https(config: Config) -> Service:
    """Where the web server is reached: as people are told, which a proxy may make another place than the port here."""
    if not config.ports.https and not config.server.web:
        return Service(_own(config), 0)
    try:
        web = urlsplit(config.web)
        found = Service(_host(web.hostname or ""), _HTTPS if web.port is None else web.port)
    except ValueError as error:
        raise Unusable(f"server.web: {config.web!r} is not an address such as https://mail.example.org.") from error
    return found if web.scheme == "https" else Service(found.host, 0)


def _host(name: str) -> str:
    """A name of a host as programs ask the DNS for it, or an address as it is."""
    plain = name.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        if not plain:
            raise
        return a_labels(plain)
