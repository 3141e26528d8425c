"""`coserver doctor` on a store that is not sound."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any


def test_doctor_finds_wrong_counters_and_repairs_them(begun: Any, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "coserver.db")) as database, database:
        database.execute("UPDATE collection SET items = 7 WHERE name = 'INBOX'")
    found = begun("doctor")
    assert (found.status, found.err.count("\n")) == (1, 1)
    assert "--repair" in found.err
    assert "counters" in found.out
    mended = begun("doctor", "--repair")
    assert (mended.status, "yes" in mended.out) == (0, True)
    assert begun("doctor").out == "Everything is in order.\n"
