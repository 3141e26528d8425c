"""All of HTTP on one port: connections are counted, and each request goes to the door that its path belongs to.

Invariants: the first door that opens a request has it, to its end and in its refusals; a path is logged only as its
door lets it be.
"""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.web import server
from twisted.web.resource import Resource

from coserver.log import event
from coserver.model.errors import Busy
from coserver.net.http.channel import Channel, Turned
from coserver.net.http.request import Door, Request
from coserver.net.kit import Kit

log = logging.getLogger(__name__)


class Site(server.Site):
    """The site that serves all HTTP ports, with TLS and without.

    Args:
        kit: the parts of the house.
        doors: of the edges; the last one opens whatever the others do not.
        reactor: for tests with a clock of their own.
    """

    protocol = Channel  # type: ignore[assignment]

    def __init__(self, kit: Kit, doors: Sequence[Door], *, reactor: IReactorTime | None = None) -> None:
        self.kit = kit
        self._doors = doors
        self.idle_seconds = float(kit.config.dav.idle_seconds)
        super().__init__(Resource(), timeout=self.idle_seconds, reactor=reactor)
        self.requestFactory = partial(Request, front=self)  # type: ignore[assignment]
        self.displayTracebacks = False

    def startFactory(self) -> None:  # noqa: N802
        """Nothing to start: no access log of Twisted's."""

    def stopFactory(self) -> None:  # noqa: N802
        """Nothing to stop."""

    def log(self, request: Any) -> None:
        """Requests are told as events."""
        event(
            log,
            "request",
            level=logging.DEBUG,
            verb=request.method,
            path=request.door.logged(request.path),
            status=request.code,
            bytes=request.sentLength,
        )

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802
        """A connection; one that is turned away where its address holds too many."""
        try:
            leave = self.kit.limits.enter("http", str(getattr(addr, "host", "")))
        except Busy as busy:
            return Turned(busy)
        channel = super().buildProtocol(addr)
        channel.leave = leave
        return channel

    def door(self, request: Request) -> Door:
        """Where a request belongs."""
        return next((door for door in self._doors if door.opens(request)), self._doors[-1])

    def seconds(self) -> float:
        """The reactor's time."""
        return float(self.reactor.seconds())

    def seen(self, door: Door, verb: str, seconds: float) -> None:
        """Count a request that was answered."""
        self.kit.metrics.requests.labels(door.name, verb).observe(seconds)

    def broke(self, door: Door) -> None:
        """Count a fault of ours."""
        self.kit.metrics.faults.labels(door.name).inc()
