"""The other side of mail programs: what a mailbox holds on the server, seen by imaplib."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

Everything = dict[str, dict[str, str]]  # mailbox -> Message-ID -> flags
_OLD = '"01-Feb-2026 12:00:00 +0000"'


@contextmanager
def connected(demo: Any, name: str) -> Iterator[imaplib.IMAP4_SSL]:
    """A client of an account that is logged in."""
    context = ssl.create_default_context(cafile=str(demo.certificate))
    with imaplib.IMAP4_SSL("127.0.0.1", demo.ports["imaps"], ssl_context=context, timeout=30) as client:
        client.login(demo.address(name), demo.password(name))
        yield client


def put(client: imaplib.IMAP4_SSL, mailbox: str, *messages: bytes) -> None:
    """Append messages that arrived a while ago."""
    for each in messages:
        status, told = client.append(mailbox, "", _OLD, each)
        assert status == "OK", told


def mailboxes(client: imaplib.IMAP4_SSL) -> list[str]:
    """The names of all that can be opened."""
    lines = [line.decode() for line in client.list()[1] if b"\\Noselect" not in line]
    return [line.split(' "/" ')[1].strip('"') for line in lines]


def far_side(client: imaplib.IMAP4_SSL) -> Everything:
    """What all mailboxes hold, with F for flagged and S for seen."""
    return {name: held(client, name) for name in mailboxes(client)}


def held(client: imaplib.IMAP4_SSL, mailbox: str) -> dict[str, str]:
    """What one mailbox holds: Message-ID -> flags."""
    status, (count,) = client.select(mailbox, readonly=True)
    assert status == "OK", count
    told = client.fetch("1:*", "(FLAGS BODY.PEEK[])")[1] if int(count) else []
    return {identity(one[1]): _flags(one[0]) for one in told if isinstance(one, tuple)}


def identity(raw: bytes) -> str:
    """The Message-ID of a message."""
    return str(message_from_bytes(raw)["Message-ID"])


def _flags(told: bytes) -> str:
    return ("F" if b"\\Flagged" in told else "") + ("S" if b"\\Seen" in told else "")
