"""One message brought to one other server (the only door to aiosmtplib)."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import SMTPConnectError, SMTPDataError, SMTPException, SMTPResponseException, SMTPTimeoutError
from aiosmtplib.response import SMTPResponse

from coserver.smtp.routes import Hop
from coserver.store.outbox import Due, Errand

_REPLY_SECONDS = 300.0  # RFC 5321 4.5.3.2
_CONNECT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What another server said of one recipient. `code` is 0 where the connection failed."""

    code: int
    text: str
    notifies: bool = False  # it took over the duty to notify (RFC 3461 5.2)

    @property
    def sent(self) -> bool:
        """The other server has the message now."""
        return 200 <= self.code < 300

    @property
    def final(self) -> bool:
        """It will never take it."""
        return 500 <= self.code < 600


class Unreachable(Exception):
    """The server could not be spoken to, or broke off before it said anything of the message."""


async def carry(hop: Hop, errand: Errand, data: bytes, *, hostname: str) -> dict[int, Answer]:
    """Bring a message to a server: the answer for each recipient of the errand, by its id.

    TLS is used where it is offered, with whatever certificate (RFC 7435), and done without if it
    fails; a hop that is `trusted_only` is spoken to under valid TLS or not at all.

    Raises:
        Unreachable: try another server.
    """
    try:
        client = await _connected(hop, hostname)
    except (SMTPException, OSError, ValueError, TimeoutError) as error:
        raise Unreachable(f"{hop.host}: {_said(error)}") from error
    try:
        return await _transaction(client, errand, data)
    except (SMTPException, OSError, TimeoutError) as error:
        raise Unreachable(f"{hop.host}: {_said(error)}") from error
    finally:
        await _leave(client)


async def _connected(hop: Hop, hostname: str) -> aiosmtplib.SMTP:
    if hop.trusted_only:
        return await _connect(hop, hostname, start_tls=None if hop.port == 465 else True)
    try:
        return await _connect(hop, hostname, start_tls=None)
    except (ssl.SSLError, SMTPException) as error:
        if isinstance(error, (SMTPConnectError, SMTPTimeoutError)):
            raise
        return await _connect(hop, hostname, start_tls=False)  # its TLS is broken: better clear than not at all


async def _connect(hop: Hop, hostname: str, *, start_tls: bool | None) -> aiosmtplib.SMTP:
    client = aiosmtplib.SMTP(
        hostname=hop.host,
        port=hop.port,
        local_hostname=hostname,
        timeout=_CONNECT_SECONDS,
        use_tls=hop.port == 465,
        start_tls=start_tls,
        tls_context=_context(trusted_only=hop.trusted_only),
        username=hop.login or None,
        password=hop.password or None,
    )
    await client.connect()
    client.timeout = _REPLY_SECONDS
    return client


def _context(*, trusted_only: bool) -> ssl.SSLContext:
    if trusted_only:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # opportunistic: none is worse than none checked (RFC 7435 3)
    return context


async def _leave(client: aiosmtplib.SMTP) -> None:
    try:
        if client.is_connected:
            await client.quit(timeout=5)
    except (SMTPException, OSError, TimeoutError):
        client.close()


async def _transaction(client: aiosmtplib.SMTP, errand: Errand, data: bytes) -> dict[int, Answer]:
    await client._ehlo_or_helo_if_needed()
    notifies = client.supports_extension("dsn")
    refusal = _cannot(client, errand, data)
    if refusal is None:
        refusal = _refusal(await client.execute_command(b"MAIL", *_mail(client, errand, data, notifies=notifies)))
    if refusal is not None:
        return {one.id: refusal for one in errand.recipients}
    answers = await _recipients(client, errand.recipients, notifies=notifies)
    taken = [one for one in errand.recipients if answers[one.id].sent]
    if taken:
        final = await _text(client, data, notifies=notifies)
        answers.update({one.id: final for one in taken})
    return answers


def _cannot(client: aiosmtplib.SMTP, errand: Errand, data: bytes) -> Answer | None:
    limit = client.esmtp_extensions.get("size", "")
    if limit.isdigit() and 0 < int(limit) < len(data):
        return Answer(552, f"5.3.4 The server takes messages of up to {limit} bytes only")
    if errand.message.smtputf8 and not client.supports_extension("smtputf8"):
        return Answer(550, "5.6.7 The server does not take international addresses")  # RFC 6531 3.2
    return None


def _mail(client: aiosmtplib.SMTP, errand: Errand, data: bytes, *, notifies: bool) -> list[bytes]:
    found = [f"FROM:<{errand.message.sender}>"]
    if client.supports_extension("size"):
        found.append(f"SIZE={len(data)}")
    if client.supports_extension("8bitmime") and not data.isascii():
        found.append("BODY=8BITMIME")
    if errand.message.smtputf8:
        found.append("SMTPUTF8")
    if notifies and errand.message.ret:
        found.append(f"RET={errand.message.ret}")
    if notifies and errand.message.envelope_id:
        found.append(f"ENVID={errand.message.envelope_id}")
    return [part.encode() for part in found]


async def _recipients(client: aiosmtplib.SMTP, recipients: Sequence[Due], *, notifies: bool) -> dict[int, Answer]:
    answers = {}
    for one in recipients:
        parts = [f"TO:<{one.recipient}>"]
        if notifies and one.notify:
            parts.append(f"NOTIFY={one.notify}")
        if notifies and one.original:
            parts.append(f"ORCPT={one.original}")
        response = await client.execute_command(b"RCPT", *(part.encode() for part in parts))
        answers[one.id] = Answer(response.code, _line(response.message))
    return answers


async def _text(client: aiosmtplib.SMTP, data: bytes, *, notifies: bool) -> Answer:
    try:
        response = await client.data(data)
    except SMTPDataError as error:
        return Answer(error.code, _line(error.message))
    return Answer(response.code, _line(response.message), notifies)


def _refusal(response: SMTPResponse) -> Answer | None:
    return None if 200 <= response.code < 300 else Answer(response.code, _line(response.message))


def _said(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {_line(error.message)}"
    return _line(str(error)) or type(error).__name__


def _line(text: str) -> str:
    """What a stranger said, fit for a row, a log and a notification: bytes that are no UTF-8 become `?`."""
    line = " ".join(text.split())[:500]
    return "".join(letter if letter.isprintable() else "?" for letter in line)
