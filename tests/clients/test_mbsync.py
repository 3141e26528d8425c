"""mbsync against the real process over TLS: both sides change, both end up alike, then there is nothing to do."""

import imaplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.imap import connected, far_side, mailboxes, put
from tests.clients.programs.mbsync import Mbsync
from tests.clients.programs.samples import message

pytestmark = pytest.mark.needs("mbsync")


@pytest.fixture
def far(demo: Any) -> Iterator[imaplib.IMAP4_SSL]:
    with connected(demo, "dave") as client:
        yield client


def steps(client: imaplib.IMAP4_SSL) -> list[bytes]:
    """The modification sequence of every mailbox: a write anywhere would raise one."""
    return [client.status(name, "(HIGHESTMODSEQ UIDNEXT)")[1][0] for name in mailboxes(client)]


def _change_near(near: Mbsync) -> None:
    near.mark("INBOX", "<1@example.net>", "FS")
    near.file("INBOX", "<2@example.net>").unlink()
    near.add("Fresh", message(10))


def _change_far(client: imaplib.IMAP4_SSL) -> None:
    client.select("INBOX")
    client.append("INBOX", "(\\Seen)", None, message(11))
    client.store("3", "+FLAGS", "\\Flagged")
    client.store("4", "+FLAGS", "\\Deleted")
    assert client.expunge()[1] == [b"4"]
    status, _ = client._simple_command("MOVE", "4", "Work")
    assert status == "OK"


def test_mbsync_when_both_sides_change_then_both_are_alike_and_a_third_run_has_nothing_to_do(
    demo: Any, far: imaplib.IMAP4_SSL, tmp_path: Path
) -> None:
    near = Mbsync(demo, "dave", tmp_path)
    far.create("Work")
    for number in range(1, 7):
        put(far, "INBOX" if number < 6 else "Work", message(number))
    before = far_side(far)
    near.sync()
    assert near.held() == before

    _change_near(near)
    _change_far(far)
    near.sync()
    inbox = {"<1@example.net>": "FS", "<3@example.net>": "F", "<11@example.net>": "S"}
    expected = {
        **before,
        "INBOX": inbox,
        "Work": {"<6@example.net>": "", "<5@example.net>": ""},
        "Fresh": {"<10@example.net>": ""},
    }
    assert far_side(far) == expected
    assert near.held() == expected

    files, counters = sorted(near.near.rglob("*:2,*")), steps(far)
    near.sync()
    assert sorted(near.near.rglob("*:2,*")) == files
    assert steps(far) == counters
    assert far_side(far) == near.held() == expected


# ---------------------------------------------------------------- groups, and what others share

OF_ALICE = "Shared/alice@example.test"


def _of_others(demo: Any) -> None:
    """Alice shares Desk to be edited and Shelf to be read, and writes to the mail of the group."""
    with connected(demo, "alice") as alice:
        for name, letters in (("Desk", "lrswipkxte"), ("Shelf", "lrs")):
            alice.create(name)
            assert alice.setacl(name, demo.address("bob"), letters)[0] == "OK"
        for name, numbers in (("Desk", (20, 21)), ("Shelf", (22, 23)), ("Groups/team", (24,))):
            put(alice, name, *map(message, numbers))


def _ours(flags: dict[str, str]) -> dict[str, str]:
    """Those of this test: others write to the group too."""
    numbered = {f"<{number}@example.net>" for number in range(20, 26)}
    return {identity: marks for identity, marks in flags.items() if identity in numbered}


def test_mbsync_when_others_share_then_what_may_be_written_is_and_the_rest_is_refused(
    demo: Any, tmp_path: Path
) -> None:
    """(R47, R48, R57, S33) Mailboxes of a group and of another: one to be edited, one to be read."""
    _of_others(demo)
    bob = Mbsync(demo, "bob", tmp_path, patterns="Groups* Shared*")
    bob.sync()
    desk, shelf, team = f"{OF_ALICE}/Desk", f"{OF_ALICE}/Shelf", "Groups/team"
    assert {name: set(_ours(flags)) for name, flags in bob.held().items() if _ours(flags)} == {
        desk: {"<20@example.net>", "<21@example.net>"},
        shelf: {"<22@example.net>", "<23@example.net>"},
        team: {"<24@example.net>"},
    }

    bob.file(desk, "<20@example.net>").unlink()
    bob.mark(desk, "<21@example.net>", "S")
    bob.add(desk, message(25))
    bob.mark(shelf, "<22@example.net>", "S")
    bob.file(shelf, "<23@example.net>").unlink()
    bob.mark(team, "<24@example.net>", "S")
    assert "NO [NOPERM] You may read what alice@example.test shares here, but not delete" in bob.sync()
    with connected(demo, "alice") as alice, connected(demo, "bob") as client:
        of_alice, of_bob = far_side(alice), far_side(client)
    assert of_bob[desk] == {"<21@example.net>": "S", "<25@example.net>": ""}
    assert of_alice["Desk"] == {"<21@example.net>": "", "<25@example.net>": ""}
    assert of_bob[shelf] == {"<22@example.net>": "S", "<23@example.net>": ""}
    assert of_alice["Shelf"] == {"<22@example.net>": "", "<23@example.net>": ""}
    assert _ours(of_bob[team]) == {"<24@example.net>": "S"}
    assert _ours(of_alice[team]) == {"<24@example.net>": ""}
