"""The operators' socket: one verb after the other, refusals by kind, and never a trace."""

import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, execute, succeed
from twisted.internet.testing import StringTransport

from coserver.model.errors import Busy, Malformed, Missing, Unusable
from coserver.net import call, control
from coserver.net.control import Control, Conversation


def operate(verb: str, args: Mapping[str, Any]) -> Any:
    if verb == "add":
        return {"sum": args["a"] + args["b"]}
    if verb == "find":
        raise Missing("There is none; make it first.")
    raise ValueError("broken")


def conversation(run: Callable[..., "Deferred[Any]"] = execute) -> tuple[Conversation, StringTransport]:
    protocol = Control(run, operate).buildProtocol(None)
    transport = StringTransport()
    protocol.makeConnection(transport)
    return protocol, transport


def answers(transport: StringTransport) -> list[Any]:
    return [json.loads(line) for line in transport.value().splitlines()]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_verbs_are_answered_in_order_however_they_are_cut(size: int) -> None:
    protocol, transport = conversation()
    lines = b"".join(
        json.dumps({"verb": verb, "args": args}).encode() + b"\n"
        for verb, args in (("add", {"a": 1, "b": 2}), ("find", {}), ("add", {"a": 3, "b": 4}))
    )
    for start in range(0, len(lines), size):
        protocol.dataReceived(lines[start : start + size])
    assert answers(transport) == [
        {"answer": {"sum": 3}},
        {"error": {"kind": "Missing", "text": "There is none; make it first."}},
        {"answer": {"sum": 7}},
    ]


def test_a_verb_waits_until_the_one_before_is_done() -> None:
    begun: list[Deferred[Any]] = []

    def run(*_: Any) -> "Deferred[Any]":
        begun.append(Deferred())
        return begun[-1]

    protocol, transport = conversation(run)
    protocol.dataReceived(b'{"verb": "a", "args": {}}\n{"verb": "b", "args": {}}\n')
    assert len(begun) == 1
    begun[0].callback("first")
    assert len(begun) == 2
    begun[1].callback("second")
    assert answers(transport) == [{"answer": "first"}, {"answer": "second"}]


def test_a_fault_of_ours_is_told_by_its_id_alone(caplog: Any) -> None:
    protocol, transport = conversation()
    protocol.dataReceived(b'{"verb": "break", "args": {}}\n')
    (answer,) = answers(transport)
    assert answer["error"]["kind"] == "Fault"
    assert "ValueError" not in transport.value().decode()
    assert caplog.records[-1].fields["fault"] in answer["error"]["text"]


@pytest.mark.parametrize("line", [b"", b"x", b"[]", b"{}", b'{"verb": 1, "args": {}}', b"[" * 5000, b"\xff"])
def test_a_line_that_is_no_request_is_refused(line: bytes) -> None:
    protocol, transport = conversation()
    protocol.dataReceived(line + b"\n")
    assert answers(transport)[0]["error"]["kind"] == "Malformed"


def test_a_line_without_end_closes_the_connection() -> None:
    protocol, transport = conversation(lambda *_: succeed(None))
    protocol.dataReceived(b"x" * (control.LONGEST_LINE + 100))
    assert transport.disconnecting


# ---------------------------------------------------------------- the caller's end


def serve_once(folder: Path, *lines: bytes) -> threading.Thread:
    """A server that reads a line and answers with the next of `lines`, then hangs up."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(call.reachable(folder / call.SOCKET))
    listening.listen()

    def serve() -> None:
        with listening, listening.accept()[0] as connection, connection.makefile("rb") as requests:
            for line in lines:
                requests.readline()
                connection.sendall(line)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize("deep", [False, True])
def test_a_call_gives_answers_and_raises_refusals_by_their_kind(tmp_path: Path, deep: bool) -> None:
    folder = tmp_path / ("x" * 120 if deep else "x")
    folder.mkdir()
    refusal = b'{"error": {"kind": "Missing", "text": "There is none."}}\n'
    thread = serve_once(folder, b'{"answer": [1, 2]}\n', refusal, b"")
    line = call.connect(folder)
    assert line is not None
    assert line.operate("a", {}) == [1, 2]
    with pytest.raises(Missing, match=r"There is none\."):
        line.operate("b", {})
    with pytest.raises(Busy, match="went away"):
        line.operate("c", {})
    line.close()
    thread.join()


def test_connect_when_nobody_serves_the_folder_gives_none(tmp_path: Path) -> None:
    assert call.connect(tmp_path) is None
    assert call.connect(tmp_path / "absent") is None
    (tmp_path / "file").touch()
    assert call.connect(tmp_path / "file") is None
    gone = socket.socket(socket.AF_UNIX)
    gone.bind(str(tmp_path / call.SOCKET))
    gone.close()
    assert call.connect(tmp_path) is None


@pytest.mark.parametrize("kind", ["Fault", "os", "HouseError", "NoSuchKind"])
def test_an_error_of_no_known_kind_is_still_a_refusal(tmp_path: Path, kind: str) -> None:
    told = json.dumps({"error": {"kind": kind, "text": "no"}}).encode() + b"\n"
    thread = serve_once(tmp_path, told)
    line = call.connect(tmp_path)
    assert line is not None
    with pytest.raises(call.HouseError, match="no"):
        line.operate("a", {})
    line.close()
    thread.join()


def test_malformed_keeps_its_kind_over_the_socket() -> None:
    assert call._kind("Malformed") is Malformed
    assert call._kind("Unusable") is Unusable


def test_listen_opens_a_socket_for_its_owner_alone_in_place_of_a_stale_one(tmp_path: Path) -> None:
    class Listening:
        def listenUNIX(self, address: str, factory: Any, *, mode: int, wantPID: bool) -> str:  # noqa: N802, N803
            bound = socket.socket(socket.AF_UNIX)
            bound.bind(address)
            os.chmod(address, mode)
            bound.close()
            assert not wantPID
            return address

    (tmp_path / call.SOCKET).write_text("stale")
    control.listen(Listening(), tmp_path, Control(execute, operate))  # type: ignore[arg-type]
    assert stat.S_IMODE((tmp_path / call.SOCKET).stat().st_mode) == 0o600
