"""Strings as IMAP sends them: NIL, quoted or literal (RFC 9051 4.3)."""

import re
from functools import lru_cache

_PLAIN = re.compile(rb"[\t !#-\[\]-~]{0,2000}")
_SHORT = 32  # bytes; most are types, encodings and the same few names
_SAFE = re.compile(rb"[\t -~]{0,2000}")


def nstring(value: bytes | None) -> bytes:
    """A string or NIL. What is not plain ASCII goes as a literal, so that old clients take it too."""
    return b"NIL" if value is None else string(value)


def string(value: bytes) -> bytes:
    """A string: quoted where that is allowed, else a literal; NUL cannot be sent and becomes a space."""
    return _short(value) if len(value) < _SHORT else _string(value)


def _string(value: bytes) -> bytes:
    if _PLAIN.fullmatch(value):
        return b'"%b"' % value
    if _SAFE.fullmatch(value):
        return b'"%b"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    sent = value.replace(b"\0", b" ")
    return b"{%d}\r\n%b" % (len(sent), sent)


_short = lru_cache(maxsize=4096)(_string)
