"""Pictures of people: small ones are kept, without what a camera wrote beside them."""

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.accounts import pictures
from coserver.model.errors import HouseError, Malformed, TooBig


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*more: bytes, width: int = 8, height: int = 8) -> bytes:
    """A black picture; `more` are chunks before its pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (width + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(*more: bytes, width: int = 8, height: int = 8) -> bytes:
    """The skeleton of a JPEG; `more` are segments before its frame."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\0\x34"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"".join(more) + segment(0xC0, frame) + scan + b"\xff\xd9"


@pytest.mark.parametrize(("data", "media"), [(png(), "image/png"), (jpeg(), "image/jpeg")])
def test_kept_when_small_then_as_it_is_with_its_type(data: bytes, media: str) -> None:
    assert pictures.kept(data) == (data, media)


@pytest.mark.parametrize("make", [png, jpeg])
def test_kept_when_a_side_has_more_than_512_pixels_then_too_big(make) -> None:
    """S17"""
    assert pictures.kept(make(width=512, height=512))[0]
    for width, height in ((513, 1), (1, 513)):
        with pytest.raises(TooBig, match="scale it down"):
            pictures.kept(make(width=width, height=height))


def test_kept_when_it_has_too_many_bytes_then_too_big_whatever_it_is() -> None:
    with pytest.raises(TooBig, match="scale it down"):
        pictures.kept(b"GIF" * pictures.MOST_BYTES)


@pytest.mark.parametrize("marker", [0xE1, 0xED, 0xFE])
def test_kept_when_a_camera_wrote_notes_into_it_then_without_them(marker: int) -> None:
    """R52: five things of a person and no more, so not where the picture was taken."""
    assert pictures.kept(jpeg(segment(marker, b"Exif\0\0 at home"))) == (jpeg(), "image/jpeg")
    assert pictures.kept(jpeg() + b"trailing words") == (jpeg(), "image/jpeg")


@pytest.mark.parametrize("kind", [b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME", b"prVt"])
def test_kept_when_a_png_holds_notes_then_without_them(kind: bytes) -> None:
    """R52"""
    assert pictures.kept(png(chunk(kind, b"at home"))) == (png(), "image/png")
    assert pictures.kept(png(chunk(b"gAMA", b"\0\0\0\1"))) == (png(chunk(b"gAMA", b"\0\0\0\1")), "image/png")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GIF89a", b"<svg/>", b"%PDF", png()[:-1], png()[:40], jpeg()[:-20], jpeg()[:5],
        png().replace(b"IDAT", b"IDAX"), png(width=0), jpeg(height=0), b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
        b"\xff\xd8\xff\xda\0\x02\xff\xd9", b"\xff\xd8\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\0\x02\0\0",
    ],
)  # fmt: skip
def test_kept_when_it_is_no_picture_or_not_whole_then_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        pictures.kept(data)


@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_kept_when_given_anything_then_a_refusal_or_a_picture_that_is_kept_again(data: bytes, start: bytes) -> None:
    with contextlib.suppress(HouseError):
        once, media = pictures.kept(start + data)
        assert pictures.kept(once) == (once, media)
