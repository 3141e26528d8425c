"""One client's conversation as a table of states: command lines in, intentions out; no input or output.

Invariants: nothing is decided here that needs the store: the socket's side puts the question to
`policy` and tells the verdict back; the state of before STARTTLS never counts after it (RFC 3207
4.2); whatever the bytes of a line are, `on` gives an intention and raises nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coserver.model.errors import HouseError, Malformed
from coserver.model.principal import Who
from coserver.smtp import replies
from coserver.smtp.envelope import Envelope, Mail, Recipient, Role, Terms
from coserver.smtp.lines import AUTH_LIMIT, COMMAND_LIMIT
from coserver.smtp.parameters import (
    MailParameters,
    NotKnown,
    RecipientParameters,
    mail_parameters,
    recipient_parameters,
)
from coserver.smtp.paths import Path, forward_path, reverse_path, split
from coserver.smtp.replies import Reply, reply

MOST_ERRORS = 50
MECHANISMS = ("PLAIN", "LOGIN")
_CHUNK = re.compile(r"([0-9]{1,20})(?: +(LAST))?\Z", re.IGNORECASE)
_WEB = re.compile(r"(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|CONNECT|TRACE|PATCH|PRI) |HOST:|USER-AGENT:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Send:
    """Answer and go on."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Leave:
    """Answer and close the connection."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class AskSender:
    """MAIL is well-formed: may this sender?"""

    mail: Mail


@dataclass(frozen=True, slots=True)
class AskRecipient:
    """RCPT is well-formed: is it taken here?"""

    path: Path
    parameters: RecipientParameters


@dataclass(frozen=True, slots=True)
class StartTls:
    """Answer 220 and take up TLS."""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Run the exchange of a mechanism; `initial` is None when the client sent no initial response."""

    mechanism: str
    initial: bytes | None


@dataclass(frozen=True, slots=True)
class ReceiveText:
    """Answer 354 and read the message to its end."""


@dataclass(frozen=True, slots=True)
class ReceiveChunk:
    """Read `size` bytes that follow at once; with `refusal` drop them and answer that (RFC 3030 2)."""

    size: int
    last: bool
    refusal: Reply | None


Step = Send | Leave | AskSender | AskRecipient | StartTls | Authenticate | ReceiveText | ReceiveChunk


class Session:
    """The state of one conversation.

    Args:
        terms: what the listener offers.
        tls: whether the connection is inside TLS from its first byte.
    """

    def __init__(self, terms: Terms, *, tls: bool = False) -> None:
        self.terms = terms
        self.tls = tls
        self.who: Who | None = None
        self.client = ""
        self.extended = False
        self.errors = 0
        self.mail: Mail | None = None
        self.recipients: list[Recipient] = []
        self.refused = 0
        self.chunking = False
        self.chunk_refused = False

    def on(self, line: bytes) -> Step:
        """What a command line, without its CRLF, leads to."""
        if len(line) > (AUTH_LIMIT if line[:5].upper() == b"AUTH " else COMMAND_LIMIT):
            return self._send(replies.LINE_TOO_LONG)
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return self._send(replies.BAD_BYTES)
        if _WEB.match(text):
            return Leave(replies.NOT_HTTP)
        verb, _, argument = text.partition(" ")
        act = _VERBS.get(verb.upper())
        if act is None or not text.isprintable():
            return self._send(replies.UNKNOWN_COMMAND if text.isprintable() else replies.BAD_BYTES)
        try:
            step = act(self, argument.strip(" "))
        except HouseError as error:
            step = Send(_syntax(verb.upper(), error))
        return self._send(step.reply) if isinstance(step, Send) else step

    def answer(self, answer: Reply) -> Step:
        """The same counting for a verdict that came from elsewhere."""
        return self._send(answer)

    def greet(self, client: str, *, extended: bool) -> None:
        """HELO, EHLO or LHLO was accepted: it also resets (RFC 5321 4.1.4)."""
        self.client = client[:255]
        self.extended = extended
        self.reset()

    def reset(self) -> None:
        """Forget the transaction."""
        self.mail = None
        self.recipients = []
        self.refused = 0
        self.chunking = False
        self.chunk_refused = False

    def secured(self) -> None:
        """TLS is up: begin again, knowing nothing (RFC 3207 4.2)."""
        self.tls = True
        self.who = None
        self.client = ""
        self.extended = False
        self.reset()

    def take_sender(self, mail: Mail) -> Step:
        """The sender may."""
        self.mail = mail
        return Send(replies.SENDER_OK)

    def take_recipient(self, verdict: Recipient | Reply) -> Step:
        """A recipient was judged."""
        if isinstance(verdict, Reply):
            self.refused += 1
            return self._send(verdict)
        self.recipients.append(verdict)
        return Send(replies.RECIPIENT_OK)

    def envelope(self) -> Envelope:
        """The transaction as it stands when its message comes."""
        if self.mail is None:
            raise Malformed("There is no transaction")
        return Envelope(self.mail, tuple(self.recipients))

    @property
    def may_authenticate(self) -> bool:
        """Whether AUTH is offered now: submission only, and inside TLS unless the terms say else."""
        return self.terms.role is Role.SUBMISSION and (self.tls or self.terms.clear_passwords)

    def _send(self, answer: Reply) -> Step:
        if answer.code >= 500:
            self.errors += 1
            if self.errors > MOST_ERRORS:
                return Leave(replies.TOO_MANY_ERRORS)
        return Send(answer)


def _syntax(verb: str, error: HouseError) -> Reply:
    if isinstance(error, NotKnown):
        return reply(555, "5.5.4", error.text)  # RFC 5321 4.1.1.11
    status = {"MAIL": "5.1.7", "RCPT": "5.1.3"}.get(verb, "5.5.4") if "address" in error.text else "5.5.4"
    return reply(501, status, error.text)


def keywords(session: Session) -> tuple[str, ...]:
    """The extensions offered now, as EHLO lists them."""
    found = [
        "PIPELINING",  # RFC 2920
        f"SIZE {session.terms.max_bytes}",  # RFC 1870
        "8BITMIME",  # RFC 6152
        "SMTPUTF8",  # RFC 6531
        "CHUNKING",  # RFC 3030
        "ENHANCEDSTATUSCODES",  # RFC 2034
    ]
    if session.terms.role is not Role.LMTP:  # the neighbour who hands mail over notifies by himself
        found.insert(-1, "DSN")  # RFC 3461
    if session.terms.starttls and not session.tls:
        found.append("STARTTLS")  # RFC 3207
    if session.may_authenticate:
        found.append(f"AUTH {' '.join(MECHANISMS)}")  # RFC 4954
    return (*found, "HELP")


def _helo(session: Session, argument: str) -> Step:
    if session.terms.role is Role.LMTP:
        return Send(replies.UNKNOWN_COMMAND)  # RFC 2033 4.1
    return _greeting(session, argument, extended=False)


def _ehlo(session: Session, argument: str) -> Step:
    if session.terms.role is Role.LMTP:
        return Send(replies.UNKNOWN_COMMAND)
    return _greeting(session, argument, extended=True)


def _lhlo(session: Session, argument: str) -> Step:
    if session.terms.role is not Role.LMTP:
        return Send(replies.UNKNOWN_COMMAND)
    return _greeting(session, argument, extended=True)


def _greeting(session: Session, argument: str, *, extended: bool) -> Step:
    if not argument:
        return Send(reply(501, "5.5.4", "Tell your name"))
    session.greet(argument, extended=extended)
    more = keywords(session) if extended else ()
    return Send(Reply(250, "", (session.terms.hostname, *more)))


def _mail(session: Session, argument: str) -> Step:
    if refusal := _before_mail(session):
        return Send(refusal)
    inner, rest = split(argument, "FROM")
    sender = reverse_path(inner)
    if rest and not session.extended:
        raise Malformed("Parameters need EHLO")
    parameters = mail_parameters(rest) if rest else MailParameters()
    if parameters.size is not None and parameters.size > session.terms.max_bytes:
        return Send(replies.TOO_BIG)  # RFC 1870 6.1
    if sender.international and not parameters.smtputf8:
        return Send(reply(550, "5.6.7", "This address needs SMTPUTF8"))  # RFC 6531 3.4
    return AskSender(Mail(sender, parameters))


def _before_mail(session: Session) -> Reply | None:
    if not session.client:
        return replies.NEED_GREETING
    if session.mail:
        return replies.NESTED_MAIL
    if session.terms.role is Role.SUBMISSION and not session.who:
        return replies.NEED_AUTH if session.may_authenticate else replies.NEED_TLS_FIRST
    return None


def _rcpt(session: Session, argument: str) -> Step:
    if not session.mail:
        return Send(replies.NEED_MAIL)
    if session.chunking:
        return Send(replies.IN_CHUNKS)
    inner, rest = split(argument, "TO")
    path = forward_path(inner)
    if rest and not session.extended:
        raise Malformed("Parameters need EHLO")
    if len(session.recipients) >= session.terms.max_recipients:
        return Send(replies.TOO_MANY_RECIPIENTS)  # RFC 5321 4.5.3.1.10
    if path.international and not session.mail.parameters.smtputf8:
        return Send(reply(550, "5.6.7", "This address needs SMTPUTF8"))
    return AskRecipient(path, recipient_parameters(rest) if rest else RecipientParameters())


def _data(session: Session, argument: str) -> Step:
    if argument:
        return Send(replies.NO_ARGUMENT)
    if session.chunking:
        return Send(replies.IN_CHUNKS)  # RFC 3030 3
    return Send(refusal) if (refusal := _before_message(session)) else ReceiveText()


def _before_message(session: Session) -> Reply | None:
    if not session.mail:
        return replies.NEED_MAIL
    if not session.recipients:
        return replies.NO_VALID_RCPT if session.refused else replies.NEED_RCPT
    return None


def _bdat(session: Session, argument: str) -> Step:
    found = _CHUNK.match(argument)
    if not found:  # how many bytes follow cannot be known: what comes next must not be read as commands
        return Leave(reply(501, "5.5.4", "BDAT takes a size and perhaps LAST; closing the connection"))
    size, last = int(found.group(1)), found.group(2) is not None
    if session.chunk_refused:
        return ReceiveChunk(size, last, replies.NO_CHUNKS_TO_SINK)
    return ReceiveChunk(size, last, _before_message(session))


def _rset(session: Session, argument: str) -> Step:
    if argument:
        return Send(replies.NO_ARGUMENT)
    session.reset()
    return Send(replies.OK)


def _noop(_session: Session, _argument: str) -> Step:
    return Send(replies.OK)


def _quit(_session: Session, argument: str) -> Step:
    return Send(replies.NO_ARGUMENT) if argument else Leave(replies.BYE)


def _help(_session: Session, _argument: str) -> Step:
    return Send(reply(214, "2.0.0", " ".join(_VERBS)))


def _vrfy(_session: Session, argument: str) -> Step:
    return Send(replies.VERIFY if argument else reply(501, "5.5.4", "Verify whom?"))


def _expn(_session: Session, _argument: str) -> Step:
    return Send(replies.NOT_OFFERED)


def _starttls(session: Session, argument: str) -> Step:
    if argument:
        return Send(replies.NO_ARGUMENT)
    if not session.terms.starttls or session.tls:
        return Send(replies.NOT_OFFERED)
    return StartTls()


def _auth(session: Session, argument: str) -> Step:
    if refusal := _before_auth(session):
        return Send(refusal)
    mechanism, _, initial = argument.partition(" ")
    if not mechanism:
        return Send(reply(501, "5.5.4", "Name a mechanism"))
    if mechanism.upper() not in MECHANISMS:
        return Send(replies.UNKNOWN_MECHANISM)
    return Authenticate(mechanism.upper(), initial.strip(" ").encode() or None)


def _before_auth(session: Session) -> Reply | None:
    if session.terms.role is not Role.SUBMISSION:
        return replies.NOT_OFFERED
    if not session.extended:
        return replies.NEED_GREETING
    if not session.may_authenticate:
        return replies.NEED_TLS
    if session.who:
        return replies.ALREADY_AUTHENTICATED  # RFC 4954 4
    return replies.IN_TRANSACTION if session.mail else None


_VERBS: Mapping[str, Callable[[Session, str], Step]] = {
    "HELO": _helo,
    "EHLO": _ehlo,
    "LHLO": _lhlo,
    "MAIL": _mail,
    "RCPT": _rcpt,
    "DATA": _data,
    "BDAT": _bdat,
    "RSET": _rset,
    "NOOP": _noop,
    "QUIT": _quit,
    "HELP": _help,
    "VRFY": _vrfy,
    "EXPN": _expn,
    "STARTTLS": _starttls,
    "AUTH": _auth,
}
