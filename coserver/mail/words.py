"""The texts SEARCH looks for most: From, To, Cc, Bcc, Subject and Message-ID, decoded and folded once.

The packed form is these six as UTF-8, each followed by NUL, which no folded text holds.
"""

from coserver.mail.charsets import folded
from coserver.mail.headers import Fields, text

NAMES = ("from", "to", "cc", "bcc", "subject", "message-id")
_KEYS = tuple(name.encode() for name in NAMES)


def pack(fields: Fields) -> bytes:
    """The packed form, kept beside the message."""
    return b"".join(_word(fields.get(name)) for name in _KEYS)


def needle(wanted: str) -> bytes:
    """A text as it is looked for in the packed form."""
    return folded(wanted).replace("\0", " ").encode("utf-8", "replace")


def hold(packed: bytes, name: str, looked_for: bytes) -> bool:
    """Whether the field of that name, one of NAMES, holds a needle."""
    return looked_for in packed.split(b"\0")[NAMES.index(name)]


def _word(value: bytes | None) -> bytes:
    if not value:
        return b"\0"
    return folded(text(value)).replace("\0", " ").encode("utf-8", "replace") + b"\0"
