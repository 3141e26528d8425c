"""The domain name system, asked with a bound on time (the only door to dnspython).

Invariants: names are asked as they are, never with a local ending; nothing is remembered here, so that who has just
set a record is not told of the past by us; what strangers keep in the DNS comes as plain texts of bounded number
and length.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeVar

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from coserver.config import Dns, address_and_port
from coserver.model.errors import Busy, Missing
from coserver.model.hosts import a_labels

R = TypeVar("R", bound=dns.resolver.BaseResolver)

_PORT = 53
_MOST = 100  # records of one answer that are looked at
_LONGEST = 4096  # characters of one of them
_BAD_NAMES = (
    dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, dns.name.IDNAException,
    UnicodeError, ValueError,
)  # fmt: skip


class Resolver:
    """What is asked of the domain name system.

    Args:
        settings: whom to ask, and for how long.
    """

    def __init__(self, settings: Dns) -> None:
        self._settings = settings

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a kind under a name, each as a text; none if there is no such name. Blocks.

        Names in records are in lower case without the final dot; of TXT the strings are joined.

        Raises:
            Busy: no name server answers.
        """
        try:
            return _texts(self._here.resolve(_plain(name), kind, lifetime=self._settings.seconds, search=False))
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN, *_BAD_NAMES):
            return ()
        except dns.exception.DNSException as error:
            raise _silent(name, error) from error

    async def look_up(self, name: str, kind: str) -> tuple[str, ...]:
        """The same without blocking; whether there is the name is told.

        Raises:
            Missing: there is no such name, or it cannot be one.
            Busy: no name server answers.
        """
        try:
            return _texts(
                await self._waiting.resolve(_plain(name), kind, lifetime=self._settings.seconds, search=False)
            )
        except dns.resolver.NoAnswer:
            return ()
        except dns.resolver.NXDOMAIN:
            raise Missing(f"The domain {name} does not exist", name=name) from None
        except _BAD_NAMES:
            raise Missing(f"{name} is not a domain name", name=name) from None
        except dns.exception.DNSException as error:
            raise _silent(name, error) from error

    @cached_property
    def _here(self) -> dns.resolver.Resolver:
        return self._pointed(dns.resolver.Resolver(configure=not self._settings.servers))

    @cached_property
    def _waiting(self) -> dns.asyncresolver.Resolver:
        return self._pointed(dns.asyncresolver.Resolver(configure=not self._settings.servers))

    def _pointed(self, resolver: R) -> R:
        """A resolver that asks those of the settings, if these name any."""
        if self._settings.servers:
            places = (address_and_port(each, _PORT) for each in self._settings.servers)
            resolver.nameservers = [dns.nameserver.Do53Nameserver(*each) for each in places]
        return resolver


def _plain(name: str) -> str:
    """The name as it is asked for: the library would take straße for strasse, which is somebody else's."""
    return name if name.isascii() else a_labels(name)


def _silent(name: str, error: Exception) -> Busy:
    return Busy(f"The name servers of {name} do not answer", name=name, error=str(error))


def _texts(answer: Iterable[Any]) -> tuple[str, ...]:
    return tuple(_text(record)[:_LONGEST] for record, _ in zip(answer, range(_MOST), strict=False))


def _text(record: Any) -> str:
    if record.rdtype == dns.rdatatype.TXT:
        text = b"".join(record.strings).decode("utf-8", "replace")
        return "".join(letter if letter.isprintable() else "?" for letter in text)  # it comes to terminals and logs
    return str(record.to_text(omit_final_dot=True)).lower()
