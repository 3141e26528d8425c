"""Conversations kept as text, played in memory (at once and octet by octet) and over TCP with the real process.

`C:` is a line of the client, `S:` one of the server, where `%{...}%` is a regular expression; `C2:`
and `S2:` are of a second connection. `X:` says that the server has closed the connection.
`=plain(NAME)` in `C:` is the response of AUTHENTICATE PLAIN. The head may name `tls = yes`,
`memory = only`, `peer = ADDRESS` or `whole = yes` (never octet by octet). Over TCP every script has
accounts of its own.
"""

import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "transcripts" / "imap"
SCRIPTS = sorted(FOLDER.glob("*.txt"))
_TURN = re.compile(r"([CSX])([0-9]?):(?: (.*))?")
_HOLE = re.compile(r"%\{(.*?)\}%")
_BASE64 = re.compile(r"=plain\((\w+)\)")
_NAMES = re.compile(r"\b(alice|bob|carol|dave|team)\b")
_MEMBERS = ("alice", "bob", "carol")
_SECONDS = 20


def parsed(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """The settings, and who says what on which connection."""
    settings, turns = {}, []
    for line in text.splitlines():
        if found := _TURN.fullmatch(line):
            turns.append((found[1], found[2] or "1", found[3] or ""))
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            settings[name.strip()] = value.strip()
    return settings, turns


def pattern(line: str) -> "re.Pattern[bytes]":
    parts = _HOLE.split(line)
    text = "".join(f"(?:{part})" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile(text.encode())


def _short(value: object) -> str:
    return value.stem if isinstance(value, Path) else str(value)


def steps(script: Path) -> list[int]:
    """At once, and octet by octet where it does not matter how it comes."""
    return [0] if parsed(script.read_text("utf-8"))[0].get("whole") == "yes" else [0, 1]


def client_line(line: str) -> bytes:
    def plain(found: re.Match[str]) -> str:
        return b64encode(f"\0{found[1]}\0demo-{found[1]}-pass".encode()).decode()

    return _BASE64.sub(plain, line).encode() + b"\r\n"


def grouped(turns: list[tuple[str, str, str]]) -> Iterator[tuple[str, str, list[str]]]:
    """Turns of one side that follow each other, together: they are sent in one piece."""
    held: tuple[str, str, list[str]] | None = None
    for who, which, line in turns:
        if held is not None and held[:2] == (who, which):
            held[2].append(line)
            continue
        if held is not None:
            yield held
        held = (who, which, [line])
    if held is not None:
        yield held


def play(turns: list[tuple[str, str, str]], connect: Callable[[], Any]) -> None:
    """Say the client's lines and hold the server to its own."""
    clients: dict[str, Any] = {}
    for who, which, lines in grouped(turns):
        if which not in clients:
            clients[which] = connect()
        client = clients[which]
        if who == "C":
            client.say(b"".join(map(client_line, lines)))
        for line in lines if who == "S" else ():
            said = client.line()
            expected = pattern(line)
            assert expected.fullmatch(said.removesuffix(b"\r\n")), f"expected {line!r}, got {said!r}"
        if who == "X":
            assert client.line() == b"", "it should have been silent"
            assert client.closed
    for client in clients.values():
        client.leave()


class InMemory:
    """A client of the house in memory; what it does not expect is a fault at the end."""

    def __init__(self, client: Any, step: int) -> None:
        self._client = client
        self._step = step

    def say(self, data: bytes) -> None:
        assert self._client.read() == b"", "it said more than was expected"
        self._client.send(data, step=self._step)

    def line(self) -> bytes:
        return self._client.line()

    @property
    def closed(self) -> bool:
        return self._client.closed

    def leave(self) -> None:
        assert self._client.read() == b"", "it said more than was expected"
        self._client.hang_up()


class OverTcp:
    """The same over a socket."""

    def __init__(self, port: int, context: ssl.SSLContext | None) -> None:
        self._socket: socket.socket = socket.create_connection(("127.0.0.1", port), _SECONDS)
        if context is not None:
            self._socket = context.wrap_socket(self._socket, server_hostname="localhost")
        self._file = self._socket.makefile("rb")

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def line(self) -> bytes:
        return self._file.readline()

    closed = True  # or `line` would have waited

    def leave(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.mark.parametrize(
    ("script", "step"), [(script, step) for script in SCRIPTS for step in steps(script)], ids=_short
)
def test_transcript_when_played_in_memory_then_the_server_says_its_lines(house: Any, script: Path, step: int) -> None:
    settings, turns = parsed(script.read_text("utf-8"))
    tls = settings.get("tls") == "yes"
    peer = settings.get("peer", "127.0.0.1")
    play(turns, lambda: InMemory(house.connect(tls=tls, peer=peer), step))


def own_names(turns: list[tuple[str, str, str]], number: int) -> list[tuple[str, str, str]]:
    """The same turns with accounts and a group that no other script uses."""
    return [(who, which, _NAMES.sub(rf"\g<1>{number}", line)) for who, which, line in turns]


def accounts_of(number: int) -> str:
    """Lines of CSV for those that the script names."""
    text = SCRIPTS[number].read_text("utf-8")
    rest = dict.fromkeys(_MEMBERS, f"demo,team{number}") | {"dave": "small"}
    return "".join(f"{name}{number},demo-{name}{number}-pass,{plan}\n" for name, plan in rest.items() if name in text)


def _failing_last(numbered: tuple[int, Path]) -> bool:
    """Wrong passwords make the logins slow that follow from the same address."""
    return " wrong" in numbered[1].read_text("utf-8")


def test_transcripts_when_played_over_tcp_then_the_server_says_its_lines(
    demos: Callable[..., Any], tmp_path: Path
) -> None:
    csv = tmp_path / "accounts.csv"
    csv.write_text("".join(map(accounts_of, range(len(SCRIPTS)))))
    demo = demos("--accounts", str(csv))
    inside = ssl.create_default_context(cafile=str(demo.certificate))
    played = 0
    for number, script in sorted(enumerate(SCRIPTS), key=_failing_last):
        settings, turns = parsed(script.read_text("utf-8"))
        if settings.get("memory") == "only":
            continue
        tls = settings.get("tls") == "yes"
        port = demo.ports["imaps" if tls else "imap"]
        try:
            play(own_names(turns, number), partial(OverTcp, port, inside if tls else None))
        except AssertionError as error:
            raise AssertionError(f"{script.stem}: {error}") from error
        played += 1
    assert played > len(SCRIPTS) // 2
