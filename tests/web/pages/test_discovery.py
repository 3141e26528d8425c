"""What programs are told before a log-in: the same for every address, in the spelling of each kind of program."""

import json
import plistlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from coserver.mail import domains
from coserver.web.setup import autodiscover
from tests.web.browser import Browser

ASK = (
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>{schema}</AcceptableResponseSchema>"
    "</Request></Autodiscover>"
)
SETTINGS = ("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml")


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def program(front: Any) -> Browser:
    return Browser(front)


def provider(program: Browser) -> str:
    found = ElementTree.fromstring(program.answer.body).find("emailProvider")
    assert found is not None
    return found.attrib["id"]


@pytest.mark.parametrize("path", SETTINGS)
def test_autoconfig_when_asked_then_the_same_for_every_address(program: Browser, path: str) -> None:
    program.ask("GET", f"{path}?emailaddress=alice@example.test")
    assert (program.status, program.answer.headers["content-type"]) == (200, "text/xml")
    told = program.answer.body
    for address in ("nobody@example.test", "ALICE@EXAMPLE.TEST", "%22%3Cx%3E@example.test"):
        program.ask("GET", f"{path}?emailaddress={address}")
        assert program.answer.body == told
    assert provider(program) == "example.test"


def test_autoconfig_when_of_another_domain_then_of_that_or_none(front: Any, program: Browser) -> None:
    front.store.write(lambda tx: domains.add(tx, "second.test"))
    program.ask("GET", f"{SETTINGS[0]}?emailaddress=x@second.test")
    assert provider(program) == "second.test"
    program.ask("GET", SETTINGS[0], b"", {"Host": "autoconfig.second.test"})
    assert provider(program) == "second.test"
    program.ask("GET", SETTINGS[0], b"", {"Host": "[::1]:443"})
    assert provider(program) == "example.test"
    for domain in ("elsewhere.test", "<script>", "%00", "a" * 300):
        program.ask("GET", f"{SETTINGS[0]}?emailaddress=x@{domain}")
        assert program.status in (400, 404)
        assert "<script>" not in program.answer.text


@pytest.mark.parametrize("word", ["autodiscover", "Autodiscover", "AutoDiscover"])
def test_autodiscover_when_posted_for_then_the_same_for_every_address(program: Browser, word: str) -> None:
    told = set()
    for name in ("alice", "nobody"):
        body = ASK.format(address=f"{name}@example.test", schema=autodiscover.SCHEMA).encode()
        program.ask("POST", f"/{word}/{word}.xml", body, {"Origin": "null"})
        assert program.status == 200
        assert "<Type>IMAP</Type>" in program.answer.text
        told.add(program.answer.text.replace(name, "NAME"))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 600),
        (b"<x>", 600),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Autodiscover>&b;</Autodiscover>', 600),
        (ASK.format(address="alice@example.test", schema="another").encode(), 601),
        (ASK.format(address="x@elsewhere.test", schema=autodiscover.SCHEMA).encode(), 601),
    ],
)
def test_autodiscover_when_asked_wrongly_then_says_so_in_its_own_words(
    program: Browser, body: bytes, code: int
) -> None:
    program.ask("POST", "/autodiscover/autodiscover.xml", body)
    assert program.status == 200
    assert f"<ErrorCode>{code}</ErrorCode>" in program.answer.text
    program.ask("GET", "/autodiscover/autodiscover.xml")
    assert "<ErrorCode>600</ErrorCode>" in program.answer.text


def test_autodiscover_when_asked_in_json_then_points_to_the_xml(program: Browser) -> None:
    for asked in (
        "/autodiscover/autodiscover.json?Email=nobody@example.test&Protocol=AutodiscoverV1",
        "/autodiscover/autodiscover.json/v1.0/alice@example.test?protocol=autodiscoverv1",
    ):
        program.ask("GET", asked)
        told = json.loads(program.answer.body)
        assert told["Protocol"] == "AutodiscoverV1"
        assert told["Url"].endswith("/autodiscover/autodiscover.xml")
    program.ask("GET", "/autodiscover/autodiscover.json?Protocol=ActiveSync")
    assert (program.status, json.loads(program.answer.body)["ErrorCode"]) == (400, "InvalidProtocol")


def test_published_when_no_service_is_on_its_port_then_missing_and_else_json(
    program: Browser, fronts: Callable[..., Any]
) -> None:
    """A draft that knows no ports: what it cannot say, it does not."""
    program.ask("GET", "/.well-known/user-agent-configuration.json")
    assert program.status == 200
    assert json.loads(program.answer.body)["protocols"]["imap"]["host"]


def test_policy_when_asked_for_at_its_name_in_a_domain_then_told_and_nowhere_else(front: Any) -> None:
    """RFC 8461 3.3."""
    there = Browser(front, Host="mta-sts.example.test")
    there.ask("GET", "/.well-known/mta-sts.txt")
    assert (there.status, there.answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert there.answer.body.startswith(b"version: STSv1\r\nmode: testing\r\nmx: example.test\r\n")
    for host in (
        "example.test",
        "mta-sts.",
        "mta-sts",
        "mta-sts.elsewhere.test",
        "mta-sts.<b>",
        "[::1]:443",
        "a" * 300,
    ):
        other = Browser(front, Host=host)
        other.ask("GET", "/.well-known/mta-sts.txt")
        assert other.status in (400, 404), host


def test_policy_when_its_domain_was_removed_then_none(front: Any) -> None:
    front.store.write(lambda tx: domains.add(tx, "gone.test"))
    there = Browser(front, Host="mta-sts.gone.test:443")
    there.ask("GET", "/.well-known/mta-sts.txt")
    assert there.status == 200
    front.store.write(lambda tx: domains.remove(tx, "gone.test"))
    there.ask("GET", "/.well-known/mta-sts.txt")
    assert there.status in (403, 404, 410)


def test_profile_when_loaded_then_is_one_for_the_person_alone(front: Any) -> None:
    alice = Browser(front).log_in("alice").open("/programs/apple")
    alice.post("/programs/apple/profile", alice.form("/programs/apple/profile").fields)
    assert alice.answer.headers["content-type"] == "application/x-apple-aspen-config"
    told = plistlib.loads(alice.answer.body)
    (mail, *_) = told["PayloadContent"]
    assert mail["IncomingMailServerUsername"] == "alice@example.test"
    password = mail["IncomingPassword"]
    assert front.ask("PROPFIND", "/dav/", {"Authorization": front.basic("alice", password)}).status == 207
    assert front.ask("GET", "/drive/", {"Authorization": front.basic("alice", password)}).status == 403
