import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import charsets


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("grün".encode("latin-1"), "iso-8859-1", "grün"),
        ("grün".encode(), "utf-8", "grün"),
        ("grün".encode(), "", "grün"),
        ("grün".encode("latin-1"), "utf-8", "grün"),
        (b"\x80 5", "us-ascii", "€ 5"),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
        ("汉字".encode("gb18030"), "GB2312", "汉字"),
        ("한글".encode("cp949"), "ks_c_5601-1987", "한글"),
        (b"plain", "x-unknown", "plain"),
        (b"a\\nb", "unicode_escape", "a\\nb"),
        (b"eJw=", "zlib", "eJw="),
        (b"x", "punycode", "x"),
        ("hé".encode("utf-16"), "utf-16", "hé"),
    ],
)
def test_decoded_when_a_charset_is_named_then_gives_what_people_read(data: bytes, charset: str, text: str) -> None:
    assert charsets.decoded(data, charset) == text


@given(st.binary(max_size=60), st.text(max_size=20) | st.sampled_from(["idna", "undefined", "utf-7", "hz", "mbcs"]))
def test_decoded_when_anything_then_never_raises(data: bytes, charset: str) -> None:
    assert isinstance(charsets.decoded(data, charset), str)


@pytest.mark.parametrize(
    ("one", "other"),
    [("GRÜSSE", "grüße"), ("Cafe\u0301", "café"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("Hello", "hELLO")],
)
def test_folded_when_only_case_or_composition_differ_then_is_the_same(one: str, other: str) -> None:
    assert charsets.folded(one) == charsets.folded(other)


@pytest.mark.parametrize(
    ("sent", "data"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVs\r\nbG8=", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aG*Vs bG8=", b"hello"),
        (b"aGVsb", b"hel"),
        (b"", b""),
    ],
)
def test_base64_when_damaged_then_gives_what_is_there(sent: bytes, data: bytes) -> None:
    assert charsets.base64(sent) == data


@given(st.binary(max_size=80))
def test_decoders_when_any_bytes_then_never_raise(data: bytes) -> None:
    charsets.base64(data)
    charsets.quoted_printable(data)


def test_quoted_printable_when_a_soft_break_cuts_a_word_then_it_is_joined() -> None:
    assert charsets.quoted_printable(b"won=\r\nderful=20=C3=A9") == "wonderful é".encode()
