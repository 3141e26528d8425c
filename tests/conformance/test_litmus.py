"""litmus: every suite passes, with no warning and nothing left out."""

import base64
import http.client
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from coserver.cli.options import once

SUITES = {"basic": 16, "copymove": 13, "props": 30, "locks": 41, "http": 4}


def run(demo: Any, folder: str, who: str, cwd: Path) -> str:
    """What litmus says of a folder of somebody's drive; all suites must pass."""
    command = ["litmus", "-k", f"{demo.urls['drive']}{folder}", demo.address(who), demo.password(who)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, cwd=cwd)
    told = done.stdout
    passed = dict(re.findall(r"summary for `(\w+)': of \d+ tests run: (\d+) passed, 0 failed", told))
    assert {suite: int(count) for suite, count in passed.items()} == SUITES, told
    return told


@pytest.mark.needs("litmus")
def test_litmus_when_run_on_the_drive_then_all_suites_pass_without_a_warning(demo: Any, tmp_path: Path) -> None:
    told = run(demo, "", "dave", tmp_path)
    assert "WARNING" not in told, told
    assert "SKIPPED" not in told, told


@pytest.mark.needs("litmus")
def test_litmus_when_run_in_a_folder_that_was_shared_for_editing_then_all_suites_pass_too(
    demo: Any, tmp_path: Path
) -> None:
    """(R48)"""
    login = base64.b64encode(f"{demo.address('alice')}:{demo.password('alice')}".encode()).decode()
    line = http.client.HTTPConnection("127.0.0.1", demo.ports["http"], timeout=20)
    line.request("MKCOL", "/drive/for-litmus", headers={"Authorization": f"Basic {login}"})
    assert line.getresponse().status == 201
    line.close()
    once(demo.data, "share add", path="/for-litmus", owner="alice", group="team", to="bob", preset="edit")
    told = run(demo, "Shared/alice@example.test/for-litmus/", "bob", tmp_path)
    assert "WARNING" not in told, told
    assert "SKIPPED" not in told, told
