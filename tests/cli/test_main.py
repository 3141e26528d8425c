"""The command as a whole: its words, its statuses, its one line on standard error."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coserver.cli import main
from coserver.cli.main import COMMANDS, coserver


def test_help_names_every_command() -> None:
    told = CliRunner().invoke(coserver, ["--help"])
    assert told.exit_code == 0
    assert all(f"  {name} " in told.output for name in COMMANDS)


@pytest.mark.parametrize(
    "words", [("nonsense",), ("account",), ("account", "nonsense"), ("account", "add"), ("serve", "x")]
)
def test_wrong_usage_ends_with_status_2(run: Any, words: tuple[str, ...]) -> None:
    done = run(*words, data=None)
    assert done.status == 2
    assert "Usage:" in done.err


def test_version_is_told(run: Any) -> None:
    assert run("--version", data=None).out.startswith("coserver ")


@pytest.mark.parametrize(
    "words",
    [
        ("account", "show", "nobody"),
        ("account", "delete", "nobody@example.test"),
        ("group", "show", "none"),
        ("group", "add", "team", "--admin", "nobody"),
        ("domain", "remove", "none.test"),
        ("account", "add", "other@elsewhere.test", "--password-stdin"),
        ("group", "rights", "none", "all", "documents", "edit"),
    ],
)
def test_a_refusal_is_one_line_on_standard_error_and_status_1(begun: Any, words: tuple[str, ...]) -> None:
    done = begun(*words, typed="four plain words here")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("coserver: ")
    assert done.err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_refused_with_what_to_do(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("account", "list", data=tmp_path / "file" / "data")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "--data" in done.err


def test_a_wrong_configuration_is_refused_by_its_name(run: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "coserver.toml").write_text("[ports]\nimap = 'x'")
    done = run("account", "list")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "coserver.toml: ports.imap: must be a whole number" in done.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(run: Any, shell: str) -> None:
    done = run("completion", shell, data=None)
    assert done.status == 0
    assert "_COSERVER_COMPLETE" in done.out


def test_completion_knows_commands_and_their_values() -> None:
    complete = main.shell_complete("bash")

    def values(words: list[str], word: str) -> set[str]:
        return {item.value for item in complete.get_completions(words, word)}

    assert values([], "do") == {"doctor", "domain"}
    assert values(["group", "rights", "team", "all"], "cal") == {"calendar"}
    assert "--data" in values(["serve"], "--")


@pytest.mark.parametrize("words", [("account", "list"), ("serve",)])
def test_command_when_the_folder_is_mistyped_makes_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    missing = tmp_path / "mistyped"
    program = Path(sys.executable).with_name("coserver")
    run = subprocess.run([program, *words, "--data", missing], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "coserver init" in run.stderr
    assert not missing.exists()
