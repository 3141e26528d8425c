"""Calls on threads: the context goes along, results come back, a full queue says so."""

import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from coserver.clock import SystemClock
from coserver.model.errors import Busy, Missing
from coserver.net.pool import Pool
from coserver.store.engine import Store
from coserver.store.tx import Tx

color: ContextVar[str] = ContextVar("color", default="none")


@pytest.fixture
def pool(loop: Any) -> Iterator[Pool]:
    pool = Pool(loop, 2, queue=1)
    pool.start()
    yield pool
    pool.stop()


def settled(loop: Any, deferred: "Deferred[Any]") -> Any:
    found: list[Any] = []
    deferred.addBoth(found.append)
    loop.turn_until(lambda: bool(found))
    return found[0]


def test_run_gives_the_result_on_the_reactors_thread(loop: Any, pool: Pool) -> None:
    assert settled(loop, pool.run(lambda a, *, b: (threading.current_thread().name, a + b), 1, b=2))[1] == 3
    assert pool.taken == 0


def test_run_keeps_the_callers_context(loop: Any, pool: Pool) -> None:
    color.set("blue")
    assert settled(loop, pool.run(color.get)) == "blue"


def test_run_passes_an_error_on(loop: Any, pool: Pool) -> None:
    def fail() -> None:
        raise Missing("There is none.")

    assert settled(loop, pool.run(fail)).check(Missing)


def test_run_when_the_queue_is_full_fails_at_once_with_busy(loop: Any, pool: Pool) -> None:
    gate = threading.Event()
    waiting = [pool.run(gate.wait, 10) for _ in range(3)]
    assert pool.taken == 3
    refused: list[Any] = []
    pool.run(gate.wait, 10).addErrback(refused.append)
    assert refused[0].check(Busy)
    gate.set()
    assert [settled(loop, one) for one in waiting] == [True] * 3
    assert settled(loop, pool.run(lambda: "room again")) == "room again"


def test_write_fires_when_it_is_durable_under_the_callers_context(loop: Any, pool: Pool, store: Any) -> None:
    color.set("green")

    def job(tx: Tx) -> tuple[str, bool]:
        return color.get(), tx.writable

    assert settled(loop, pool.write(store, job)) == ("green", True)
    assert pool.taken == 0


def test_write_that_raises_fails_with_that_error(loop: Any, pool: Pool, store: Any) -> None:
    def job(_: Tx) -> None:
        raise Missing("There is none.")

    assert settled(loop, pool.write(store, job)).check(Missing)


def test_write_when_the_store_is_closed_fails_with_busy(loop: Any, pool: Pool, tmp_path: Any) -> None:
    closed = Store.open(tmp_path / "other", clock=SystemClock())
    closed.close()
    assert settled(loop, pool.write(closed, lambda tx: tx.now)).check(Busy)
