"""One message brought to one server: TLS of every kind, and what counts as unreachable."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from coserver.model.ids import BlobId, SpaceId
from coserver.smtp.courier import Unreachable, carry
from coserver.smtp.routes import Hop
from coserver.smtp.server import SmtpPorts, start
from coserver.store.outbox import Due, Errand, Message

DATA = b"Subject: x\r\n\r\ntext\r\n"


def errand(*recipients: str) -> Errand:
    message = Message(1, SpaceId(1), BlobId(1), "someone@example.net", "", "", len(DATA), False, 0, 0)
    dues = (Due(number, to, "", "", 1, False, "") for number, to in enumerate(recipients))
    return Errand(message, "example.test", tuple(dues))


@pytest.fixture
def carried(house: Any, play: Callable[..., Any]) -> Callable[..., Any]:
    """Brings DATA to this house's own listeners."""

    async def main(port: str, to: tuple[str, ...], options: dict[str, Any]) -> Any:
        local = (("127.0.0.1", 0),)
        running = await start(house.kit, SmtpPorts(**{port: local}))
        number = running.servers[0].sockets[0].getsockname()[1]
        try:
            return await carry(Hop("127.0.0.1", number, **options), errand(*to), DATA, hostname="far.test")
        finally:
            await running.stop()

    return lambda *to, port="relay", **options: play(main(port, to, options))


def test_carry_when_the_certificate_is_unknown_then_uses_tls_all_the_same(
    house: Any, carried: Callable[..., Any]
) -> None:
    answers = carried("bob@example.test", "nobody@example.test")
    assert (answers[0].code, answers[0].sent, answers[0].notifies) == (250, True, True)
    assert (answers[1].code, answers[1].final) == (550, True)
    assert b"with ESMTPS id" in house.inbox("bob")[0]


def test_carry_when_only_trusted_servers_will_do_then_an_unknown_certificate_is_unreachable(
    house: Any, carried: Callable[..., Any]
) -> None:
    with pytest.raises(Unreachable, match="certificate"):
        carried("bob@example.test", trusted_only=True, login="u", password="p")
    assert house.inbox("bob") == []


def test_carry_when_the_peer_breaks_its_tls_then_goes_without(play: Callable[..., Any]) -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 peer\r\n")
        while line := await reader.readline():
            heard.append(line)
            if line.startswith(b"STARTTLS"):
                writer.write(b"454 4.7.0 no TLS today\r\n")
            elif line.startswith(b"EHLO"):
                writer.write(b"250-peer\r\n250 STARTTLS\r\n")
            elif line == b"DATA\r\n":
                writer.write(b"354 go on\r\n")
            elif line.startswith(b"QUIT"):
                writer.write(b"221 bye\r\n")
                break
            elif line == b".\r\n" or line.startswith((b"MAIL", b"RCPT")):
                writer.write(b"250 ok\r\n")
        writer.close()

    async def main() -> Any:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        hop = Hop("127.0.0.1", server.sockets[0].getsockname()[1])
        try:
            return await carry(hop, errand("bob@example.test"), DATA, hostname="far.test")
        finally:
            server.close()

    answers = play(main())
    assert answers[0].sent
    assert heard.count(b"STARTTLS\r\n") == 1


def test_carry_when_nobody_listens_then_is_unreachable(play: Callable[..., Any]) -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        play(carry(Hop("127.0.0.1", 1), errand("bob@example.test"), DATA, hostname="far.test"))
