"""Before and about login: CAPABILITY, ID, ENABLE, STARTTLS, LOGIN, AUTHENTICATE, LOGOUT."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Generator
from typing import Any

from coserver.imap import replies
from coserver.imap.asks import AskLogin, AskWarning, Line, Note, Send, StartTls, Watch, Wish
from coserver.imap.commands.values import Authenticate, Enable, Identify, Login, Plain
from coserver.imap.replies import Done, PrivacyRequiredError
from coserver.imap.session.state import State, Talk, Words
from coserver.model.errors import Denied, Malformed, NotInPlan
from coserver.model.principal import Who

_LONGEST_RESPONSE = 8192
_CAN_ENABLE = ("CONDSTORE", "IMAP4REV2")


def greeting(state: State) -> bytes:
    """The first line of a connection."""
    return replies.untagged(b"OK", "coserver ready", capability(state))


def capability(state: State) -> bytes:
    """What is offered now."""
    return replies.capabilities(
        logged_in=state.who is not None,
        tls_offered=state.tls_offered and not state.secure,
        plain_allowed=state.plain_allowed or state.secure,
        append_limit=state.append_limit,
    )


def tell_capability(state: State, _: Plain) -> Talk:
    """CAPABILITY."""
    yield Send(b"* %b\r\n" % capability(state))
    return Done(b"OK", "CAPABILITY done")


def logout(_state: State, _: Plain) -> Talk:
    """LOGOUT: the tagged answer still goes out before the connection ends."""
    yield Send(replies.untagged(b"BYE", "Until next time"))
    return Done(b"OK", "LOGOUT done")


def identify(_state: State, command: Identify) -> Talk:
    """ID (RFC 2971): who asks is told, and what he says of himself goes to the log."""
    yield Note(command.fields)
    yield Send(b'* ID ("name" "coserver")\r\n')
    return Done(b"OK", "ID done")


def enable(state: State, command: Enable) -> Talk:
    """ENABLE (RFC 5161)."""
    fresh = [name for name in command.names if name in _CAN_ENABLE and name not in state.enabled]
    state.enabled.update(fresh)
    words = b"".join(b" %b" % (b"IMAP4rev2" if name == "IMAP4REV2" else name.encode("ascii")) for name in fresh)
    yield Send(b"* ENABLED%b\r\n" % words)
    return Done(b"OK", "ENABLE done")


def start_tls(state: State, _: Plain) -> Talk:
    """STARTTLS; the protocol sends the tagged answer before it changes over."""
    if state.secure or not state.tls_offered:
        raise Malformed("TLS is on already." if state.secure else "TLS is not offered here.")
    yield StartTls()
    state.secure = True
    return Done(b"", "")


def log_in(state: State, command: Login) -> Talk:
    """LOGIN."""
    return (yield from _enter(state, command.name, command.password))


def authenticate(state: State, command: Authenticate) -> Talk:
    """AUTHENTICATE PLAIN (RFC 4616) or LOGIN."""
    _need_privacy(state)
    if command.mechanism not in {"PLAIN", "LOGIN"}:
        return Done(b"NO", f"The mechanism {command.mechanism} is not known here.", b"CANNOT")
    if command.mechanism == "PLAIN":
        raw = yield from _response(b"", command.initial)
        identity, _, rest = raw.partition(b"\x00")
        name, separator, password = rest.partition(b"\x00")
        if not separator or (identity and identity != name):
            raise Denied("PLAIN needs a name and a password, for oneself.")
        return (yield from _enter(state, _text(name), _text(password)))
    name = yield from _response(b"VXNlcm5hbWU6", command.initial)
    password = yield from _response(b"UGFzc3dvcmQ6", None)
    return (yield from _enter(state, _text(name), _text(password)))


def _response(challenge: bytes, initial: bytes | None) -> Generator[Wish, Any, bytes]:
    """One SASL response in base64; "=" is an empty one (RFC 4959 3)."""
    line = initial
    if line is None:
        yield Send(b"+ %b\r\n" % challenge)
        line = yield Line()
    if line == b"*":
        raise Malformed("AUTHENTICATE was given up.")  # RFC 9051 6.2.2
    if len(line) > _LONGEST_RESPONSE:
        raise Malformed("The response is too long.")
    try:
        return b"" if line == b"=" else b64decode(line, validate=True)
    except (Base64Error, ValueError) as error:
        raise Malformed("The response is not base64.") from error


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("Name and password must be UTF-8.") from error


def _need_privacy(state: State) -> None:
    if not (state.secure or state.plain_allowed):
        raise PrivacyRequiredError("Start TLS first: a password in clear could be read on the way.")


def _enter(state: State, name: str, password: str) -> Talk:
    _need_privacy(state)
    try:
        who: Who = yield AskLogin(name, password)
    except NotInPlan as error:
        yield Send(replies.untagged(b"NO", error.text, b"ALERT"))  # R30
        raise
    state.who = who
    yield Watch(None)
    yield from warn(state)
    return Done(b"OK", "Welcome", capability(state))


def warn(state: State) -> Words:
    """Tell once in a session that the mail fills up: at its beginning, or when a mailbox is opened (S15)."""
    if state.warned:
        return
    text: str = yield AskWarning()
    if text:
        state.warned = True
        yield Send(replies.untagged(b"OK", text, b"ALERT"))
