"""Digests under a key of the store's own."""

import threading

import pytest

from coserver.clock import SystemClock
from coserver.model.errors import Unusable
from coserver.store import keyed
from coserver.store.engine import Store


def _digest(store, text="robert@example.test"):
    with store.read() as tx:
        return keyed.digest(tx, text)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "data", clock=SystemClock())
    yield opened
    opened.close()


def test_digest_when_the_store_is_opened_again_then_the_same(tmp_path):
    digests = []
    for text in ("robert@example.test", "robert@example.test", "bob@example.test"):
        store = Store.open(tmp_path / "data", clock=SystemClock())
        digests.append(_digest(store, text))
        store.close()
    assert len(digests[0]) == 32
    assert digests[0] == digests[1] != digests[2]


def test_digest_when_it_is_another_store_then_another(store, tmp_path):
    other = Store.open(tmp_path / "other", clock=SystemClock())
    assert _digest(other) != _digest(store)
    other.close()


def test_digest_when_the_key_is_made_then_for_its_owner_alone(store, tmp_path):
    path = tmp_path / "data" / "blobs" / keyed.KEY
    assert not path.exists()
    _digest(store)
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, 32)


def test_digest_when_two_want_the_first_key_at_a_time_then_they_have_the_same(store):
    barrier, found = threading.Barrier(8), []

    def run():
        barrier.wait()
        found.append(_digest(store))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8


def test_digest_when_the_key_is_damaged_then_unusable(store, tmp_path):
    _digest(store)
    (tmp_path / "data" / "blobs" / keyed.KEY).write_bytes(b"short")
    with pytest.raises(Unusable, match="backup"):
        _digest(store)
