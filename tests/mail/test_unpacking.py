"""Parts without their transfer encoding, piece by piece: the same as all at once."""

import base64
import quopri
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import mime, parts, unpacking
from coserver.mail.unpacking import Unpacked
from tests.mail.test_reading import Held


def opened(encoding: str, body: bytes) -> tuple[Any, parts.Place]:
    data = b"Content-Transfer-Encoding: %b\r\nContent-Type: application/x\r\n\r\n%b" % (encoding.encode(), body)
    return Held(data), parts.unpack(parts.pack(mime.scan(data)))[1]


def whole(encoding: str, body: bytes, *, step: int = 1000) -> bytes:
    found = Unpacked(*opened(encoding, body))
    read = b"".join(iter(lambda: found.read(0, step), b""))
    assert len(read) == found.size
    return read


@given(st.binary(max_size=3000), st.sampled_from([1, 7, 64, 10_000]))
def test_part_when_read_piece_by_piece_then_what_it_was(body: bytes, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "_PIECE", piece)
        assert whole("base64", base64.encodebytes(body)) == body
        assert whole("8bit", body) == body
        assert whole("unknown", body) == body
        packed = quopri.encodestring(body.replace(b"\r", b""))
        data, place = opened("quoted-printable", packed)
        assert whole("quoted-printable", packed) == parts.decode(data.data[place.body :], "quoted-printable")


@given(st.binary(max_size=500))
def test_part_whatever_stands_in_it_then_read_to_its_end(body: bytes) -> None:
    for encoding in ("base64", "quoted-printable", "7bit"):
        whole(encoding, body, step=3)


def test_line_when_it_does_not_end_then_cut_and_not_gathered() -> None:
    assert whole("quoted-printable", b"x" * 1_000_000) == b"x" * 1_000_000
