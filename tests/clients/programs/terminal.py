"""Programs that want a terminal: what is typed goes in, what they write until they end comes out."""

import contextlib
import os
import pty
import select
import subprocess
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

_SECONDS = 60


def typed(command: list[str], keys: str, *, home: Path) -> str:
    """What a program says when this is typed at its terminal; it says it into a file.

    Raises:
        AssertionError: it did not end in time.
    """
    with _terminal() as (ours, terminal), tempfile.TemporaryFile() as said:
        running = subprocess.Popen(
            command, stdin=terminal, stdout=said, stderr=subprocess.STDOUT, env=_surroundings(home)
        )
        os.write(ours, keys.encode())
        ended = _ended(running)
        said.seek(0)
        told = said.read().decode()
    assert ended, f"{command[0]} did not end: {command}\n{told[-4000:]}"
    return told


def shown(command: list[str], *, home: Path) -> str:
    """All that a program that fills the screen puts there until it ends by itself.

    Raises:
        AssertionError: it did not end in time.
    """
    with _terminal() as (ours, terminal):
        running = subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True, env=_surroundings(home)
        )
        said = _read(ours, running)
        ended = _ended(running, seconds=1)
    told = said.decode("utf-8", "replace")
    assert ended, f"{command[0]} did not end: {command}\n{told[-4000:]}"
    return told


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal that does not echo."""
    ours, terminal = pty.openpty()
    quiet = termios.tcgetattr(terminal)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    try:
        yield ours, terminal
    finally:
        os.close(ours)
        os.close(terminal)


def _read(ours: int, running: "subprocess.Popen[bytes]") -> bytes:
    """What arrives until the program has ended and nothing more is there."""
    said, ready, end = b"", select.poll(), time.monotonic() + _SECONDS
    ready.register(ours, select.POLLIN)
    while time.monotonic() < end:
        if ready.poll(100):
            said += os.read(ours, 65536)
        elif running.poll() is not None:
            break
    return said


def _ended(running: "subprocess.Popen[bytes]", *, seconds: int = _SECONDS) -> bool:
    """Whether it ends by itself in time; afterwards it has ended anyway."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.wait(seconds)
        return True
    running.kill()
    running.wait()
    return False


def _surroundings(home: Path) -> dict[str, str]:
    return {**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", "HOME": str(home)}
