"""rclone and cadaver where things are shared: read-only and writable folders, and drop folders.

What one account may not do fails in the program, with nothing changed on the drive; what is taken back
is gone at the program's next command.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.cadaver import cadaver
from tests.clients.programs.rclone import Rclone
from tests.clients.programs.running import operate

pytestmark = pytest.mark.timeout(240)

ALICE = "Shared/alice@example.test"


@pytest.fixture
def drive(own_demo: Any, tmp_path: Path) -> Callable[[str], Rclone]:
    """Makes the rclone of an account."""
    return lambda name: Rclone(own_demo, name, tmp_path / name)


@pytest.fixture
def share(own_demo: Any) -> Callable[..., str]:
    """Shares something of alice's within team, as the operator does it."""
    return lambda path, *more, verb="add": operate(
        own_demo, "share", verb, path, "--owner", "alice", "--group", "team", *more
    )


def letters(client: Rclone, folder: str) -> list[str]:
    return [name for name in client.listed(folder) if name.startswith("letter")]


@pytest.mark.needs("rclone")
def test_rclone_when_folders_are_shared_then_read_and_written_as_far_as_allowed(
    drive: Callable[[str], Rclone], share: Any, tmp_path: Path
) -> None:
    """(R15, R48)"""
    alice, bob, carol = drive("alice"), drive("bob"), drive("carol")
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "a.txt").write_text("first\n")
    (tree / "deep" / "b.txt").write_text("second\n")
    for folder in ("plans", "desk"):
        alice.run("copy", str(tree), f"drive:{folder}")
    assert "Shared/" not in bob.listed("")
    share("/plans", "--to", "bob", "read")
    share("/desk", "edit")
    assert bob.listed(ALICE) == ["desk/", "plans/"]
    bob.run("check", "--download", str(tree), f"drive:{ALICE}/plans")
    (tree / "a.txt").write_text("changed by bob\n")
    assert "403" in bob.run("copy", str(tree), f"drive:{ALICE}/plans", fails=True).errors
    assert alice.text("plans/a.txt") == "first\n"
    bob.refused("delete", f"drive:{ALICE}/plans/deep")
    bob.run("sync", str(tree), f"drive:{ALICE}/desk")
    assert alice.text("desk/a.txt") == "changed by bob\n"
    carol.run("purge", f"drive:{ALICE}/desk/deep")
    assert alice.listed("desk") == ["a.txt"]
    assert carol.listed(ALICE) == ["desk/"]
    share("/plans", "--to", "bob", verb="remove")
    bob.refused("cat", f"drive:{ALICE}/plans/a.txt")
    assert bob.listed(ALICE) == ["desk/"]
    share("/desk", verb="remove")
    assert "Shared/" not in bob.listed("")


@pytest.mark.needs("rclone")
def test_rclone_when_files_are_dropped_then_seen_by_sender_and_recipient_alone(
    drive: Callable[[str], Rclone], tmp_path: Path
) -> None:
    """(R51, S12)"""
    alice, bob, carol = drive("alice"), drive("bob"), drive("carol")
    letter, box = tmp_path / "letter.txt", "Drop/carol@example.test"
    assert bob.listed("Drop") == ["alice@example.test/", "carol@example.test/"]
    for sender, text in ((bob, "dear carol\n"), (bob, "dear carol, once more\n"), (alice, "this is alice\n")):
        letter.write_text(text)
        sender.run("copy", str(letter), f"drive:{box}")
        assert sender.text(f"{box}/letter.txt") == text
    assert letters(alice, box) == ["letter.txt"]
    assert letters(carol, "Received") == ["letter (2).txt", "letter.txt"]
    assert carol.text("Received/letter.txt") == "dear carol, once more\n"
    bob.refused("mkdir", f"drive:{box}/folder")
    bob.run("deletefile", f"drive:{box}/letter.txt")
    assert letters(carol, "Received") == ["letter (2).txt"]
    drive("dave").refused("lsf", f"drive:{box}")


@pytest.mark.needs("cadaver")
def test_cadaver_when_things_are_shared_and_dropped_then_as_far_as_allowed(
    own_demo: Any, share: Any, tmp_path: Path
) -> None:
    """(R48, R51)"""
    file, back, stolen = tmp_path / "file", tmp_path / "back", tmp_path / "stolen"
    file.write_text("kept\n")
    cadaver(
        own_demo, "alice", f"mkcol notes\nput {file} notes/a.txt\nput {file} Drop/carol@example.test/hers.txt\n",
        home=tmp_path,
    )  # fmt: skip
    share("/notes", "--to", "bob", "read")
    told = cadaver(
        own_demo, "bob",
        f"cd {ALICE}/notes\nls\nget a.txt {back}\nput {file} b.txt\nmkcol c\ndelete a.txt\n"
        f"cd /drive/Drop/carol@example.test\nput {file} from-bob.txt\nls\nget hers.txt {stolen}\nmkcol folder\n",
        home=tmp_path,
    )  # fmt: skip
    assert back.read_text() == "kept\n", told
    assert not stolen.exists() or stolen.read_text() != "kept\n", told
    assert told.count("403 Forbidden") == 4, told
    assert "from-bob.txt" in told.split("Listing collection")[-1], told
    assert "hers.txt" not in told.split("Listing collection")[-1].split("Downloading")[0], told
    told = cadaver(own_demo, "carol", "cd Received\nls\n", home=tmp_path)
    assert "from-bob.txt" in told
    assert "hers.txt" in told
    share("/notes", "--to", "bob", verb="remove")
