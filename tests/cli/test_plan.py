"""`coserver plan` on a folder that nobody serves."""

from pathlib import Path
from typing import Any

from coserver.quota import plans


def test_load_when_a_plan_differs_then_it_is_offered_from_then_on(begun: Any, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(plans.bundled().replace('title = "Free"', 'title = "Gratis"'))
    loaded = begun("plan", "load", str(file))
    assert (loaded.status, loaded.out.splitlines()[0]) == (0, "free: version 2, new")
    assert "standard: version 1, as before" in loaded.out.splitlines()
    assert "new" not in begun("plan", "load", str(file)).out
    titles = {each["plan"]: each["title"] for each in begun("plan", "list", "--json").json}
    assert titles["free"] == "Gratis"


def test_load_when_the_file_is_no_plans_then_one_line_says_why(begun: Any, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    for content, reason in ((b"[free", "TOML"), (b"[free]\nwishes = 3\n", "wishes"), (b"\xff", "cannot be read")):
        file.write_bytes(content)
        refused = begun("plan", "load", str(file))
        assert refused.status == 1
        assert reason in refused.err
        assert len(refused.err.splitlines()) == 1
