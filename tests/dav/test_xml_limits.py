"""XML that comes and goes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.dav import xml_limits
from coserver.model.errors import HouseError, Malformed, TooBig


@given(st.binary(max_size=200) | st.text(st.sampled_from("<>/a b=\"'&;!-?:xmlns"), max_size=80).map(str.encode))
def test_parse_when_any_bytes_then_an_element_or_an_error_of_the_house(body: bytes) -> None:
    with contextlib.suppress(HouseError):
        xml_limits.parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<a",
        b"<a></b>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b'<D:a xmlns:D=""/>',
    ],
)
def test_parse_when_bad_then_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        xml_limits.parse(body)


def test_parse_when_too_deep_or_too_many_then_too_big() -> None:
    with pytest.raises(TooBig):
        xml_limits.parse(b"<a>" * 200 + b"</a>" * 200)
    with pytest.raises(TooBig):
        xml_limits.parse(b"<a>" + b"<b/>" * 30_000 + b"</a>")


def test_parse_when_empty_then_none() -> None:
    assert xml_limits.parse(b" \r\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "<a/>",
        '<x:a xmlns:x="urn:x" x:b="1" c="&lt;&quot;">text &amp; <x:d/>tail<e xmlns=""/></x:a>',
        '<a xmlns="urn:y"><b xml:lang="de">\U00010000</b> </a>',
    ],
)
def test_written_when_read_again_then_the_same_element(text: str) -> None:
    first = xml_limits.parse(text.encode())
    assert first is not None
    again = xml_limits.parse(xml_limits.written(first).encode())
    assert again is not None
    assert (again.tag, again.attrib, again.text) == (first.tag, first.attrib, first.text)
    assert [(one.tag, one.attrib, one.text, one.tail) for one in again] == [
        (one.tag, one.attrib, one.text, one.tail) for one in first
    ]
