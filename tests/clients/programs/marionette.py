"""Driving a Mozilla program from outside, by the protocol that its own tests use: scripts that run inside it."""

import json
import socket
from typing import Any

# The last argument is where the answer goes; an error must come back as a value, with its place in the script.
_WRAPPED = """const done = arguments[arguments.length - 1];
(async (...words) => {{ {script} }})(...arguments).then(
  told => done({{told: told === undefined ? null : told}}),
  error => done({{error: `${{error}} ${{error.stack}}`}})
);"""


class Marionette:
    """One connection; each message is a length, a colon and that many octets of JSON.

    Raises:
        OSError: nobody listens there.
        AssertionError: the program refused or a script failed.
    """

    def __init__(self, port: int, *, seconds: int) -> None:
        self._line = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._number = 0
        self._read()
        self._ask("WebDriver:NewSession", capabilities={})
        self._ask("Marionette:SetContext", value="chrome")
        self._ask("WebDriver:SetTimeouts", script=seconds * 1000)

    def run(self, script: str, *words: Any) -> Any:
        """What a script returns; it finds `words` in an array of that name."""
        told = self._ask("WebDriver:ExecuteAsyncScript", script=_WRAPPED.format(script=script), args=list(words))
        assert "error" not in told["value"], f"{told['value']['error']}\n{script}"
        return told["value"]["told"]

    def close(self) -> None:
        self._line.close()

    def _ask(self, command: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        body = json.dumps([0, self._number, command, parameters]).encode()
        self._line.sendall(b"%d:%s" % (len(body), body))
        _, _, error, told = self._read()
        assert not error, error
        return told

    def _read(self) -> Any:
        length = b""
        while (one := self._exactly(1)) != b":":
            length += one
        return json.loads(self._exactly(int(length)))

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = self._line.recv(count - len(found))
            assert more, "the program closed the line"
            found += more
        return found
