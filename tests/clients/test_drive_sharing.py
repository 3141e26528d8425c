"""rclone and cadaver where things are shared: read-only and writable folders, and drop folders.

What one account may not do fails in the program, with nothing changed on the drive; what is taken back
is gone at the program's next command.
"""

import os
import pty
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ALICE = "Shared/alice@example.test"


@pytest.fixture
def house(demos: Callable[..., Any]) -> Any:
    """A demo of the test's own."""
    return demos()


def share(demo: Any, path: str, *more: str, verb: str = "add") -> None:
    """As the operator does it, on the running process."""
    program = str(Path(sys.executable).with_name("coserver"))
    told = [program, "share", verb, path, "--owner", "alice", "--group", "team", *more, "--data", str(demo.data)]
    done = subprocess.run(told, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def rclone(house: Any, tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs rclone with the drive of somebody as `drive:`."""

    def run(who: str, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        password = subprocess.run(
            ["rclone", "obscure", house.password(who)], check=True, capture_output=True, text=True
        ).stdout.strip()
        settings = {
            "RCLONE_CONFIG": str(tmp_path / "rclone.conf"),
            "RCLONE_CONFIG_DRIVE_TYPE": "webdav",
            "RCLONE_CONFIG_DRIVE_URL": f"https://127.0.0.1:{house.ports['https']}/drive/",
            "RCLONE_CONFIG_DRIVE_VENDOR": "owncloud",
            "RCLONE_CONFIG_DRIVE_USER": house.address(who),
            "RCLONE_CONFIG_DRIVE_PASS": password,
            "RCLONE_CA_CERT": str(house.certificate),
            "RCLONE_RETRIES": "1",
            "RCLONE_LOW_LEVEL_RETRIES": "1",
        }
        done = subprocess.run(
            ["rclone", *arguments], check=False, env={**os.environ, **settings}, capture_output=True, text=True,
            timeout=100,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr[-4000:]
        return done

    return run


def lines(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return sorted(done.stdout.splitlines())


@pytest.mark.needs("rclone")
@pytest.mark.timeout(240)
def test_rclone_when_folders_are_shared_then_read_and_written_as_far_as_allowed(
    house: Any, rclone: Any, tmp_path: Path
) -> None:
    """(R15, R48)"""
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "a.txt").write_text("first\n")
    (tree / "deep" / "b.txt").write_text("second\n")
    for folder in ("plans", "desk"):
        rclone("alice", "copy", str(tree), f"drive:{folder}")
    assert "Shared/" not in lines(rclone("bob", "lsf", "drive:"))
    share(house, "/plans", "--to", "bob", "read")
    share(house, "/desk", "edit")
    assert lines(rclone("bob", "lsf", f"drive:{ALICE}")) == ["desk/", "plans/"]
    rclone("bob", "check", "--download", str(tree), f"drive:{ALICE}/plans")
    (tree / "a.txt").write_text("changed by bob\n")
    refused = rclone("bob", "copy", str(tree), f"drive:{ALICE}/plans", check=False)
    assert refused.returncode != 0
    assert "403" in refused.stderr
    assert rclone("alice", "cat", "drive:plans/a.txt").stdout == "first\n"
    assert rclone("bob", "delete", f"drive:{ALICE}/plans/deep", check=False).returncode != 0
    rclone("bob", "sync", str(tree), f"drive:{ALICE}/desk")
    assert rclone("alice", "cat", "drive:desk/a.txt").stdout == "changed by bob\n"
    rclone("carol", "purge", f"drive:{ALICE}/desk/deep")
    assert lines(rclone("alice", "lsf", "drive:desk")) == ["a.txt"]
    assert lines(rclone("carol", "lsf", f"drive:{ALICE}")) == ["desk/"]
    share(house, "/plans", "--to", "bob", verb="remove")
    assert rclone("bob", "cat", f"drive:{ALICE}/plans/a.txt", check=False).returncode != 0
    assert lines(rclone("bob", "lsf", f"drive:{ALICE}")) == ["desk/"]


@pytest.mark.needs("rclone")
@pytest.mark.timeout(240)
def test_rclone_when_files_are_dropped_then_seen_by_sender_and_recipient_alone(
    house: Any, rclone: Any, tmp_path: Path
) -> None:
    """(R51, S12)"""
    letter, box = tmp_path / "letter.txt", "drive:Drop/carol@example.test"
    letter.write_text("dear carol\n")
    assert lines(rclone("bob", "lsf", "drive:Drop")) == ["alice@example.test/", "carol@example.test/"]
    rclone("bob", "copy", str(letter), box)
    letter.write_text("dear carol, once more\n")
    rclone("bob", "copy", str(letter), box)
    assert rclone("bob", "cat", f"{box}/letter.txt").stdout == "dear carol, once more\n"
    letter.write_text("this is alice\n")
    rclone("alice", "copy", str(letter), box)
    assert lines(rclone("alice", "lsf", box)) == ["letter.txt"]
    assert rclone("alice", "cat", f"{box}/letter.txt").stdout == "this is alice\n"
    assert lines(rclone("carol", "lsf", "drive:Received")) == ["letter (2).txt", "letter.txt"]
    assert rclone("carol", "cat", "drive:Received/letter.txt").stdout == "dear carol, once more\n"
    assert rclone("bob", "mkdir", f"{box}/folder", check=False).returncode != 0
    rclone("bob", "deletefile", f"{box}/letter.txt")
    assert lines(rclone("carol", "lsf", "drive:Received")) == ["letter (2).txt"]
    assert rclone("dave", "lsf", box, check=False).returncode != 0


@pytest.mark.needs("cadaver")
@pytest.mark.timeout(120)
def test_cadaver_when_things_are_shared_and_dropped_then_as_far_as_allowed(house: Any, tmp_path: Path) -> None:
    """(R48, R51)"""
    file, back, stolen = tmp_path / "file", tmp_path / "back", tmp_path / "stolen"
    file.write_text("kept\n")
    typed(
        house, "alice", f"mkcol plans\nput {file} plans/a.txt\nput {file} Drop/carol@example.test/hers.txt\n", tmp_path
    )
    share(house, "/plans", "--to", "bob", "read")
    told = typed(
        house, "bob",
        f"cd {ALICE}/plans\nls\nget a.txt {back}\nput {file} b.txt\nmkcol c\ndelete a.txt\n"
        f"cd /drive/Drop/carol@example.test\nput {file} from-bob.txt\nls\nget hers.txt {stolen}\nmkcol folder\n",
        tmp_path,
    )  # fmt: skip
    assert back.read_text() == "kept\n", told
    assert not stolen.exists() or stolen.read_text() != "kept\n", told
    assert told.count("403 Forbidden") == 4, told
    assert "from-bob.txt" in told.split("Listing collection")[-1], told
    assert "hers.txt" not in told.split("Listing collection")[-1].split("Downloading")[0], told
    told = typed(house, "carol", "cd Received\nls\n", tmp_path)
    assert "from-bob.txt" in told
    assert "hers.txt" in told


def typed(demo: Any, who: str, keys: str, home: Path) -> str:
    """What cadaver says when this is typed at its terminal; the certificate is trusted first."""
    (home / ".netrc").write_text(f"machine 127.0.0.1\nlogin {demo.address(who)}\npassword {demo.password(who)}\n")
    ours, terminal = pty.openpty()
    quiet = termios.tcgetattr(terminal)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            ["cadaver", f"https://127.0.0.1:{demo.ports['https']}/drive/"],
            stdin=terminal, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, "HOME": str(home)},
        )  # fmt: skip
        try:
            os.write(ours, f"y\n{keys}quit\n".encode())
            process.wait(60)
        finally:
            process.kill()
            os.close(ours)
            os.close(terminal)
        said.seek(0)
        return said.read().decode()
