"""Conversations with the drive kept as text, played in memory and over TCP with the real process.

`C:` begins with who asks, the verb and the path; its further lines are headers and, after an empty one,
the body. `S:` is the status that is expected, then headers; `B:` is a line that the body must hold, `N:`
one that it must not. `%{...}%` is a regular expression; what a named one finds stands for `{name}` in
later lines. `O:` is a verb of the operator with its arguments, `W:` lets so many seconds
pass. Everybody keeps one connection. The head may name `memory = only`. Over TCP every script has
accounts of its own.
"""

import http.client
import re
import shlex
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from coserver.accounts.house import House
from coserver.auth.passwords import Hasher
from coserver.cli.options import once
from coserver.operator.desk import operate

FOLDER = Path(__file__).parents[1] / "transcripts" / "dav"
SCRIPTS = sorted(FOLDER.glob("*.txt"))
_TURN = re.compile(r"([CSBNOW]):(?: (.*))?")
_HOLE = re.compile(r"%\{(.*?)\}%")
_NAMES = re.compile(r"\b(alice|bob|carol|dave|team)\b")
_MEMBERS = ("alice", "bob", "carol")


@dataclass
class Step:
    """A request with what is expected of its answer, or what the operator or the clock does."""

    kind: str
    first: str
    lines: dict[str, list[str]] = field(default_factory=lambda: {"C": [], "S": [], "B": [], "N": []})


@dataclass
class Said:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: str


class World(Protocol):
    """Where a script is played."""

    def ask(self, who: str, verb: str, path: str, headers: dict[str, str], body: bytes) -> Said:
        """One request."""

    def operate(self, verb: str, args: dict[str, Any]) -> None:
        """One verb of the operator."""

    def wait(self, seconds: int) -> None:
        """Let time pass."""


def parsed(text: str) -> tuple[dict[str, str], list[Step]]:
    """The settings and the steps."""
    settings: dict[str, str] = {}
    steps: list[Step] = []
    before = ""
    for line in text.splitlines():
        found = _TURN.fullmatch(line)
        if found is None:
            if line and not line.startswith("#"):
                name, _, value = line.partition("=")
                settings[name.strip()] = value.strip()
            continue
        kind, rest = found[1], found[2] or ""
        if kind in "OW" or (kind == "C" and before != "C"):
            steps.append(Step(kind, rest))
        else:
            steps[-1].lines[kind].append(rest)
        before = kind
    return settings, steps


def pattern(line: str) -> "re.Pattern[str]":
    parts = _HOLE.split(line)
    return re.compile("".join(f"(?:{part})" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


def play(steps: list[Step], world: World) -> None:
    """Say the client's lines and hold the server to its own."""
    known: dict[str, str] = {}
    for step in steps:
        if step.kind == "O":
            words = shlex.split(step.first)
            verb = [word for word in words if "=" not in word]
            world.operate(" ".join(verb), dict(word.split("=", 1) for word in words if "=" in word))
        elif step.kind == "W":
            world.wait(int(step.first))
        else:
            _request(step, world, known)


def _request(step: Step, world: World, known: dict[str, str]) -> None:
    def filled(line: str) -> str:
        for name, value in known.items():
            line = line.replace(f"{{{name}}}", value)
        return line

    who, verb, path = step.first.split(" ", 2)
    lines = [filled(line) for line in step.lines["C"]]
    end = lines.index("") if "" in lines else len(lines)
    headers = dict(line.split(": ", 1) for line in lines[:end])
    said = world.ask(who, verb, filled(path), headers, "\n".join(lines[end + 1 :]).encode())
    status, *expected = step.lines["S"]
    assert str(said.status) == status, f"{step.first!r}: expected {status}, got {said.status}: {said.body}"
    for line in expected:
        name, _, value = line.partition(": ")
        found = pattern(filled(value)).fullmatch(said.headers.get(name.lower(), ""))
        assert found, f"{step.first!r}: expected {line!r}, got {dict(said.headers)}"
        known.update(found.groupdict())
    for line in step.lines["B"]:
        found = pattern(filled(line)).search(said.body)
        assert found, f"{step.first!r}: no {line!r} in {said.body}"
        known.update(found.groupdict())
    for line in step.lines["N"]:
        assert not pattern(line).search(said.body), f"{step.first!r}: {line!r} in {said.body}"


class InMemory:
    """A front on a store of its own."""

    def __init__(self, front: Any) -> None:
        self._front = front
        self._lines: dict[str, Any] = {}

    def ask(self, who: str, verb: str, path: str, headers: dict[str, str], body: bytes) -> Said:
        if who not in self._lines:
            self._lines[who] = self._front.connect()
        answer = self._lines[who].request(verb, path, headers, body, who=who)
        return Said(answer.status, answer.headers, answer.text)

    def operate(self, verb: str, args: dict[str, Any]) -> None:
        operate(House(self._front.store, Hasher(1)), verb, args)

    def wait(self, seconds: int) -> None:
        self._front.clock.seconds += seconds


class OverTcp:
    """A running process, whose people have a number in their names."""

    def __init__(self, demo: Any, number: int) -> None:
        self._demo = demo
        self._number = number
        self._lines: dict[str, http.client.HTTPConnection] = {}

    def ask(self, who: str, verb: str, path: str, headers: dict[str, str], body: bytes) -> Said:
        if who not in self._lines:
            self._lines[who] = http.client.HTTPConnection("127.0.0.1", self._demo.ports["http"], timeout=20)
        line = self._lines[who]
        login = b64encode(f"{who}{self._number}:demo-{who}{self._number}-pass".encode()).decode()
        told = {name: self._own(value) for name, value in headers.items()}
        line.request(
            verb,
            self._own(path),
            self._own(body.decode()).encode() or None,
            {**told, "Authorization": f"Basic {login}"},
        )
        answer = line.getresponse()
        names = {name.lower(): self._general(value) for name, value in answer.getheaders()}
        return Said(answer.status, names, self._general(answer.read().decode()))

    def operate(self, verb: str, args: dict[str, Any]) -> None:
        once(self._demo.data, verb, **{name: self._own(value) for name, value in args.items()})

    def wait(self, seconds: int) -> None:
        raise AssertionError(f"nobody waits {seconds} seconds: say `memory = only`")

    def leave(self) -> None:
        for line in self._lines.values():
            line.close()

    def _own(self, text: str) -> str:
        return _NAMES.sub(rf"\g<1>{self._number}", text)

    def _general(self, text: str) -> str:
        return re.sub(rf"\b(alice|bob|carol|dave|team){self._number}\b", r"\1", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_transcript_when_played_in_memory_then_the_server_says_its_lines(
    fronts: Callable[..., Any], script: Path
) -> None:
    front = fronts()
    front.serve_calendars()
    play(parsed(script.read_text("utf-8"))[1], InMemory(front))


def _over_tcp() -> Iterator[tuple[int, Path]]:
    for number, script in enumerate(SCRIPTS):
        if parsed(script.read_text("utf-8"))[0].get("memory") != "only":
            yield number, script


def accounts_of(number: int) -> str:
    """Lines of CSV for the people of a script; dave is in no group."""
    rest = dict.fromkeys(_MEMBERS, f"demo,team{number}") | {"dave": "small"}
    return "".join(f"{name}{number},demo-{name}{number}-pass,{plan}\n" for name, plan in rest.items())


@pytest.mark.timeout(180)
def test_transcripts_when_played_over_tcp_then_the_server_says_its_lines(
    demos: Callable[..., Any], tmp_path: Path
) -> None:
    csv = tmp_path / "accounts.csv"
    csv.write_text("".join(accounts_of(number) for number, _ in _over_tcp()))
    demo = demos("--accounts", str(csv))
    played = 0
    for number, script in _over_tcp():
        world = OverTcp(demo, number)
        try:
            play(parsed(script.read_text("utf-8"))[1], world)
        except AssertionError as error:
            raise AssertionError(f"{script.stem}: {error}") from error
        finally:
            world.leave()
        played += 1
    assert played > len(SCRIPTS) // 2
