"""Calls a WSGI application on a pool thread, with a body and an answer that are in memory (PEP 3333)."""

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from coserver.dav.asked import Asked
from coserver.net.http.replies import Reply

_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length", "date", "server"})


class Application(Protocol):
    """A WSGI application."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any], /) -> Iterable[bytes]:
        """Answer a request."""


def run(application: Application, asked: Asked, *, mount: str, peer: str) -> Reply:
    """The answer of an application mounted at `mount`; blocking."""
    shown: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], None]:
        shown.append((status, headers))
        return written.append

    result = application(environ(asked, mount=mount, peer=peer), start_response)
    try:
        written.extend(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    status, headers = shown[-1]
    kept = tuple((name, value) for name, value in headers if name.lower() not in _HOP)
    return Reply(int(status.split(" ", 1)[0]), kept, b"".join(written))


def environ(asked: Asked, *, mount: str, peer: str) -> dict[str, Any]:
    """What an application is told of a request; `coserver.who` is who asks."""
    target, _, query = asked.target.partition("?")
    host, _, port = asked.host.partition(":")
    found: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": mount,
        "PATH_INFO": unquote_to_bytes(asked.path[len(mount) :] or "/").decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": asked.header("Content-Type") or "",
        "CONTENT_LENGTH": str(len(asked.body)),
        "SERVER_NAME": host or "localhost",
        "SERVER_PORT": port or ("443" if asked.secure else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": peer,
        "REMOTE_USER": asked.who.login,
        "REQUEST_URI": target,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if asked.secure else "http",
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "coserver.who": asked.who,
    }
    for name, value in asked.headers.items():
        if name not in ("content-type", "content-length", "authorization", "transfer-encoding"):
            found["HTTP_" + name.upper().replace("-", "_")] = value
    return found
