"""A plain message as it is sent: from what a person typed to bytes (RFC 5322, RFC 2045, RFC 6532).

Invariant: nothing that is typed into one field becomes another: line breaks in fields are spaces.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, getaddresses, make_msgid

from coserver.model.errors import Malformed

LONGEST_SUBJECT = 500  # characters
LONGEST_ADDRESS = 254  # octets (RFC 5321 4.5.3.1.3, without the brackets)
LONGEST_FIELD = 20_000  # characters of recipients in one field
MOST_REFERENCES = 30
_QUOTE = chr(34)
_ESCAPE = re.compile(r"\\(.)")
_ONE = re.compile(  # "name" <address>, name <address>, or an address, and what ends it
    r' ?(?:"((?:[^"\\]|\\.)*)" ?<([^<>"\s]+)>|([^"<>,;]*)<([^<>",;\s]+)>|([^\s"<>,;]+)) ?(?:[,; ]*[,;] ?|\Z)'
)
_TOLD = 100  # characters of what is no address, where it is said
_QUOTED = 20_000  # characters of a message that are quoted in the answer to it


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed: recipients as people write them, with commas between."""

    to: str
    cc: str
    bcc: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Before:
    """The message that is answered: its Message-ID and what that refers to, in order; empty for a new one."""

    identity: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to be sent, and the addresses it goes to, each once."""

    data: bytes
    recipients: tuple[str, ...]


def compose(draft: Draft, *, sender: tuple[str, str], before: Before, now: float, host: str) -> Composed:
    """Make a message; `sender` is a name, or empty, and an address of the account; `now` in seconds since 1970.

    Raises:
        Malformed: there is no recipient, or one that is none; the subject is too long.
    """
    to, cc, bcc = (addresses(text) for text in (draft.to, draft.cc, draft.bcc))
    all_ = tuple(dict.fromkeys(each.addr_spec for each in (*to, *cc, *bcc)))
    if not all_:
        raise Malformed("Please say to whom the message goes.")
    subject = " ".join(draft.subject.split())
    if len(subject) > LONGEST_SUBJECT:
        raise Malformed(f"The subject has {LONGEST_SUBJECT} characters at most.")
    plain = all(each.isascii() for each in (*all_, sender[1]))
    made = EmailMessage(SMTP if plain else SMTPUTF8)
    made["From"] = _address(*sender)
    for name, found in (("To", to), ("Cc", cc)):
        if found:
            made[name] = found
    made["Subject"] = subject
    made["Date"] = format_datetime(datetime.fromtimestamp(int(now), UTC))
    made["Message-ID"] = make_msgid(domain=host)
    if before.identity:
        made["In-Reply-To"] = before.identity
        made["References"] = " ".join((*before.references[-MOST_REFERENCES:], before.identity))
    text = draft.text.replace("\r\n", "\n").replace("\r", "\n")
    made.set_content(text if text.endswith("\n") else f"{text}\n")
    return Composed(bytes(made), all_)


def addresses(text: str) -> list[Address]:
    """What stands in a field for recipients.

    Raises:
        Malformed: something in it is no address; it is named.
    """
    if len(text) > LONGEST_FIELD:
        raise Malformed("These are too many recipients for one message.")
    plain = " ".join(text.split()).strip(",; ")
    found: list[Address] = []
    at = 0
    while at < len(plain):
        each = _ONE.match(plain, at)
        if each is None:
            raise Malformed(f"{plain[at : at + _TOLD]!r} is no mail address. Write several with commas between.")
        quoted_, first, name, second, bare = each.groups()
        found.append(_address(_ESCAPE.sub(r"\1", quoted_ or name or ""), first or second or bare))
        at = each.end()
    return found


def others(fields: Sequence[str], *, without: Sequence[str]) -> str:
    """The addresses in some fields of a message, but for these, as a field of the answer; what is none is left out."""
    gone = {address.lower() for _, address in getaddresses(list(without))}
    kept = [(name, address) for name, address in getaddresses(list(fields)) if address and address.lower() not in gone]
    told = [f'"{name.replace(_QUOTE, "")}" <{address}>' if name else address for name, address in kept]
    return ", ".join(dict.fromkeys(told))


def quoted(text: str, *, who: str, when: str) -> str:
    """A text as it stands in the answer to it."""
    lines = text[:_QUOTED].rstrip().split("\n")
    return f"\n\n{who}, {when}:\n" + "".join(f"> {line}\n" if line else ">\n" for line in lines)


def _address(name: str, address: str) -> Address:
    local, at, host = address.rpartition("@")
    if len(address.encode("utf-8", "replace")) > LONGEST_ADDRESS:
        raise Malformed(f"{address[:_TOLD]!r}… is no mail address: it is too long.")
    if not (local and at and host) or any(not each.isprintable() or each in '<>"(),:;\\ ' for each in address):
        raise Malformed(f"{(address or name)[:_TOLD]!r} is no mail address.")
    try:
        return Address(" ".join(name.split()), addr_spec=address) if address.isascii() else _wide(name, local, host)
    except (ValueError, IndexError, MessageError) as error:
        raise Malformed(f"{address!r} is no mail address.") from error


def _wide(name: str, local: str, host: str) -> Address:
    return Address(" ".join(name.split()), username=local, domain=host)
