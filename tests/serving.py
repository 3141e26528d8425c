"""What was a demo, served as an operator would: with settings of his own."""

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("coserver"))
START_SECONDS = 30


def serve_again(running: Any, *changes: tuple[str, str]) -> None:
    """End a demo, replace these pieces of its settings, and serve its folder until it is ended as a demo is."""
    running.stop()
    settings = running.data / "coserver.toml"
    text = settings.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    settings.write_text(text, "utf-8")
    with running.output.open("ab") as log:
        running.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", str(running.data)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    end = time.monotonic() + START_SECONDS
    for port in ("imaps", "submissions", "https"):
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", running.ports[port]), 5):
                break
            assert running.process.poll() is None, running.last_words()
            assert time.monotonic() < end, running.last_words()
            time.sleep(0.1)
