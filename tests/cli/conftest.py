"""The command line, run in this process on a data folder of the test's own."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from coserver.cli.main import main

PASSWORD = "four plain words here"


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """The command sets the process's umask, which the other tests must not inherit."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def run(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with `--data` put to a folder; `typed` is its standard input."""
    monkeypatch.delenv("COSERVER_CONFIG", raising=False)

    def runner(*words: str, typed: str = "", data: Path | None = tmp_path / "data") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main([*words, *(["--data", str(data)] if data else [])])
        told = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), told.out, told.err)

    return runner


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for example.test where alice and bob have accounts, made once."""
    data = tmp_path_factory.mktemp("template") / "data"
    house = (sys.executable, "-m", "coserver")
    subprocess.run([*house, "init", "--domain", "example.test", "--data", data], check=True, capture_output=True)
    for name in ("alice", "bob"):
        add = [*house, "account", "add", name, "--password-stdin", "--data", data]
        subprocess.run(add, check=True, input=PASSWORD + "\n", text=True)
    return data


@pytest.fixture
def begun(run: Run, template: Path, tmp_path: Path) -> Run:
    """`run` on a copy of that folder."""
    shutil.copytree(template, tmp_path / "data")
    return run
