"""neomutt on a pseudo-terminal against the real process over TLS: it asks what it may do (MYRIGHTS) and keeps to it."""

import contextlib
import imaplib
import os
import pty
import select
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.needs("neomutt")

CONFIG = """\
set my_pass = "{password}"
set imap_user = "{user}"
set imap_pass = $my_pass
set ssl_ca_certificates_file = "{certificate}"
set ssl_verify_host = no
set certificate_file = "{folder}/accepted"
set folder = "imaps://127.0.0.1:{port}/"
set spoolfile = "+INBOX"
set record = ""
set postponed = ""
set header_cache = ""
set sleep_time = 0
set quit = yes
set delete = yes
set move = no
set mark_old = no
set wait_key = no
set pager_stop = yes
"""
_SECONDS = 40
MESSAGE = b"From: sender@example.net\r\nTo: reader@example.net\r\nSubject: %b\r\n\r\nText.\r\n"


@contextmanager
def connected(demo: Any, name: str) -> Iterator[imaplib.IMAP4_SSL]:
    context = ssl.create_default_context(cafile=str(demo.certificate))
    with imaplib.IMAP4_SSL("127.0.0.1", demo.ports["imaps"], ssl_context=context, timeout=30) as client:
        client.login(name, demo.password(name))
        yield client


@pytest.fixture
def neomutt(demo: Any, tmp_path: Path) -> Callable[[str, str], str]:
    """Opens a mailbox as carol, presses keys until it quits, and gives what was on the screen."""
    settings = CONFIG.format(
        port=demo.ports["imaps"], user=demo.address("carol"), password=demo.password("carol"),
        certificate=demo.certificate, folder=tmp_path,
    )  # fmt: skip
    (tmp_path / "rc").write_text(settings)
    (tmp_path / "rc").chmod(0o600)

    def run(mailbox: str, keys: str) -> str:
        command = ["neomutt", "-n", "-F", str(tmp_path / "rc"), "-f", f"+{mailbox}", "-e", f"push {keys}"]
        terminal, screen = pty.openpty()
        with subprocess.Popen(
            command, stdin=screen, stdout=screen, stderr=screen, start_new_session=True,
            env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", "HOME": str(tmp_path)},
        ) as running:  # fmt: skip
            os.close(screen)
            return _screen(running, terminal)

    return run


def _screen(running: "subprocess.Popen[bytes]", terminal: int) -> str:
    """All that it writes until it ends, which it has to in time."""
    said = b""
    ready = select.poll()
    ready.register(terminal, select.POLLIN)
    with contextlib.suppress(OSError):  # the terminal is closed when it ends
        while ready.poll(_SECONDS * 1000) and (more := os.read(terminal, 65536)):
            said += more
    os.close(terminal)
    if running.poll() is None:
        running.terminate()
    return said.decode("utf-8", "replace")


def flags(client: imaplib.IMAP4_SSL, mailbox: str) -> list[bytes]:
    client.select(mailbox, readonly=True)
    _, told = client.fetch("1:*", "(FLAGS)")
    return [one for one in told if isinstance(one, bytes)]


def test_neomutt_when_a_mailbox_may_only_be_read_then_it_deletes_nothing_and_keeps_what_was_read(
    demo: Any, neomutt: Callable[[str, str], str]
) -> None:
    """(R48, R57, S33)"""
    with connected(demo, "alice") as alice:
        alice.create("Rack")
        alice.setacl("Rack", demo.address("carol"), "lrs")
        alice.append("Rack", "", None, MESSAGE % b"rack")
    said = neomutt(
        "Shared/alice@example.test/Rack",
        "<first-entry><display-message><exit><delete-message><flag-message><sync-mailbox><quit>",
    )
    assert "rack" in said
    assert "Mailbox is unchanged" in said
    with connected(demo, "carol") as carol, connected(demo, "alice") as alice:
        assert flags(carol, "Shared/alice@example.test/Rack") == [b"1 (FLAGS (\\Seen \\Recent))"]
        assert b"Seen" not in flags(alice, "Rack")[0]


def test_neomutt_when_a_mailbox_may_be_edited_then_all_is_done(demo: Any, neomutt: Callable[[str, str], str]) -> None:
    with connected(demo, "alice") as alice:
        alice.create("Table")
        alice.setacl("Table", demo.address("carol"), "lrswipkxte")
        for subject in (b"first", b"second"):
            alice.append("Table", "", None, MESSAGE % subject)
    neomutt(
        "Shared/alice@example.test/Table",
        "<first-entry><delete-message><last-entry><flag-message><sync-mailbox><quit>",
    )
    with connected(demo, "alice") as alice:
        (told,) = flags(alice, "Table")
        assert b"\\Flagged" in told
        assert alice.search(None, "SUBJECT", "second")[1] == [b"1"]
