"""Mail to a group with real programs: swaks writes, members read with imapclient and mbsync, curl ends the copies."""

import email
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from tests.clients.programs.mbsync import Mbsync

pytestmark = pytest.mark.needs("swaks", "curl")


@contextmanager
def mailbox(demo: Any, name: str, folder: str) -> Iterator[IMAPClient]:
    context = ssl.create_default_context(cafile=str(demo.certificate))
    with IMAPClient("localhost", demo.ports["imaps"], ssl_context=context, timeout=30) as client:
        client.login(name, demo.password(name))
        client.select_folder(folder, readonly=True)
        yield client


def found(demo: Any, name: str, subject: str, folder: str = "INBOX") -> list[Message]:
    """The messages of that subject."""
    with mailbox(demo, name, folder) as client:
        numbers = client.search(["SUBJECT", subject])
        return [email.message_from_bytes(one[b"BODY[]"]) for one in client.fetch(numbers, ["BODY.PEEK[]"]).values()]


def until(demo: Any, name: str, subject: str) -> Message:
    """A copy: it is made right after the answer to who wrote."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if copies := found(demo, name, subject):
            (copy,) = copies
            return copy
        time.sleep(0.05)
    pytest.fail(f"{name} got no copy of {subject!r}")


@pytest.fixture
def swaks(demo: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Writes to the group, logged in or as a stranger."""

    def run(subject: str, *options: str, login: str = "") -> subprocess.CompletedProcess[str]:
        port = demo.ports["submissions" if login else "smtp"]
        way = ["--tls-on-connect", "--auth-user", login, "--auth-password", demo.password(login)] if login else []
        sender = f"{login}@example.test" if login else "someone@example.net"
        command = ["swaks", "--server", "127.0.0.1", "--port", str(port), *way, "--to", "team@example.test"]
        words = ["--from", sender, "--header", f"Subject: {subject}", *options]
        return subprocess.run([*command, *words], capture_output=True, text=True, timeout=60, check=False)

    return run


def test_group_when_a_member_writes_then_the_archive_has_it_and_every_member_a_copy(demo: Any, swaks: Any) -> None:
    """S19."""
    done = swaks("For the team", login="bob")
    assert done.returncode == 0, done.stdout
    for name in ("alice", "bob", "carol"):
        assert until(demo, name, "For the team")["List-Id"] == "team <team.example.test>"
        (kept,) = found(demo, name, "For the team", "Groups/team")
        assert kept["From"] == "bob@example.test"
    assert found(demo, "dave", "For the team") == []


def test_group_when_a_stranger_writes_then_told_who_may(demo: Any, swaks: Any) -> None:
    done = swaks("From nowhere")
    assert done.returncode != 0
    assert "550 5.7.1 Only members of this group may write to it" in done.stdout
    assert found(demo, "alice", "From nowhere", "Groups/team") == []


def test_copies_when_ended_by_one_click_then_only_the_archive_has_the_next(demo: Any, swaks: Any) -> None:
    """RFC 8058: what a mail program posts when its button is pressed; the page alone does nothing."""
    swaks("Click one", login="alice")
    copy = until(demo, "carol", "Click one")
    link = copy["List-Unsubscribe"].strip("<>")
    here = f"{demo.urls['drive'].removesuffix('/drive/')}/{link.split('/', 3)[3]}"

    def curl(*options: str) -> str:
        done = subprocess.run(
            ["curl", "--silent", "--fail", *options, here], capture_output=True, text=True, timeout=30, check=True
        )
        return done.stdout

    try:
        assert "<button>" in curl()
        swaks("Click two", login="alice")
        until(demo, "carol", "Click two")
        assert "<button>" not in curl("--data", copy["List-Unsubscribe-Post"])
        swaks("Click three", login="alice")
        until(demo, "bob", "Click three")
        assert found(demo, "carol", "Click three") == []
        assert len(found(demo, "carol", "Click three", "Groups/team")) == 1
    finally:
        program = Path(demo.process.args[0])
        subprocess.run(
            [program, "group", "copies", "team", "carol", "on", "--data", demo.data], check=True, timeout=30
        )  # fmt: skip


def test_moderated_when_the_administrator_moves_it_out_of_held_then_members_get_it(demo: Any, swaks: Any) -> None:
    """S19: released in any mail program."""
    program = Path(demo.process.args[0])

    def posting(word: str) -> None:
        subprocess.run([program, "group", "posting", "team", word, "--data", demo.data], check=True, timeout=30)

    posting("moderated")
    try:
        assert swaks("Please hold").returncode == 0
        assert found(demo, "alice", "Please hold", "Groups/team/Held")
        assert found(demo, "bob", "Please hold", "Groups/team/Held") == []
        with mailbox(demo, "alice", "INBOX") as client:
            client.select_folder("Groups/team/Held")
            client.move(client.search(["SUBJECT", "Please hold"]), "Groups/team")
        for name in ("alice", "bob", "carol"):
            until(demo, name, "Please hold")
            assert len(found(demo, name, "Please hold", "Groups/team")) == 1
    finally:
        posting("members")


@pytest.mark.needs("mbsync")
def test_mbsync_when_two_members_synchronise_then_each_has_the_copy_and_the_archive(
    demo: Any, swaks: Any, tmp_path: Path
) -> None:
    swaks("To be kept", login="carol")
    for name in ("alice", "bob"):
        until(demo, name, "To be kept")
        mbsync = Mbsync(demo, name, tmp_path / name, patterns="INBOX Groups/team")
        mbsync.sync()
        kept = [
            path for path in mbsync.near.rglob("*") if path.is_file() and b"Subject: To be kept" in path.read_bytes()
        ]
        assert sorted(path.relative_to(mbsync.near).parts[0] for path in kept) == ["Groups", "INBOX"]
