import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coserver.mail import mime, parts
from coserver.mail.parts import Span


def cut(data: bytes, span: Span | None) -> bytes | None:
    return None if span is None else data[span.start : span.start + span.length]


@pytest.mark.parametrize(
    ("asked", "number", "text"),
    [
        (parts.mime, (1,), b"Content-Type: multipart/alternative; boundary=b1x\r\n\r\n"),
        (parts.whole, (1, 1), b"plain"),
        (parts.whole, (1, 2), b"<p>html</p>"),
        (parts.mime, (1, 2), b'Content-Type: text/html; charset="utf-8"\r\n\r\n'),
        (parts.whole, (2,), b"Subject: inner\r\n\r\ninner text\r\n"),
        (parts.header, (2,), b"Subject: inner\r\n\r\n"),
        (parts.text, (2,), b"inner text\r\n"),
        (parts.whole, (2, 1), b"inner text\r\n"),
        (parts.mime, (2, 1), b"Subject: inner\r\n\r\n"),
        (parts.header, (1,), None),
        (parts.text, (1, 1), None),
        (parts.whole, (3,), None),
        (parts.whole, (2, 2), None),
        (parts.whole, (1, 1, 1), None),
        (parts.mime, (), None),
    ],
)
def test_parts_when_asked_by_number_then_cut_out_what_the_section_names(asked, number, text, mixed: bytes) -> None:
    packed = parts.pack(mime.scan(mixed))
    assert cut(mixed, asked(packed, number)) == text


def test_parts_when_the_message_itself_is_asked_then_header_and_text_make_it_whole(mixed: bytes) -> None:
    packed = parts.pack(mime.scan(mixed))
    header, text = cut(mixed, parts.header(packed, ())), cut(mixed, parts.text(packed, ()))
    assert header is not None
    assert text is not None
    assert header.endswith(b'boundary="b1"\r\n\r\n')
    assert header + text == mixed == cut(mixed, parts.whole(packed, ()))


def test_parts_when_a_message_has_one_part_then_number_one_is_its_body() -> None:
    data = b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: Base64\r\n\r\naGVsbG8=\r\n"
    packed = parts.pack(mime.scan(data))
    place = parts.find(packed, (1,))
    assert place is not None
    assert (place.type, place.charset, place.encoding) == ("text/plain", "utf-8", "base64")
    assert cut(data, parts.whole(packed, (1,))) == b"aGVsbG8=\r\n"
    assert parts.decode(b"aGVsbG8=\r\n", place.encoding) == b"hello"


@pytest.mark.parametrize(
    ("encoding", "plain"), [("7bit", b"a=20b"), ("binary", b"a=20b"), ("quoted-printable", b"a b"), ("uuencode", None)]
)
def test_decode_when_the_encoding_is_unknown_then_says_so(encoding: str, plain: bytes | None) -> None:
    assert parts.decode(b"a=20b", encoding) == plain


PIECES = [
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"\r\n", b"\r\n--b\r\n",
    b"Content-Type: text/html; charset=x y\r\n", b"Content-Transfer-Encoding: a b\r\n", b"--b--\r\n", b"text\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=30).map(b"".join))
@settings(max_examples=100, deadline=None)
def test_pack_when_any_message_then_unpack_and_find_agree(data: bytes) -> None:
    packed = parts.pack(mime.scan(data))
    places = parts.unpack(packed)
    assert len({place.number for place in places}) == len(places)
    for place in places:
        number = () if place.number == "0" else tuple(map(int, place.number.split(".")))
        assert parts.find(packed, number) == place
        assert place.header <= place.body <= place.end <= len(data)
