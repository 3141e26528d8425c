import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail.strings import nstring, string


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, b"NIL"),
        (b"", b'""'),
        (b"plain", b'"plain"'),
        (b'say "hi" \\o/', b'"say \\"hi\\" \\\\o/"'),
        ("größer".encode(), b"{8}\r\n" + "größer".encode()),
        (b"two\r\nlines", b"{10}\r\ntwo\r\nlines"),
        (b"nul\0", b"{4}\r\nnul "),
    ],
)
def test_nstring_when_rendered_then_old_clients_can_read_it(value: bytes | None, sent: bytes) -> None:
    assert nstring(value) == sent


@given(st.binary(max_size=100))
def test_string_when_any_bytes_then_quoted_is_plain_ascii_and_literals_have_their_length(value: bytes) -> None:
    sent = string(value)
    if sent.startswith(b'"'):
        assert sent.isascii()
        assert not set(b"\r\n\0") & set(sent)
        assert sent[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\") == value
    else:
        count, _, rest = sent[1:].partition(b"}\r\n")
        assert int(count) == len(rest) == len(value)
        assert b"\0" not in rest
