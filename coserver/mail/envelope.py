"""ENVELOPE as IMAP sends it (RFC 9051 7.5.2), the addresses in it, and the day a message was sent.

Nothing here raises, whatever the header is; what cannot be understood is passed on as it stands.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coserver.mail.headers import Fields
from coserver.mail.strings import nstring, string

MOST_ADDRESSES = 5000  # of one field
_LONGEST_ROUTE = 100  # words between < and its colon
_SIMPLE = re.compile(
    rb'[ \t]*+(?:"([^"\\]*)"[ \t]*|([^"(),:;<>@\[\]\\]*))'
    rb'<([^\s<>@",:;()\[\]\\]+)@([^\s<>@",:;()\[\]\\]+)>[ \t]*+(?:,|\Z)'
)
_BARE = re.compile(rb'[ \t]*+([^\s<>@",:;()\[\]\\]+)@([^\s<>@",:;()\[\]\\]+)[ \t]*+(?:,|\Z)')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|[\s]+|[<>@,:;()\\\]]|[^\s"<>@,:;()\\\[\]]+', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_MONTHS = {name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DATE = re.compile(
    rb"\s*(?:[A-Za-z]{3,9}\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*[\s.,-]+(\d{2,4})"
    rb"(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?"
)


@dataclass(slots=True)
class _Mailbox:
    """One address while it is read."""

    words: list[bytes] = field(default_factory=list)  # phrase, or local part and host around an @
    angle: list[bytes] | None = None
    open: bool = False  # between < and >
    comment: list[bytes] = field(default_factory=list)


def envelope(fields: Fields) -> bytes:
    """The ENVELOPE of a header; Sender and Reply-To are taken from From where they are missing."""
    from_ = addresses(fields.get(b"from"))
    sender = addresses(fields.get(b"sender"))
    reply_to = addresses(fields.get(b"reply-to"))
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        nstring(fields.get(b"date")),
        nstring(fields.get(b"subject")),
        from_,
        from_ if sender == b"NIL" else sender,
        from_ if reply_to == b"NIL" else reply_to,
        addresses(fields.get(b"to")),
        addresses(fields.get(b"cc")),
        addresses(fields.get(b"bcc")),
        nstring(fields.get(b"in-reply-to")),
        nstring(fields.get(b"message-id")),
    )


def addresses(value: bytes | None) -> bytes:
    """An address list as IMAP sends it: each address four strings, groups with their marks, or NIL."""
    if not value:
        return b"NIL"
    quick = _quick(value)
    rendered = quick if quick is not None else list(_rendered(value))
    return b"(%b)" % b"".join(rendered[:MOST_ADDRESSES]) if rendered else b"NIL"


def sent(value: bytes | None) -> int | None:
    """The Date header as its own clock says it, in milliseconds since 1970; None if it is no date."""
    match = _DATE.match(value) if value else None
    if match is None:
        return None
    day, name, year_text, hour, minute, second = match.groups()
    year = int(year_text)
    if len(year_text) < 4:  # RFC 5322 4.3
        year += 2000 if year < 50 and len(year_text) == 2 else 1900
    try:
        moment = datetime(
            year,
            _MONTHS[name.lower()],
            int(day),
            int(hour or 0),
            int(minute or 0),
            min(59, int(second or 0)),
            tzinfo=UTC,
        )
    except (KeyError, ValueError):
        return None
    return int(moment.timestamp()) * 1000


def _quick(value: bytes) -> list[bytes] | None:
    """Lists of plain addresses, as nearly all are; None if this one is not."""
    found: list[bytes] = []
    position = 0
    while position < len(value):
        match = _SIMPLE.match(value, position)
        if match is not None:
            quoted, phrase, local, host = match.groups()
            name = quoted if quoted is not None else phrase.strip()
        else:
            match = _BARE.match(value, position)
            if match is None:
                return None
            local, host = match.groups()
            name = b""
        found.append(_address(name, b"", local, host))
        position = match.end()
        if len(found) > MOST_ADDRESSES:
            break
    return found


def _address(name: bytes, route: bytes, local: bytes, host: bytes) -> bytes:
    return b"(%b %b %b %b)" % (nstring(name or None), nstring(route or None), string(local), string(host))


def _rendered(value: bytes) -> Iterator[bytes]:
    """Any address list, token by token (RFC 5322 3.4)."""
    mailbox = _Mailbox()
    depth = count = 0
    in_group = False
    for token in _TOKEN.findall(value):
        if depth or token == b"(":
            depth += (token == b"(") - (token == b")")
            if not (token == b"(" and depth == 1) and depth:
                mailbox.comment.append(token)
        elif token in b",:;" and not (mailbox.open and _in_route(mailbox.angle)):
            if token == b":" and not in_group:
                yield b"(NIL NIL %b NIL)" % string(_phrase(mailbox.words))
                in_group = True
            else:
                yield from _finished(mailbox)
            if token == b";" and in_group:
                yield b"(NIL NIL NIL NIL)"
                in_group = False
            mailbox = _Mailbox()
            count += 1
            if count > MOST_ADDRESSES:
                break
        else:
            _take(mailbox, token)
    yield from _finished(mailbox)
    if in_group:
        yield b"(NIL NIL NIL NIL)"


def _in_route(angle: list[bytes] | None) -> bool:
    """Whether an obsolete route is being read, where commas and a colon do not end the address."""
    return angle is not None and angle[:1] == [b"@"] and len(angle) < _LONGEST_ROUTE and b":" not in angle


def _take(mailbox: _Mailbox, token: bytes) -> None:
    if token == b"<":
        mailbox.angle, mailbox.open = [], True
    elif token == b">":
        mailbox.open = False
    elif mailbox.angle is not None:
        if mailbox.open:
            mailbox.angle.append(token)
    else:
        mailbox.words.append(token)


def _finished(mailbox: _Mailbox) -> Iterator[bytes]:
    """The address that was read, if there was any."""
    comment = b"".join(mailbox.comment).strip()
    if mailbox.angle is None:
        words = [word for word in mailbox.words if not word.isspace()]
        if words:
            yield _address(comment, b"", *_split(words))
        return
    route, words = b"", [word for word in mailbox.angle if not word.isspace()]
    if words[:1] == [b"@"] and b":" in words:  # the obsolete route, RFC 5322 4.4
        colon = words.index(b":")
        route, words = b"".join(words[:colon]), words[colon + 1 :]
    name = _phrase(mailbox.words) or comment
    if name or words:
        yield _address(name, route, *_split(words))


def _split(words: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Local part and host, parted at the last @; the host is empty where there is none."""
    if b"@" not in words:
        return b"".join(_unquoted(word) for word in words), b""
    at = len(words) - 1 - list(reversed(words)).index(b"@")
    return b"".join(_unquoted(word) for word in words[:at]), b"".join(words[at + 1 :])


def _phrase(words: Sequence[bytes]) -> bytes:
    """A display name: quotes taken off, runs of blanks made one."""
    return b"".join(b" " if word.isspace() else _unquoted(word) for word in words).strip()


def _unquoted(word: bytes) -> bytes:
    if not word.startswith(b'"'):
        return word
    inner = word[1:-1] if len(word) > 1 and word.endswith(b'"') else word[1:]
    return _ESCAPE.sub(rb"\1", inner)
