"""Answers as bytes, and the one table of errors in IMAP's words (RFC 9051 7.1, RFC 5530)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from coserver.imap.commands.search import BadCharsetError
from coserver.imap.wire import astring, quoted, utf7
from coserver.model import errors
from coserver.model.item import Flag

FLAG_NAMES = (
    (Flag.ANSWERED, b"\\Answered"),
    (Flag.FLAGGED, b"\\Flagged"),
    (Flag.DELETED, b"\\Deleted"),
    (Flag.SEEN, b"\\Seen"),
    (Flag.DRAFT, b"\\Draft"),
)
BEFORE_LOGIN = (b"IMAP4rev1", b"IMAP4rev2", b"LITERAL+", b"SASL-IR", b"ID", b"ENABLE")
AFTER_LOGIN = (
    b"IDLE", b"NAMESPACE", b"UIDPLUS", b"UNSELECT", b"CHILDREN", b"MOVE", b"SPECIAL-USE", b"CREATE-SPECIAL-USE",
    b"LIST-EXTENDED", b"LIST-STATUS", b"STATUS=SIZE", b"CONDSTORE", b"ESEARCH", b"SEARCHRES", b"WITHIN", b"BINARY",
    b"MULTIAPPEND", b"ACL", b"RIGHTS=texk", b"LIST-MYRIGHTS", b"QUOTA", b"QUOTA=RES-STORAGE", b"QUOTA=RES-MESSAGE",
)  # fmt: skip


class PrivacyRequiredError(errors.HouseError):
    """A password was to come in clear (RFC 5530 3)."""


class TryCreateError(errors.HouseError):
    """The target of a message is not there, and could be made (RFC 9051 6.3.12)."""


class UnknownEncodingError(errors.HouseError):
    """BINARY was asked of a part whose transfer encoding is not known (RFC 3516 4.3)."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: OK, NO or BAD, a response code without brackets, a text for people."""

    kind: bytes
    text: str
    code: bytes = b""


_CODES: Mapping[type[errors.HouseError], tuple[bytes, bytes]] = MappingProxyType(
    {
        BadCharsetError: (b"NO", b"BADCHARSET (US-ASCII UTF-8)"),
        PrivacyRequiredError: (b"NO", b"PRIVACYREQUIRED"),
        TryCreateError: (b"NO", b"TRYCREATE"),
        UnknownEncodingError: (b"NO", b"UNKNOWN-CTE"),
        errors.Malformed: (b"BAD", b""),
        errors.Unknown: (b"NO", b"AUTHENTICATIONFAILED"),
        errors.Denied: (b"NO", b"NOPERM"),
        errors.NotInPlan: (b"NO", b"AUTHORIZATIONFAILED"),
        errors.Missing: (b"NO", b"NONEXISTENT"),
        errors.Exists: (b"NO", b"ALREADYEXISTS"),
        errors.Stale: (b"NO", b"CLIENTBUG"),
        errors.Locked: (b"NO", b"INUSE"),
        errors.NoRoom: (b"NO", b"OVERQUOTA"),
        errors.TooBig: (b"NO", b"TOOBIG"),
        errors.Busy: (b"NO", b"UNAVAILABLE"),
    }
)


def refused(error: errors.HouseError) -> Done:
    """The end of a command that failed."""
    kind, code = _CODES.get(type(error), (b"NO", b"CANNOT"))
    if isinstance(error, errors.Denied) and error.private.get("children"):
        code = b"HASCHILDREN"  # RFC 9051 7.1
    return Done(kind, error.text, code)


def tagged(tag: bytes, done: Done) -> bytes:
    """The line that ends a command."""
    code = b"[%b] " % done.code if done.code else b""
    return b"%b %b %b%b\r\n" % (tag, done.kind, code, _plain(done.text))


def untagged(kind: bytes, text: str, code: bytes = b"") -> bytes:
    """OK, NO, BAD, BYE or PREAUTH on its own."""
    return tagged(b"*", Done(kind, text, code))


def _plain(text: str) -> bytes:
    """A text as a status line can hold it: one line of ASCII."""
    line = " ".join(text.split()) or "-"
    return line.encode("ascii", "replace")[:1000]


def capabilities(*, logged_in: bool, tls_offered: bool, plain_allowed: bool, append_limit: int) -> bytes:
    """The words of CAPABILITY, beginning with that word."""
    words = [b"CAPABILITY", *BEFORE_LOGIN]
    if logged_in:
        words += [*AFTER_LOGIN, b"APPENDLIMIT=%d" % append_limit]
    else:
        words += [b"STARTTLS"] if tls_offered else []
        words += [b"AUTH=PLAIN", b"AUTH=LOGIN"] if plain_allowed else [b"LOGINDISABLED"]
    return b" ".join(words)


def name(mailbox: str, *, utf8: bool) -> bytes:
    """The name of a mailbox as a client reads it."""
    return quoted_utf8(mailbox) if utf8 else astring_or_quoted(utf7(mailbox))


def quoted_utf8(text: str) -> bytes:
    """A quoted string that may hold UTF-8 (RFC 9051 9)."""
    return b'"%b"' % text.replace("\\", "\\\\").replace('"', '\\"').encode("utf-8")


def astring_or_quoted(text: bytes) -> bytes:
    """An atom, or a string where it could be mistaken for something else."""
    return quoted(text) if not text or text.upper() == b"NIL" else astring(text)


def listing(word: bytes, attributes: Iterable[bytes], mailbox: bytes, extra: bytes = b"") -> bytes:
    """One line of LIST or LSUB."""
    return b'* %b (%b) "/" %b%b\r\n' % (word, b" ".join(attributes), mailbox, extra)


def status(mailbox: bytes, values: Sequence[tuple[str, int]]) -> bytes:
    """The line of STATUS."""
    told = b" ".join(b"%b %d" % (item.encode("ascii"), value) for item, value in values)
    return b"* STATUS %b (%b)\r\n" % (mailbox, told)


def flags(held: int, keywords: str, *, recent: bool = False) -> bytes:
    """Flags and keywords without the parentheses."""
    known = _SYSTEM[held & 31]
    parts = [known] if known else []
    if keywords:
        parts.append(keywords.encode("ascii", "replace"))
    if recent:
        parts.append(b"\\Recent")
    return b" ".join(parts)


_SYSTEM = tuple(b" ".join(name for flag, name in FLAG_NAMES if held & flag) for held in range(32))
