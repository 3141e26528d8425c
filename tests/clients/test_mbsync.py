"""mbsync against the real process over TLS: both sides change, both end up alike, then there is nothing to do."""

import imaplib
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.needs("mbsync")

CONFIG = """\
IMAPAccount far
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType IMAPS
CertificateFile {certificate}

IMAPStore far
Account far

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns {patterns}
Create Both
Remove Both
Expunge Both
SyncState *
CopyArrivalDate yes
"""
Everything = dict[str, dict[str, str]]  # mailbox -> Message-ID -> flags


def message(number: int) -> bytes:
    text = (
        f"From: sender@example.net\r\nTo: reader@example.net\r\nSubject: message {number}\r\n"
        f"Message-ID: <{number}@example.net>\r\n\r\nText of message {number}.\r\n"
    )
    return text.encode()


@contextmanager
def connected(demo: Any, name: str) -> Iterator[imaplib.IMAP4_SSL]:
    """Another client of an account."""
    context = ssl.create_default_context(cafile=str(demo.certificate))
    with imaplib.IMAP4_SSL("127.0.0.1", demo.ports["imaps"], ssl_context=context, timeout=30) as client:
        client.login(name, demo.password(name))
        yield client


@pytest.fixture
def far(demo: Any) -> Iterator[imaplib.IMAP4_SSL]:
    with connected(demo, "dave") as client:
        yield client


def runner(demo: Any, folder: Path, name: str, patterns: str = "*") -> Callable[[], str]:
    """What runs it once for an account, and gives what it said."""
    (folder / "mail").mkdir()
    settings = CONFIG.format(
        port=demo.ports["imaps"], user=demo.address(name), password=demo.password(name), certificate=demo.certificate,
        folder=folder / "mail", patterns=patterns,
    )  # fmt: skip
    (folder / "rc").write_text(settings)
    (folder / "rc").chmod(0o600)

    def run() -> str:
        command = ["mbsync", "-c", str(folder / "rc"), "-a"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def mbsync(demo: Any, tmp_path: Path) -> Callable[[], str]:
    """Runs it once."""
    return runner(demo, tmp_path, "dave")


def near_side(folder: Path) -> Everything:
    found: Everything = {}
    for mailbox in folder.rglob("cur"):
        name = str(mailbox.parent.relative_to(folder))
        files = [*mailbox.iterdir(), *(mailbox.parent / "new").iterdir()]
        found[name] = {_identity(file.read_bytes()): _maildir_flags(file.name) for file in files}
    return found


def far_side(client: imaplib.IMAP4_SSL) -> Everything:
    found: Everything = {}
    for line in client.list()[1]:
        if b"\\Noselect" in line:
            continue
        name = line.decode().split(' "/" ')[1].strip('"')
        _, (count,) = client.select(name, readonly=True)
        _, told = client.fetch("1:*", "(FLAGS BODY.PEEK[])") if int(count) else (None, [])
        found[name] = {_identity(one[1]): _imap_flags(one[0]) for one in told if isinstance(one, tuple)}
    return found


def steps(client: imaplib.IMAP4_SSL) -> list[bytes]:
    """The modification sequence of every mailbox: a write anywhere would raise one."""
    names = far_side(client)
    return [client.status(name, "(HIGHESTMODSEQ UIDNEXT)")[1][0] for name in names]


def _identity(raw: bytes) -> str:
    return str(message_from_bytes(raw)["Message-ID"])


def _maildir_flags(name: str) -> str:
    return "".join(sorted(set(name.partition(":2,")[2]) & set("FS")))


def _imap_flags(told: bytes) -> str:
    return ("F" if b"\\Flagged" in told else "") + ("S" if b"\\Seen" in told else "")


def _file(folder: Path, identity: str) -> Path:
    files = [*(folder / "cur").iterdir(), *(folder / "new").iterdir()]
    return next(file for file in files if _identity(file.read_bytes()) == identity)


def _change_near(folder: Path) -> None:
    flagged = _file(folder / "INBOX", "<1@example.net>")
    flagged.rename(folder / "INBOX" / "cur" / (flagged.name.partition(":2,")[0] + ":2,FS"))
    _file(folder / "INBOX", "<2@example.net>").unlink()
    for part in ("cur", "new", "tmp"):
        (folder / "Fresh" / part).mkdir(parents=True)
    (folder / "Fresh" / "new" / "100.1.near").write_bytes(message(10).replace(b"\r\n", b"\n"))


def _change_far(client: imaplib.IMAP4_SSL) -> None:
    client.select("INBOX")
    client.append("INBOX", "(\\Seen)", None, message(11))
    client.store("3", "+FLAGS", "\\Flagged")
    client.store("4", "+FLAGS", "\\Deleted")
    assert client.expunge()[1] == [b"4"]
    status, _ = client._simple_command("MOVE", "4", "Work")
    assert status == "OK"


def test_mbsync_when_both_sides_change_then_both_are_alike_and_a_third_run_has_nothing_to_do(
    far: imaplib.IMAP4_SSL, mbsync: Callable[[], str], tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    far.create("Work")
    for number in range(1, 7):
        far.append("INBOX" if number < 6 else "Work", "", '"01-Feb-2026 12:00:00 +0000"', message(number))
    before = far_side(far)
    mbsync()
    assert near_side(folder) == before

    _change_near(folder)
    _change_far(far)
    mbsync()
    inbox = {"<1@example.net>": "FS", "<3@example.net>": "F", "<11@example.net>": "S"}
    expected = {
        **before,
        "INBOX": inbox,
        "Work": {"<6@example.net>": "", "<5@example.net>": ""},
        "Fresh": {"<10@example.net>": ""},
    }
    assert far_side(far) == expected
    assert near_side(folder) == expected

    files, counters = sorted(folder.rglob("*:2,*")), steps(far)
    mbsync()
    assert sorted(folder.rglob("*:2,*")) == files
    assert steps(far) == counters
    assert far_side(far) == near_side(folder) == expected


# ---------------------------------------------------------------- groups, and what others share

OF_ALICE = "Shared/alice@example.test"


def _of_others(demo: Any) -> None:
    """Alice shares Desk to be edited and Shelf to be read, and writes to the mail of the group."""
    with connected(demo, "alice") as alice:
        for name, letters in (("Desk", "lrswipkxte"), ("Shelf", "lrs")):
            alice.create(name)
            assert alice.setacl(name, demo.address("bob"), letters)[0] == "OK"
        for name, numbers in (("Desk", (20, 21)), ("Shelf", (22, 23)), ("Groups/team", (24,))):
            for number in numbers:
                alice.append(name, "", '"01-Feb-2026 12:00:00 +0000"', message(number))


def _seen(folder: Path, identity: str) -> None:
    file = _file(folder, identity)
    file.rename(folder / "cur" / (file.name.partition(":2,")[0] + ":2,S"))


def test_mbsync_when_others_share_then_what_may_be_written_is_and_the_rest_is_refused(
    demo: Any, tmp_path: Path
) -> None:
    """(R47, R48, R57, S33) Mailboxes of a group and of another: one to be edited, one to be read."""
    _of_others(demo)
    run = runner(demo, tmp_path, "bob", "Groups* Shared*")
    run()
    near = tmp_path / "mail"
    desk, shelf, team = near / OF_ALICE / "Desk", near / OF_ALICE / "Shelf", near / "Groups" / "team"
    assert {str(one): set(flags) for one, flags in near_side(near).items() if flags} == {
        f"{OF_ALICE}/Desk": {"<20@example.net>", "<21@example.net>"},
        f"{OF_ALICE}/Shelf": {"<22@example.net>", "<23@example.net>"},
        "Groups/team": {"<24@example.net>"},
    }

    _file(desk, "<20@example.net>").unlink()
    _seen(desk, "<21@example.net>")
    (desk / "new" / "100.1.near").write_bytes(message(25).replace(b"\r\n", b"\n"))
    _seen(shelf, "<22@example.net>")
    _file(shelf, "<23@example.net>").unlink()
    _seen(team, "<24@example.net>")
    assert "NO [NOPERM] You may read what alice@example.test shares here, but not delete" in run()
    with connected(demo, "alice") as alice, connected(demo, "bob") as bob:
        of_alice, of_bob = far_side(alice), far_side(bob)
    assert of_bob[f"{OF_ALICE}/Desk"] == {"<21@example.net>": "S", "<25@example.net>": ""}
    assert of_alice["Desk"] == {"<21@example.net>": "", "<25@example.net>": ""}
    assert of_bob[f"{OF_ALICE}/Shelf"] == {"<22@example.net>": "S", "<23@example.net>": ""}
    assert of_alice["Shelf"] == {"<22@example.net>": "", "<23@example.net>": ""}
    assert (of_bob["Groups/team"], of_alice["Groups/team"]) == ({"<24@example.net>": "S"}, {"<24@example.net>": ""})
