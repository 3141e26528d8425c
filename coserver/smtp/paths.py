"""Envelope addresses: the grammar of paths (RFC 5321 4.1.2, RFC 6531 3.3); no input or output."""

import re
from dataclasses import dataclass

from coserver.model.errors import Malformed

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\x80-\U0010ffff]+"
_LABEL = r"[A-Za-z0-9_\x80-\U0010ffff](?:[A-Za-z0-9_\-\x80-\U0010ffff]*[A-Za-z0-9_\x80-\U0010ffff])?"
_LOCAL = rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[\x20\x21\x23-\x5b\x5d-\x7e\x80-\U0010ffff]|\\[\x20-\x7e])*")'
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[A-Za-z0-9:.\-]{{1,100}}\])"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)\Z")
_MAILBOX = re.compile(rf"({_LOCAL})@({_DOMAIN})\Z")
_ROUTE = re.compile(rf"@{_DOMAIN}(?:,@{_DOMAIN})*:")  # RFC 5321 4.1.2: taken and ignored
_QUOTED_PAIR = re.compile(r"\\(.)")

LOCAL_LIMIT = 64  # octets, RFC 5321 4.5.3.1.1
DOMAIN_LIMIT = 255  # octets, RFC 5321 4.5.3.1.2


@dataclass(frozen=True, slots=True)
class Path:
    """A mailbox of the envelope. Both parts are empty for the null sender `<>`.

    `local` is unquoted, in the case it came in; `domain` is lower case without a final dot, empty
    for a bare `<postmaster>` (RFC 5321 4.1.1.3).
    """

    local: str
    domain: str

    def __str__(self) -> str:
        """As it stands between angle brackets."""
        local = self.local
        if local and not _PLAIN.match(local):
            escaped = local.replace("\\", "\\\\").replace('"', '\\"')
            local = f'"{escaped}"'
        return f"{local}@{self.domain}" if self.domain else local

    @property
    def international(self) -> bool:
        """Whether it needs SMTPUTF8 to travel (RFC 6531 3.3)."""
        return not (self.local.isascii() and self.domain.isascii())


NULL = Path("", "")


def mailbox(text: str) -> Path:
    """The address `local@domain` as a value.

    Raises:
        Malformed: it is not one.
    """
    found = _MAILBOX.match(text)
    if not found:
        raise Malformed("That is not a mail address")
    local, domain = found.groups()
    if len(local.encode()) > LOCAL_LIMIT + 2 or len(domain.encode()) > DOMAIN_LIMIT:
        raise Malformed("That address is too long")
    if local.startswith('"'):
        local = _QUOTED_PAIR.sub(r"\1", local[1:-1])
    return Path(local, domain.rstrip(".").lower())


def split(argument: str, keyword: str) -> tuple[str, str]:
    """`FROM:<path> parameters` taken apart: what stands between the angle brackets, and the rest.

    Raises:
        Malformed: the keyword or the brackets are missing.
    """
    name, colon, rest = argument.partition(":")
    if not colon or name.strip().upper() != keyword:
        raise Malformed(f"Expected {keyword}:<address>")
    rest = rest.lstrip(" ")
    if not rest.startswith("<"):
        raise Malformed(f"Expected {keyword}:<address>")
    end = _closing(rest)
    after = rest[end + 1 :]
    if after and not after.startswith(" "):
        raise Malformed("Expected a space after the address")
    return rest[1:end], after.strip(" ")


def _closing(text: str) -> int:
    quoted = escaped = False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == ">" and not quoted:
            return place
    raise Malformed("The address lacks its closing bracket")


def reverse_path(text: str) -> Path:
    """The sender between the brackets of MAIL FROM; empty is the null sender."""
    return NULL if not text else mailbox(_ROUTE.sub("", text, count=1))


def forward_path(text: str) -> Path:
    """The recipient between the brackets of RCPT TO; `postmaster` needs no domain."""
    if text.lower() == "postmaster":
        return Path("postmaster", "")
    return mailbox(_ROUTE.sub("", text, count=1))
