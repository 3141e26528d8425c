"""Applications called with what is in memory."""

from typing import Any

import pytest

from coserver.dav import wsgi_call
from coserver.dav.asked import Asked
from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature
from coserver.model.principal import Who

WHO = Who(PrincipalId(7), "alice@example.test", Feature.CALDAV, 1)


def asked(target: str = "/dav/a", **headers: str) -> Asked:
    return Asked("PUT", target, headers, WHO, False, b"body")


def test_run_when_answered_by_list_or_write_then_joined_and_closed() -> None:
    class Result(list[bytes]):
        closed = False

        def close(self) -> None:
            self.closed = True

    result = Result([b"b", b"c"])

    def application(_environ: Any, start: Any) -> Result:
        start("201 Created", [("ETag", '"x"'), ("Content-Length", "99"), ("Connection", "close")])(b"a")
        return result

    reply = wsgi_call.run(application, asked(), mount="/dav", peer="127.0.0.1")
    assert (reply.status, reply.headers, reply.body) == (201, (("ETag", '"x"'),), b"abc")
    assert result.closed


def test_run_when_the_application_raises_then_it_comes_out() -> None:
    def application(_environ: Any, _start: Any) -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wsgi_call.run(application, asked(), mount="/dav", peer="")


def test_environ_when_made_then_as_pep_3333_says() -> None:
    found = wsgi_call.environ(
        asked("/dav/%C3%A9?x=1", host="h:81", depth="1", authorization="x"), mount="/dav", peer="p"
    )
    assert (found["SCRIPT_NAME"], found["PATH_INFO"], found["QUERY_STRING"]) == ("/dav", "/\u00c3\u00a9", "x=1")
    assert (found["SERVER_NAME"], found["SERVER_PORT"], found["REMOTE_ADDR"]) == ("h", "81", "p")
    assert (found["HTTP_DEPTH"], found["REMOTE_USER"]) == ("1", "alice@example.test")
    assert "HTTP_AUTHORIZATION" not in found
    assert found["wsgi.input"].read() == b"body"
    assert wsgi_call.environ(asked("/dav"), mount="/dav", peer="")["PATH_INFO"] == "/"
