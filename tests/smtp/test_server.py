"""Conversations as such: every trap of the library underneath, any bytes at all, TLS, the end."""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.smtp.envelope import Role
from coserver.smtp.server import Conversation, SmtpPorts, start

# ---------------------------------------------------------------- what the library underneath gets wrong


def test_limits_when_another_client_greets_then_stay_its_own(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    line = b"MAIL FROM:<a@b.test> RET=HDRS ENVID=" + b"x" * 100 + b" AUTH=" + b"y" * 600 + b"\r\n"

    async def main() -> None:
        first = await ways.greeted(talk, house)
        for _ in range(3):
            await (await ways.greeted(talk, house)).send(b"EHLO c\r\n")
        assert await first.send(line) == b"250 2.1.0 Sender OK\r\n"
        assert await first.send(b"NOOP " + b"x" * 3000 + b"\r\n") == b"500 5.5.2 Line too long\r\n"
        assert await first.send(b"NOOP " + b"x" * 100_000 + b"\r\nNOOP\r\n") == (
            b"500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n"
        )

    play(main())


def test_command_when_it_ends_in_a_bare_newline_then_is_not_taken(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        assert await client.send(b"NOOP\n") == b""
        assert await client.send(b"NOOP\r\n") == b"500 5.5.2 Commands are printable UTF-8\r\n"

    play(main())


def test_client_when_it_errs_without_end_then_is_sent_away(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        heard = await client.send(b"FOO\r\n" * 60)
        assert heard.count(b"500 5.5.2") == 50
        assert heard.endswith(b"421 4.7.0 Too many errors, closing the connection\r\n")
        assert client.wire.closed

    play(main())


def test_client_when_it_is_silent_then_is_sent_away_after_the_idle_time(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        assert client.server._timeout_handle.when() - asyncio.get_running_loop().time() > 290
        client.server._timeout_cb()
        assert client.wire.sent.startswith(b"421 4.4.2")
        await client.rest()
        assert client.wire.closed

    play(main())


def test_client_when_it_sends_a_message_slowly_then_is_not_idle(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        before = client.server._timeout_handle
        await client.send(b"Subject: slow\r\n")
        assert before.cancelled()
        assert not client.server._timeout_handle.cancelled()

    play(main())


def test_client_when_it_closes_its_half_then_still_gets_its_answers(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        client.server.data_received(
            b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n" + ways.message + b".\r\n"
        )
        assert client.server.eof_received() is True
        assert b"250 2.0.0 Taken as" in await client.read()

    play(main())
    assert len(house.inbox("bob")) == 1


def test_client_when_it_leaves_in_the_middle_of_a_message_then_nothing_stays(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
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
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        house.shared.memory.held = house.shared.memory.most
        heard = await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        assert heard.endswith(b"452 4.3.1 There is no disk space left here; try again later\r\n")

    play(main())


def test_recipients_when_too_many_then_the_rest_is_put_off(
    open_house: Callable[..., Any], ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    house = open_house(max_recipients=100)

    async def main() -> bytes:
        client = await ways.greeted(talk, house)
        return bytes(await client.send(b"MAIL FROM:<a@b.test>\r\n" + b"RCPT TO:<bob@example.test>\r\n" * 120))

    heard = play(main())
    assert heard.count(b"250 2.1.5") == 100
    assert heard.count(b"452 4.5.3") == 20


def test_connections_when_an_address_holds_too_many_then_is_refused_and_counted_out(
    open_house: Callable[..., Any], ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    house = open_house(connections_per_address=20)

    async def main() -> None:
        clients = [talk(house, Role.RELAY, peer="192.0.2.9") for _ in range(20)]
        refused = talk(house, Role.RELAY, peer="192.0.2.9")
        assert refused.wire.sent.startswith(b"421 4.7.0")
        assert refused.wire.closed
        for client in clients:
            client.wire.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not talk(house, Role.RELAY, peer="192.0.2.9").wire.closed

    play(main())


def test_chunk_when_it_cannot_be_taken_then_those_after_it_are_dropped_until_reset(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\n")
        assert (await client.send(b"BDAT 5\r\na\nb\r\n")).startswith(b"550 5.5.2")
        assert await client.send(b"BDAT 6 LAST\r\nNOOP\r\n") == (
            b"503 5.5.1 An earlier chunk was refused; send RSET\r\n"
        )
        assert await client.send(b"RSET\r\nNOOP\r\n") == b"250 2.0.0 OK\r\n" * 2

    play(main())
    assert house.spooled() == []
    assert house.shared.memory.held == 0


def test_authentication_when_a_line_is_endless_then_is_refused_and_the_next_command_read(
    house: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = talk(house, Role.SUBMISSION)
        await client.send(b"EHLO c\r\nAUTH PLAIN\r\n")
        assert await client.send(b"x" * 20_000 + b"\r\nNOOP\r\n") == (b"500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n")

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
                b"AUTH ways.login eA==\r\n",
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
    house: Any, ways: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        here, made, there = joined(house, Role.SUBMISSION)
        await asyncio.get_running_loop().connect_accepted_socket(made, there)
        reader, writer = await asyncio.open_connection(sock=here)
        await reader.readline()
        writer.write(b"EHLO a\r\nAUTH PLAIN " + ways.login[11:])
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
        writer.write(ways.login + b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        await reader.readuntil(b"354 End data with <CR><LF>.<CR><LF>\r\n")
        writer.write(ways.message + b".\r\nQUIT\r\n")
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


def test_listeners_when_a_port_is_in_use_then_none_stays_open(house: Any, play: Callable[..., Any]) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
            first, second = free.getsockname(), taken.getsockname()
            free.close()
            with pytest.raises(OSError, match="in use"):
                await start(house.kit, SmtpPorts(relay=(first,), submission=(second,)))
            with pytest.raises(OSError, match=r"refused|Connect"):
                await asyncio.open_connection(*first)

    play(main())
