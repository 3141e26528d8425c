"""A reactor that tests turn by hand, and a store in a folder of its own."""

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock as Timers

from coserver.clock import SystemClock
from coserver.store.engine import Store


class Loop(Timers):
    """Timers that stand still, and calls from other threads that run when they are turned to."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def callFromThread(self, deed: Callable[..., object], *args: Any, **kw: Any) -> None:  # noqa: N802
        self._calls.put(lambda: deed(*args, **kw))

    def turn_until(self, done: Callable[[], bool], seconds: float = 10) -> None:
        """Run calls of other threads as they come until `done`."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "nothing happened"
            try:
                self._calls.get(timeout=0.05)()
            except queue.Empty:
                continue

    def turn(self) -> int:
        """Run the calls that are waiting; how many there were."""
        done = 0
        while not self._calls.empty():
            self._calls.get()()
            done += 1
        return done


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "data", clock=SystemClock())
    yield store
    store.close()
