"""Installing client programs: only where it may, without a question, and without a service starting."""

import contextlib
import importlib.util
import stat
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tests.conftest import MISSING, pytest_runtest_setup


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


def test_found_when_a_device_is_asked_for_then_only_where_it_opens(
    packages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open").touch()
    monkeypatch.setattr(packages, "DEVICES", {f"{tmp_path}/open": (10, 229), f"{tmp_path}/absent": (10, 229)})
    assert packages.found(f"{tmp_path}/open") == f"{tmp_path}/open"
    assert packages.found(f"{tmp_path}/absent") is None


@pytest.mark.parametrize("opens", [True, False])
def test_is_refused_when_a_node_of_ones_own_does_not_open_either_then_it_is(
    packages: ModuleType, monkeypatch: pytest.MonkeyPatch, opens: bool
) -> None:
    def make(_device: str, path: str) -> None:
        if opens:
            Path(path).touch()

    monkeypatch.setattr(packages, "make_device", make)
    assert packages.is_refused("/dev/fuse") is not opens


def test_is_refused_when_none_may_be_made_then_it_is(packages: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_device: str, _path: str) -> None:
        raise PermissionError

    monkeypatch.setattr(packages, "make_device", refuse)
    assert packages.is_refused("/dev/fuse")


@pytest.mark.parametrize(("ci", "made"), [("true", True), ("false", False)])
def test_provide_when_a_device_is_listed_and_absent_then_makes_it_where_it_may(
    packages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, made: bool
) -> None:
    device = tmp_path / "device"
    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("INSTALL", raising=False)
    monkeypatch.setattr(packages.os, "getuid", lambda: 0)
    monkeypatch.setattr(packages, "DEVICES", {str(device): (10, 229)})
    monkeypatch.setattr(packages, "make_device", lambda _, path: Path(path).touch())
    (tmp_path / "list").write_text(f"coreutils ls {device}\n")
    assert packages.provide(tmp_path / "list") == 0
    assert device.exists() is made


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


@pytest.mark.parametrize(
    ("ci", "needed", "withheld", "outcome"),
    [
        ("true", ("ls",), False, None),
        ("true", ("no-such-program-here",), False, pytest.fail.Exception),
        ("false", ("no-such-program-here",), False, pytest.skip.Exception),
        ("true", ("/dev/none",), True, pytest.skip.Exception),
        ("true", ("/dev/none",), False, pytest.fail.Exception),
        ("true", ("/dev/none", "no-such-program-here"), True, pytest.fail.Exception),
    ],
)
def test_setup_when_something_is_missing_then_skips_what_ci_cannot_have_and_fails_the_rest(
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    needed: tuple[str, ...],
    withheld: bool,
    outcome: type[BaseException] | None,
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr("tests.packages.DEVICES", {"/dev/none": (10, 229)})
    monkeypatch.setattr("tests.packages.is_refused", lambda _: withheld)
    told: list[str] = []
    item = SimpleNamespace(
        iter_markers=lambda _: [SimpleNamespace(args=needed)],
        config=SimpleNamespace(stash={MISSING: told}),
        nodeid="here",
    )
    with pytest.raises(outcome) if outcome else contextlib.nullcontext():
        pytest_runtest_setup(item)
    assert len(told) == (outcome is pytest.skip.Exception)
