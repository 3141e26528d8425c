"""Installing client programs: only where it may, without a question, and without a service starting."""

import importlib.util
import stat
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def packages(root: Path) -> ModuleType:
    """tests/packages.py, which make runs before anything is installed."""
    spec = importlib.util.spec_from_file_location("packages", root / "tests" / "packages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("environment", "uid", "allowed"),
    [
        ({}, 0, False),
        ({"CI": "true"}, 0, True),
        ({"INSTALL": "1"}, 0, True),
        ({"CI": "true", "INSTALL": "1"}, 1000, False),
        ({"CI": "false", "INSTALL": "0"}, 0, False),
    ],
)
def test_may_install_when_asked_then_only_root_who_said_so(
    packages: ModuleType, environment: Mapping[str, str], uid: int, allowed: bool
) -> None:
    assert packages.may_install(environment, uid) is allowed


def test_listed_when_a_list_has_words_for_people_then_they_are_no_packages(packages: ModuleType) -> None:
    assert packages.listed("# words\nisync  mbsync mdconvert # more\n\ncurl curl\n") == {
        "isync": ("mbsync", "mdconvert"),
        "curl": ("curl",),
    }


def test_lacking_when_one_program_of_a_package_is_missing_then_names_the_package(packages: ModuleType) -> None:
    assert packages.lacking({"coreutils": ("ls",), "half": ("ls", "no-such-program-here")}) == ["half"]


def test_found_when_a_file_is_asked_for_then_its_pattern_is_looked_up(packages: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "amd64").mkdir()
    assert packages.found(f"{tmp_path}/*/module.so") is None
    (tmp_path / "amd64" / "module.so").touch()
    assert packages.found(f"{tmp_path}/*/module.so") == f"{tmp_path}/amd64/module.so"


def test_provide_when_it_may_not_install_then_says_the_line_to_type(
    packages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("INSTALL", raising=False)
    monkeypatch.setattr(packages, "install", lambda _: pytest.fail("it installed"))
    (tmp_path / "list").write_text("coreutils ls\nrare no-such-program-here\n")
    assert packages.provide(tmp_path / "list") == 0
    assert "    apt-get install --no-install-recommends rare\n" in capsys.readouterr().out


def test_no_service_starts_when_there_was_no_policy_then_there_is_none_after(
    packages: ModuleType, tmp_path: Path
) -> None:
    policy = tmp_path / "policy-rc.d"
    with packages.no_service_starts(policy):
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & stat.S_IXUSR
    assert not policy.exists()


def test_no_service_starts_when_there_was_a_policy_then_it_is_back_even_after_an_error(
    packages: ModuleType, tmp_path: Path
) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("the old one")
    policy.chmod(0o700)
    with pytest.raises(KeyboardInterrupt), packages.no_service_starts(policy):
        raise KeyboardInterrupt
    assert policy.read_text() == "the old one"
    assert stat.S_IMODE(policy.stat().st_mode) == 0o700


def test_lists_when_read_then_every_package_names_its_programs(packages: ModuleType, root: Path) -> None:
    for path in ("tests/clients/packages.txt", "bench/packages.txt"):
        assert all(packages.listed((root / path).read_text()).values())
