"""litmus: every suite passes, with no warning and nothing left out."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

SUITES = {"basic": 16, "copymove": 13, "props": 30, "locks": 41, "http": 4}


@pytest.mark.needs("litmus")
def test_litmus_when_run_on_the_drive_then_all_suites_pass_without_a_warning(demo: Any, tmp_path: Path) -> None:
    command = ["litmus", "-k", demo.urls["drive"], demo.address("dave"), demo.password("dave")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, cwd=tmp_path)
    told = done.stdout
    passed = dict(re.findall(r"summary for `(\w+)': of \d+ tests run: (\d+) passed, 0 failed", told))
    assert {suite: int(count) for suite, count in passed.items()} == SUITES, told
    assert "WARNING" not in told, told
    assert "SKIPPED" not in told, told
