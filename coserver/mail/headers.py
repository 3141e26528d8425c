"""Header fields as they lie in a message: found, unfolded, chosen and decoded.

Nothing here raises, whatever the bytes are. Time is linear in the bytes given.
"""

import re
from collections.abc import Collection

from coserver.mail.charsets import base64, decoded, plain, quoted_printable

Fields = dict[bytes, bytes]  # lower-case name -> unfolded value of its first field

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_WHOLE = re.compile(rb"^([!-9;-~]+)[ \t]*:.*\n?(?:[ \t].*\n?)*", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_ENCODED = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\n]*)\?=")
_LISTS = frozenset({b"to", b"cc", b"bcc", b"from", b"reply-to"})
_READ = _LISTS | {
    b"sender", b"subject", b"date", b"message-id", b"in-reply-to", b"content-type", b"content-transfer-encoding",
    b"content-id", b"content-description", b"content-disposition", b"content-language", b"content-location",
    b"content-md5",
}  # fmt: skip


def fields(block: bytes) -> Fields:
    """The fields that are rendered. Of a repeated one the first counts; of address lists all are joined."""
    found: Fields = {}
    for name, value in _FIELD.findall(block):
        key = name.lower()
        if key not in _READ:
            continue
        if b"\n" in value:
            value = value.replace(b"\r\n", b"").replace(b"\n", b"")  # noqa: PLW2901  (a blank follows each)
        if key not in found:
            found[key] = value.strip()
        elif key in _LISTS:
            found[key] = b"%b, %b" % (found[key], value.strip())
    return found


def selected(block: bytes, names: Collection[bytes], *, others: bool = False) -> bytes:
    """The fields of these names as they lie there, or all `others`, and the blank line.

    HEADER.FIELDS and HEADER.FIELDS.NOT of RFC 9051 6.4.5.1; names in any case.
    """
    wanted = frozenset(name.lower() for name in names)
    chosen = [match[0] for match in _WHOLE.finditer(block) if (match[1].lower() in wanted) is not others]
    if chosen and not chosen[-1].endswith(b"\n"):
        chosen[-1] += b"\r\n"
    return b"".join(chosen) + b"\r\n"


def values(block: bytes, name: bytes) -> list[bytes]:
    """The unfolded values of all fields of that name, in order."""
    wanted = name.lower()
    return [unfolded(value).strip() for found, value in _FIELD.findall(block) if found.lower() == wanted]


def unfolded(block: bytes) -> bytes:
    """A value, or a whole header, with its continued lines joined (RFC 5322 2.2.3)."""
    return _FOLD.sub(b"", block) if b"\n " in block or b"\n\t" in block else block


def text(value: bytes) -> str:
    """A field's value for people: encoded words decoded (RFC 2047), raw bytes read as UTF-8 or Latin-1."""
    shown = plain(value)
    if "=?" not in shown:
        return shown
    pieces: list[str] = []
    position = 0
    pending, charset = b"", ""
    for match in _ENCODED.finditer(shown):
        gap = shown[position : match.start()]
        raw = _raw(match[2], match[3])
        if pending and not gap.strip() and charset == match[1].lower():
            pending += raw  # a character may be cut between two words
        else:
            pieces.append(decoded(pending, charset))
            if not (pending and not gap.strip()):  # blanks between encoded words are no text: RFC 2047 6.2
                pieces.append(gap)
            pending, charset = raw, match[1].lower()
        position = match.end()
    pieces.append(decoded(pending, charset))
    pieces.append(shown[position:])
    return "".join(pieces)


def _raw(encoding: str, value: str) -> bytes:
    from_ascii = value.encode("utf-8", "replace")
    if encoding in "bB":
        return base64(from_ascii)
    return quoted_printable(from_ascii.replace(b"_", b" "), header=True)
