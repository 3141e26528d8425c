"""`/metrics` for Prometheus and `/health` for whoever restarts the house, on a port of their own.

Invariants: nothing here needs a login, so it listens on loopback only and tells no name and no
address of anybody; health is a look into the store, so a house whose store is stuck is not well.
"""

import json
import logging
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.http import OK, SERVICE_UNAVAILABLE
from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from coserver.log import event
from coserver.net.metrics import CONTENT_TYPE, Metrics

log = logging.getLogger(__name__)

_PATIENCE = 5  # seconds after which a store that does not answer is called stuck

Probe = Callable[[], "Deferred[None]"]


def make_site(metrics: Metrics, probe: Probe, reactor: IReactorTime) -> Site:
    """The two pages; `probe` looks into the store and fails when the house should get no work."""
    root = _Root()
    root.putChild(b"metrics", _MetricsPage(metrics))
    root.putChild(b"health", _HealthPage(probe, reactor))
    return Site(root, timeout=30)


class _Root(Resource):
    def getChild(self, path: bytes, request: Request) -> IResource:  # noqa: N802
        return notFound(message="There are /metrics and /health here.")


class _MetricsPage(Resource):
    isLeaf = True  # noqa: N815

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def render_GET(self, request: Request) -> bytes:  # noqa: N802
        request.setHeader("Content-Type", CONTENT_TYPE)
        return self._metrics.page()


class _HealthPage(Resource):
    isLeaf = True  # noqa: N815

    def __init__(self, probe: Probe, reactor: IReactorTime) -> None:
        super().__init__()
        self._probe = probe
        self._reactor = reactor

    def render_GET(self, request: Request) -> int:  # noqa: N802
        gone: Deferred[None] = request.notifyFinish()
        answered = self._probe().addTimeout(_PATIENCE, self._reactor)
        answered.addCallbacks(lambda _: _answer(request, OK, "ok"), lambda failed: _unwell(request, failed))
        gone.addErrback(lambda _: answered.cancel())
        return NOT_DONE_YET


def _unwell(request: Request, failed: Failure) -> None:
    event(log, "unwell", level=logging.ERROR, reason=failed.value)
    _answer(request, SERVICE_UNAVAILABLE, "unavailable")


def _answer(request: Request, code: int, status: str) -> None:
    if request.channel is None:  # the asker is gone
        return
    request.setResponseCode(code)
    request.setHeader("Content-Type", "application/json")
    request.write(json.dumps({"status": status}).encode("ascii") + b"\n")
    request.finish()
