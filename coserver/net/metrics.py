"""What the house counts about itself, for Prometheus.

Invariants: labels take few values, never a name of a person, an address or a path; one registry a
house, so that two houses in one process (as in tests) do not meet.
"""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of one house; edges name themselves `imap`, `smtp`, `dav` and so on."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.connections = Gauge("coserver_connections", "Open connections", ["edge"], registry=self.registry)
        self.refused = Counter(
            "coserver_connections_refused", "Connections refused by a limit", ["edge"], registry=self.registry
        )
        self.logins = Counter(
            "coserver_logins",
            "Logins by outcome: ok, unknown, refused, busy",
            ["service", "outcome"],
            registry=self.registry,
        )
        self.messages = Counter(
            "coserver_messages",
            "Messages by way: received, submitted, sent, deferred, returned",
            ["way"],
            registry=self.registry,
        )
        self.requests = Histogram(
            "coserver_request_seconds",
            "Time from a request to its answer",
            ["edge", "verb"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.faults = Counter(
            "coserver_faults", "Errors of our own, each logged with an id", ["edge"], registry=self.registry
        )

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Show `coserver_<name>`, asked from `value` whenever the page is read."""
        Gauge(f"coserver_{name}", meaning, registry=self.registry).set_function(value)

    def page(self) -> bytes:
        """All of it in the text format of Prometheus."""
        return generate_latest(self.registry)
