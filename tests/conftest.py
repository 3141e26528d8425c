"""What all tests may lean on: outside programs named by `needs`, and the real process.

A missing program skips the test that needs it and is told at the end of the run; where CI=true it
fails it. What the machine itself withholds, a device or the rights of root, skips it there too. The
process is the one that users start, `coserver demo`, on ports that were free.
"""

import contextlib
import importlib.util
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine

from coserver.mail import domains, signing
from coserver.quota import plans
from coserver.store import migrate
from coserver.store.engine import DATABASE, Store
from tests import packages
from tests.clock import OwnClock
from tests.estates import Estate, Stages

PORTS = (24, 25, 80, 90, 143, 443, 465, 587, 993)  # added to the base: the contract of `coserver demo`
START_SECONDS = 60
STOP_SECONDS = 5
KEYS = 4  # for signatures, of one run
MISSING = pytest.StashKey[list[str]]()


# ---------------------------------------------------------------- outside programs


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MISSING] = []
    # A slow machine is no fault; CI runs the same examples each time, and `--hypothesis-profile=long` many more.
    hypothesis.settings.register_profile("house", deadline=None, derandomize=os.environ.get("CI") == "true")
    hypothesis.settings.register_profile("long", deadline=None, max_examples=20_000)
    if not config.getoption("--hypothesis-profile"):
        hypothesis.settings.load_profile("house")


def pytest_runtest_setup(item: pytest.Item) -> None:
    wanted = [program for mark in item.iter_markers("needs") for program in mark.args]
    missing = [program for program in wanted if not _is_there(program)]
    if not missing:
        return
    withheld = [program for program in missing if _is_withheld(program)]
    reason = f"not here: {', '.join(missing)}"
    if os.environ.get("CI") == "true" and missing != withheld:
        pytest.fail(f"{reason} (tests/clients/packages.txt names the packages)", pytrace=False)
    item.config.stash[MISSING].append(f"{item.nodeid}: {reason}")
    pytest.skip(reason)


def _is_there(program: str) -> bool:
    return os.geteuid() == 0 if program == "root" else packages.found(program) is not None


def _is_withheld(program: str) -> bool:
    return program == "root" or (program in packages.DEVICES and packages.is_refused(program))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    missing = config.stash[MISSING]
    if missing:
        terminalreporter.section("client tests that did not run")
        for line in missing:
            terminalreporter.line(line)


# ---------------------------------------------------------------- the real process


@dataclass
class Demo:
    """A running `coserver demo`: where it listens and who may log in.

    `ports` and `urls` are those of the ready file; `passwords` goes by full address; `output` is what
    the process has written so far, `claim` what keeps other runs off its ports.
    """

    process: subprocess.Popen[bytes]
    data: Path
    output: Path
    ports: dict[str, int] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    certificate: Path = Path()
    passwords: dict[str, str] = field(default_factory=dict)
    claim: socket.socket | None = None

    def address(self, name: str) -> str:
        """The full login of `alice` and her kind."""
        return f"{name}@example.test"

    def password(self, name: str) -> str:
        """The password of `alice` and her kind."""
        return self.passwords[self.address(name)]

    def stop(self) -> int:
        """End it as an operator would; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"coserver did not stop within {STOP_SECONDS} seconds:\n{self.last_words()}")
        self._let_go()
        return status

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self.claim is not None:
            self.claim.close()

    def last_words(self) -> str:
        """The end of what the process wrote."""
        return self.output.read_text(errors="replace")[-4000:]


def _all_free(base: int) -> bool:
    with contextlib.ExitStack() as stack:
        for port in PORTS:
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", base + port))
            except OSError:
                return False
    return True


def _claimed(base: int) -> socket.socket | None:
    """A claim on a base that other runs on this machine respect: between looking and listening lies time."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0coserver-demo-{base}")
    except OSError:
        claim.close()
        return None
    if _all_free(base):
        return claim
    claim.close()
    return None


def _free_base() -> tuple[int, socket.socket]:
    """A base below the ports that the system gives to clients, claimed; runs side by side begin apart."""
    first = os.getpid() % 11
    for base in (21_000 + 1000 * ((first + step) % 11) for step in range(11)):
        if (claim := _claimed(base)) is not None:
            return base, claim
    pytest.fail("no base from 21000 to 31000 has all its ports free")


def _wait_until_ready(demo: Demo, ready: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if demo.process.poll() is not None:
            demo.stop()
            pytest.fail(f"coserver demo ended with status {demo.process.returncode}:\n{demo.last_words()}")
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            told = json.loads(ready.read_bytes())
            demo.ports, demo.urls = told["ports"], told["urls"]
            demo.certificate = Path(told["certificate"])
            demo.passwords = {account["login"]: account["password"] for account in told["accounts"]}
            return
        time.sleep(0.05)
    demo.kill()
    pytest.fail(f"coserver demo was not ready within {START_SECONDS} seconds:\n{demo.last_words()}")


def start_demo(data: Path, *options: str, base: int | None = None) -> Demo:
    """Start the real process on a data folder and wait until every listener answers."""
    data.mkdir(parents=True, exist_ok=True)
    ready, output = data.with_suffix(".ready"), data.with_suffix(".log")
    ready.unlink(missing_ok=True)
    claim = None
    if base is None:
        base, claim = _free_base()
    program = Path(sys.executable).with_name("coserver")
    command = [str(program), "demo", "--data", str(data), "--port-base", str(base)]
    with output.open("ab") as log:
        process = subprocess.Popen(
            [*command, "--ready-file", str(ready), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    demo = Demo(process, data, output, claim=claim)
    _wait_until_ready(demo, ready)
    return demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One process for all tests that do not harm it."""
    running = start_demo(tmp_path_factory.mktemp("demo") / "data")
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One process for all tests of a module that leave things behind."""
    running = start_demo(tmp_path_factory.mktemp("own") / "data")
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def demos(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Processes of the test's own, to be stopped, killed and started again on the same data.

    `demos()` starts one on a fresh folder, `demos(data=folder)` on one that was used before; further
    arguments are options of the command.
    """
    started: list[Demo] = []
    names = (f"data{number}" for number in itertools.count())

    def start(*options: str, data: Path | None = None, base: int | None = None) -> Demo:
        running = start_demo(data or tmp_path / next(names), *options, base=base)
        started.append(running)
        return running

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()


def _beside(name: str) -> ModuleType:
    """A module of this folder that is no test."""
    spec = importlib.util.spec_from_file_location(f"tests_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def dkim() -> ModuleType:
    """tests/dkim.py, which verifies signatures."""
    return _beside("dkim")


@pytest.fixture
def name_server() -> Iterator[Any]:
    """A name server to fill and to point settings at: see tests/name_server.py."""
    made = _beside("name_server").NameServer()
    yield made
    made.close()


# ---------------------------------------------------------------- a store of one's own


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Statements are compiled once for all stores of a run: each test has its own, and compiling takes longer."""
    made: list[Engine] = []

    def create(*words: Any, **options: Any) -> Engine:
        engine = create_engine(*words, **options)
        if made:
            engine.dialect = made[0].dialect
            engine._compiled_cache = made[0]._compiled_cache
        made[:] = made[:1] or [engine]
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coserver.store.engine.create_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new database goes through all migrations once; those that follow begin as copies of it."""
    first, upgrade = tmp_path_factory.mktemp("empty") / DATABASE, migrate.upgrade

    def again(engine: Engine, database: Path) -> None:
        if not database.exists():
            if not first.exists():
                made = create_engine(f"sqlite+pysqlite:///{first}")
                upgrade(made, first)
                made.dispose()
            shutil.copyfile(first, database)
        upgrade(engine, database)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", again)
        yield


@pytest.fixture(scope="session", autouse=True)
def few_keys() -> Iterator[None]:
    """Keys for signatures are real, but take turns: making one takes longer than most tests."""
    made: list[str] = []
    turn, secret = itertools.count(), signing.secret

    def again() -> str:
        if len(made) < KEYS:
            made.append(secret())
        return made[next(turn) % KEYS]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "secret", again)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "data"
    store = Store.open(folder, clock=OwnClock())
    offered = plans.parse(plans.bundled() + plans.bundled("plans-demo"))
    store.write(lambda tx: plans.publish(tx, offered))
    store.write(lambda tx: domains.add(tx, "example.test"))
    store.close()
    return folder


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return Stages(tmp_path_factory.mktemp("stages"))


@pytest.fixture
def estate(template: Path, stages: Stages, tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path / "data", template, stages)
    yield made
    made.close()
