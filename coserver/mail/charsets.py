"""From bytes to text: transfer encodings, charsets, and the one folded form that is searched.

Nothing here raises, whatever the bytes and the names are.
"""

import binascii
import codecs
import re
import unicodedata
from functools import lru_cache

_SUPERSETS = {  # what senders name, and what they really use
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-8859-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-roman": "mac-roman",
}
_NO_CHARSETS = {
    "unicode-escape",
    "unicode_escape",
    "raw-unicode-escape",
    "raw_unicode_escape",
    "idna",
    "punycode",
    "undefined",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def decoded(data: bytes, charset: str) -> str:
    """Text in a charset; one that is unknown is read as UTF-8 or Latin-1."""
    if not charset or (data.isascii() and charset[:3].lower() not in {"utf", "iso", "hz-"}):
        return plain(data)
    codec = _codec(charset.lower())
    if codec is None or codec == "utf-8":
        return plain(data)
    return data.decode(codec, "replace")


def plain(data: bytes) -> str:
    """Bytes without a charset: UTF-8 where they are that, else Latin-1 as Windows has it."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def folded(text: str) -> str:
    """The form in which texts are compared: case and ways to compose a letter set aside."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def base64(data: bytes) -> bytes:
    """Base64, as far as it goes: what does not belong there is left out (RFC 2045 6.8)."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", data)
        clean = clean[: len(clean) - (len(clean) % 4 == 1)]
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def quoted_printable(data: bytes, *, header: bool = False) -> bytes:
    """Quoted-printable, soft line breaks joined (RFC 2045 6.7)."""
    return binascii.a2b_qp(data, header=header)


@lru_cache(maxsize=512)
def _codec(name: str) -> str | None:
    wanted = _SUPERSETS.get(name, name)
    if not _NAME.fullmatch(wanted) or wanted in _NO_CHARSETS:
        return None
    try:
        found = codecs.lookup(wanted).name
        b"".decode(found)
    except (LookupError, ValueError):
        return None
    return None if found in _NO_CHARSETS else found
