"""What makes mail to a group the mail of a list: the fields put into it, and what is read in its head.

Invariants: nothing is changed in what the author wrote, but that fields of other lists are left out
(RFC 2369 4); the fields are all put between the trace and the message, so a signature of the author's
domain holds; what makes one member's copy differ from another's has one length for all, so that the
places of the parts are the same in every copy.
"""

import base64
import hmac
import re
import struct
from dataclasses import dataclass
from urllib.parse import quote

from coserver.groups.posting import Reader
from coserver.mail import headers
from coserver.model.ids import PrincipalId
from coserver.store import keyed
from coserver.store.tx import Tx

_FOREIGN = (
    b"list-id", b"list-post", b"list-help", b"list-subscribe", b"list-unsubscribe", b"list-unsubscribe-post",
    b"list-owner", b"list-archive",
)  # fmt: skip
_MARK = b"\r\nList-Id: "
_TOKEN = struct.Struct(">QQ16s")  # group, account, proof
_WORDS = re.compile(r"[A-Za-z0-9_-]{43}")
_PARENTHESES, _BACKSLASH = b"()", ord("\\")
_REPORT = re.compile(rb"multipart/report\b.*\breport-type\s*=\s*\"?delivery-status\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listing:
    """How a group shows itself in its mail: its name, and its address."""

    name: str
    local: str
    host: str

    @property
    def id(self) -> str:
        """Its list identifier (RFC 2919 2), without brackets; it stays when the address before the @ changes."""
        return f"{self.name}.{self.host}"


def fields(listing: Listing, head: bytes) -> bytes:
    """The fields that all copies and the archive bear, to be put before a head.

    `Precedence` tells programs that answer by themselves to be silent (RFC 3834 2).
    """
    mailto = f"{quote(listing.local, safe='!$*+')}@{listing.host}"
    made = f"List-Id: {listing.name} <{listing.id}>\r\nList-Post: <mailto:{mailto}>\r\n"  # RFC 2369 3.4
    if not headers.values(head, b"precedence"):
        made += "Precedence: list\r\n"
    return made.encode()


def personal(base: str, token: str) -> bytes:
    """The fields of one member's copy: where he ends his copies, by a page or by one click (RFC 8058 3.1)."""
    url = f"{base}/lists/{token}"
    return (
        f"List-Help: <{url}>\r\nList-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ).encode()


def without_others(head: bytes) -> bytes:
    """A head without the fields of other lists (RFC 2369 4)."""
    if not any(headers.values(head, name) for name in _FOREIGN):
        return head
    return headers.selected(head, _FOREIGN, others=True)


def place(data: bytes) -> int:
    """Where in a kept message the fields of a copy are put: before the first of `fields`, else at the top."""
    found = data[: data.find(b"\r\n\r\n") + 4].find(_MARK)
    return 0 if found < 0 else found + 2


def comes_again(head: bytes, listing: Listing) -> bool:
    """Whether a message was in this list before: it goes in circles."""
    ours = f"<{listing.id}>".encode().lower()
    return any(ours in value.lower() for value in headers.values(head, b"list-id"))


def answers_itself(head: bytes) -> bool:
    """Whether a program wrote it in answer to other mail (RFC 3834 5)."""
    values = headers.values(head, b"auto-submitted")
    return any(_uncommented(value)[:12].lower() == b"auto-replied" for value in values)


def reports(head: bytes) -> bool:
    """Whether it is a delivery status notification (RFC 3464 2)."""
    return any(_REPORT.match(_uncommented(value)) for value in headers.values(head, b"content-type"))


def token(tx: Tx, group: PrincipalId, reader: Reader) -> str:
    """What one member's links prove him by, as long as he stays a member; 43 characters."""
    packed = _TOKEN.pack(group, reader.account, _proof(tx, group, reader))
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def opened(text: str) -> tuple[PrincipalId, PrincipalId] | None:
    """The group and the account that a token speaks of, proved by nothing yet; None for what is no token."""
    if not _WORDS.fullmatch(text):
        return None
    group, account, _ = _TOKEN.unpack(base64.urlsafe_b64decode(f"{text}="))
    most = 1 << 63
    return (PrincipalId(group), PrincipalId(account)) if group < most and account < most else None


def proves(tx: Tx, text: str, group: PrincipalId, reader: Reader) -> bool:
    """Whether a token is the one this member's links bear."""
    return hmac.compare_digest(token(tx, group, reader).encode(), text.encode())


def _uncommented(value: bytes) -> bytes:
    """A value from its first word on, without the comments before it (RFC 5322 3.2.2)."""
    depth, quoted = 0, False
    for place, letter in enumerate(value):
        if quoted or (depth and letter == _BACKSLASH):
            quoted = not quoted
        elif letter in _PARENTHESES:
            depth += 1 if letter == _PARENTHESES[0] else -1
        elif not depth and letter not in b" \t":
            return value[place:]
    return b""


def _proof(tx: Tx, group: PrincipalId, reader: Reader) -> bytes:
    return keyed.digest(tx, f"list {group} {reader.account} {reader.joined}")[:16]
