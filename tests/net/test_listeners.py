"""Ports: opened for one family alone, and refused with what to do."""

import errno
import socket
from pathlib import Path

import pytest

from coserver.model.errors import Unusable
from coserver.net import listeners


def test_bind_of_a_port_in_use_names_it_and_says_what_to_do() -> None:
    with listeners.bind("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(Unusable, match=rf"Port {port} on 127\.0\.0\.1 is in use\. Stop"):
            listeners.bind("127.0.0.1", port)


def test_bind_of_a_strangers_address_says_so() -> None:
    with pytest.raises(Unusable, match=r"This machine has no address 192\.0\.2\.1"):
        listeners.bind("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "needs a privilege"), (errno.ENOBUFS, "cannot be opened: No buffer")]
)
def test_explained_says_what_to_do(number: int, words: str) -> None:
    told = listeners.explained(OSError(number, "No buffer space available"), "127.0.0.1", 25)
    assert words in told.text
    assert "25" in told.text


def test_has_ipv6_when_the_kernel_lists_its_addresses_then_says_what_it_says() -> None:
    listed = Path("/proc/net/if_inet6")
    loopback = "1".zfill(32)
    assert listeners.has_ipv6() == (listed.exists() and loopback in listed.read_text())


@pytest.mark.skipif(not listeners.has_ipv6(), reason="this machine has no IPv6")
def test_bind_of_both_families_side_by_side() -> None:
    four = listeners.bind("0.0.0.0", 0)  # noqa: S104
    with four, listeners.bind("::", four.getsockname()[1]) as six:
        assert six.family == socket.AF_INET6


def test_loopback_takes_what_only_this_machine_reaches() -> None:
    assert listeners.loopback(["192.0.2.1", "127.0.0.2", "::1"]) == ["127.0.0.2", "::1"]
    assert listeners.loopback(["0.0.0.0", "::"]) == ["127.0.0.1"]  # noqa: S104


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["127.0.0.1", "192.0.2.1"], ["127.0.0.1", "192.0.2.1"]),
        (["127.0.0.1", "0.0.0.0", "::1"], ["0.0.0.0", "::1"]),  # noqa: S104
        (["0.0.0.0", "::", "::1"], ["0.0.0.0", "::"]),  # noqa: S104
        (["127.0.0.1", "127.0.0.1"], ["127.0.0.1"]),
    ],
)
def test_distinct_leaves_out_what_is_covered(given: list[str], wanted: list[str]) -> None:
    assert listeners.distinct(given) == wanted
