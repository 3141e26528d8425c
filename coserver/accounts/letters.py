"""Letters of the house to people: confirmations, invitations, warnings.

Invariants: a letter is part of the tx that causes it, so there is none without its cause; whether it
can be delivered never decides whether the deed is done; it has no sender to bounce to, and says that
no person wrote it (RFC 3834 5), so nothing answers it by itself. A letter to the owner of an account goes to the
account, whatever has become of its addresses; one to an address goes where that leads, here or elsewhere. It is
written as plain text, and as HTML that says the same and fetches nothing (R24).

A letter is made ready outside the tx (`ready`: it is composed, hashed and parsed) and posted inside it
(`post`). Who knows only in the tx whom to write to reads first, makes the letters ready, and looks
again in the tx whether they are still right.
"""

import html
import logging
import re
import secrets
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from coserver.log import event
from coserver.mail import addresses, delivery, domains
from coserver.mail.prepared import Prepared, prepare
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.plan import Occasion
from coserver.store import outbox, spaces
from coserver.store.engine import Store
from coserver.store.outbox import Addressee, Outgoing
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

NOBODY = "nobody@nowhere.invalid"  # whom a letter is made ready for that is never posted (RFC 2606 2)
POSTMASTER = "postmaster"  # answers reach the person who reads the mail of the domain's roles
_GIVE_UP = 5 * 86_400_000  # milliseconds, RFC 5321 4.5.4.1
_LONGEST_LOCAL, _LONGEST = 64, 254  # octets, RFC 5321 4.5.3.1.1 and 4.5.3.1.3 (a path is in angle brackets)
_LONGEST_SUBJECT = 200  # characters
_TOLD = 100  # characters of what is no address, where it is said
_FORBIDDEN = frozenset('()<>[]:;,\\"@')
_BLANK_LINES = re.compile(r"\n[ \t]*\n+")
_LINK = re.compile(r"https://[^\s<>\"']+")
_HTML = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="max-width:40em;font-family:sans-serif;line-height:1.4">
{body}
</body></html>
"""
_RETURN_PATH = b"Return-Path: <>\r\n"  # RFC 5321 4.4, and taken off again where it leaves the house


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said to whom: `to` is one address, `text` plain text with its own line breaks.

    With `account` it is for the owner of that, whose login it is addressed to.
    """

    to: str
    subject: str
    text: str
    account: PrincipalId | None = None

    def for_owner(self, account: PrincipalId) -> "Letter":
        """The same to the owner of an account, whatever has become of its address."""
        return replace(self, account=account)


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter that can be posted: `local` and `host` are those of its address, `account` whose it is, if it is."""

    local: str
    host: str
    prepared: Prepared
    account: PrincipalId | None = None

    @property
    def to(self) -> str:
        """The address it goes to."""
        return f"{self.local}@{self.host}"


def split(address: str) -> tuple[str, str]:
    """The two sides of an address that a person gave, the domain as it is kept.

    Raises:
        Malformed: mail cannot be sent there.
    """
    if not address.strip():
        raise Malformed("Please type a mail address, as NAME@DOMAIN.")
    local, at, host = address.strip().rpartition("@")
    odd = any(letter in _FORBIDDEN or letter.isspace() or not letter.isprintable() for letter in local)
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    if not at or not local or odd or dots or not _is_text(local) or len(local.encode()) > _LONGEST_LOCAL:
        raise Malformed(f"{address[:_TOLD]!r} is not a mail address: write NAME@DOMAIN.")
    kept = domains.normal(host)
    if len(f"{local}@{kept}".encode()) > _LONGEST:
        raise Malformed("The mail address is too long.")
    return local, kept


def moment(milliseconds: int) -> str:
    """A time as letters tell it, to the minute, in UTC."""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%d %H:%M} UTC"


def ready(store: Store, letter: Letter, *, sender: str = POSTMASTER) -> Ready:
    """Compose a letter from `sender` (what stands before the @) at the standard domain; never in a tx.

    Raises:
        Malformed: its address is none.
        Missing: there is no domain yet.
    """
    local, host = split(letter.to)
    with store.read() as tx:
        ours = domains.find(tx, "").name
    data = _RETURN_PATH + _composed(letter, f"{local}@{host}", f"{sender}@{ours}", now=store.clock.now())
    return Ready(local, host, prepare(store.stage(data)), letter.account)


def post(tx: Tx, made: Ready, *, by: PrincipalId) -> bool:
    """Deliver a letter to an INBOX here, or queue it for elsewhere; whether it found a way.

    `by` is the account or group on whose behalf it is written: its space holds what is still to be
    sent, and what goes with the space is not sent any more. A letter finds a little room in a mailbox
    that is full; where that is used up, or an address of ours leads nowhere, the log alone is told.

    Raises:
        Busy: the disk is full.
        Missing: `by` has no space.
    """
    if made.account is not None or domains.is_ours(tx, made.host):
        return _deliver(tx, made)
    space, international = spaces.of(tx, by).id, not made.local.isascii()
    outgoing = Outgoing(
        space, made.prepared.staged, "", "", "", smtputf8=international, expires=tx.now + _GIVE_UP
    )  # fmt: skip
    # Where nothing is sent outside nobody works the outbox off: due is as good as held.
    outbox.add(tx, outgoing, [Addressee(made.to, made.host, "", "NEVER")], held=False)
    return True


def post_later(store: Store, job: Callable[[Tx], None]) -> None:
    """Queue a job that may post letters, for who is not to learn, by waiting for it, whether it does."""
    store.submit(job).add_done_callback(_done)


def _done(job: "Future[None]") -> None:
    error = job.exception()
    if error is not None:
        event(log, "letter-not-posted", error=type(error).__name__)


def _deliver(tx: Tx, made: Ready) -> bool:
    principal = addresses.resolve(tx, made.local, made.host) if made.account is None else made.account
    done = delivery.deliver(tx, [principal], made.prepared, occasion=Occasion.LETTER) if principal is not None else []
    if any(one.item is not None for one in done):
        return True
    why = "nobody has the address" if principal is None else "there is no room"
    tx.after_commit(lambda: event(log, "letter-lost", to=made.to, why=why))
    return False


def _composed(letter: Letter, to: str, sender: str, *, now: float) -> bytes:
    """The message as bytes, all of it ASCII but for an international address (RFC 6532)."""
    message = EmailMessage(SMTP.clone(utf8=not to.isascii(), cte_type="7bit"))
    message["Date"] = format_datetime(datetime.fromtimestamp(int(now), UTC))  # RFC 5322 3.6.1
    message["From"] = f"<{sender}>"
    message["To"] = f"<{to}>"
    message["Subject"] = _one_line(letter.subject)
    message["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.rpartition('@')[2]}>"  # RFC 5322 3.6.4
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5
    message.set_content(letter.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    page = _page(letter)
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")  # RFC 2046 5.1.4
    return message.as_bytes()


def _page(letter: Letter) -> str:
    """The text as HTML: paragraphs as they stand, what is indented kept in its lines, links that can be followed."""
    parts = []
    for part in _BLANK_LINES.split(letter.text.strip("\n")):
        plain = _LINK.sub(r'<a href="\g<0>">\g<0></a>', html.escape(part))
        indented = all(line.startswith(" ") for line in part.splitlines())
        parts.append(f"<pre>{plain}</pre>" if indented else "<p>" + plain.replace("\n", "<br>\n") + "</p>")
    title = html.escape(_one_line(letter.subject))
    return _HTML.format(title=title, body="\n".join(parts))


def _one_line(text: str) -> str:
    """A subject that may hold names people chose: no line ends, no control characters."""
    line = " ".join(text.split())[:_LONGEST_SUBJECT]
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def _is_text(local: str) -> bool:
    """False for bytes that were no UTF-8."""
    try:
        local.encode()
    except UnicodeEncodeError:
        return False
    return True
