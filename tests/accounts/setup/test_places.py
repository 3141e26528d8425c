"""Where services are, from the configuration of a house."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from coserver.accounts.setup.places import Places, Service
from coserver.cli.demo import demo_config
from coserver.config import Config, changed
from coserver.model.errors import Malformed, Unusable
from tests.web.here import HERE, SHUT, TEXTS

OUT = changed(Config(), "server", domain="example.test", host="Mail.Example.test.")


def test_of_when_nothing_is_set_but_the_name_then_all_ports_are_the_usual() -> None:
    assert Places.of(OUT, "Example.test.", "Example & <Sons>") == HERE


def test_of_when_a_domain_is_international_then_it_is_named_as_the_dns_does() -> None:
    assert Places.of(OUT, "bücher.example").domain == "xn--bcher-kva.example"


def test_of_when_it_is_a_demo_then_the_ports_are_the_odd_ones() -> None:
    places = Places.of(demo_config(Path("demo"), 20000), "example.test")
    assert places.imaps == Service("example.test", 20993)
    assert places.imap == Service("example.test", 20143)
    assert places.submissions == Service("example.test", 20465)
    assert places.submission == Service("example.test", 20587)
    assert places.web == "https://localhost:20443"


@pytest.mark.parametrize(
    ("ports", "web", "found"),
    [
        ({}, "", Service("mail.example.test", 443)),
        ({"https": 8443}, "", Service("mail.example.test", 8443)),
        ({"https": 8443}, "https://Web.Example.test/", Service("web.example.test", 443)),
        ({"https": 0, "http": 8080}, "https://web.example.test:444", Service("web.example.test", 444)),
        ({}, "https://[2001:DB8::1]:444", Service("2001:db8::1", 444)),
        ({"https": 0}, "", Service("mail.example.test", 0)),
        ({"https": 0, "http": 8080}, "http://web.example.test", Service("web.example.test", 0)),
    ],
)
def test_of_when_people_reach_the_web_elsewhere_then_programs_do_too(ports, web, found) -> None:
    config = changed(changed(OUT, "ports", **ports), "server", web=web)
    assert Places.of(config, "example.test").https == found


@pytest.mark.parametrize("domain", ["", "a..b", "x" * 64 + ".test", "a b.test", "a/b.test", "<a>"])
def test_of_when_a_domain_can_be_none_then_malformed(domain) -> None:
    with pytest.raises(Malformed):
        Places.of(OUT, domain)


@pytest.mark.parametrize("web", ["https://", "https://a:b", "https://a:99999", "https://[x", "https://a..b"])
def test_of_when_the_web_address_is_none_then_unusable(web) -> None:
    with pytest.raises(Unusable, match=r"server\.web"):
        Places.of(changed(OUT, "server", web=web), "example.test")


def test_of_when_the_server_has_no_possible_name_then_unusable() -> None:
    with pytest.raises(Unusable, match=r"server\.host"):
        Places.of(changed(OUT, "server", host="a..b"), "example.test")


def test_web_when_the_host_is_an_address_of_ipv6_then_it_stands_in_brackets() -> None:
    assert replace(HERE, https=Service("2001:db8::1", 444)).web == "https://[2001:db8::1]:444"


def test_incoming_when_tls_throughout_is_off_then_what_is_upgraded() -> None:
    assert (HERE.incoming.port, HERE.outgoing.port) == (993, 465)
    less = replace(HERE, imaps=SHUT.imaps, submissions=SHUT.submissions)
    assert (less.incoming.port, less.outgoing.port) == (143, 587)


@given(TEXTS)
def test_of_when_a_domain_is_any_text_then_a_name_in_ascii_or_malformed(domain) -> None:
    with contextlib.suppress(Malformed):
        assert Places.of(OUT, domain).domain.isascii()
