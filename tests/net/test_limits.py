"""Connections an address may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.config import Limits as Settings
from coserver.model.errors import Busy
from coserver.net.limits import Limits, Pace, bucket, is_loopback
from coserver.net.metrics import Metrics


def limits(each: int = 2, everybody: int = 100) -> Limits:
    return Limits(Settings(connections_per_address=each, connections=everybody), Metrics())


def test_enter_when_an_address_holds_as_many_as_it_may_then_it_is_busy_until_it_leaves() -> None:
    house = limits()
    leave = house.enter("imap", "192.0.2.1")
    house.enter("smtp", "192.0.2.1")
    with pytest.raises(Busy, match="Too many connections from your address"):
        house.enter("dav", "192.0.2.1")
    house.enter("dav", "192.0.2.2")
    leave()
    leave()
    house.enter("imap", "192.0.2.1")
    with pytest.raises(Busy):
        house.enter("imap", "192.0.2.1")


def test_enter_when_the_server_holds_as_many_as_it_may_then_everybody_is_told() -> None:
    house = limits(each=5, everybody=3)
    for number in range(3):
        house.enter("imap", f"192.0.2.{number}")
    with pytest.raises(Busy, match="server has too many"):
        house.enter("imap", "192.0.2.9")


def test_leaving_leaves_nothing_behind() -> None:
    house = limits()
    for leave in [house.enter("imap", f"2001:db8::{number}") for number in range(2)]:
        leave()
    assert house._open == {}


def test_what_is_open_and_refused_is_counted() -> None:
    metrics = Metrics()
    house = Limits(Settings(connections_per_address=1), metrics)
    house.enter("imap", "192.0.2.1")
    with pytest.raises(Busy):
        house.enter("imap", "192.0.2.1")
    page = metrics.page().decode()
    assert 'coserver_connections{edge="imap"} 1.0' in page
    assert 'coserver_connections_refused_total{edge="imap"} 1.0' in page


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("127.0.0.1", "127.0.0.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8:0:0:ffff::1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "", True),
    ],
)
def test_bucket_tells_who_counts_as_one(one: str, other: str, same: bool) -> None:
    assert (bucket(one) == bucket(other)) is same


@given(st.text())
def test_bucket_and_is_loopback_take_any_text(text: str) -> None:
    assert isinstance(bucket(text), str)
    assert isinstance(is_loopback(text), bool)


@pytest.mark.parametrize(
    ("peer", "wanted"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),
        ("192.0.2.1", False),
        ("::ffff:192.0.2.1", False),
        ("localhost", False),
    ],
)
def test_is_loopback(peer: str, wanted: bool) -> None:
    assert is_loopback(peer) is wanted


def test_pace_when_one_address_asks_too_often_then_waits_and_others_do_not() -> None:
    now = [0.0]
    pace = Pace(2, 60, now=lambda: now[0])
    assert [pace.step("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert pace.step("192.0.2.2")
    assert [pace.step(f"2001:db8::{number}") for number in range(3)] == [True, True, False]  # one /64
    now[0] = 60.0
    assert pace.step("192.0.2.1")


def test_pace_when_very_many_addresses_ask_then_memory_stays_bounded() -> None:
    pace = Pace(2, 60, now=lambda: 0.0)
    for number in range(20_000):
        pace.step(f"10.0.{number >> 8}.{number & 255}")
    assert len(pace._counts) <= Pace._ADDRESSES
