"""cadaver: a session in which a person makes, locks, moves, notes and removes."""

import os
import pty
import subprocess
import tempfile
import termios
from pathlib import Path
from typing import Any

import pytest

SESSION = """\
mkcol work
cd work
put {file} report.txt
lock report.txt
put {changed} report.txt
unlock report.txt
copy report.txt copy.txt
move copy.txt moved.txt
propset moved.txt colour red
propget moved.txt colour
ls
get moved.txt {back}
delete moved.txt
cd ..
rmcol work
ls
quit
"""


@pytest.mark.needs("cadaver")
def test_cadaver_when_it_does_everything_then_every_step_succeeds(demo: Any, tmp_path: Path) -> None:
    file, changed, back = tmp_path / "file", tmp_path / "changed", tmp_path / "back"
    file.write_text("first\n")
    changed.write_text("second\n")
    (tmp_path / ".netrc").write_text(
        f"machine 127.0.0.1\nlogin {demo.address('carol')}\npassword {demo.password('carol')}\n"
    )
    told = typed(
        ["cadaver", f"https://127.0.0.1:{demo.ports['https']}/drive/"],
        "y\n" + SESSION.format(file=file, changed=changed, back=back),  # yes, the certificate is trusted
        home=tmp_path,
    )
    assert "failed" not in told.lower().replace("verification failed", ""), told
    assert "Value of colour is: red" in told, told
    assert back.read_text() == "second\n"
    assert told.count("succeeded") >= 9, told


def typed(command: list[str], keys: str, *, home: Path) -> str:
    """What a program says when this is typed at its terminal: it asks about certificates nowhere else."""
    ours, terminal = pty.openpty()
    quiet = termios.tcgetattr(terminal)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=terminal, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, "HOME": str(home)}
        )
        try:
            os.write(ours, keys.encode())
            process.wait(60)
        finally:
            process.kill()
            os.close(ours)
            os.close(terminal)
        said.seek(0)
        return said.read().decode()
