"""Talking to the running house as a client would, with nothing but the standard library."""

import base64
import contextlib
import http.client
import imaplib
import smtplib
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//coserver//tests//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260102T100000Z\r
DTEND:20260102T110000Z\r
SUMMARY:{summary}\r
END:VEVENT\r
END:VCALENDAR\r
"""
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{summary}\r\nN:{summary};;;;\r\nEND:VCARD\r\n"


@dataclass(frozen=True)
class Answer:
    """What HTTP answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Wires:
    """The protocols of one running demo, over TLS, as one account."""

    demo: Any
    login: str
    password: str
    opened: list[Any]  # everything to be closed when the test is over

    def _keep(self, connection: Any) -> Any:
        self.opened.append(connection)
        return connection

    def tls(self) -> ssl.SSLContext:
        """Trusts the demo's certificate and nothing else."""
        return ssl.create_default_context(cafile=str(self.demo.certificate))

    def imap(self) -> imaplib.IMAP4_SSL:
        """A logged-in IMAP connection."""
        port = self.demo.ports["imaps"]
        connection = self._keep(imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=self.tls(), timeout=30))
        connection.login(self.login, self.password)
        return connection

    def submission(self) -> smtplib.SMTP_SSL:
        """A logged-in submission connection."""
        port = self.demo.ports["submissions"]
        connection = self._keep(smtplib.SMTP_SSL("127.0.0.1", port, context=self.tls(), timeout=30))
        connection.login(self.login, self.password)
        return connection

    def relay(self) -> smtplib.SMTP:
        """A connection as another mail server makes it."""
        return self._keep(smtplib.SMTP("127.0.0.1", self.demo.ports["smtp"], timeout=30))

    def lmtp(self) -> smtplib.LMTP:
        """A connection as a mail filter makes it."""
        return self._keep(smtplib.LMTP("127.0.0.1", self.demo.ports["lmtp"], timeout=30))

    def web(self) -> http.client.HTTPSConnection:
        """A connection that is kept open."""
        port = self.demo.ports["https"]
        return self._keep(http.client.HTTPSConnection("127.0.0.1", port, context=self.tls(), timeout=30))

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        *,
        on: http.client.HTTPSConnection | None = None,
        **headers: str,
    ) -> Answer:
        """One request; header names with underscores for dashes."""
        connection = on or self.web()
        secret = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, quote(path), data, {"Authorization": f"Basic {secret}", **named})
        answer = connection.getresponse()
        result = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        if on is None:
            connection.close()
        return result

    def book(self, title: str) -> str:
        """The path of the calendar or address book that people see under this title."""
        asked = '<propfind xmlns="DAV:"><prop><displayname/></prop></propfind>'
        listing = self.ask("PROPFIND", f"/dav/{self.login}/", asked, Depth="1").body
        for answer in ElementTree.fromstring(listing).iter("{DAV:}response"):
            if answer.findtext(".//{DAV:}displayname") == title:
                return unquote(answer.findtext("{DAV:}href") or "")
        raise AssertionError(listing.decode())

    def put_event(self, name: str, *, size: int = 0, collection: str = "calendar") -> Answer:
        """An event of about `size` bytes in one's own calendar."""
        body = EVENT.format(uid=name, summary="x" * max(1, size - len(EVENT)))
        path = f"/dav/{self.login}/{collection}/{name}.ics"
        return self.ask("PUT", path, body, Content_Type="text/calendar; charset=utf-8")

    def put_card(self, name: str, *, size: int = 0, collection: str = "contacts") -> Answer:
        """A contact of about `size` bytes in one's own address book."""
        body = CARD.format(uid=name, summary="x" * max(1, (size - len(CARD)) // 2))
        path = f"/dav/{self.login}/{collection}/{name}.vcf"
        return self.ask("PUT", path, body, Content_Type="text/vcard; charset=utf-8")


@dataclass
class House:
    """One running demo: wires for its accounts, and the command line on its folder."""

    demo: Any
    opened: list[Any] = field(default_factory=list)

    def close(self) -> None:
        """Close what the tests left open."""
        for connection in self.opened:
            end = getattr(connection, "shutdown", None) or connection.close
            with contextlib.suppress(OSError):
                end()
        self.opened.clear()

    def wires(self, name: str, password: str | None = None) -> Wires:
        """The protocols as one account."""
        login = self.demo.address(name)
        return Wires(self.demo, login, password or self.demo.password(name), self.opened)

    def command(self, *words: str, stdin: str = "", ok: bool = True) -> "subprocess.CompletedProcess[str]":
        """`coserver WORDS --data FOLDER`; the data option comes after the command's name."""
        program = Path(sys.executable).with_name("coserver")
        run = subprocess.run(
            [str(program), *words, "--data", str(self.demo.data)],
            input=stdin, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert not ok or run.returncode == 0, (words, run.stdout, run.stderr)
        return run

    def account(self, name: str, *, plan: str, password: str = "a password of 1 test") -> Wires:
        """A new account on a plan."""
        self.command("account", "add", name, "--plan", plan, "--password-stdin", stdin=f"{password}\n")
        return Wires(self.demo, self.demo.address(name), password, self.opened)


@pytest.fixture
def house(demos: Callable[..., Any]) -> Iterator[House]:
    """A house of the test's own."""
    made = House(demos())
    yield made
    made.close()


@pytest.fixture
def standing(demo: Any) -> Iterator[House]:
    """The house all tests share that do it no harm."""
    made = House(demo)
    yield made
    made.close()


@pytest.fixture(scope="module")
def lasting(own_demo: Any) -> Iterator[House]:
    """A house of the module's own."""
    made = House(own_demo)
    yield made
    made.close()
