"""What Outlook asks, and what it is told."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.accounts.setup.places import Places, Service
from coserver.model.errors import Malformed, Missing
from coserver.web.setup.autodiscover import MOST_BYTES, SCHEMA, Asked, Refusal, asked, pointed, refused, settings
from tests.web.here import HERE, OFF, SHUT, TEXTS, valid

ROOT = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
MOBILE = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"

ENVELOPE = f"""\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
           targetNamespace="{ROOT}" xmlns:a="{ROOT}" xmlns:o="{SCHEMA}">
  <xs:import namespace="{SCHEMA}" schemaLocation="outlook.xsd"/>
  <xs:element name="Autodiscover"><xs:complexType><xs:choice>
    <xs:element ref="o:Response"/>
    <xs:element name="Response"><xs:complexType><xs:sequence>
      <xs:element name="Error"><xs:complexType><xs:sequence>
        <xs:element name="ErrorCode" type="xs:unsignedInt"/>
        <xs:element name="Message" type="xs:string"/>
        <xs:element name="DebugData" type="xs:string"/>
      </xs:sequence><xs:attribute name="Time" type="xs:time" use="required"/>
      <xs:attribute name="Id" type="xs:unsignedInt" use="required"/></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:choice></xs:complexType></xs:element>
</xs:schema>
"""

SWITCH = '<xs:restriction base="xs:string"><xs:enumeration value="on"/><xs:enumeration value="off"/></xs:restriction>'
OUTLOOK = f"""\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
           targetNamespace="{SCHEMA}" xmlns:o="{SCHEMA}">
  <xs:simpleType name="Switch">{SWITCH}</xs:simpleType>
  <xs:element name="Response"><xs:complexType><xs:sequence>
    <xs:element name="Account"><xs:complexType><xs:sequence>
      <xs:element name="AccountType" type="xs:string" fixed="email"/>
      <xs:element name="Action" type="xs:string" fixed="settings"/>
      <xs:element name="Protocol" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:all>
        <xs:element name="Type" type="xs:string"/>
        <xs:element name="Server" type="xs:string"/>
        <xs:element name="Port" type="xs:unsignedShort"/>
        <xs:element name="DomainRequired" type="o:Switch"/>
        <xs:element name="LoginName" type="xs:string"/>
        <xs:element name="SPA" type="o:Switch"/>
        <xs:element name="SSL" type="o:Switch"/>
        <xs:element name="AuthRequired" type="o:Switch"/>
        <xs:element name="Encryption" type="xs:string"/>
      </xs:all></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
"""


def request(address: str = "alice@example.test", schema: str = SCHEMA, *, name: str = "EMailAddress") -> bytes:
    """A request as Outlook writes it."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{REQUEST}"><Request>'
        f"<{name}>{address}</{name}><AcceptableResponseSchema>{schema}</AcceptableResponseSchema>"
        "</Request></Autodiscover>"
    ).encode("utf-8", "surrogatepass")


def protocols(places: Places) -> list[dict[str, str | None]]:
    """What is told of each protocol, names without namespace."""
    found = ElementTree.fromstring(settings(places, "alice@example.test")).iter(f"{{{SCHEMA}}}Protocol")
    return [{part.tag.rpartition("}")[2]: part.text for part in one} for one in found]


@pytest.mark.parametrize(
    "body",
    [
        request(),
        request(" alice@example.test\n", name="EmailAddress"),
        request().replace(f' xmlns="{REQUEST}"'.encode(), b""),
        request().decode().replace("utf-8", "utf-16").encode("utf-16"),
    ],
)
def test_asked_when_a_request_is_one_then_it_names_an_address(body) -> None:
    found = asked(body)
    assert found == Asked("alice@example.test", SCHEMA)
    assert (found.domain, found.refusal) == ("example.test", None)


def test_asked_when_another_schema_is_wanted_then_it_is_not_offered() -> None:
    assert asked(request(schema=MOBILE)).refusal is Refusal.NOT_OFFERED


BOMB = b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;&b;">]><Autodiscover>&c;</Autodiscover>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Autodiscover>&b;</Autodiscover>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b"<Autodiscover/>",
        BOMB,
        OUTSIDE,
        request().replace(b"?><", b'?><!DOCTYPE Autodiscover SYSTEM "http://example.test/a.dtd"><'),
        request().replace(b"Autodiscover", b"Autodiscovered"),
        request().replace(b"<Request>", b"<Request/><Request>"),
        request(name="LegacyDN"),
        request(""),
        request("alice"),
        request("@example.test"),
        request("alice@"),
        request("alice&#x85;@example.test"),
        request(f"{'a' * 320}@example.test"),
        request() + b" " * MOST_BYTES,
        b"<a>" * 5000,
        b"<a>" * 2000 + b"</a>" * 2000,
    ],
)
def test_asked_when_a_request_is_none_then_malformed(body) -> None:
    with pytest.raises(Malformed):
        asked(body)


@given(st.binary(max_size=300) | TEXTS.map(request))
def test_asked_when_bytes_are_any_then_malformed_or_an_address(body) -> None:
    with contextlib.suppress(Malformed):
        assert asked(body).address


@pytest.mark.needs("xmllint")
@pytest.mark.parametrize("places", [HERE, SHUT])
def test_settings_when_made_then_they_are_valid(places, tmp_path: Path) -> None:
    (tmp_path / "outlook.xsd").write_text(OUTLOOK)
    made = settings(places, "alice&bob@example.test")
    assert valid(tmp_path, ENVELOPE, "schema", made)
    assert not valid(tmp_path, ENVELOPE, "schema", made.replace(b"AccountType", b"Accounttype"))


@pytest.mark.needs("xmllint")
@pytest.mark.parametrize("why", Refusal)
def test_refused_when_made_then_it_is_valid(why, tmp_path: Path) -> None:
    (tmp_path / "outlook.xsd").write_text(OUTLOOK)
    assert valid(tmp_path, ENVELOPE, "schema", refused(why, "mail.example.test", now=1.5))


def test_settings_when_all_is_on_then_tls_throughout_is_told() -> None:
    told = {
        "Type": "IMAP",
        "Server": "mail.example.test",
        "Port": "993",
        "DomainRequired": "off",
        "LoginName": "alice@example.test",
        "SPA": "off",
        "SSL": "on",
        "AuthRequired": "on",
        "Encryption": "SSL",
    }
    assert protocols(HERE) == [told, told | {"Type": "SMTP", "Port": "465"}]


def test_settings_when_tls_throughout_is_off_then_it_is_upgraded_and_never_without() -> None:
    less = replace(HERE, imaps=OFF, submissions=OFF, submission=Service("mail.example.test", 465))
    assert [(one["Port"], one["Encryption"], one["SSL"]) for one in protocols(less)] == [
        ("143", "TLS", "on"),
        ("465", "TLS", "on"),
    ]


@given(TEXTS)
def test_settings_when_an_address_is_any_then_it_is_read_back_or_refused(address) -> None:
    try:
        made = settings(HERE, address)
    except Malformed:
        return
    logins = [one.text or "" for one in ElementTree.fromstring(made).iter(f"{{{SCHEMA}}}LoginName")]
    assert logins == [address, address]


def test_refused_when_made_then_it_says_why_and_when() -> None:
    error = ElementTree.fromstring(refused(Refusal.INVALID, "mail.example.test", now=3661.25)).find(
        f".//{{{ROOT}}}Error"
    )
    assert error.attrib == {"Time": "01:01:01.250000", "Id": "3167595252"}
    assert [part.text for part in error] == ["600", "Invalid Request", None]


@pytest.mark.parametrize("protocol", ["AutodiscoverV1", "autodiscoverv1", "AUTODISCOVERV1"])
def test_pointed_when_the_protocol_is_known_then_where_its_settings_are(protocol) -> None:
    answer = pointed(replace(HERE, https=Service("mail.example.test", 20443)), protocol)
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "Protocol": "AutodiscoverV1",
        "Url": "https://mail.example.test:20443/autodiscover/autodiscover.xml",
    }


@pytest.mark.parametrize(
    ("protocol", "code"),
    [("", "MandatoryParameterMissing"), ("ActiveSync", "InvalidProtocol"), ('"', "InvalidProtocol")],
)
def test_pointed_when_the_protocol_is_another_then_an_error(protocol, code) -> None:
    answer = pointed(HERE, protocol)
    assert answer.status == 400
    assert json.loads(answer.body) == {"ErrorCode": code, "ErrorMessage": "The only protocol here is AutodiscoverV1."}


def test_pointed_when_the_web_server_is_off_then_missing() -> None:
    with pytest.raises(Missing):
        pointed(SHUT, "AutodiscoverV1")
