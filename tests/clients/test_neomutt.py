"""neomutt on a pseudo-terminal against the real process over TLS: it asks what it may do (MYRIGHTS) and keeps to it."""

import imaplib
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.imap import connected, put
from tests.clients.programs.neomutt import Neomutt
from tests.clients.programs.samples import message

pytestmark = pytest.mark.needs("neomutt")


@pytest.fixture
def neomutt(demo: Any, tmp_path: Path) -> Neomutt:
    return Neomutt(demo, "carol", tmp_path)


def flags(client: imaplib.IMAP4_SSL, mailbox: str) -> list[bytes]:
    client.select(mailbox, readonly=True)
    _, told = client.fetch("1:*", "(FLAGS)")
    return [one for one in told if isinstance(one, bytes)]


def test_neomutt_when_a_mailbox_may_only_be_read_then_it_deletes_nothing_and_keeps_what_was_read(
    demo: Any, neomutt: Neomutt
) -> None:
    """(R48, R57, S33)"""
    with connected(demo, "alice") as alice:
        alice.create("Rack")
        alice.setacl("Rack", demo.address("carol"), "lrs")
        put(alice, "Rack", message(1, subject="rack"))
    said = neomutt.play(
        "Shared/alice@example.test/Rack",
        "<first-entry><display-message><exit><delete-message><flag-message><sync-mailbox><quit>",
    )
    assert "rack" in said
    assert "Mailbox is unchanged" in said
    with connected(demo, "carol") as carol, connected(demo, "alice") as alice:
        assert flags(carol, "Shared/alice@example.test/Rack") == [b"1 (FLAGS (\\Seen \\Recent))"]
        assert b"Seen" not in flags(alice, "Rack")[0]


def test_neomutt_when_a_mailbox_may_be_edited_then_all_is_done(demo: Any, neomutt: Neomutt) -> None:
    with connected(demo, "alice") as alice:
        alice.create("Table")
        alice.setacl("Table", demo.address("carol"), "lrswipkxte")
        put(alice, "Table", *(message(number, subject=subject) for number, subject in ((1, "first"), (2, "second"))))
    neomutt.play(
        "Shared/alice@example.test/Table",
        "<first-entry><delete-message><last-entry><flag-message><sync-mailbox><quit>",
    )
    with connected(demo, "alice") as alice:
        (told,) = flags(alice, "Table")
        assert b"\\Flagged" in told
        assert alice.search(None, "SUBJECT", "second")[1] == [b"1"]
