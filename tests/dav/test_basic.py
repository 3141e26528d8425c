"""Names and passwords from a header."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.dav.basic import Credentials, parse


def header(told: bytes) -> str:
    return "Basic " + base64.b64encode(told).decode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (header(b"alice:secret"), Credentials("alice", "secret")),
        (header(b"alice:a:b"), Credentials("alice", "a:b")),
        (header(b"HOUSE\\alice:x"), Credentials("alice", "x")),
        (header("älice:pässword".encode()), Credentials("älice", "pässword")),
        (header("alice:pässword".encode("latin-1")), Credentials("alice", "pässword")),
        ("basic  " + header(b"a:b")[6:], Credentials("a", "b")),
        (header(b"alice"), None),
        (header(b":x"), None),
        (header(b"a\x00:x"), None),
        ("Digest x", None),
        ("Basic ###", None),
        ("", None),
        (None, None),
    ],
)
def test_parse_when_asked_then_credentials_or_none(text: str | None, found: Credentials | None) -> None:
    assert parse(text) == found


@given(st.text(max_size=100) | st.binary(max_size=60).map(header))
def test_parse_when_any_text_then_never_an_error(text: str) -> None:
    assert parse(text) is None or isinstance(parse(text), Credentials)


def test_credentials_when_shown_then_without_the_password() -> None:
    assert "secret" not in repr(Credentials("alice", "secret"))
