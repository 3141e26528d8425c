"""Opening ports, for both network stacks, with errors that say which port and what to do.

Invariant: IPv6 sockets take IPv6 only, so that `::` and `0.0.0.0` can be opened side by side.
"""

import errno
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, cast

from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorSocket
from twisted.internet.protocol import ServerFactory

from coserver.model.errors import Unusable

BACKLOG = 1024  # connections that the kernel holds until they are accepted


def bind(address: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        Unusable: the port is taken, needs a privilege, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise explained(error, address, port) from error
    return bound


def explained(error: OSError, address: str, port: int) -> Unusable:
    """What went wrong in opening a port, and what to do, in one line."""
    advice = {
        errno.EADDRINUSE: f"Port {port} on {address} is in use. Stop the program that holds it, or choose another.",
        errno.EACCES: f"Port {port} needs a privilege. Start coserver by systemd, or choose a port above 1023.",
        errno.EADDRNOTAVAIL: f"This machine has no address {address}. Correct the addresses to listen on.",
    }
    return Unusable(advice.get(error.errno or 0, f"Port {port} on {address} cannot be opened: {error.strerror}."))


def listen(reactor: IReactorSocket, bound: socket.socket, factory: IProtocolFactory) -> IListeningPort:
    """Serve `factory` on a bound socket, which belongs to the reactor from now on."""
    try:
        return reactor.adoptStreamPort(bound.fileno(), bound.family, cast("ServerFactory[Any]", factory))
    finally:
        bound.close()  # the reactor made a copy


def loopback(addresses: Iterable[str]) -> list[str]:
    """Those of `addresses` that only this machine reaches; 127.0.0.1 when there is none."""
    return [one for one in addresses if ipaddress.ip_address(one).is_loopback] or ["127.0.0.1"]


def distinct(addresses: Iterable[str]) -> list[str]:
    """The addresses without those that `0.0.0.0` or `::` among them covers: a port is opened once only."""
    given = list(dict.fromkeys(addresses))
    every = {4: "0.0.0.0", 6: "::"}  # noqa: S104

    def covered(one: str) -> bool:
        wide = every[6 if ":" in one else 4]
        return one != wide and wide in given

    return [one for one in given if not covered(one)]


def has_ipv6() -> bool:
    """Whether this machine speaks IPv6 at all."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
