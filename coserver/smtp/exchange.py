"""The SASL exchanges of AUTH as generators: challenges out, lines in; no input or output.

PLAIN (RFC 4616) and LOGIN (in use everywhere, never standardised). A generator yields what to
challenge with, is sent the client's line, and returns the credentials or the reply of a refusal.
"""

import binascii
from base64 import b64decode
from collections.abc import Generator
from dataclasses import dataclass, field

from coserver.model.errors import HouseError
from coserver.smtp import replies
from coserver.smtp.replies import Reply
from coserver.smtp.session import MECHANISMS

_NAME_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client claims to be; the password stays out of every log."""

    name: str
    password: str = field(repr=False)


class _Refused(HouseError):
    """The exchange ended badly."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


Exchange = Generator[bytes, bytes, Credentials | Reply]


def exchange(mechanism: str, initial: bytes | None) -> Exchange:
    """The exchange of a mechanism, any of `MECHANISMS`, with the initial response if there was one."""
    steps = _plain if mechanism == MECHANISMS[0] else _login
    try:
        return (yield from steps(initial))
    except _Refused as refused:
        return refused.reply


def _plain(initial: bytes | None) -> Generator[bytes, bytes, Credentials]:
    message = _decoded(initial if initial is not None else (yield b""))
    parts = message.split(b"\0")
    if len(parts) != 3:
        raise _Refused(replies.BAD_CREDENTIALS)
    acting_for, name, password = map(_text, parts)
    if acting_for and acting_for.casefold() != name.casefold():
        raise _Refused(replies.FOREIGN_IDENTITY)  # RFC 4616 2: nobody acts for another here
    return _checked(name, password)


def _login(initial: bytes | None) -> Generator[bytes, bytes, Credentials]:
    name = _text(_decoded(initial if initial is not None else (yield b"Username:")))
    password = _text(_decoded((yield b"Password:")))
    return _checked(name, password)


def _decoded(line: bytes) -> bytes:
    if line == b"*":
        raise _Refused(replies.AUTH_ABORTED)  # RFC 4954 4
    if line == b"=":
        return b""  # RFC 4954 4: an empty initial response
    try:
        return b64decode(line, validate=True)
    except binascii.Error:
        raise _Refused(replies.BAD_BASE64) from None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _Refused(replies.BAD_CREDENTIALS) from None


def _checked(name: str, password: str) -> Credentials:
    if not name or not password or "\0" in name + password or len(name) > _NAME_LIMIT:
        raise _Refused(replies.BAD_CREDENTIALS)
    return Credentials(name, password)
