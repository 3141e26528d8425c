"""Pictures of people: which ones are kept, and what of them.

Invariants: a picture that is kept is a JPEG or PNG of at most 512 pixels a side (S17) and `MOST_BYTES`;
what a camera writes beside the picture (place, time, device, names) is not kept: members see the
five things of R52, and no more. No pixel is ever decoded here.
"""

import struct
import zlib
from collections.abc import Iterator

from coserver.model.errors import Malformed, TooBig

MOST_BYTES = 150_000
MOST_PIXELS = 512

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD"))
_SOI, _SOS, _EOI = 0xD8, 0xDA, 0xD9
_BARE = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length (ITU T.81 B.1.1.3)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOFn, which hold the size (ITU T.81 B.2.2)
_NOTES = frozenset((*range(0xE1, 0xEE), 0xEF, 0xFE))  # APPn but those of JFIF and of colours, and comments
_ODD = "This is no whole JPEG or PNG picture."


def kept(data: bytes) -> tuple[bytes, str]:
    """What is kept of a picture, and its media type.

    Raises:
        TooBig: it has too many bytes or pixels.
        Malformed: it is neither a JPEG nor a PNG, or not whole.
    """
    if len(data) > MOST_BYTES:
        raise TooBig(f"The picture has {len(data)} bytes: scale it down to {MOST_BYTES} at most.")
    try:
        if data.startswith(_PNG):
            return _png(data), "image/png"
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data), "image/jpeg"
    except (struct.error, IndexError) as error:
        raise Malformed(_ODD) from error
    raise Malformed("A picture is a JPEG or PNG file.")


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise Malformed(_ODD)
    if max(width, height) > MOST_PIXELS:
        raise TooBig(f"The picture has {width} x {height} pixels: scale it down to {MOST_PIXELS} a side at most.")


# ---------------------------------------------------------------- PNG (ISO 15948)


def _png(data: bytes) -> bytes:
    out = bytearray(_PNG)
    kinds: list[bytes] = []
    for kind, body in _chunks(data):
        if not kinds:
            if kind != b"IHDR":
                raise Malformed(_ODD)
            _check_size(*struct.unpack(">II", body[:8]))
        kinds.append(kind)
        if kind in _PNG_KEPT:
            out += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    if kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        raise Malformed(_ODD)
    return bytes(out)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Chunks up to the end; what stands behind that is no part of the picture."""
    at = len(_PNG)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (told,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        if told != zlib.crc32(kind + body):
            raise Malformed(_ODD)
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length


# ---------------------------------------------------------------- JPEG (ITU T.81)


def _jpeg(data: bytes) -> bytes:
    end = data.rfind(b"\xff\xd9")
    out = bytearray(b"\xff\xd8")
    sized = False
    at = 2
    while True:
        if data[at] != 0xFF:
            raise Malformed(_ODD)
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        if marker in (_SOI, _EOI, 0x00):
            raise Malformed(_ODD)
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            _check_size(width, height)
            sized = True
        if marker == _SOS:
            if not sized or end < at:
                raise Malformed(_ODD)
            return bytes(out) + data[at : end + 2]
        if marker not in _NOTES:
            out += data[at : at + 2 + length]
        at += 2 + length
