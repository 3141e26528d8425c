"""How many connections one address may hold, counted over all edges together.

Invariants: memory grows with open connections only; every address of 127.0.0.0/8 counts for
itself, an IPv6 address together with its /64; what was entered is left exactly once.
"""

import ipaddress
import logging
from collections.abc import Callable

from coserver.config import Limits as Settings
from coserver.log import event
from coserver.model.errors import Busy
from coserver.net.metrics import Metrics

log = logging.getLogger(__name__)

_FULL = "Too many connections from your address. Please close some, or try again later."
_CROWDED = "The server has too many connections at the moment. Please try again in a minute."


class Limits:
    """Asked by every edge before it serves a connection; on the reactor's thread only."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._open: dict[str, int] = {}
        self._total = 0

    def enter(self, edge: str, peer: str) -> Callable[[], None]:
        """Count a connection of `peer` in; gives the deed that counts it out, harmless when done twice.

        Raises:
            Busy: the address, or the server, holds as many as it may.
        """
        address = bucket(peer)
        held = self._open.get(address, 0)
        if held >= self._settings.connections_per_address:
            self._refuse(edge, peer, _FULL)
        if self._total >= self._settings.connections:
            self._refuse(edge, peer, _CROWDED)
        self._open[address] = held + 1
        self._total += 1
        self._metrics.connections.labels(edge).inc()
        left = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                self._leave(edge, address)

        return leave

    def _leave(self, edge: str, address: str) -> None:
        self._total -= 1
        self._metrics.connections.labels(edge).dec()
        held = self._open[address] - 1
        if held:
            self._open[address] = held
        else:
            del self._open[address]

    def _refuse(self, edge: str, peer: str, text: str) -> None:
        self._metrics.refused.labels(edge).inc()
        event(log, "connection-refused", level=logging.WARNING, edge=edge, peer=peer, open=self._total)
        raise Busy(text, peer=peer)


def bucket(peer: str) -> str:
    """The address that a connection of `peer` is counted under: itself, or its /64 (IPv6)."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer  # a Unix socket
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:  # RFC 4291 2.5.5.2
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def is_loopback(peer: str) -> bool:
    """Whether `peer` is this machine itself; a Unix socket (an empty name or a path) is."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer == "" or peer.startswith("/")
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


class Pace:
    """How often one address may ask for what takes no login: `most` times in `seconds`, on the reactor's thread.

    Memory is bounded: when too many addresses ask, all begin anew.

    Args:
        most: requests of one address (IPv6: one /64).
        seconds: in so long.
        now: tells monotonic seconds.
    """

    _ADDRESSES = 10_000

    def __init__(self, most: int, seconds: float, *, now: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._began = now()
        self._counts: dict[str, int] = {}

    def step(self, peer: str) -> bool:
        """Count one request; False if it is one too many."""
        now = self._now()
        if now - self._began >= self._seconds or len(self._counts) >= self._ADDRESSES:
            self._began = now
            self._counts.clear()
        address = bucket(peer)
        self._counts[address] = self._counts.get(address, 0) + 1
        return self._counts[address] <= self._most
