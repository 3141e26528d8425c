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


def test_init_says_what_to_type_next_for_this_folder(run: Any, tmp_path: Path) -> None:
    assert f"coserver account add LOGIN --data {tmp_path / 'data'}, then" in run("init", "--domain", "example.test").out


def test_init_with_another_domain_on_a_folder_that_has_one_is_refused_and_adds_none(begun: Any) -> None:
    done = begun("init", "--domain", "other.test")
    assert (done.status, done.out) == (1, "")
    assert "example.test" in done.err
    assert "coserver domain add other.test" in done.err
    assert [one["name"] for one in begun("domain", "list", "--json").json] == ["example.test"]
    assert begun("init", "--domain", "EXAMPLE.test").status == 0


def test_config_prints_what_is_in_force(run: Any, tmp_path: Path) -> None:
    run("init", "--domain", "example.test")
    assert '\ndomain = "example.test"\n' in run("config").out
    assert run("config", "--defaults").out == config.sample()
