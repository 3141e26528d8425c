"""The status pages."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.testing import StringTransport

from coserver.model.errors import Unusable
from coserver.net.metrics import Metrics
from coserver.net.status import make_site


def ask(loop: Any, path: str, probe: "Callable[[], Deferred[None]]") -> tuple[StringTransport, Any]:
    site = make_site(Metrics(), probe, loop)
    site.displayTracebacks = False
    protocol = site.buildProtocol(None)
    transport = StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return transport, protocol


def told(transport: StringTransport) -> tuple[int, bytes]:
    head, _, body = transport.value().partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def test_health_when_the_store_answers_is_ok(loop: Any) -> None:
    status, body = told(ask(loop, "/health", lambda: succeed(None))[0])
    assert status == 200
    assert b'{"status": "ok"}' in body


def test_health_when_the_store_refuses_is_unavailable_and_tells_no_more(loop: Any, caplog: Any) -> None:
    status, body = told(ask(loop, "/health", lambda: fail(Unusable("The disk in /secret is gone.")))[0])
    assert status == 503
    assert b"secret" not in body
    assert "unwell" in caplog.text


def test_health_when_the_store_is_stuck_is_unavailable_after_a_while(loop: Any) -> None:
    transport, _ = ask(loop, "/health", Deferred)
    assert transport.value() == b""
    loop.advance(6)
    assert told(transport)[0] == 503


def test_health_when_the_asker_goes_away_ends_quietly(loop: Any) -> None:
    waiting: Deferred[None] = Deferred()
    transport, protocol = ask(loop, "/health", lambda: waiting)
    transport.loseConnection()
    protocol.connectionLost(Unusable("gone"))
    assert waiting.called
    assert transport.value() == b""


def test_metrics_are_in_the_format_of_prometheus(loop: Any) -> None:
    status, body = told(ask(loop, "/metrics", lambda: succeed(None))[0])
    assert status == 200
    assert b"# TYPE coserver_connections gauge" in body
    assert b"process_resident_memory_bytes" in body


def test_other_paths_are_not_found(loop: Any) -> None:
    assert told(ask(loop, "/", lambda: succeed(None))[0])[0] == 404
