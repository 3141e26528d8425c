"""Replies as values, their bytes, and the one table from errors of the house to SMTP.

Every reply carries an enhanced status code (RFC 2034, RFC 3463) but those that RFC 2034 4 excepts:
the greeting and the answers to HELO, EHLO and LHLO.
"""

from dataclasses import dataclass

from coserver.model.errors import (
    Busy,
    Denied,
    HouseError,
    Locked,
    Malformed,
    Missing,
    NoRoom,
    NotInPlan,
    TooBig,
    Unknown,
)
from coserver.smtp.lines import Fault

_ERRORS: tuple[tuple[type[HouseError], int, str], ...] = (
    (Malformed, 501, "5.5.4"),
    (Unknown, 535, "5.7.8"),
    (Denied, 550, "5.7.1"),
    (NotInPlan, 535, "5.7.8"),
    (Missing, 550, "5.1.1"),
    (NoRoom, 452, "4.2.2"),
    (TooBig, 552, "5.3.4"),
    (Locked, 451, "4.3.0"),
    (Busy, 451, "4.3.0"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: code (RFC 5321 4.2), enhanced status or "" where there is none, and lines of text."""

    code: int
    status: str
    lines: tuple[str, ...]

    @property
    def bad(self) -> bool:
        """True for a refusal, transient or for good."""
        return self.code >= 400

    def __bytes__(self) -> bytes:
        """The lines as they go to the client."""
        prefix = f"{self.status} " if self.status else ""
        last = len(self.lines) - 1
        return b"".join(
            f"{self.code}{' ' if place == last else '-'}{prefix}{line}\r\n".encode("utf-8", "replace")
            for place, line in enumerate(self.lines)
        )

    def __str__(self) -> str:
        """One line, for logs and for replies inside other replies."""
        return f"{self.code} {self.status} {' '.join(self.lines)}".replace("  ", " ")


def reply(code: int, status: str, *lines: str) -> Reply:
    """A reply whose text is made fit for the wire: printable, no line longer than 400 characters."""
    return Reply(code, status, tuple(_printable(line) for line in lines))


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in line)[:400]


def of_error(error: HouseError) -> Reply:
    """The reply that speaks a house error; never a permanent refusal for what may pass."""
    for kind, code, status in _ERRORS:
        if isinstance(error, kind):
            return reply(code, status, error.text)
    return reply(451, "4.3.0", error.text)


def of_login_error(error: HouseError) -> Reply:
    """The same at AUTH (RFC 4954 6): whatever is not a verdict on the credentials is 454."""
    if isinstance(error, (Unknown, NotInPlan, Denied)):
        return reply(535, "5.7.8", error.text)
    return reply(454, "4.7.0", error.text)


def of_fault(fault: Fault) -> Reply:
    """The reply to a message whose text cannot be taken."""
    return _FAULTS[fault]


def own_fault(log_id: str) -> Reply:
    """The reply to our own bug: the sender keeps the message and tries again."""
    return reply(451, "4.3.0", f"Something failed here, it is logged as {log_id}; please try again later")


_FAULTS = {
    Fault.UNCLEAN: Reply(550, "5.5.2", ("The message holds a bare CR, a bare LF or a NUL; lines end in CRLF",)),
    Fault.LONG_LINE: Reply(550, "5.5.2", ("The message holds a line of more than 65536 bytes",)),
    Fault.TOO_BIG: Reply(552, "5.3.4", ("The message is larger than this server takes",)),
}

OK = Reply(250, "2.0.0", ("OK",))
SENDER_OK = Reply(250, "2.1.0", ("Sender OK",))
RECIPIENT_OK = Reply(250, "2.1.5", ("Recipient OK",))
START_DATA = Reply(354, "", ("End data with <CR><LF>.<CR><LF>",))
BYE = Reply(221, "2.0.0", ("Bye",))
READY_FOR_TLS = Reply(220, "2.0.0", ("Ready to start TLS",))
AUTHENTICATED = Reply(235, "2.7.0", ("Authentication succeeded",))
AUTH_ABORTED = Reply(501, "5.7.0", ("Authentication was broken off",))
BAD_BASE64 = Reply(501, "5.5.2", ("That is not base64",))
BAD_CREDENTIALS = Reply(535, "5.7.8", ("Authentication credentials invalid",))
FOREIGN_IDENTITY = Reply(535, "5.7.8", ("You cannot act for another account",))
UNKNOWN_MECHANISM = Reply(504, "5.5.4", ("This authentication mechanism is not known",))
ALREADY_AUTHENTICATED = Reply(503, "5.5.1", ("Already authenticated",))
NEED_TLS = Reply(538, "5.7.11", ("Start TLS before you authenticate",))
NEED_AUTH = Reply(530, "5.7.0", ("Authentication required",))
NEED_TLS_FIRST = Reply(530, "5.7.0", ("Must issue a STARTTLS command first",))
NEED_GREETING = Reply(503, "5.5.1", ("Greet first",))
NEED_MAIL = Reply(503, "5.5.1", ("Need MAIL first",))
NEED_RCPT = Reply(503, "5.5.1", ("Need a valid RCPT first",))
NO_VALID_RCPT = Reply(554, "5.5.1", ("No valid recipients",))
NESTED_MAIL = Reply(503, "5.5.1", ("Nested MAIL; send RSET first",))
IN_TRANSACTION = Reply(503, "5.5.1", ("Not inside a mail transaction",))
IN_CHUNKS = Reply(503, "5.5.1", ("The message is being sent in chunks; go on with BDAT or send RSET",))
NO_CHUNKS_TO_SINK = Reply(503, "5.5.1", ("An earlier chunk was refused; send RSET",))
UNKNOWN_COMMAND = Reply(500, "5.5.2", ("Command not known",))
NOT_OFFERED = Reply(502, "5.5.1", ("Command not offered here",))
LINE_TOO_LONG = Reply(500, "5.5.2", ("Line too long",))
BAD_BYTES = Reply(500, "5.5.2", ("Commands are printable UTF-8",))
NO_ARGUMENT = Reply(501, "5.5.4", ("This command takes no argument",))
VERIFY = Reply(252, "2.0.0", ("Cannot verify, but will take messages and try to deliver",))
TOO_MANY_ERRORS = Reply(421, "4.7.0", ("Too many errors, closing the connection",))
NOT_HTTP = Reply(421, "4.7.0", ("This is not a web server",))
TOO_MANY_CONNECTIONS = Reply(421, "4.7.0", ("Too many connections from your address; try again later",))
IDLE = Reply(421, "4.4.2", ("Nothing came for too long, closing the connection",))
SHUTTING_DOWN = Reply(421, "4.3.2", ("The server is being stopped; try again in a minute",))
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", ("Too many recipients in one message; send the rest in another",))
RELAY_DENIED = Reply(550, "5.7.1", ("Relaying denied: this server takes mail for its own domains only",))
UNKNOWN_RECIPIENT = Reply(550, "5.1.1", ("There is no such address here",))
CLOSED = Reply(550, "5.2.1", ("This mailbox is closed and takes no mail any more",))
SUSPENDED = Reply(450, "4.2.1", ("This mailbox is suspended; try again later",))
SENDER_NOT_YOURS = Reply(550, "5.7.1", ("The sender is not an address of your account",))
FROM_NOT_YOURS = Reply(550, "5.7.1", ("From and Sender must be addresses of your account",))
NO_FROM = Reply(550, "5.7.1", ("The message needs a From field with an address of your account",))
MEMBERS_ONLY = Reply(550, "5.7.1", ("Only members of this group may write to it, logged in where they send mail",))
GROUP_FROZEN = Reply(450, "4.2.1", ("This group can only be read for now; try again later",))
NO_AUTOMATIC = Reply(550, "5.7.1", ("This group takes no mail that programs send in answer to others",))
LIST_LOOP = Reply(554, "5.4.6", ("The message was in this group before: it goes in circles",))
LOG_IN_AGAIN = Reply(530, "5.7.0", ("The account or its password has changed; log in again",))
LOOP = Reply(554, "5.4.6", ("The message goes in circles: more than 50 Received fields",))
HEAD_TOO_BIG = Reply(552, "5.3.4", ("The header of the message is larger than 1 MiB",))
TOO_BIG = Reply(552, "5.3.4", ("The message is larger than this server takes",))
FULL = Reply(452, "4.2.2", ("The mailbox is full",))
FULL_FOR_LONG = Reply(552, "5.2.2", ("The mailbox has been full for long and takes no mail",))  # S1
NO_SPACE = Reply(452, "4.3.1", ("There is no disk space left here; try again later",))


def full(refusal: NoRoom) -> Reply:
    """That a mailbox is full: try again later, or not any more (S1)."""
    return FULL_FOR_LONG if refusal.lasting else FULL
