"""rclone over TLS: a tree up and down with its times, and an editor on a mounted drive."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.editor import SAVED, save
from tests.clients.programs.rclone import Rclone

FILES = 2000
ODD_NAMES = ("a#b+c%d&e;f'g(h).txt", "Überraschung 日本.txt", "empty", "with space .txt", "x" * 200)
OLD = 978_307_200  # 1 January 2001


@pytest.fixture
def rclone(demo: Any, tmp_path: Path) -> Rclone:
    return Rclone(demo, "bob", tmp_path)


def plant(top: Path, count: int) -> None:
    """A tree of files with odd names, empty ones, one larger, and old times."""
    chance = random.Random(7)  # noqa: S311 (the same tree each time)
    for number in range(count):
        folder = top / f"folder {number % 20}" / ("deep" if number % 7 == 0 else ".")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"file-{number}.dat"
        path.write_bytes(chance.randbytes(0 if number % 50 == 0 else chance.randrange(1, 8000)))
    for name in ODD_NAMES:
        (top / name).write_bytes(b"" if name == "empty" else chance.randbytes(300_000))
    for number, path in enumerate(sorted(top.rglob("*"))):
        if path.is_file():
            os.utime(path, (OLD + 1000 * number, OLD + 1000 * number))


def times(top: Path) -> dict[str, int]:
    return {str(path.relative_to(top)): int(path.stat().st_mtime) for path in top.rglob("*") if path.is_file()}


@pytest.mark.needs("rclone")
@pytest.mark.timeout(900)
def test_sync_when_up_and_down_then_bytes_and_times_are_the_same(rclone: Rclone, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    plant(source, FILES - len(ODD_NAMES))

    def quickly(*words: str) -> str:
        return rclone.run(*words, "--transfers", "8", "--checkers", "8", "--retries", "3", seconds=500).errors

    quickly("sync", str(source), "drive:tree")
    quickly("check", "--download", str(source), "drive:tree")
    assert "Copied" not in quickly("sync", str(source), "drive:tree", "-v", "--stats-one-line")
    quickly("sync", "drive:tree", str(back))
    assert subprocess.run(["diff", "-r", str(source), str(back)], check=False, capture_output=True).stdout == b""
    assert times(back) == times(source)
    assert len(times(back)) == FILES
    rclone.run("purge", "drive:tree")
    assert "tree/" not in rclone.listed("")


@pytest.mark.needs("rclone")
def test_about_when_asked_then_the_quota_is_told(rclone: Rclone) -> None:
    told = rclone.run("about", "drive:").out
    assert "Used:" in told
    assert "Free:" in told


@pytest.fixture
def mounted(rclone: Rclone, tmp_path: Path) -> Iterator[Path]:
    """The drive as a folder."""
    point = tmp_path / "mounted"
    point.mkdir()
    command = ["rclone", "mount", "drive:", str(point), "--vfs-cache-mode", "writes", "--vfs-write-back", "1s"]
    process = subprocess.Popen(
        [*command, "--dir-cache-time", "1s", "--poll-interval", "0"], env={**os.environ, **rclone.settings}
    )
    end = time.monotonic() + 30
    while not point.is_mount():
        assert process.poll() is None, "rclone mount ended"
        assert time.monotonic() < end, "rclone mount is not there after 30 seconds"
        time.sleep(0.1)
    yield point
    subprocess.run(["fusermount3", "-u", str(point)], check=True)
    process.wait(30)


@pytest.mark.needs("rclone", "fusermount3", "/dev/fuse")
def test_mount_when_an_editor_saves_then_the_new_text_is_kept(mounted: Path, rclone: Rclone) -> None:
    save(mounted / "letter.txt")
    end = time.monotonic() + 20
    while (found := rclone.run("cat", "drive:letter.txt", fails=None).out) != SAVED:
        assert time.monotonic() < end, f"the drive holds {found!r}"
        time.sleep(0.2)
    assert "letter.txt.tmp" not in rclone.listed("")
    (mounted / "letter.txt").unlink()
