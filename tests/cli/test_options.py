"""What commands have in common."""

import io
import socket
import threading
from pathlib import Path
from typing import Any

import click
import pytest

from coserver.cli import offline, options
from coserver.clock import SystemClock
from coserver.model.errors import Locked
from coserver.net import call
from coserver.store.engine import Store


def test_a_folder_that_is_served_is_spoken_to_through_its_socket(run: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(call.reachable(tmp_path / "data" / call.SOCKET))
    listening.listen()
    asked: list[bytes] = []

    def serve() -> None:
        with listening, listening.accept()[0] as connection, connection.makefile("rb") as lines:
            asked.append(lines.readline())
            connection.sendall(b'{"answer": [{"name": "served.test"}]}\n')

    thread = threading.Thread(target=serve)
    thread.start()
    done = run("domain", "list")
    thread.join()
    assert (done.status, "served.test" in done.out) == (0, True)
    assert asked == [b'{"verb": "domain list", "args": {}}\n']
    assert not (tmp_path / "data" / "coserver.db").exists()


def test_a_server_that_began_to_listen_after_it_was_asked_first_is_spoken_to(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Line:
        def operate(self, verb: str, _: object) -> object:
            return [{"name": f"{verb} of the server"}]

        def close(self) -> None: ...

    lines = iter([None, Line()])
    monkeypatch.setattr(call, "connect", lambda _: next(lines))
    store = Store.open(tmp_path / "data", clock=SystemClock())
    try:
        assert "domain list of the server" in run("domain", "list").out
    finally:
        store.close()


def test_a_folder_that_another_process_has_open_and_does_not_serve_is_told_to_be_tried_again(
    run: Any, tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "data", clock=SystemClock())
    try:
        done = run("domain", "list")
    finally:
        store.close()
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "Try again in a moment" in done.err
    assert run("domain", "list").status == 0


def test_what_a_verb_refuses_as_locked_is_told_as_it_is(begun: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Locked("Somebody holds it.")

    monkeypatch.setattr(offline, "operate", refuse)
    assert begun("domain", "list").err == "coserver: Somebody holds it.\n"


@pytest.mark.parametrize(
    ("typed", "wanted"), [("a word\n", "a word"), ("a word\r\n", "a word"), (" a ", " a "), ("a\nb\n", "a\nb")]
)
def test_a_password_is_read_as_it_is_but_for_the_line_end(
    monkeypatch: pytest.MonkeyPatch, typed: str, wanted: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert options.read_password(True, who="alice") == wanted


@pytest.mark.parametrize("from_stdin", [False, True])
def test_a_password_is_asked_for_unseen_and_twice_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, from_stdin: bool
) -> None:
    asked: list[Any] = []

    class Terminal:
        def isatty(self) -> bool:
            return True

    def prompt(text: str, **how: Any) -> str:
        asked.append((text, how["hide_input"], bool(how["confirmation_prompt"])))
        return "typed"

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(click, "prompt", prompt)
    assert options.read_password(from_stdin, who="alice") == "typed"
    assert asked == [("Password for alice", True, True)]
