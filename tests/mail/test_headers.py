import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import headers

BLOCK = b"From: a@example.test\r\nSubject: one\r\n two\r\nTO: b@example.test\r\nX-Note: n\r\nTo: c@example.test\r\n\r\n"


def test_fields_when_folded_and_repeated_then_unfolds_and_joins_addresses() -> None:
    found = headers.fields(BLOCK)
    assert found[b"subject"] == b"one two"
    assert found[b"to"] == b"b@example.test, c@example.test"


def test_fields_when_lines_end_in_bare_lf_then_reads_the_same() -> None:
    assert headers.fields(BLOCK.replace(b"\r\n", b"\n")) == headers.fields(BLOCK)


def test_fields_when_a_line_is_no_field_then_passes_it_over() -> None:
    assert headers.fields(b"From alice Fri\r\nno colon here\r\nDate: 1\r\n\r\n") == {b"date": b"1"}


def test_selected_when_names_are_given_then_gives_their_lines_as_they_lie() -> None:
    assert headers.selected(BLOCK, [b"subject", b"To"]) == (
        b"Subject: one\r\n two\r\nTO: b@example.test\r\nTo: c@example.test\r\n\r\n"
    )


def test_selected_when_others_are_asked_then_leaves_the_named_out() -> None:
    assert headers.selected(BLOCK, [b"from", b"to"], others=True) == b"Subject: one\r\n two\r\nX-Note: n\r\n\r\n"


@pytest.mark.parametrize("names", [[], [b"absent"], [b"(.*"]])
def test_selected_when_nothing_matches_then_is_the_blank_line(names: list[bytes]) -> None:
    assert headers.selected(BLOCK, names) == b"\r\n"


def test_values_when_repeated_then_gives_each() -> None:
    assert headers.values(BLOCK, b"to") == [b"b@example.test", b"c@example.test"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe_an_alle?=", "Grüße an alle"),
        (b"=?UTF-8?B?R3LDvMOfZQ==?= rest", "Grüße rest"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
        (b"=?utf-8?b?w7w=?= =?iso-8859-1?q?=FC?=", "üü"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
        (b"=?utf-8*en?q?x?=", "x"),
        (b"=?nonsense?q?x?=", "x"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("roh grün".encode(), "roh grün"),
        ("roh grün".encode("latin-1"), "roh grün"),
    ],
)
def test_text_when_words_are_encoded_then_decodes_them(value: bytes, text: str) -> None:
    assert headers.text(value) == text


@given(st.binary(max_size=200))
def test_headers_when_any_bytes_then_never_raise(data: bytes) -> None:
    headers.fields(data)
    headers.text(data)
    assert headers.selected(data, [b"a"], others=True).endswith(b"\r\n")
