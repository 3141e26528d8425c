"""The cache of verified credentials."""

import pytest

from coserver.auth.verified import Verified
from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature

ALICE = PrincipalId(1)


@pytest.fixture
def cache(estate):
    return Verified(estate.clock, most=3)


def _key(cache, password="p", epoch=1, service=Feature.IMAP, account=ALICE):
    return cache.key(account, epoch, password, service)


def test_has_when_anything_differs_then_not_verified(cache):
    cache.add(_key(cache))
    assert cache.has(_key(cache))
    for other in ({"password": "q"}, {"epoch": 2}, {"service": Feature.SMTP}, {"account": PrincipalId(2)}):
        assert not cache.has(_key(cache, **other))


def test_key_when_of_another_process_then_differs(cache, estate):
    assert _key(cache) != _key(Verified(estate.clock))
    assert b"p" not in {_key(cache)}


def test_has_when_unused_for_ten_minutes_then_forgotten(cache, estate):
    cache.add(_key(cache))
    estate.clock.seconds += 599
    assert cache.has(_key(cache))
    estate.clock.seconds += 599
    assert cache.has(_key(cache))
    estate.clock.seconds += 600
    assert not cache.has(_key(cache))
    assert len(cache) == 0


def test_has_when_used_all_the_time_then_forgotten_after_an_hour(cache, estate):
    cache.add(_key(cache))
    for _ in range(11):
        estate.clock.seconds += 300
        assert cache.has(_key(cache))
    estate.clock.seconds += 300
    assert not cache.has(_key(cache))


def test_add_when_full_then_the_least_lately_used_goes(cache):
    for password in ("a", "b", "c"):
        cache.add(_key(cache, password))
    assert cache.has(_key(cache, "a"))
    cache.add(_key(cache, "d"))
    assert [cache.has(_key(cache, each)) for each in "abcd"] == [True, False, True, True]
