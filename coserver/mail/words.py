"""The texts SEARCH looks for most: From, To, Cc, Bcc and Subject, decoded and folded once.

The packed form is these five as UTF-8, each followed by NUL, which no folded text holds.
"""

from coserver.mail.charsets import folded
from coserver.mail.headers import Fields, text
from coserver.model.search import Where

ORDER = (Where.FROM, Where.TO, Where.CC, Where.BCC, Where.SUBJECT)
_NAMES = (b"from", b"to", b"cc", b"bcc", b"subject")


def pack(fields: Fields) -> bytes:
    """The packed form, kept beside the message."""
    return b"".join(_word(fields.get(name)) for name in _NAMES)


def needle(wanted: str) -> bytes:
    """A text as it is looked for in the packed form."""
    return folded(wanted).replace("\0", " ").encode("utf-8", "replace")


def hold(packed: bytes, where: Where, looked_for: bytes) -> bool:
    """Whether a field holds a needle."""
    return looked_for in packed.split(b"\0")[ORDER.index(where)]


def _word(value: bytes | None) -> bytes:
    if not value:
        return b"\0"
    return folded(text(value)).replace("\0", " ").encode("utf-8", "replace") + b"\0"
