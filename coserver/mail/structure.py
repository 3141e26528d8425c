"""BODYSTRUCTURE as IMAP sends it (RFC 9051 7.5.2), and BODY made from it.

Values stand as they are in the header: what is encoded there (RFC 2231) is decoded by clients.
"""

import re

from coserver.mail import envelope, mime
from coserver.mail.mime import Data, Part
from coserver.mail.strings import nstring, string

_LONGEST_VALUE = 8192  # bytes of one parameter, id, description or location
_TOKEN = re.compile(rb'\(|\)|"(?:[^"\\]|\\.)*"|\{(\d+)\}\r\n|[^ ()"{]+')
_ENCODING = re.compile(rb"[A-Za-z0-9-]{1,40}")
_DISPOSITION = re.compile(rb"[^\s;]{1,100}")


def structure(data: Data, part: Part) -> bytes:
    """The BODYSTRUCTURE of a message, extension data included."""
    return _rendered(data, part)


def body(bodystructure: bytes) -> bytes:
    """The BODY that belongs to a BODYSTRUCTURE: the same without extension data."""
    return _basic(bodystructure, 0)[0]


def _rendered(data: Data, part: Part) -> bytes:
    fields = part.fields
    last = b" %b %b %b" % (
        _disposition(fields.get(b"content-disposition")),
        _languages(fields.get(b"content-language")),
        _value(fields.get(b"content-location")),
    )
    if part.children:
        inner = b"".join(_rendered(data, child) for child in part.children)
        return b"(%b %b %b%b)" % (inner, string(part.subtype), _parameters(part.parameters), last)
    start = b"(%b %b %b %b %b %b %d" % (
        string(part.type),
        string(part.subtype),
        _parameters(part.parameters),
        _value(fields.get(b"content-id")),
        _value(fields.get(b"content-description")),
        string(encoding(part)),
        part.end - part.body,
    )
    if part.inner is not None:
        message = b" %b %b %d" % (
            envelope.envelope(part.inner.fields),
            _rendered(data, part.inner),
            mime.lines(data, part.body, part.end),
        )
    else:
        message = b" %d" % mime.lines(data, part.body, part.end) if part.type == b"text" else b""
    return b"%b%b %b%b)" % (start, message, _value(fields.get(b"content-md5")), last)


def encoding(part: Part) -> bytes:
    """The transfer encoding of a part in lower case; 7bit where it says none (RFC 2045 6.1)."""
    match = _ENCODING.match(part.fields.get(b"content-transfer-encoding", b""))
    return match[0].lower() if match else b"7bit"


def _value(value: bytes | None) -> bytes:
    return nstring(value[:_LONGEST_VALUE] if value else None)


def _parameters(parameters: mime.Parameters) -> bytes:
    if not parameters:
        return b"NIL"
    pairs = [b"%b %b" % (string(name), string(value[:_LONGEST_VALUE])) for name, value in parameters]
    return b"(%b)" % b" ".join(pairs)


def _disposition(value: bytes | None) -> bytes:
    match = _DISPOSITION.match(value) if value else None
    if match is None or value is None:
        return b"NIL"
    return b"(%b %b)" % (string(match[0].lower()), _parameters(mime.parameters(value[match.end() :])))


def _languages(value: bytes | None) -> bytes:
    found = [tag.strip() for tag in value[:_LONGEST_VALUE].split(b",") if tag.strip()] if value else []
    if not found:
        return b"NIL"
    return string(found[0]) if len(found) == 1 else b"(%b)" % b" ".join(string(tag) for tag in found)


# ---------------------------------------------------------------- BODY from BODYSTRUCTURE


def _basic(text: bytes, at: int) -> tuple[bytes, int]:
    """The body that begins at an opening parenthesis, without extension data; and where it ends."""
    at += 1
    children: list[bytes] = []
    while text.startswith(b"(", at):
        child, at = _basic(text, at)
        children.append(child)
    if children:
        end = _after(text, at + 1)
        return b"(%b%b)" % (b"".join(children), text[at:end]), _closed(text, end)
    first, kinds = at, []
    for _ in range(7):  # type, subtype, parameters, id, description, encoding, octets
        end = _after(text, at)
        kinds.append(text[at:end].lower())
        at = end + 1
    if kinds[0] == b'"text"':
        end = _after(text, at)
    elif kinds[:2] == [b'"message"', b'"rfc822"']:
        envelope_end = _after(text, at)
        inner, inner_end = _basic(text, envelope_end + 1)
        end = _after(text, inner_end + 1)
        return b"(%b%b%b)" % (text[first : envelope_end + 1], inner, text[inner_end:end]), _closed(text, end)
    return b"(%b)" % text[first:end], _closed(text, end)


def _after(text: bytes, at: int) -> int:
    """Where the value that begins here ends: a string, a number, NIL or a list."""
    depth = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:  # a blank inside a list
            at += 1
            continue
        at = match.end() + int(match[1] or 0)
        depth += (match[0] == b"(") - (match[0] == b")")
        if depth == 0:
            return at


def _closed(text: bytes, at: int) -> int:
    """Behind the parenthesis that closes the list we are in."""
    while text.startswith(b" ", at):
        at = _after(text, at + 1)
    return at + 1
