"""davfs2: the drive mounted by the kernel, and an editor that saves on it."""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.editor import SAVED, save


@pytest.fixture
def certificate(demo: Any) -> Iterator[Path]:
    """The certificate alone, where a program that gives up root can read it."""
    (found,) = re.findall(
        r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", demo.certificate.read_text(), re.DOTALL
    )
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder) / "certificate.pem"
        shown.write_text(found)
        shown.chmod(0o644)
        shown.parent.chmod(0o755)
        yield shown


@pytest.fixture
def mounted(demo: Any, certificate: Path, tmp_path: Path) -> Iterator[Path]:
    """The drive of carol as a folder; only an administrator may mount."""
    point, secrets, settings = tmp_path / "mounted", tmp_path / "secrets", tmp_path / "davfs2.conf"
    point.mkdir()
    address = f"https://127.0.0.1:{demo.ports['https']}/drive/"
    secrets.write_text(f"{address} {demo.address('carol')} {demo.password('carol')}\n")
    secrets.chmod(0o600)
    settings.write_text(
        f"secrets {secrets}\nask_auth 0\ntrust_server_cert {certificate}\ndelay_upload 0\nuse_locks 1\n"
    )
    subprocess.run(["mount.davfs", "-o", f"conf={settings}", address, str(point)], check=True, timeout=30)
    yield point
    if point.is_mount():
        subprocess.run(["umount", str(point)], check=True, timeout=60)


@pytest.mark.needs("mount.davfs", "curl", "root", "/dev/fuse")
def test_davfs2_when_an_editor_saves_then_the_new_text_is_on_the_drive(mounted: Path, demo: Any) -> None:
    save(mounted / "davfs-letter.txt")
    (mounted / "davfs-folder").mkdir()
    (mounted / "davfs-folder" / "inside.txt").write_text("inside\n")
    subprocess.run(["umount", str(mounted)], check=True, timeout=60)
    assert kept(demo, "davfs-letter.txt") == SAVED
    assert kept(demo, "davfs-folder/inside.txt") == "inside\n"


def kept(demo: Any, name: str) -> str:
    """What the drive holds under a name, once the uploads of the mount are done."""
    login = f"{demo.address('carol')}:{demo.password('carol')}"
    for _ in range(50):
        done = subprocess.run(
            ["curl", "-sf", "-u", login, demo.urls["drive"] + name],
            check=False,
            capture_output=True,
            text=True,
            timeout=20,
        )
        if done.returncode == 0 and done.stdout:
            return done.stdout
        time.sleep(0.2)
    return ""
