"""Kept connections of one account to a running house: IMAP that sends many commands at once, and HTTP."""

import base64
import http.client
import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
CODE = re.compile(r"(OK|NO|BAD)(?: \[(\S+)[^\]]*\])? ?(.*)")
KINDS = {  # the word of a refusal, by protocol
    "NOPERM": "Denied", "NONEXISTENT": "Missing", "TRYCREATE": "Missing", "OVERQUOTA": "NoRoom",
    "ALREADYEXISTS": "Exists", 403: "Denied", 404: "Missing", 409: "Conflict", 507: "NoRoom", 405: "Exists",
    412: "Stale",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """How a command ended: `kind` is ok or the word of a refusal; `lines` came before it, `text` is for people."""

    kind: str
    text: str = ""
    lines: tuple[bytes, ...] = ()


class Imap:
    """One logged-in session."""

    def __init__(self, port: int, tls: ssl.SSLContext, login: str, password: str) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = tls.wrap_socket(plain, server_hostname="127.0.0.1")
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._file.readline()
        assert self.do(f'LOGIN "{login}" "{password}"').kind == "ok"

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()

    def do(self, command: str, literal: bytes | None = None) -> Said:
        """One command, perhaps with bytes at its end."""
        return self.all([command if literal is None else f"{command} {{{len(literal)}+}}"], literal)[0]

    def all(self, commands: list[str], literal: bytes | None = None) -> list[Said]:
        """Several commands at once, in order."""
        tags = []
        sent = []
        for command in commands:
            self._number += 1
            tags.append(b"t%d" % self._number)
            sent.append(b"%b %b\r\n" % (tags[-1], command.encode()))
        if literal is not None:
            sent.append(literal + b"\r\n")
        self._socket.sendall(b"".join(sent))
        return [self._until(tag) for tag in tags]

    def _until(self, tag: bytes) -> Said:
        lines: list[bytes] = []
        while True:
            line = self._whole_line()
            if line.startswith(tag + b" "):
                return _ended(line[len(tag) + 1 :].decode().strip(), lines)
            lines.append(line)

    def _whole_line(self) -> bytes:
        line = self._file.readline()
        if not line:
            raise ConnectionError("the server hung up")
        while found := LITERAL.search(line):
            line += self._file.read(int(found[1])) + self._file.readline()
        return line


def _ended(line: str, lines: list[bytes]) -> Said:
    found = CODE.match(line)
    assert found, line
    kind = "ok" if found[1] == "OK" else KINDS.get(found[2] or "", f"{found[1]} {found[2]}")
    return Said(kind, line, tuple(lines))


@dataclass(frozen=True)
class Answer:
    """What HTTP answered; `kind` is ok or the word of a refusal."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """In one word."""
        return "ok" if self.status < 300 else KINDS.get(self.status, str(self.status))


@dataclass
class Web:
    """One kept connection."""

    port: int
    tls: ssl.SSLContext
    login: str
    password: str
    _connection: http.client.HTTPSConnection | None = field(default=None)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
        """One request; header names with underscores for dashes."""
        if self._connection is None:
            self._connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=30)
        secret = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        self._connection.request(method, quote(path), data, {"Authorization": f"Basic {secret}", **named})
        answer = self._connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, answer.read())

    def bring(self, method: str, path: str, to: str) -> Answer:
        """MOVE or COPY, over nothing that is there."""
        there = f"https://127.0.0.1:{self.port}{quote(to)}"
        return self.ask(method, path, Destination=there, Overwrite="F")

    def multi(self, method: str, path: str, body: str, **headers: str) -> tuple[Answer, list["Told"]]:
        """A request whose answer is a multistatus, and what that tells of each thing; nothing when refused."""
        answer = self.ask(method, path, body, **headers)
        if answer.status != 207:
            return answer, []
        return answer, [_told(one) for one in ElementTree.fromstring(answer.body).iter("{DAV:}response")]


@dataclass(frozen=True)
class Told:
    """What a multistatus tells of one thing: its path, properties and privileges; `gone`: it is not there."""

    href: str
    gone: bool
    props: dict[str, Any]
    privileges: frozenset[str]


def _told(response: Any) -> Told:
    props: dict[str, Any] = {}
    for propstat in response.findall("{DAV:}propstat"):
        if " 200 " in (propstat.findtext("{DAV:}status") or ""):
            props.update({prop.tag.rpartition("}")[2]: prop for prop in propstat.find("{DAV:}prop")})
    told = props.get("current-user-privilege-set", ())
    privileges = frozenset(each[0].tag.rpartition("}")[2] for each in told)
    gone = " 404 " in (response.findtext("{DAV:}status") or "")
    return Told(unquote(response.findtext("{DAV:}href")), gone, props, privileges - {"read-current-user-privilege-set"})
