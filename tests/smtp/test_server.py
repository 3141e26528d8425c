"""Conversations on a real store: delivery, every trap of the library underneath, TLS, limits."""

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.accounts import accounts
from coserver.model.errors import Busy
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.smtp.envelope import Role
from coserver.smtp.server import Conversation, SmtpPorts, start
from coserver.store import spaces

LOGIN = b"AUTH PLAIN " + b64encode(b"\0alice\0demo-alice-pass") + b"\r\n"
MESSAGE = b"From: alice@example.test\r\nSubject: x\r\n\r\ntext\r\n"


async def greeted(talk: Any, house: Any, role: Role = Role.RELAY, **options: Any) -> Any:
    """A client that has said its name, and logged in where that is needed."""
    client = talk(house, role, **options)
    await client.send(b"LHLO c\r\n" if role is Role.LMTP else b"EHLO c\r\n")
    if role is Role.SUBMISSION:
        assert b"235" in await client.send(LOGIN)
    return client


async def deliver(client: Any, message: bytes, *to: str, sender: str = "someone@example.net", **options: Any) -> bytes:
    """The reply to a message."""
    await client.send(f"MAIL FROM:<{sender}>\r\n".encode())
    for one in to:
        await client.send(f"RCPT TO:<{one}>\r\n".encode())
    assert (await client.send(b"DATA\r\n")).startswith(b"354")
    return await client.send(message + b".\r\n", **options)


def fill(house: Any, name: str, left: int) -> None:
    """Book the room of somebody's mail but for `left` bytes."""

    def job(tx: Any) -> None:
        space = spaces.of(tx, accounts.find(tx, name).id).id
        now = usage.room(tx, space, Tool.MAIL)
        usage.charge(tx, space, Tool.MAIL, bytes=now.bytes_limit - now.bytes - left, items=0)

    house.store.write(job)


# ---------------------------------------------------------------- delivery


def test_message_when_taken_then_is_in_the_inbox_with_its_trace(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house, peer="192.0.2.7")
        answer = await deliver(client, b"Subject: x\r\n\r\n..dot\r\n", "bob@example.test")
        assert answer.startswith(b"250 2.0.0")

    play(main())
    (kept,) = house.inbox("bob")
    assert re.fullmatch(
        rb"Return-Path: <someone@example.net>\r\n"
        rb"Received: from c \(\[192\.0\.2\.7\]\)\r\n"
        rb"\tby mail\.example\.test with ESMTP id [0-9a-f]{16}\r\n"
        rb"\tfor <bob@example\.test>;\r\n"
        rb"\tFri, 15 Jan 2027 08:00:00 \+0000\r\n"
        rb"Subject: x\r\n\r\n\.dot\r\n",
        kept,
    )
    assert house.spooled() == []


def test_submission_when_taken_then_is_completed_delivered_and_queued(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house, Role.SUBMISSION, tls=True)
        to = ("bob@example.test", "friend@elsewhere.test")
        assert (await deliver(client, MESSAGE, *to, sender="alice@example.test")).startswith(b"250")

    play(main())
    (kept,) = house.inbox("bob")
    assert b" with ESMTPSA id " in kept
    assert b"\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n" in kept
    assert re.search(rb"\r\nMessage-ID: <[0-9a-f]{32}@mail.example.test>\r\n", kept)
    (errand,) = house.outbox()
    assert (errand.domain, errand.message.sender) == ("elsewhere.test", "alice@example.test")
    assert errand.message.size == len(kept)
    assert house.woken == 1


def test_message_when_large_then_is_spooled_and_kept_whole(house: Any, talk: Any, play: Callable[..., Any]) -> None:
    body = b"".join(b"%07d %s\r\n" % (number, b"x" * 5000) for number in range(200))

    async def main() -> None:
        client = await greeted(talk, house)
        assert (await deliver(client, b"\r\n" + body, "bob@example.test", step=50_001)).startswith(b"250")
        assert house.shared.memory.held == 0

    play(main())
    assert house.inbox("bob")[0].endswith(b"\r\n\r\n" + body)
    assert house.spooled() == []


def test_lmtp_when_one_mailbox_is_full_then_only_that_one_is_refused(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    fill(house, "bob", 100)

    async def main() -> bytes:
        client = await greeted(talk, house, Role.LMTP)
        return bytes(await deliver(client, MESSAGE, "bob@example.test", "carol@example.test"))

    refused, taken = play(main()).splitlines()
    assert refused == b"452 4.2.2 The mailbox is full"
    assert taken.startswith(b"250 ")
    assert len(house.inbox("carol")) == 1


def test_message_when_its_only_mailbox_fills_up_then_is_refused_and_nothing_stays(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    fill(house, "dave", 50)

    async def main() -> bytes:
        client = await greeted(talk, house)
        return bytes(await deliver(client, MESSAGE, "dave@example.test"))

    assert play(main()) == b"452 4.2.2 The mailbox is full\r\n"
    assert house.inbox("dave") == []
    assert house.spooled() == []


def test_message_when_one_of_two_mailboxes_fills_up_then_the_sender_is_told_of_that_one(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    fill(house, "dave", 50)

    async def main() -> bytes:
        client = await greeted(talk, house, Role.SUBMISSION)
        to = ("dave@example.test", "bob@example.test")
        return bytes(await deliver(client, MESSAGE, *to, sender="alice@example.test"))

    assert play(main()).startswith(b"250 ")
    assert len(house.inbox("bob")) == 1
    (told,) = house.inbox("alice")
    assert b"Final-Recipient: rfc822; dave@example.test\r\nAction: failed\r\nStatus: 5.2.2" in told


def test_message_when_success_is_to_be_told_then_the_sender_is_told(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house, Role.SUBMISSION)
        await client.send(b"MAIL FROM:<alice@example.test>\r\n")
        await client.send(b"RCPT TO:<bob@example.test> NOTIFY=SUCCESS\r\nDATA\r\n")
        assert (await client.send(MESSAGE + b".\r\n")).startswith(b"250")

    play(main())
    assert b"Action: delivered\r\n" in house.inbox("alice")[0]


@pytest.mark.parametrize("size", [b"", b" SIZE=2000000"])
def test_recipient_when_the_mailbox_is_full_then_is_refused_before_the_message(
    house: Any, talk: Any, play: Callable[..., Any], size: bytes
) -> None:
    fill(house, "dave", 500_000 if size else 0)

    async def main() -> bytes:
        client = await greeted(talk, house)
        return bytes(await client.send(b"MAIL FROM:<a@b.test>" + size + b"\r\nRCPT TO:<dave@example.test>\r\n"))

    assert play(main()).endswith(b"452 4.2.2 The mailbox is full\r\n")


def test_recipient_when_suspended_then_the_sender_may_come_again(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    house.store.write(lambda tx: accounts.suspend(tx, accounts.find(tx, "dave").id))

    async def main() -> bytes:
        client = await greeted(talk, house)
        return bytes(await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<dave@example.test>\r\n"))

    assert b"450 4.2.1" in play(main())


def test_sender_when_suspended_after_login_then_sends_no_more(house: Any, talk: Any, play: Callable[..., Any]) -> None:
    async def main() -> bytes:
        client = await greeted(talk, house, Role.SUBMISSION)
        house.store.write(lambda tx: accounts.suspend(tx, accounts.find(tx, "alice").id))
        return bytes(await client.send(b"MAIL FROM:<alice@example.test>\r\n"))

    assert play(main()).startswith(b"530 5.7.0")


# ---------------------------------------------------------------- refusals of whole messages


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (b"Subject: x\r\n\r\na\nb\r\n", b"550 5.5.2"),
        (b"Subject: x\r\n\r\na\rb\r\n", b"550 5.5.2"),
        (b"Subject: x\r\n\r\na\0b\r\n", b"550 5.5.2"),
        (b"Received: x\r\n" * 51 + b"\r\n", b"554 5.4.6"),
        (b"X: " + b"y\r\n " * 400_000 + b"\r\n\r\n", b"552 5.3.4"),
        (b"\r\n" + b"x" * 70_000 + b"\r\n", b"550 5.5.2"),
        (b"\r\n" + b"x" * 60_000 + b"\r\n", b"250 2.0.0"),
        (b"", b"250 2.0.0"),
        (b"no head at all\r\n", b"250 2.0.0"),
    ],
)
def test_message_when_it_cannot_be_passed_on_then_is_refused_as_a_whole(
    house: Any, talk: Any, play: Callable[..., Any], message: bytes, answer: bytes
) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        assert (await deliver(client, message, "bob@example.test")).startswith(answer)
        assert await client.send(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"

    play(main())
    assert len(house.inbox("bob")) == answer.startswith(b"250")


def test_message_when_larger_than_announced_at_ehlo_then_is_refused_at_its_end(
    open_house: Callable[..., Any], talk: Any, play: Callable[..., Any]
) -> None:
    house = open_house(max_message_bytes=65_536)
    line = b"x" * 998 + b"\r\n"

    async def main() -> None:
        client = await greeted(talk, house)
        assert (await deliver(client, b"\r\n" + line * 80, "bob@example.test", step=4096)).startswith(b"552 5.3.4")
        await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\n")
        assert (await client.send(b"BDAT 80000 LAST\r\n" + line * 80)).startswith(b"552 5.3.4")

    play(main())
    assert house.spooled() == []


@pytest.mark.parametrize("error", [Busy("The disk is full."), RuntimeError("a fault of ours: secret")])
def test_message_when_the_write_fails_then_the_reply_is_transient_and_says_nothing_of_us(
    house: Any, talk: Any, play: Callable[..., Any], error: Exception
) -> None:
    house.pool.fault = error

    async def main() -> bytes:
        client = await greeted(talk, house)
        return bytes(await deliver(client, MESSAGE, "bob@example.test"))

    answer = play(main())
    assert answer.startswith(b"451 4.3.0")
    assert b"secret" not in answer
    assert house.spooled() == []


# ---------------------------------------------------------------- what the library underneath gets wrong


def test_limits_when_another_client_greets_then_stay_its_own(house: Any, talk: Any, play: Callable[..., Any]) -> None:
    line = b"MAIL FROM:<a@b.test> RET=HDRS ENVID=" + b"x" * 100 + b" AUTH=" + b"y" * 600 + b"\r\n"

    async def main() -> None:
        first = await greeted(talk, house)
        for _ in range(3):
            await (await greeted(talk, house)).send(b"EHLO c\r\n")
        assert await first.send(line) == b"250 2.1.0 Sender OK\r\n"
        assert await first.send(b"NOOP " + b"x" * 3000 + b"\r\n") == b"500 5.5.2 Line too long\r\n"
        assert await first.send(b"NOOP " + b"x" * 100_000 + b"\r\nNOOP\r\n") == (
            b"500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n"
        )

    play(main())


def test_command_when_it_ends_in_a_bare_newline_then_is_not_taken(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        assert await client.send(b"NOOP\n") == b""
        assert await client.send(b"NOOP\r\n") == b"500 5.5.2 Commands are printable UTF-8\r\n"

    play(main())


def test_client_when_it_errs_without_end_then_is_sent_away(house: Any, talk: Any, play: Callable[..., Any]) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        heard = await client.send(b"FOO\r\n" * 60)
        assert heard.count(b"500 5.5.2") == 50
        assert heard.endswith(b"421 4.7.0 Too many errors, closing the connection\r\n")
        assert client.wire.closed

    play(main())


def test_client_when_it_is_silent_then_is_sent_away_after_the_idle_time(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        assert client.server._timeout_handle.when() - asyncio.get_running_loop().time() > 290
        client.server._timeout_cb()
        assert client.wire.sent.startswith(b"421 4.4.2")
        await client.rest()
        assert client.wire.closed

    play(main())


def test_client_when_it_sends_a_message_slowly_then_is_not_idle(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        before = client.server._timeout_handle
        await client.send(b"Subject: slow\r\n")
        assert before.cancelled()
        assert not client.server._timeout_handle.cancelled()

    play(main())


def test_client_when_it_closes_its_half_then_still_gets_its_answers(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        client.server.data_received(
            b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n" + MESSAGE + b".\r\n"
        )
        assert client.server.eof_received() is True
        assert b"250 2.0.0 Taken as" in await client.read()

    play(main())
    assert len(house.inbox("bob")) == 1


def test_client_when_it_leaves_in_the_middle_of_a_message_then_nothing_stays(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        await client.send(b"\r\n" + b"x" * 998 + b"\r\n" * 1000)
        client.wire.close()
        await client.rest()
        for _ in range(10):
            await asyncio.sleep(0)

    play(main())
    assert house.inbox("bob") == []
    assert house.spooled() == []
    assert house.shared.memory.held == 0


def test_message_when_memory_is_spent_then_the_sender_may_come_again(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await greeted(talk, house)
        house.shared.memory.held = house.shared.memory.most
        heard = await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        assert heard.endswith(b"452 4.3.1 There is no disk space left here; try again later\r\n")

    play(main())


def test_recipients_when_too_many_then_the_rest_is_put_off(
    open_house: Callable[..., Any], talk: Any, play: Callable[..., Any]
) -> None:
    house = open_house(max_recipients=100)

    async def main() -> bytes:
        client = await greeted(talk, house)
        return bytes(await client.send(b"MAIL FROM:<a@b.test>\r\n" + b"RCPT TO:<bob@example.test>\r\n" * 120))

    heard = play(main())
    assert heard.count(b"250 2.1.5") == 100
    assert heard.count(b"452 4.5.3") == 20


def test_connections_when_an_address_holds_too_many_then_is_refused_and_counted_out(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        clients = [talk(house, Role.RELAY, peer="192.0.2.9") for _ in range(1000)]
        refused = talk(house, Role.RELAY, peer="192.0.2.9")
        assert refused.wire.sent.startswith(b"421 4.7.0")
        assert refused.wire.closed
        for client in clients:
            client.wire.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not talk(house, Role.RELAY, peer="192.0.2.9").wire.closed

    play(main())


# ---------------------------------------------------------------- any bytes at all

STREAM = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"EHLO a\r\n",
                b"MAIL FROM:<a@b.test>\r\n",
                b"RCPT TO:<bob@example.test>\r\n",
                b"RCPT TO:<x@y.z>\r\n",
                b"DATA\r\n",
                b"Subject: x\r\n\r\ny\r\n.\r\n",
                b".\r\n",
                b"RSET\r\n",
                b"BDAT 3\r\nabc",
                b"BDAT 2 LAST\r\n\r\n",
                b"BDAT 0 LAST\r\n",
                b"AUTH PLAIN\r\n",
                b"AUTH LOGIN eA==\r\n",
                b"*\r\n",
                b"\r\n",
                b"NOOP\r\n",
            ]
        ),
        st.binary(max_size=12),
    ),
    max_size=14,
).map(b"".join)


@given(STREAM, st.integers(1, 40), st.sampled_from(list(Role)))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_conversation_when_given_anything_in_any_chunks_then_answers_the_same(
    lasting_house: Any, talk: Any, play: Callable[..., Any], stream: bytes, step: int, role: Role
) -> None:
    async def heard(size: int) -> bytes:
        client = talk(lasting_house, role)
        answers = bytes(await client.send(stream, step=size))
        return re.sub(rb"Taken as [0-9a-f]+", b"Taken", answers)

    assert play(heard(step)) == play(heard(0))
    assert lasting_house.kit.metrics.registry.get_sample_value("coserver_faults_total", {"edge": "smtp"}) is None


# ---------------------------------------------------------------- TLS, sockets, the end


def joined(house: Any, role: Role) -> tuple[socket.socket, Callable[[], Conversation], socket.socket]:
    here, there = socket.socketpair()
    return here, lambda: Conversation(house.shared, house.terms(role)), there


def unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def test_starttls_when_taken_up_then_begins_anew_and_forgets_what_was_smuggled(
    house: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        here, made, there = joined(house, Role.SUBMISSION)
        await asyncio.get_running_loop().connect_accepted_socket(made, there)
        reader, writer = await asyncio.open_connection(sock=here)
        await reader.readline()
        writer.write(b"EHLO a\r\nAUTH PLAIN " + LOGIN[11:])
        assert b"235" in (await reader.readuntil(b"succeeded\r\n"))
        writer.write(b"STARTTLS\r\nMAIL FROM:<alice@example.test>\r\n")
        assert await reader.readline() == b"220 2.0.0 Ready to start TLS\r\n"
        await writer.start_tls(unchecked(), server_hostname="localhost")
        writer.write(b"NOOP\r\nMAIL FROM:<alice@example.test>\r\n")
        assert await reader.readline() == b"250 2.0.0 OK\r\n"
        assert await reader.readline() == b"503 5.5.1 Greet first\r\n"
        writer.write(b"EHLO a\r\n")
        offered = await reader.readuntil(b"250 HELP\r\n")
        assert b"STARTTLS" not in offered
        assert b"AUTH PLAIN LOGIN" in offered
        writer.write(LOGIN + b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        await reader.readuntil(b"354 End data with <CR><LF>.<CR><LF>\r\n")
        writer.write(MESSAGE + b".\r\nQUIT\r\n")
        assert (await reader.read()).endswith(b"221 2.0.0 Bye\r\n")
        writer.close()

    play(main())
    assert b"with ESMTPSA id" in house.inbox("bob")[0]


def test_listeners_when_started_then_serve_and_stop(house: Any, play: Callable[..., Any], tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "lmtp"
        local = ("127.0.0.1", 0)
        running = await start(
            house.kit, SmtpPorts(relay=(local,), submission=(local,), submissions=(local,), lmtp=(path,))
        )
        ports = [server.sockets[0].getsockname()[1] for server in running.servers[:3]]
        for port, context in ((ports[0], None), (ports[1], None), (ports[2], unchecked())):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
            assert await reader.readline() == b"220 mail.example.test ESMTP coserver\r\n"
            writer.write(b"EHLO a\r\n")
            offered = await reader.readuntil(b"250 HELP\r\n")
            assert (b"STARTTLS" in offered) is (context is None)
            assert (b"AUTH" in offered) is (port != ports[0])
            writer.close()
        reader, writer = await asyncio.open_unix_connection(str(path))
        assert await reader.readline() == b"220 mail.example.test LMTP coserver\r\n"
        await running.stop()
        assert await reader.read() == b"421 4.3.2 The server is being stopped; try again in a minute\r\n"
        writer.close()
        with pytest.raises(OSError, match=r"refused|Connect"):
            await asyncio.open_connection("127.0.0.1", ports[0])

    play(main())
