"""Where mail for a domain goes next: the smarthost, or the MX of the domain (RFC 5321 5, RFC 7505)."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from coserver.config import Smtp
from coserver.model.errors import HouseError, Missing
from coserver.net.names import Resolver

_MOST_HOPS = 5


class Unroutable(HouseError):
    """No server will ever take mail for this domain; `status` says why (RFC 3463)."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Hop:
    """A server to try. `login` and `password` are empty for all but a smarthost that wants them."""

    host: str
    port: int = 25
    login: str = ""
    password: str = ""
    trusted_only: bool = False  # TLS with a valid certificate, or nothing


class Names(Protocol):
    """What is asked of the domain name system."""

    async def mail_servers(self, domain: str) -> list[tuple[int, str]]:
        """Preference and host of each MX record; empty if there is none."""

    async def has_address(self, domain: str) -> bool:
        """Whether the name has an A or AAAA record."""


class Dns:
    """The domain name system, asked without blocking.

    Raises of both questions: Unroutable when the domain does not exist, Busy when nobody answers.
    """

    def __init__(self, names: Resolver) -> None:
        self._names = names

    async def mail_servers(self, domain: str) -> list[tuple[int, str]]:
        """Preference and host of each MX record; empty if there is none."""
        found = [text.split(" ", 1) for text in await self._ask(domain, "MX")]
        return [(int(preference), host) for preference, host in found]

    async def has_address(self, domain: str) -> bool:
        """Whether the name has an A or AAAA record."""
        return bool(await self._ask(domain, "A") or await self._ask(domain, "AAAA"))

    async def _ask(self, domain: str, kind: str) -> tuple[str, ...]:
        try:
            return await self._names.look_up(domain, kind)
        except Missing as error:
            raise Unroutable("5.1.2", error.text) from error


async def hops(names: Names, domain: str, settings: Smtp, own: Collection[str]) -> list[Hop]:
    """The servers to try for a domain, best first.

    Args:
        names: the domain name system.
        domain: of the recipients, lower case, or an address literal.
        settings: may name a smarthost.
        own: the names of this server: an MX that is ourselves ends the list (RFC 5321 5.1).

    Raises:
        Unroutable: there is none and never will be.
        Busy: it cannot be told now.
    """
    if settings.smarthost:
        return [smarthost(settings)]
    if domain.startswith("["):
        return [Hop(domain[1:-1].removeprefix("ipv6:"))]  # RFC 5321 4.1.3
    found = await names.mail_servers(domain)
    if not found:
        if not await names.has_address(domain):
            raise Unroutable("5.1.2", f"The domain {domain} takes no mail")
        found = [(0, domain)]  # RFC 5321 5.1: the implicit MX
    return [Hop(host) for host in ordered(found, domain, own)][:_MOST_HOPS]


def ordered(found: Sequence[tuple[int, str]], domain: str, own: Collection[str]) -> list[str]:
    """MX hosts by preference, equal ones shuffled (RFC 5321 5.1), null MX and loops refused."""
    if all(host in ("", ".") for _, host in found):
        raise Unroutable("5.1.10", f"The domain {domain} takes no mail")  # RFC 7505 3
    ours = [preference for preference, host in found if host in own]
    before = [one for one in found if one[1] not in ("", ".") and (not ours or one[0] < min(ours))]
    if not before:
        raise Unroutable("5.4.6", f"Mail for {domain} comes back to this server")
    return [host for _, _, host in sorted((preference, secrets.randbits(32), host) for preference, host in before)]


def smarthost(settings: Smtp) -> Hop:
    """The one server that takes all outside mail; with a login it must prove itself by TLS first."""
    host, port = settings.smarthost, 587 if settings.smarthost_login else 25
    name, colon, number = host.rpartition(":")
    if colon and number.isdigit() and not name.endswith(":"):
        host, port = name, int(number)
    return Hop(
        host.strip("[]"), port, settings.smarthost_login, settings.smarthost_password, bool(settings.smarthost_login)
    )
