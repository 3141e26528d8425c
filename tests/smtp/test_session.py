"""The table of states: any line gives an intention, and order is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature
from coserver.model.principal import Who
from coserver.smtp import replies
from coserver.smtp.envelope import Mail, Recipient, Role, Terms
from coserver.smtp.lines import AUTH_LIMIT
from coserver.smtp.parameters import MailParameters, RecipientParameters
from coserver.smtp.paths import Path
from coserver.smtp.session import (
    MOST_ERRORS,
    AskRecipient,
    AskSender,
    Authenticate,
    Leave,
    ReceiveChunk,
    ReceiveText,
    Send,
    Session,
    StartTls,
    Step,
)

VERBS = [
    "HELO",
    "EHLO",
    "LHLO",
    "MAIL",
    "RCPT",
    "DATA",
    "BDAT",
    "RSET",
    "NOOP",
    "QUIT",
    "HELP",
    "VRFY",
    "STARTTLS",
    "AUTH",
]
WORDS = [
    "a",
    "FROM:<a@b>",
    "TO:<a@b>",
    "TO:<Postmaster>",
    "SIZE=1",
    "5 LAST",
    "PLAIN",
    "LOGIN eA==",
    "=",
    "<>",
    " ",
    "é",
]
LINES = st.one_of(
    st.tuples(st.sampled_from(VERBS), st.sampled_from(WORDS)).map(lambda both: " ".join(both).encode()),
    st.binary(max_size=40),
)


def session(role: Role = Role.RELAY, *, tls: bool = False, clear: bool = False) -> Session:
    terms = Terms(role, "mail.example.test", 1000, 3, starttls=role is not Role.LMTP, clear_passwords=clear)
    return Session(terms, tls=tls)


def follow(one: Session, step: Step) -> None:
    """Say yes to everything."""
    match step:
        case AskSender(mail):
            one.take_sender(mail)
        case AskRecipient(path, parameters):
            one.take_recipient(Recipient(path, parameters, None))
        case Authenticate():
            one.who = Who(PrincipalId(1), "alice@example.test", Feature.SMTP, 1)
        case StartTls():
            one.secured()
        case ReceiveText():
            one.reset()
        case ReceiveChunk(_, last, refusal):
            one.chunking = refusal is None and not last


@given(st.lists(LINES, max_size=30), st.sampled_from(list(Role)), st.booleans())
def test_session_when_given_any_lines_then_gives_intentions_and_keeps_the_order(
    lines: list[bytes], role: Role, clear: bool
) -> None:
    one = session(role, clear=clear)
    for line in lines:
        step = one.on(line)
        if isinstance(step, AskSender):
            assert one.client
            assert role is not Role.SUBMISSION or one.who
        if isinstance(step, AskRecipient):
            assert one.mail
            assert len(one.recipients) < 3
        if isinstance(step, ReceiveText) or (isinstance(step, ReceiveChunk) and step.refusal is None):
            assert one.recipients
        if isinstance(step, Authenticate):
            assert role is Role.SUBMISSION
            assert one.tls or clear
        follow(one, step)


def test_session_when_tls_is_up_then_nothing_of_before_counts() -> None:
    one = session(Role.SUBMISSION, clear=True)
    one.on(b"EHLO a")
    follow(one, one.on(b"AUTH PLAIN eA=="))
    one.take_sender(Mail(Path("a", "b"), MailParameters()))
    assert one.on(b"STARTTLS") == StartTls()
    one.secured()
    assert (one.client, one.who, one.mail, one.recipients) == ("", None, None, [])
    assert one.on(b"STARTTLS") == Send(replies.NOT_OFFERED)


def test_session_when_it_errs_too_often_then_ends() -> None:
    one = session()
    steps = [one.on(b"FOO") for _ in range(MOST_ERRORS + 1)]
    assert steps[-2:] == [Send(replies.UNKNOWN_COMMAND), Leave(replies.TOO_MANY_ERRORS)]


def test_session_when_refusals_are_transient_then_they_do_not_count() -> None:
    one = session()
    for _ in range(2 * MOST_ERRORS):
        assert one.take_recipient(replies.FULL) == Send(replies.FULL)


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/1.1", b"POST /x HTTP/1.0", b"Host: example.test", b"CONNECT a:25 HTTP/1.1"]
)
def test_session_when_spoken_to_by_a_browser_then_ends(line: bytes) -> None:
    assert session().on(line) == Leave(replies.NOT_HTTP)


def test_session_when_a_login_line_is_long_then_is_read_and_others_are_not() -> None:
    one = session(Role.SUBMISSION, tls=True)
    one.on(b"EHLO a")
    step = one.on(b"AUTH PLAIN " + b"x" * (AUTH_LIMIT - 11))
    assert isinstance(step, Authenticate)
    assert one.on(b"AUTH PLAIN " + b"x" * AUTH_LIMIT) == Send(replies.LINE_TOO_LONG)
    assert one.on(b"NOOP " + b"x" * 3000) == Send(replies.LINE_TOO_LONG)


def test_session_when_a_recipient_needs_smtputf8_then_only_with_it() -> None:
    one = session()
    one.on(b"EHLO a")
    one.take_sender(Mail(Path("a", "b"), MailParameters()))
    refused = one.on("RCPT TO:<jürgen@example.test>".encode())
    assert isinstance(refused, Send)
    assert refused.reply.status == "5.6.7"
    one.mail = Mail(Path("a", "b"), MailParameters(smtputf8=True))
    step = one.on("RCPT TO:<jürgen@example.test>".encode())
    assert step == AskRecipient(Path("jürgen", "example.test"), RecipientParameters())
