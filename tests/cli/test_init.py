"""`coserver init` and `coserver config`."""

from pathlib import Path
from typing import Any

from coserver import config


def test_init_makes_a_folder_with_a_store_and_a_file_of_settings(run: Any, tmp_path: Path) -> None:
    done = run("init", "--domain", "example.test")
    assert (done.status, done.err) == (0, "")
    assert "example.test" in done.out
    assert config.read(tmp_path / "data" / config.FILE_NAME).server.domain == "example.test"
    assert [one["name"] for one in run("domain", "list", "--json").json] == ["example.test"]
    assert {one["plan"] for one in run("plan", "list", "--json").json} >= {"standard"}


def test_init_a_second_time_changes_nothing(run: Any, tmp_path: Path) -> None:
    run("init", "--domain", "example.test")
    (tmp_path / "data" / config.FILE_NAME).write_text("[server]\ndomain = 'example.test'\n# mine\n")
    assert run("init").status == 0
    assert "# mine" in (tmp_path / "data" / config.FILE_NAME).read_text()
    assert [one["name"] for one in run("domain", "list", "--json").json] == ["example.test"]


def test_config_prints_what_is_in_force(run: Any, tmp_path: Path) -> None:
    run("init", "--domain", "example.test")
    assert '\ndomain = "example.test"\n' in run("config").out
    assert run("config", "--defaults").out == config.sample()
