"""Names asked of a real name server on loopback."""

import asyncio
from typing import Any

import pytest

from coserver.config import Dns
from coserver.model.errors import Busy, Missing
from coserver.net.names import Resolver


@pytest.fixture
def resolver(name_server: Any) -> Resolver:
    name_server.zone = {
        ("a.test", "TXT"): ['"v=spf1 mx -all"', '"one " "two" "\\195\\188"'],
        ("_imaps._tcp.a.test", "SRV"): ["0 1 993 Mail.A.test."],
        ("odd.test", "TXT"): ['"a\\027[2Jb\\000\\010" "\\226\\128\\174c"'],
        ("long.test", "TXT"): [" ".join(f'"{"x" * 250}"' for _ in range(12))],
        ("many.test", "A"): [f"192.0.2.{at}" for at in range(150)],
    }
    name_server.broken, name_server.silent = {"broken.test"}, {"silent.test"}
    return Resolver(Dns(servers=(name_server.place,), seconds=1))


def test_ask_when_there_are_records_then_gives_their_texts(resolver: Resolver) -> None:
    assert sorted(resolver.ask("A.test", "TXT")) == ["one twoü", "v=spf1 mx -all"]
    assert resolver.ask("_imaps._tcp.a.test", "SRV") == ("0 1 993 mail.a.test",)
    assert resolver.ask("long.test", "TXT") == ("x" * 3000,)
    assert len(resolver.ask("many.test", "A")) == 100


def test_ask_when_a_text_holds_what_a_terminal_would_obey_then_it_is_not_there(resolver: Resolver) -> None:
    """Who runs a domain wrote to the terminal of who asked whether its records are right."""
    assert resolver.ask("odd.test", "TXT") == ("a?[2Jb???c",)


@pytest.mark.parametrize(
    "name", ["none.test", "a.test.", "_tcp.a.test", "x" * 64 + ".test", "a..test", "\udcff.test", "a\\"]
)
def test_ask_when_there_is_nothing_or_no_such_name_then_gives_nothing(resolver: Resolver, name: str) -> None:
    assert resolver.ask(name, "MX") == ()


@pytest.mark.parametrize("name", ["broken.test", "silent.test"])
def test_ask_when_nobody_answers_then_busy_in_time(resolver: Resolver, name: str) -> None:
    with pytest.raises(Busy):
        resolver.ask(name, "TXT")


def test_look_up_when_there_is_no_such_name_then_missing(resolver: Resolver) -> None:
    assert asyncio.run(resolver.look_up("a.test", "MX")) == ()
    with pytest.raises(Missing):
        asyncio.run(resolver.look_up("none.test", "MX"))
    with pytest.raises(Busy):
        asyncio.run(resolver.look_up("broken.test", "MX"))


def test_ask_when_a_name_is_international_then_asks_for_it_and_for_no_other(
    name_server: Any, resolver: Resolver
) -> None:
    """Mail for straße.test was sent to the servers of strasse.test."""
    assert resolver.ask("Straße.test", "A") == ()
    with pytest.raises(Missing):
        asyncio.run(resolver.look_up("bücher.test", "A"))
    assert {name for name, _ in name_server.asked} == {"xn--strae-oqa.test", "xn--bcher-kva.test"}


def test_ask_when_a_name_is_short_then_no_local_ending_is_tried(name_server: Any, resolver: Resolver) -> None:
    assert resolver.ask("mail", "A") == ()
    assert {name for name, _ in name_server.asked} == {"mail"}
