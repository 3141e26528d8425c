"""The document of draft-ietf-mailmaint-autoconfig, read by other programs' rules."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given

from coserver.model.errors import Malformed
from coserver.web.setup.autoconfig import document
from tests.web.here import HERE, OFF, SHUT, TEXTS, valid

GUIDE = "https://mail.example.test/setup?a=1&b=2"

# Stricter than the draft, which lets strangers add what they like: of this document everything is known.
SCHEMA = """\
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start><element name="clientConfig"><attribute name="version"><value>1.2</value></attribute>
    <element name="emailProvider"><attribute name="id"/>
      <oneOrMore><element name="domain"><text/></element></oneOrMore>
      <element name="displayName"><data type="string"><param name="maxLength">60</param></data></element>
      <element name="displayShortName"><data type="string"><param name="maxLength">20</param></data></element>
      <zeroOrMore><element name="incomingServer">
        <attribute name="type"><value>imap</value></attribute><ref name="socket"/></element></zeroOrMore>
      <zeroOrMore><element name="outgoingServer">
        <attribute name="type"><value>smtp</value></attribute><ref name="socket"/></element></zeroOrMore>
      <optional><element name="documentation"><attribute name="url"><data type="anyURI"/></attribute>
        <oneOrMore><element name="descr"><attribute name="lang"><data type="language"/></attribute><text/></element>
        </oneOrMore></element></optional>
    </element>
    <optional><element name="addressbook">
      <attribute name="type"><value>carddav</value></attribute><ref name="web"/></element></optional>
    <optional><element name="calendar">
      <attribute name="type"><value>caldav</value></attribute><ref name="web"/></element></optional>
    <optional><element name="fileShare">
      <attribute name="type"><value>webdav</value></attribute><ref name="web"/></element></optional>
  </element></start>
  <define name="socket">
    <element name="hostname"><text/></element>
    <element name="port"><data type="positiveInteger"><param name="maxInclusive">65535</param></data></element>
    <element name="socketType"><choice><value>SSL</value><value>STARTTLS</value></choice></element>
    <element name="authentication"><value>password-cleartext</value></element>
    <element name="username"><value>%EMAILADDRESS%</value></element>
  </define>
  <define name="web">
    <element name="url"><data type="anyURI"><param name="pattern">https://.*/</param></data></element>
    <element name="authentication"><attribute name="system"><value>http</value></attribute>
      <value>basic</value></element>
    <element name="username"><value>%EMAILADDRESS%</value></element>
  </define>
</grammar>
"""


def servers(made: bytes, name: str) -> list[tuple[str | None, ...]]:
    """Kind, host, port and encryption of the servers of one name, in their order."""
    found = ElementTree.fromstring(made).iterfind(f"emailProvider/{name}")
    return [(one.get("type"), *(one.findtext(part) for part in ("hostname", "port", "socketType"))) for one in found]


@pytest.mark.needs("xmllint")
@pytest.mark.parametrize("places", [HERE, SHUT, replace(HERE, title="字" * 99, https=OFF)])
@pytest.mark.parametrize("guide", ["", GUIDE])
def test_document_when_made_then_it_is_valid(places, guide, tmp_path: Path) -> None:
    made = document(places, guide=guide)
    assert valid(tmp_path, SCHEMA, "relaxng", made)
    assert not valid(tmp_path, SCHEMA, "relaxng", made.replace(b"displayName", b"displayname"))


def test_document_when_all_is_on_then_tls_throughout_comes_first() -> None:
    made = document(HERE)
    host = "mail.example.test"
    assert made.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<clientConfig version="1.2">')
    assert servers(made, "incomingServer") == [("imap", host, "993", "SSL"), ("imap", host, "143", "STARTTLS")]
    assert servers(made, "outgoingServer") == [("smtp", host, "465", "SSL"), ("smtp", host, "587", "STARTTLS")]
    read = ElementTree.fromstring(made)
    assert {one.tag: one.findtext("url") for one in read if one.tag != "emailProvider"} == {
        "addressbook": "https://mail.example.test/dav/",
        "calendar": "https://mail.example.test/dav/",
        "fileShare": "https://mail.example.test/drive/",
    }
    assert read.find("emailProvider/documentation") is None


def test_document_when_services_are_off_then_they_are_not_named() -> None:
    made = document(replace(SHUT, imap=HERE.imap))
    assert servers(made, "incomingServer") == [("imap", "mail.example.test", "143", "STARTTLS")]
    assert servers(made, "outgoingServer") == []
    assert [one.tag for one in ElementTree.fromstring(made)] == ["emailProvider"]


def test_document_when_a_title_is_long_then_both_names_are_shorter() -> None:
    read = ElementTree.fromstring(document(replace(HERE, title="The society for all that is good")))
    assert read.findtext("emailProvider/displayName") == "The society for all that is g…"
    assert read.findtext("emailProvider/displayShortName") == "The society…"


def test_document_when_there_is_no_title_then_it_is_the_domain() -> None:
    assert ElementTree.fromstring(document(replace(HERE, title="\x00"))).findtext("*/displayName") == "example.test"


@given(TEXTS, TEXTS, TEXTS)
def test_document_when_texts_are_any_then_they_are_read_back_or_refused(domain, title, guide) -> None:
    places = replace(HERE, domain=domain, title=title)
    try:
        read = ElementTree.fromstring(document(places, guide=guide))
    except Malformed:
        return
    provider = read[0]
    assert (provider.get("id"), provider.findtext("domain")) == (domain, domain)
    assert provider.findtext("displayName") == places.name(30)
    assert [one.get("url") for one in provider.iterfind("documentation")] == ([guide] if guide else [])
    assert [one.tag for one in provider if one.tag.endswith("Server")] == ["incomingServer"] * 2 + [
        "outgoingServer"
    ] * 2
