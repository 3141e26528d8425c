"""cadaver on the drive of an account."""

from pathlib import Path
from typing import Any

from tests.clients.programs.terminal import typed


def cadaver(demo: Any, name: str, keys: str, *, home: Path) -> str:
    """What it says when this is typed, up to `quit`; that the certificate is trusted is typed before."""
    home.mkdir(exist_ok=True)
    (home / ".netrc").write_text(f"machine 127.0.0.1\nlogin {demo.address(name)}\npassword {demo.password(name)}\n")
    return typed(["cadaver", f"https://127.0.0.1:{demo.ports['https']}/drive/"], f"y\n{keys}quit\n", home=home)
