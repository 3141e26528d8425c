"""rclone with the drive of an account as `drive:`."""

from pathlib import Path
from typing import Any

from tests.clients.programs.running import Said, run


class Rclone:
    """One account's rclone; `settings` is what it finds in its environment."""

    def __init__(self, demo: Any, name: str, home: Path) -> None:
        home.mkdir(exist_ok=True)
        self.home = home
        self.settings = {
            "RCLONE_CONFIG": str(home / "rclone.conf"),
            "RCLONE_CONFIG_DRIVE_TYPE": "webdav",
            "RCLONE_CONFIG_DRIVE_URL": f"https://127.0.0.1:{demo.ports['https']}/drive/",
            "RCLONE_CONFIG_DRIVE_VENDOR": "owncloud",
            "RCLONE_CONFIG_DRIVE_USER": demo.address(name),
            "RCLONE_CONFIG_DRIVE_PASS": run("rclone", "obscure", demo.password(name), home=home).out.strip(),
            "RCLONE_CA_CERT": str(demo.certificate),
            "RCLONE_CACHE_DIR": str(home / "cache"),
            "RCLONE_RETRIES": "1",
            "RCLONE_LOW_LEVEL_RETRIES": "1",
        }

    def run(self, *words: str, fails: bool | None = False, seconds: int = 100) -> Said:
        return run("rclone", *words, home=self.home, settings=self.settings, fails=fails, seconds=seconds)

    def listed(self, path: str) -> list[str]:
        """What lies in a folder, sorted; folders end in a slash."""
        return sorted(self.run("lsf", f"drive:{path}").out.splitlines())

    def text(self, path: str) -> str:
        """What a file holds."""
        return self.run("cat", f"drive:{path}").out

    def refused(self, *words: str) -> None:
        """A command that fails, because the server denies it or tells of nothing there.

        Raises:
            AssertionError: it succeeded, or failed for another reason.
        """
        said = self.run(*words, fails=True).errors
        assert any(told in said for told in ("403", "404", "not found")), said
