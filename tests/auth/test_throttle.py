"""Waiting after wrong passwords: fair to owners, hard on guessers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.auth import throttle
from coserver.auth.throttle import Attempt, Throttle
from coserver.model.errors import Busy
from tests.clock import OwnClock


@pytest.fixture
def clock():
    return OwnClock(0.0)


@pytest.fixture
def guard(clock):
    return Throttle(clock)


def _attempt(login="alice@example.test", peer="192.0.2.1", known=False):
    return Attempt(login, peer, known)


def test_delay_when_nothing_failed_then_none_and_nothing_is_kept(guard):
    assert guard.delay(_attempt()) == 0
    assert len(guard) == 0


def test_delay_when_distinct_passwords_fail_then_doubles_up_to_fifteen(guard):
    found = []
    for number in range(7):
        found.append(guard.delay(_attempt()))
        guard.failed(_attempt(), f"wrong {number}")
    assert found == [0, 1, 2, 4, 8, 15, 15]


def test_delay_when_the_same_wrong_one_is_repeated_then_it_counts_once(guard):
    for _ in range(100):
        guard.failed(_attempt(), "the old password")
    assert guard.delay(_attempt()) == 1


def test_delay_when_the_limit_is_reached_then_busy_until_one_is_forgotten(guard, clock):
    for number in range(20):
        guard.failed(_attempt(), f"wrong {number}")
        clock.seconds += 1
    with pytest.raises(Busy, match="15 minutes") as refused:
        guard.delay(_attempt())
    assert refused.value.private["bucket"] == "address"
    clock.seconds = 900
    assert guard.delay(_attempt()) == 15
    clock.seconds = 2000
    assert guard.delay(_attempt()) == 0


def test_delay_when_many_names_are_tried_from_one_address_then_it_is_the_address_that_waits(guard):
    for number in range(20):
        guard.failed(_attempt(login=f"user{number}@example.test"), "the same for all")
    with pytest.raises(Busy):
        guard.delay(_attempt(login="another@example.test"))
    assert guard.delay(_attempt(login="another@example.test", peer="198.51.100.9")) == 0


def test_delay_when_one_account_is_tried_from_everywhere_then_strangers_wait_and_known_addresses_do_not(guard):
    for number in range(50):
        guard.failed(_attempt(peer=f"10.{number}.0.1"), f"wrong {number}")
    with pytest.raises(Busy) as refused:
        guard.delay(_attempt(peer="198.51.100.9"))
    assert refused.value.private["bucket"] == "account"
    assert guard.delay(_attempt(peer="198.51.100.9", known=True)) == 0


def test_delay_when_a_network_is_full_of_guessers_then_its_other_addresses_wait(guard):
    for number in range(200):
        guard.failed(_attempt(login=f"u{number}", peer=f"203.0.113.{number % 100}"), f"wrong {number}")
    with pytest.raises(Busy) as refused:
        guard.delay(_attempt(login="bob", peer="203.0.113.250"))
    assert refused.value.private["bucket"] == "network"
    assert guard.delay(_attempt(login="bob", peer="203.0.114.250")) == 0


def test_delay_when_the_owner_mistypes_at_home_then_waits_a_little_and_is_free_after_success(guard):
    home = _attempt(known=True)
    for number in range(3):
        guard.failed(home, f"typo {number}")
    assert guard.delay(home) == 4
    assert guard.delay(_attempt(login="bob@example.test")) == 0  # the address itself is not blamed
    guard.succeeded(home)
    assert guard.delay(home) == 0


def test_delay_when_ever_so_many_fail_at_a_known_address_then_the_owner_waits_but_is_never_refused(guard):
    home = _attempt(known=True)
    for number in range(300):
        guard.failed(home, f"typo {number}")
    assert guard.delay(home) == 15


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("127.0.0.1", "127.0.0.2", False),
        ("::1", "127.0.0.1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("2001:db8:0:1::5", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::5", "2001:db8:0:2::5", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "unix", False),
    ],
)
def test_addresses_when_compared_then_a_household_is_one_and_loopback_is_each_for_itself(guard, one, other, same):
    for number in range(20):
        guard.failed(_attempt(login=f"u{number}", peer=one), f"wrong {number}")
    assert (throttle.address_key(one) == throttle.address_key(other)) is same
    if same:
        with pytest.raises(Busy):
            guard.delay(_attempt(login="new", peer=other))
    else:
        assert guard.delay(_attempt(login="new", peer=other)) == 0


def test_failed_when_from_ever_new_addresses_then_memory_stays_bounded(clock):
    guard = Throttle(clock, most=100)
    for number in range(500):
        guard.failed(_attempt(login=f"u{number}", peer=f"peer{number}"), "x")
    assert len(guard) == 100
    assert guard.delay(_attempt(login="u499", peer="peer499")) == 1


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 400)), max_size=60))
def test_delay_when_failures_come_in_any_rhythm_then_is_one_of_the_steps_or_busy(steps):
    clock = OwnClock(0.0)
    guard = Throttle(clock)
    for number, wait in steps:
        clock.seconds += wait
        guard.failed(_attempt(), f"wrong {number}")
        assert _told(guard) in (0, 1, 2, 4, 8, 15)


def _told(guard):
    """The delay, 15 too where it is longer and the text says when to come back."""
    try:
        return guard.delay(_attempt())
    except Busy as error:
        return 15 if 0 < error.private["retry_after"] <= 900 + 60 else error.private["retry_after"]


def test_listed_when_asked_for_then_what_waits_or_is_refused_until_it_is_lifted():
    clock = OwnClock()
    throttle = Throttle(clock)
    for number in range(60):
        throttle.failed(Attempt("alice@example.test", f"192.0.2.{number % 3}", known=False), f"wrong-{number}")
    found = {(each.kind, each.key): each for each in throttle.listed(most=10)}
    account = found["account", "alice@example.test"]
    assert (account.failures, account.refused, account.seconds) == (50, True, 900)
    assert found["address", "192.0.2.1"].refused
    assert ("network", "192.0.2.0/24") in found
    assert [each.kind for each in throttle.listed(most=1)] == ["network"]
    assert throttle.lift("account", "alice@example.test")
    assert not throttle.lift("account", "alice@example.test")
    assert ("account", "alice@example.test") not in {(each.kind, each.key) for each in throttle.listed(most=10)}
    clock.seconds += 901
    assert throttle.listed(most=10) == []
