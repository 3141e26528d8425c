"""swaks against the real process: submission, relay and LMTP over TLS, and what is refused."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.imap import connected

pytestmark = pytest.mark.needs("swaks")

Swaks = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def swaks(demo: Any) -> Swaks:
    """Runs swaks against a port by name, inside TLS unless the port has none."""

    def run(port: str, *options: str, login: str = "") -> subprocess.CompletedProcess[str]:
        tls = {"submissions": ["--tls-on-connect"], "lmtp": ["--protocol", "LMTP"]}.get(port, ["--tls"])
        auth = ["--auth-user", login, "--auth-password", demo.password(login)] if login else []
        command = ["swaks", "--server", "127.0.0.1", "--port", str(demo.ports[port]), *tls, *auth, *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


def found(demo: Any, name: str, subject: str) -> list[bytes]:
    """The messages of that subject in an INBOX."""
    with connected(demo, name) as client:
        client.select("INBOX")
        _, (numbers,) = client.search(None, "SUBJECT", f'"{subject}"')
        return [client.fetch(number.decode(), "BODY.PEEK[]")[1][0][1] for number in numbers.split()]  # type: ignore[index,misc]


@pytest.mark.parametrize(("port", "mechanism"), [("submission", "PLAIN"), ("submissions", "LOGIN")])
def test_swaks_when_it_submits_over_tls_then_the_message_is_there_before_the_reply(
    demo: Any, swaks: Swaks, port: str, mechanism: str
) -> None:
    subject = f"Submitted by {mechanism}"
    done = swaks(
        port, "--auth", mechanism, "--from", "alice@example.test", "--to", "bob@example.test",
        "--header", f"Subject: {subject}", "--body", ".a dot\n..two dots\n", login="alice",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    (kept,) = found(demo, "bob", subject)
    assert b"with ESMTPSA id" in kept
    assert kept.rstrip().endswith(b"\r\n.a dot\r\n..two dots")


def test_swaks_when_it_relays_for_our_domain_then_the_message_is_delivered(demo: Any, swaks: Swaks) -> None:
    to = "carol@example.test,postmaster@example.test"
    done = swaks("smtp", "--from", "someone@example.net", "--to", to, "--header", "Subject: From the world")
    assert done.returncode == 0, done.stdout
    assert len(found(demo, "carol", "From the world")) == 1
    assert len(found(demo, "alice", "From the world")) == 1


def test_swaks_when_it_uses_lmtp_then_the_message_is_delivered(demo: Any, swaks: Swaks) -> None:
    done = swaks("lmtp", "--from", "a@example.net", "--to", "bob@example.test", "--header", "Subject: By LMTP")
    assert done.returncode == 0, done.stdout
    assert len(found(demo, "bob", "By LMTP")) == 1


def test_swaks_when_the_message_is_large_then_arrives_whole(demo: Any, swaks: Swaks, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_text("".join(f"{number:08d} {'x' * 60}\n" for number in range(150_000)))
    done = swaks(
        "submission", "--from", "alice@example.test", "--to", "bob@example.test", "--header", "Subject: Large",
        "--body", f"@{body}", login="alice",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    (kept,) = found(demo, "bob", "Large")
    text = kept.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n").rstrip(b"\n")
    assert text == body.read_bytes().rstrip(b"\n")


@pytest.mark.parametrize(
    ("port", "options", "login", "answer"),
    [
        ("smtp", ["--from", "a@example.net", "--to", "b@example.org"], "", "550 5.7.1 Relaying denied"),
        ("smtp", ["--from", "a@example.net", "--to", "nobody@example.test"], "", "550 5.1.1"),
        ("submission", ["--from", "alice@example.test", "--to", "bob@example.test"], "", "530 5.7.0"),
        ("submission", ["--from", "bob@example.test", "--to", "carol@example.test"], "alice", "550 5.7.1 The sender"),
        (
            "submission",
            ["--from", "alice@example.test", "--to", "carol@example.test", "--h-From", "bob@example.test"],
            "alice",
            "550 5.7.1 From and Sender",
        ),
    ],
)
def test_swaks_when_it_may_not_then_is_told_why(
    swaks: Swaks, port: str, options: list[str], login: str, answer: str
) -> None:
    done = swaks(port, *options, login=login)
    assert done.returncode != 0
    assert answer in done.stdout


def test_swaks_when_it_sends_to_bob_then_his_idle_answers_within_a_second(demo: Any, swaks: Swaks) -> None:
    context = ssl.create_default_context(cafile=str(demo.certificate))
    plain = socket.create_connection(("127.0.0.1", demo.ports["imaps"]), timeout=30)
    with context.wrap_socket(plain, server_hostname="localhost") as client, client.makefile("rwb") as lines:

        def say(command: bytes, end: bytes) -> None:
            lines.write(command + b"\r\n")
            lines.flush()
            while not lines.readline().startswith(end):
                pass

        say(f"a LOGIN bob {demo.password('bob')}".encode(), b"a OK")
        say(b"b SELECT INBOX", b"b OK")
        say(b"c IDLE", b"+")
        told: list[float] = []

        def wait() -> None:
            while b" EXISTS" not in lines.readline():
                pass
            told.append(time.monotonic())

        waiting = threading.Thread(target=wait)
        waiting.start()
        to = ("--from", "alice@example.test", "--to", "bob@example.test", "--header", "Subject: Wake up")
        assert swaks("submission", *to, login="alice").returncode == 0
        sent = time.monotonic()
        waiting.join(30)
        say(b"DONE", b"c OK")
    assert told
    assert told[0] - sent < 1
