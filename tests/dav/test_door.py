"""Who gets in, over which connection, and what is said before a body comes."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import standing
from coserver.dav.door import DavDoor
from coserver.web.door import WebDoor


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic Og==",
        "Basic " + "QQ" * 5000,
        "Bearer abc",
        "Basic \u00ff\u00fe",
        "Basic //8=",
    ],
)
def test_login_when_header_is_missing_or_malformed_then_401_and_never_500(front: Any, header: str | None) -> None:
    """C5: nobody is let in without a name."""
    headers = {} if header is None else {"Authorization": header}
    answer = front.ask("PROPFIND", "/drive/", {**headers, "Depth": "0"}, who=None)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="coserver", charset="UTF-8"'
    assert "log in" in answer.text


def test_login_when_name_is_full_or_bare_or_has_a_windows_domain_then_in(front: Any) -> None:
    for name in ("alice", "alice@example.test", "HOUSE\\alice"):
        answer = front.ask("GET", "/drive/", {"Authorization": front.basic(name, "demo-alice-pass")})
        assert answer.status == 200


def test_login_when_password_is_wrong_then_401(front: Any) -> None:
    answer = front.ask("GET", "/drive/", {"Authorization": front.basic("alice", "wrong")})
    assert answer.status == 401
    assert "demo" not in answer.text


def test_login_when_in_clear_from_elsewhere_then_403_and_the_password_is_not_tried(front: Any) -> None:
    """R35: no password in clear."""
    line = front.connect("192.0.2.7")
    answer = line.request("GET", "/drive/")
    assert answer.status == 403
    assert "https" in answer.text


def test_login_when_account_is_suspended_on_an_open_connection_then_refused(fronts: Callable[..., Any]) -> None:
    front = fronts()
    line = front.connect()
    assert line.request("GET", "/drive/").status == 200
    with front.store.read() as tx:
        alice = standing.find(tx, "alice").account
    front.store.write(lambda tx: accounts.suspend(tx, alice))
    assert line.request("GET", "/drive/").status in (401, 403)


@pytest.mark.parametrize("verb", ["GET", "PROPFIND", "OPTIONS", "REPORT"])
@pytest.mark.parametrize("kind", ["caldav", "carddav"])
def test_discovery_when_asked_with_any_method_then_redirected_without_login(front: Any, kind: str, verb: str) -> None:
    answer = front.ask(verb, f"/.well-known/{kind}", who=None)
    assert (answer.status, answer.headers["location"]) == (301, "/dav/")


@pytest.mark.parametrize("path", ["*", "/", "/drive", "/drive/", "/drive/some/where"])
def test_options_when_asked_without_login_then_says_what_the_drive_can(front: Any, path: str) -> None:
    answer = front.ask("OPTIONS", path, who=None)
    assert answer.status == 200
    assert answer.headers["dav"].startswith("1, 2")
    assert answer.headers["ms-author-via"] == "DAV"
    assert "LOCK" in answer.headers["allow"]


def test_root_when_opened_in_a_browser_then_says_what_this_is(front: Any) -> None:
    answer = front.ask("GET", "/", who=None)
    assert answer.status == 200
    assert "http://house.test/drive/" in answer.text


def test_path_when_it_belongs_to_no_service_then_404_with_a_hint(front: Any) -> None:
    answer = front.ask("GET", "/elsewhere")
    assert answer.status == 404
    assert "/drive/" in answer.text


def test_calendars_when_asked_then_their_application_answers_for_the_account(front: Any) -> None:
    answer = front.ask("PROPFIND", "/dav/alice/a%20b?q", {"Depth": "1"}, b"<x/>")
    assert (answer.status, answer.body) == (207, b"<calendars/>")
    (call,) = front.calls
    assert (call["SCRIPT_NAME"], call["PATH_INFO"], call["QUERY_STRING"]) == ("/dav", "/alice/a b", "q")
    assert (call["coserver.who"].login, call["body"], call["HTTP_DEPTH"]) == ("alice@example.test", b"<x/>", "1")
    assert "HTTP_AUTHORIZATION" not in call


def test_body_when_longer_than_allowed_then_413_before_it_comes(fronts: Callable[..., Any]) -> None:
    front = fronts(max_xml_bytes=65_536)
    line = front.connect()
    line.send(front.head("PROPFIND", "/drive/", {"Content-Length": "65537"}))
    assert line.answer().status == 413


def test_body_when_chunked_and_longer_than_allowed_then_413_on_the_way(fronts: Callable[..., Any]) -> None:
    front = fronts(max_xml_bytes=65_536)
    line = front.connect()
    line.send(front.head("PROPFIND", "/drive/", chunked=True))
    assert line.raw() == b""
    line.send(b"10001\r\n" + b"x" * 65_537 + b"\r\n")
    assert line.answer().status == 413


def test_expect_when_credentials_are_wrong_then_401_without_100(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Expect": "100-continue", "Content-Length": "9"}, who=None))
    answer = line.answer()
    assert answer.status == 401
    assert "continued" not in answer.headers
    assert answer.headers["connection"] == "close"


def test_expect_when_let_in_then_100_first_and_once(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Expect": "100-continue", "Content-Length": "5"}))
    assert line.raw() == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.send(b"hello")
    assert line.answer().status == 201


def test_expect_when_there_is_no_body_then_only_the_answer(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Expect": "100-continue", "Content-Length": "0"}))
    answer = line.answer()
    assert answer.status == 201
    assert "continued" not in answer.headers


def test_body_when_login_is_not_decided_then_not_read(front: Any) -> None:
    front.pool.stopped = True
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "10"}) + b"hel")
    assert line.paused
    line.send(b"lo")  # what was on its way already
    assert line.raw() == b""
    front.pool.go_on()
    assert not line.paused
    line.send(b"house")
    assert line.answer().status == 201
    assert front.ask("GET", "/drive/f").body == b"hellohouse"


def test_connection_when_lost_before_login_is_decided_then_nothing_is_left(front: Any) -> None:
    front.pool.stopped = True
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "10"}) + b"hel")
    line.channel.connectionLost(_lost())
    front.pool.go_on()
    assert front.spool() == []
    assert front.ask("GET", "/drive/f").status == 404


def test_refusal_when_body_is_short_then_read_to_its_end_and_the_connection_stays(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "5"}, who=None))
    assert line.answer().status == 401
    line.send(b"hello")
    assert line.request("GET", "/drive/").status == 200


def test_refusal_when_body_goes_on_and_on_then_the_connection_ends(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "99999999"}, who=None))
    assert line.answer().headers["connection"] == "close"
    for _ in range(5):
        assert not line.transport.disconnecting
        line.send(b"x" * 1_000_000)
    assert line.transport.disconnecting


def test_refusal_when_the_client_sends_nothing_more_then_the_connection_ends_in_time(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "9"}, who=None))
    assert line.answer().status == 401
    front.reactor.advance(10)
    assert line.transport.disconnecting


def test_requests_when_pipelined_then_answered_in_order(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "5"}) + b"hello" + front.head("GET", "/drive/f"))
    first, second = line.raw().split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"201")
    assert second.startswith(b"200")
    assert second.endswith(b"hello")


def test_connections_when_an_address_has_too_many_then_told_so_until_one_ends(front: Any) -> None:
    limit = front.kit.config.limits.connections_per_address
    lines = [front.connect() for _ in range(limit)]
    turned = front.connect()
    answer = turned.answer()
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert turned.transport.disconnecting
    lines[0].channel.connectionLost(_lost())
    assert front.connect().request("GET", "/drive/").status == 200


def test_request_when_the_front_itself_breaks_then_500_with_a_number(front: Any, monkeypatch: Any) -> None:
    def broken(_door: Any, _request: Any) -> None:
        raise ZeroDivisionError

    for door, path in ((DavDoor, "/drive/"), (WebDoor, "/log-in")):
        monkeypatch.setattr(door, "admit", broken)
        answer = front.ask("GET", path)
        assert answer.status == 500
        assert "number" in answer.text


@pytest.mark.parametrize("data", [b"\x16\x03\x01\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"])
def test_request_when_it_is_no_http_then_400_in_words(front: Any, data: bytes) -> None:
    line = front.connect()
    line.send(data)
    answer = line.answer()
    assert answer.status == 400
    assert "HTTP" in answer.text


def test_request_when_a_header_is_endless_then_431(front: Any) -> None:
    line = front.connect()
    line.send(b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000 + b"\r\n\r\n")
    assert line.answer().status == 431


def test_connection_when_silent_then_closed(front: Any) -> None:
    line = front.connect()
    line.send(b"GET /drive/ HTTP/1.1\r\n")
    front.reactor.advance(front.kit.config.dav.idle_seconds + 1)
    assert line.transport.disconnecting


def _lost() -> Any:
    from twisted.internet.error import ConnectionLost  # noqa: PLC0415
    from twisted.python.failure import Failure  # noqa: PLC0415

    return Failure(ConnectionLost())


def test_root_when_a_client_looks_there_then_it_logs_in_and_learns_who_it_is(front: Any) -> None:
    """vdirsyncer, and others that are given the server's name alone, ask the root for the principal."""
    assert front.ask("PROPFIND", "/", {"Depth": "0"}, who=None).status == 401
    answer = front.ask("PROPFIND", "/", {"Depth": "1", "Authorization": front.basic("alice", "demo-alice-pass")})
    assert answer.status == 207
    assert "<D:current-user-principal><D:href>/dav/alice%40example.test/</D:href>" in answer.text
    for path in ("/", "/dav/", "/drive/"):
        assert f"<D:href>{path}</D:href>" in answer.text
