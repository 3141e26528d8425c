"""cadaver: a session in which a person makes, locks, moves, notes and removes."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.cadaver import cadaver

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
"""


@pytest.mark.needs("cadaver")
def test_cadaver_when_it_does_everything_then_every_step_succeeds(demo: Any, tmp_path: Path) -> None:
    file, changed, back = tmp_path / "file", tmp_path / "changed", tmp_path / "back"
    file.write_text("first\n")
    changed.write_text("second\n")
    told = cadaver(demo, "carol", SESSION.format(file=file, changed=changed, back=back), home=tmp_path)
    assert "failed" not in told.lower().replace("verification failed", ""), told
    assert "Value of colour is: red" in told, told
    assert back.read_text() == "second\n"
    assert told.count("succeeded") >= 9, told
