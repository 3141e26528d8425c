"""msmtp against the real process, with the certificate checked."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.imap import connected

pytestmark = pytest.mark.needs("msmtp")

MESSAGE = "From: alice@example.test\nTo: bob@example.test\nSubject: {subject}\n\n.first\nFrom here on\n"
Msmtp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def msmtp(demo: Any, tmp_path: Path) -> Msmtp:
    """Sends a message as alice through a port by name."""

    def run(port: str, *to: str, subject: str, password: str = "") -> subprocess.CompletedProcess[str]:
        config = tmp_path / "msmtprc"
        config.write_text(
            f"account default\nhost localhost\nport {demo.ports[port]}\nauth plain\nuser alice\n"
            f"password {password or demo.password('alice')}\nfrom alice@example.test\n"
            f"tls on\ntls_starttls {'off' if port == 'submissions' else 'on'}\ntls_trust_file {demo.certificate}\n"
        )
        config.chmod(0o600)
        command = ["msmtp", "--file", str(config), "--dsn-notify=failure", "--dsn-return=headers", *to]
        text = MESSAGE.format(subject=subject)
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.mark.parametrize("port", ["submission", "submissions"])
def test_msmtp_when_it_sends_then_the_message_arrives_as_written(demo: Any, msmtp: Msmtp, port: str) -> None:
    subject = f"Sent through {port}"
    done = msmtp(port, "bob@example.test", "friend@elsewhere.test", subject=subject)
    assert done.returncode == 0, done.stderr
    with connected(demo, "bob") as client:
        client.select("INBOX")
        _, (numbers,) = client.search(None, "SUBJECT", f'"{subject}"')
        _, answer = client.fetch(numbers.decode(), "BODY.PEEK[]")
    kept: bytes = answer[0][1]  # type: ignore[index,assignment]
    assert kept.endswith(b"\r\n\r\n.first\r\nFrom here on\r\n")
    assert kept.startswith(b"Return-Path: <alice@example.test>\r\n")


def test_msmtp_when_the_password_is_wrong_then_nothing_is_sent(msmtp: Msmtp) -> None:
    done = msmtp("submission", "bob@example.test", subject="Never", password="wrong")
    assert done.returncode != 0
    assert "535" in done.stderr


def test_msmtp_when_a_recipient_is_unknown_then_is_told(msmtp: Msmtp) -> None:
    done = msmtp("submission", "nobody@example.test", subject="To nobody")
    assert done.returncode != 0
    assert "550 5.1.1" in done.stderr
