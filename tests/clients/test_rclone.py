"""rclone over TLS: a tree up and down with its times, and an editor on a mounted drive."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FILES = 2000
ODD_NAMES = ("a#b+c%d&e;f'g(h).txt", "Überraschung 日本.txt", "empty", "with space .txt", "x" * 200)
OLD = 978_307_200  # 1 January 2001


@pytest.fixture
def rclone(demo: Any, tmp_path: Path) -> Any:
    """Runs rclone with the drive of bob as `drive:`."""
    password = subprocess.run(
        ["rclone", "obscure", demo.password("bob")], check=True, capture_output=True, text=True
    ).stdout.strip()
    settings = {
        "RCLONE_CONFIG": str(tmp_path / "rclone.conf"),
        "RCLONE_CONFIG_DRIVE_TYPE": "webdav",
        "RCLONE_CONFIG_DRIVE_URL": f"https://127.0.0.1:{demo.ports['https']}/drive/",
        "RCLONE_CONFIG_DRIVE_VENDOR": "owncloud",
        "RCLONE_CONFIG_DRIVE_USER": demo.address("bob"),
        "RCLONE_CONFIG_DRIVE_PASS": password,
        "RCLONE_CA_CERT": str(demo.certificate),
        "RCLONE_CACHE_DIR": str(tmp_path / "cache"),
    }

    def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["rclone", *arguments],
            check=False,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert not check or done.returncode == 0, done.stderr[-4000:]
        return done

    run.settings = settings  # type: ignore[attr-defined]
    return run


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
def test_sync_when_up_and_down_then_bytes_and_times_are_the_same(rclone: Any, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    plant(source, FILES - len(ODD_NAMES))
    quick = ("--transfers", "8", "--checkers", "8")
    rclone("sync", str(source), "drive:tree", *quick)
    rclone("check", "--download", str(source), "drive:tree", *quick)
    again = rclone("sync", str(source), "drive:tree", "-v", "--stats-one-line", *quick)
    assert "Copied" not in again.stderr
    rclone("sync", "drive:tree", str(back), *quick)
    assert subprocess.run(["diff", "-r", str(source), str(back)], check=False, capture_output=True).stdout == b""
    assert times(back) == times(source)
    assert len(times(back)) == FILES
    rclone("purge", "drive:tree")
    assert "tree" not in rclone("lsf", "drive:").stdout


@pytest.mark.needs("rclone")
def test_about_when_asked_then_the_quota_is_told(rclone: Any) -> None:
    told = rclone("about", "drive:").stdout
    assert "Used:" in told
    assert "Free:" in told


@pytest.fixture
def mounted(rclone: Any, tmp_path: Path) -> Iterator[Path]:
    """The drive as a folder."""
    if not Path("/dev/fuse").exists():
        pytest.skip("no /dev/fuse here")
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


@pytest.mark.needs("rclone", "fusermount3")
def test_mount_when_an_editor_saves_then_the_new_text_is_kept(mounted: Path, rclone: Any) -> None:
    letter, fresh = mounted / "letter.txt", mounted / "letter.txt.tmp"
    letter.write_text("first version\n")
    fresh.write_text("second version\n")
    fresh.replace(letter)
    with letter.open("a") as file:
        file.write("and a line\n")
    end = time.monotonic() + 20
    while (found := rclone("cat", "drive:letter.txt", check=False).stdout) != "second version\nand a line\n":
        assert time.monotonic() < end, f"the drive holds {found!r}"
        time.sleep(0.2)
    assert "letter.txt.tmp" not in rclone("lsf", "drive:").stdout
    letter.unlink()
