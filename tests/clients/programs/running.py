"""Running a program as a person would: with a home of its own and a deadline, and told in full when it goes wrong."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECONDS = 100


@dataclass(frozen=True, slots=True)
class Said:
    """What a program wrote, on each of its outputs."""

    out: str
    errors: str

    @property
    def all(self) -> str:
        return self.out + self.errors


def run(
    *command: str,
    home: Path,
    typed: str = "",
    fails: bool | None = False,
    seconds: int = _SECONDS,
    settings: dict[str, str] | None = None,
) -> Said:
    """Run it to its end with `home` as its home, `typed` as its input and `settings` in its environment.

    Raises:
        AssertionError: it failed and should not, or should and did not (unless `fails` is None), or took too long.
    """
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
    surroundings = {**os.environ, **places, "HOME": str(home), "LC_ALL": "C.UTF-8", **(settings or {})}
    try:
        done = subprocess.run(
            command, input=typed, capture_output=True, text=True, timeout=seconds, check=False, env=surroundings
        )
    except subprocess.TimeoutExpired as late:
        said = b"".join(filter(None, (late.stdout, late.stderr))).decode(errors="replace")
        raise AssertionError(f"{command[0]} took more than {seconds} seconds: {command}\n{said[-4000:]}") from late
    if fails is not None and (done.returncode != 0) != fails:
        told = f"ended with status {done.returncode}: {command}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        raise AssertionError(f"{command[0]} {told}")
    return Said(done.stdout, done.stderr)


def operate(demo: Any, *words: str, typed: str = "") -> str:
    """One command of the operator on the running process; what it printed."""
    program = str(Path(sys.executable).with_name("coserver"))
    return run(program, *words, "--data", str(demo.data), home=demo.data.parent, typed=typed).out
