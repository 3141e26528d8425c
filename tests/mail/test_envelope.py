from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import envelope
from coserver.mail.headers import fields


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, b"NIL"),
        (b"", b"NIL"),
        (b"   ", b"NIL"),
        (b"alice@example.test", b'((NIL NIL "alice" "example.test"))'),
        (b"<alice@example.test>", b'((NIL NIL "alice" "example.test"))'),
        (b"Alice B <alice@example.test>", b'(("Alice B" NIL "alice" "example.test"))'),
        (b'"B, Alice" <a@b.c>, d@e.f', b'(("B, Alice" NIL "a" "b.c")(NIL NIL "d" "e.f"))'),
        (b'"A \\"Q\\" B" <a@b.c>', b'(("A \\"Q\\" B" NIL "a" "b.c"))'),
        (b"a@b.c (Alice (the one))", b'(("Alice (the one)" NIL "a" "b.c"))'),
        (b'"odd local"@b.c', b'((NIL NIL "odd local" "b.c"))'),
        (b"<@relay.test,@two.test:a@b.c>", b'((NIL "@relay.test,@two.test" "a" "b.c"))'),
        (b"team: a@b.c, D <d@e.f>;", b'((NIL NIL "team" NIL)(NIL NIL "a" "b.c")("D" NIL "d" "e.f")(NIL NIL NIL NIL))'),
        (b"undisclosed-recipients:;", b'((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))'),
        (b"x@[192.0.2.1]", b'((NIL NIL "x" "[192.0.2.1]"))'),
        (b"just-a-name", b'((NIL NIL "just-a-name" ""))'),
        (b"a@b.c,,d@e.f,", b'((NIL NIL "a" "b.c")(NIL NIL "d" "e.f"))'),
        (b"=?utf-8?q?D=C3=A4ve?= <d@e.f>", b'(("=?utf-8?q?D=C3=A4ve?=" NIL "d" "e.f"))'),
        ("Däve <d@e.f>".encode(), '(({5}\r\nDäve NIL "d" "e.f"))'.encode()),
        (b"Unclosed <a@b.c", b'(("Unclosed" NIL "a" "b.c"))'),
        (b'"unclosed <a@b.c>', b'((NIL NIL "unclosed <a@b.c>" ""))'),
    ],
)
def test_addresses_when_rendered_then_follow_the_grammar(value: bytes | None, sent: bytes) -> None:
    assert envelope.addresses(value) == sent


def test_envelope_when_fields_are_missing_then_sender_and_reply_to_are_the_author() -> None:
    block = b'Date: x\r\nSubject: s "q"\r\nFrom: a@b.c\r\nMessage-ID: <1@b.c>\r\n\r\n'
    author = b'((NIL NIL "a" "b.c"))'
    assert envelope.envelope(fields(block)) == (
        b'("x" "s \\"q\\"" ' + b" ".join([author] * 3) + b' NIL NIL NIL NIL "<1@b.c>")'
    )


def test_envelope_when_the_header_is_empty_then_is_ten_times_nil() -> None:
    assert envelope.envelope({}) == b"(" + b" ".join([b"NIL"] * 10) + b")"


def test_addresses_when_far_too_many_then_keeps_the_first() -> None:
    sent = envelope.addresses(b"a@b.c," * 20_000)
    assert sent.count(b"(NIL NIL") == envelope.MOST_ADDRESSES


def _at(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1000  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("value", "when"),
    [
        (b"Fri, 01 Mar 2024 23:30:05 +0100", _at(2024, 3, 1, 23, 30, 5)),
        (b"1 Mar 2024 23:30 -0800", _at(2024, 3, 1, 23, 30)),
        (b"Fri, 1 Mar 24 01:02:03 GMT", _at(2024, 3, 1, 1, 2, 3)),
        (b"Fri, 1 Mar 99 01:02:03 GMT", _at(1999, 3, 1, 1, 2, 3)),
        (b"Fri, 1 Mar 124 01:02:03 GMT", _at(2024, 3, 1, 1, 2, 3)),
        (b"Friday, 1 March 2024 10:00:60 +0000", _at(2024, 3, 1, 10, 0, 59)),
        (b"01-Mar-2024", _at(2024, 3, 1)),
        (b"31 Feb 2024 10:00:00 +0000", None),
        (b"1 Xxx 2024 10:00:00 +0000", None),
        (b"yesterday", None),
        (b"", None),
        (None, None),
    ],
)
def test_sent_when_a_date_is_written_then_is_its_own_clock(value: bytes | None, when: int | None) -> None:
    assert envelope.sent(value) == when


@given(st.binary(max_size=200) | st.text('"<>()@,:;\\[] ab').map(str.encode))
def test_envelope_when_any_bytes_then_parentheses_close_and_nothing_is_raised(data: bytes) -> None:
    sent = envelope.addresses(data)
    assert sent == b"NIL" or (sent.startswith(b"((") and sent.endswith(b"))"))
    envelope.sent(data)
