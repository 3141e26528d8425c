"""Where mail for a domain goes next."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from coserver import config
from coserver.config import Smtp
from coserver.model.errors import Busy
from coserver.net.names import Resolver
from coserver.smtp.routes import Dns, Hop, Unroutable, hops, ordered, smarthost


@dataclass
class Zone:
    """Names that a test made up."""

    servers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)

    async def mail_servers(self, domain: str) -> list[tuple[int, str]]:
        if domain == "slow.test":
            raise Busy("no answer")
        return self.servers.get(domain, [])

    async def has_address(self, domain: str) -> bool:
        return domain in self.addresses


def found(zone: Zone, domain: str, settings: Smtp | None = None) -> list[str]:
    return [hop.host for hop in asyncio.run(hops(zone, domain, settings or Smtp(), {"mail.example.test"}))]


def test_hops_when_there_are_mx_records_then_the_preferred_come_first() -> None:
    zone = Zone({"a.test": [(20, "c"), (10, "b"), (30, "d")]})
    assert found(zone, "a.test") == ["b", "c", "d"]


def test_hops_when_there_is_no_mx_then_the_domain_itself_is_tried() -> None:
    assert found(Zone(addresses={"a.test"}), "a.test") == ["a.test"]


def test_hops_when_the_domain_has_nothing_then_there_is_no_route() -> None:
    with pytest.raises(Unroutable) as caught:
        found(Zone(), "a.test")
    assert caught.value.status == "5.1.2"


def test_hops_when_the_mx_is_null_then_there_is_no_route() -> None:
    with pytest.raises(Unroutable) as caught:
        found(Zone({"a.test": [(0, "")]}), "a.test")
    assert caught.value.status == "5.1.10"


def test_hops_when_the_first_mx_is_ourselves_then_it_is_a_loop() -> None:
    with pytest.raises(Unroutable) as caught:
        found(Zone({"a.test": [(10, "mail.example.test"), (20, "b")]}), "a.test")
    assert caught.value.status == "5.4.6"


def test_hops_when_we_are_a_backup_then_only_better_ones_are_tried() -> None:
    zone = Zone({"a.test": [(10, "b"), (20, "mail.example.test"), (30, "c")]})
    assert found(zone, "a.test") == ["b"]


def test_hops_when_the_names_do_not_answer_then_it_is_not_final() -> None:
    with pytest.raises(Busy):
        found(Zone(), "slow.test")


def test_hops_when_the_domain_is_a_literal_then_no_name_is_asked() -> None:
    assert found(Zone(), "[127.0.0.1]") == ["127.0.0.1"]
    assert found(Zone(), "[ipv6:::1]") == ["::1"]


def test_hops_when_there_is_a_smarthost_then_it_takes_everything() -> None:
    assert found(Zone(), "slow.test", Smtp(smarthost="relay.test")) == ["relay.test"]


@pytest.mark.parametrize(
    ("settings", "hop"),
    [
        (Smtp(smarthost="relay.test"), Hop("relay.test", 25)),
        (Smtp(smarthost="relay.test:2525"), Hop("relay.test", 2525)),
        (Smtp(smarthost="[::1]:2525"), Hop("::1", 2525)),
        (
            Smtp(smarthost="relay.test", smarthost_login="u", smarthost_password="p"),
            Hop("relay.test", 587, "u", "p", trusted_only=True),
        ),
    ],
)
def test_smarthost_when_configured_then_is_the_hop(settings: Smtp, hop: Hop) -> None:
    assert smarthost(settings) == hop


def test_ordered_when_preferences_are_equal_then_the_order_varies() -> None:
    servers = [(10, "a"), (10, "b")]
    assert {tuple(ordered(servers, "x", ())) for _ in range(64)} == {("a", "b"), ("b", "a")}


@pytest.fixture
def names(name_server: Any) -> Dns:
    return Dns(Resolver(config.Dns(servers=(name_server.place,), seconds=1)))


def test_dns_when_it_answers_then_gives_hosts_and_addresses(name_server: Any, names: Dns) -> None:
    name_server.zone = {
        ("a.test", "MX"): ["10 MX1.a.test.", "20 mx2.b.test."], ("b.test", "AAAA"): ["::1"], ("c.test", "MX"): ["0 ."],
    }  # fmt: skip
    assert sorted(asyncio.run(names.mail_servers("A.test"))) == [(10, "mx1.a.test"), (20, "mx2.b.test")]
    assert asyncio.run(names.mail_servers("b.test")) == []
    assert asyncio.run(names.has_address("b.test"))
    assert not asyncio.run(names.has_address("c.test"))
    with pytest.raises(Unroutable) as caught:
        asyncio.run(hops(names, "c.test", Smtp(), ()))
    assert caught.value.status == "5.1.10"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("none.test", Unroutable), ("broken.test", Busy), ("silent.test", Busy), ("x" * 64 + ".test", Unroutable),
        ("a..test", Unroutable), ("\udcff.test", Unroutable),
    ],
)  # fmt: skip
def test_dns_when_it_fails_then_says_whether_for_good(name_server: Any, names: Dns, domain, expected) -> None:
    name_server.broken, name_server.silent = {"broken.test"}, {"silent.test"}
    with pytest.raises(expected):
        asyncio.run(names.mail_servers(domain))
