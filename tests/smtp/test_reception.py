"""A message on its way in, put where it can be kept."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from coserver.smtp import replies
from coserver.smtp.reception import Arrived, Memory, Reception
from coserver.store.files import Incoming


@pytest.fixture
def begun(tmp_path: Path) -> Callable[..., Reception]:
    def begin(memory: Memory | None = None) -> Reception:
        return Reception(
            Incoming(tmp_path),
            trace=b"Received: us\r\n",
            complete=lambda head: b"Date: now\r\n" if b"Date" not in head else b"",
            memory=memory or Memory(),
            log_id="1",
        )

    return begin


def kept(reception: Reception) -> bytes:
    arrived = reception.finish()
    assert isinstance(arrived, Arrived)
    return arrived.finish().read()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"A: b\r\n\r\ntext\r\n", b"Received: us\r\nDate: now\r\nA: b\r\n\r\ntext\r\n"),
        (b"Date: x\r\n\r\n", b"Received: us\r\nDate: x\r\n\r\n"),
        (b"A: b\r\n", b"Received: us\r\nDate: now\r\nA: b\r\n"),
        (b"\r\ntext\r\n", b"Received: us\r\nDate: now\r\n\r\ntext\r\n"),
        (b"A: b\r\n\r\nno end", b"Received: us\r\nDate: now\r\nA: b\r\n\r\nno end\r\n"),
        (b"", b"Received: us\r\nDate: now\r\n"),
    ],
)
@pytest.mark.parametrize("step", [1, 1000])
def test_reception_when_finished_then_has_the_trace_before_the_message(
    begun: Callable[..., Reception], data: bytes, found: bytes, step: int
) -> None:
    reception = begun()
    for at in range(0, len(data), step):
        reception.write(data[at : at + step])
    assert kept(reception) == found


def test_memory_when_messages_come_and_go_then_is_counted(begun: Callable[..., Reception]) -> None:
    memory = Memory(most=200_000)
    first, second = begun(memory), begun(memory)
    first.write(b"\r\n" + b"x" * 150_000)
    second.write(b"\r\n" + b"x" * 100_000)
    assert memory.spent
    second.write(b"x" * 400_000)  # spooled from here on
    assert not memory.spent
    first.discard()
    second.discard()
    assert memory.held == 0


def test_reception_when_the_disk_is_full_then_refuses_for_now_and_leaves_nothing(
    begun: Callable[..., Reception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    reception = begun()
    monkeypatch.setattr(os, "write", full)
    reception.write(b"\r\n" + b"x" * 400_000)
    reception.write(b"more")
    refusal = reception.finish()
    assert refusal == reception.refusal
    assert (reception.refusal or replies.OK).code == 451
    assert list(tmp_path.iterdir()) == []
