"""Messages on a real store: who gets them, what is put before them, what is refused as a whole."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.config import changed
from coserver.model.errors import Busy
from coserver.smtp.envelope import Role
from coserver.smtp.sender import Sender
from coserver.smtp.server import SmtpPorts, start
from coserver.store.schema import mail as schema

# ---------------------------------------------------------------- delivery


def test_message_when_taken_then_is_in_the_inbox_with_its_trace(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house, peer="192.0.2.7")
        answer = await ways.deliver(client, b"Subject: x\r\n\r\n..dot\r\n", "bob@example.test")
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
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house, Role.SUBMISSION, tls=True)
        to = ("bob@example.test", "friend@elsewhere.test")
        assert (await ways.deliver(client, ways.message, *to, sender="alice@example.test")).startswith(b"250")

    play(main())
    (kept,) = house.inbox("bob")
    assert b" with ESMTPSA id " in kept
    assert b"\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n" in kept
    assert re.search(rb"\r\nMessage-ID: <[0-9a-f]{32}@mail.example.test>\r\n", kept)
    (errand,) = house.outbox()
    assert (errand.domain, errand.message.sender) == ("elsewhere.test", "alice@example.test")
    assert errand.message.size == len(kept)
    assert not house.woken  # what is held is not to be sent


def test_message_when_large_then_is_spooled_and_kept_whole(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    body = b"".join(b"%07d %s\r\n" % (number, b"x" * 5000) for number in range(200))

    async def main() -> None:
        client = await ways.greeted(talk, house)
        assert (await ways.deliver(client, b"\r\n" + body, "bob@example.test", step=50_001)).startswith(b"250")
        assert house.shared.memory.held == 0

    play(main())
    assert house.inbox("bob")[0].endswith(b"\r\n\r\n" + body)
    assert house.spooled() == []


def test_lmtp_when_one_mailbox_is_full_then_only_that_one_is_refused(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    ways.fill(house, "bob", 100)

    async def main() -> bytes:
        client = await ways.greeted(talk, house, Role.LMTP)
        return bytes(await ways.deliver(client, ways.message, "bob@example.test", "carol@example.test"))

    refused, taken = play(main()).splitlines()
    assert refused == b"452 4.2.2 The mailbox is full"
    assert taken.startswith(b"250 ")
    assert len(house.inbox("carol")) == 1


def test_message_when_its_only_mailbox_fills_up_then_is_refused_and_nothing_stays(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    ways.fill(house, "dave", 50)

    async def main() -> bytes:
        client = await ways.greeted(talk, house)
        return bytes(await ways.deliver(client, ways.message, "dave@example.test"))

    assert play(main()) == b"452 4.2.2 The mailbox is full\r\n"
    assert house.inbox("dave") == []
    assert house.spooled() == []


def test_message_when_one_of_two_mailboxes_fills_up_then_the_sender_is_told_of_that_one(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    ways.fill(house, "dave", 50)

    async def main() -> bytes:
        client = await ways.greeted(talk, house, Role.SUBMISSION)
        to = ("dave@example.test", "bob@example.test")
        return bytes(await ways.deliver(client, ways.message, *to, sender="alice@example.test"))

    assert play(main()).startswith(b"250 ")
    assert len(house.inbox("bob")) == 1
    (told,) = house.inbox("alice")
    assert b"Final-Recipient: rfc822; dave@example.test\r\nAction: failed\r\nStatus: 5.2.2" in told


def test_message_when_one_of_two_mailboxes_fills_up_then_a_sender_elsewhere_is_told_by_mail(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    ways.fill(house, "dave", 50)

    async def main() -> bytes:
        client = await ways.greeted(talk, house)
        return bytes(await ways.deliver(client, ways.message, "dave@example.test", "bob@example.test"))

    assert play(main()).startswith(b"250 ")
    (errand,) = house.outbox()
    assert (errand.message.sender, errand.domain) == ("", "example.net")
    assert [one.recipient for one in errand.recipients] == ["someone@example.net"]


def test_message_when_success_is_to_be_told_then_the_sender_is_told(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house, Role.SUBMISSION)
        await client.send(b"MAIL FROM:<alice@example.test>\r\n")
        await client.send(b"RCPT TO:<bob@example.test> NOTIFY=SUCCESS\r\nDATA\r\n")
        assert (await client.send(ways.message + b".\r\n")).startswith(b"250")

    play(main())
    assert b"Action: delivered\r\n" in house.inbox("alice")[0]


@pytest.mark.parametrize("size", [b"", b" SIZE=2000000"])
def test_recipient_when_the_mailbox_is_full_then_is_refused_before_the_message(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any], size: bytes
) -> None:
    ways.fill(house, "dave", 500_000 if size else 0)

    async def main() -> bytes:
        client = await ways.greeted(talk, house)
        return bytes(await client.send(b"MAIL FROM:<a@b.test>" + size + b"\r\nRCPT TO:<dave@example.test>\r\n"))

    assert play(main()).endswith(b"452 4.2.2 The mailbox is full\r\n")


def test_recipient_when_suspended_then_the_sender_may_come_again(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    house.store.write(lambda tx: accounts.suspend(tx, accounts.find(tx, "dave").id))

    async def main() -> bytes:
        client = await ways.greeted(talk, house)
        return bytes(await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<dave@example.test>\r\n"))

    assert b"450 4.2.1" in play(main())


def test_sender_when_suspended_after_login_then_sends_no_more(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    async def main() -> bytes:
        client = await ways.greeted(talk, house, Role.SUBMISSION)
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
    house: Any, ways: Any, talk: Any, play: Callable[..., Any], message: bytes, answer: bytes
) -> None:
    async def main() -> None:
        client = await ways.greeted(talk, house)
        assert (await ways.deliver(client, message, "bob@example.test")).startswith(answer)
        assert await client.send(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"

    play(main())
    assert len(house.inbox("bob")) == answer.startswith(b"250")


def test_message_when_larger_than_announced_at_ehlo_then_is_refused_at_its_end(
    open_house: Callable[..., Any], ways: Any, talk: Any, play: Callable[..., Any]
) -> None:
    house = open_house(max_message_bytes=65_536)
    line = b"x" * 998 + b"\r\n"

    async def main() -> None:
        client = await ways.greeted(talk, house)
        assert (await ways.deliver(client, b"\r\n" + line * 80, "bob@example.test", step=4096)).startswith(b"552 5.3.4")
        await client.send(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@example.test>\r\n")
        assert (await client.send(b"BDAT 80000 LAST\r\n" + line * 80)).startswith(b"552 5.3.4")

    play(main())
    assert house.spooled() == []


@pytest.mark.parametrize("error", [Busy("The disk is full."), RuntimeError("a fault of ours: secret")])
def test_message_when_the_write_fails_then_the_reply_is_transient_and_says_nothing_of_us(
    house: Any, ways: Any, talk: Any, play: Callable[..., Any], error: Exception
) -> None:
    house.pool.fault = error

    async def main() -> bytes:
        client = await ways.greeted(talk, house)
        return bytes(await ways.deliver(client, ways.message, "bob@example.test"))

    answer = play(main())
    assert answer.startswith(b"451 4.3.0")
    assert b"secret" not in answer
    assert house.spooled() == []


def test_message_when_submitted_here_and_sent_to_another_house_then_arrives_over_tls(
    open_house: Callable[..., Any], play: Callable[..., Any], talk: Any
) -> None:
    """The whole way: a submission, the outbox, STARTTLS to a second server of ours, its INBOX."""
    near, far = open_house(), open_house()
    near.store.write(lambda tx: tx.execute(_renamed("near.test")))

    async def main() -> None:
        running = await start(far.kit, SmtpPorts(relay=(("127.0.0.1", 0),)))
        port = running.servers[0].sockets[0].getsockname()[1]
        client = talk(near, Role.SUBMISSION)
        await client.send(b"EHLO c\r\nAUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABkZW1vLWFsaWNlLXBhc3M=\r\n")
        await client.send(b"MAIL FROM:<alice@near.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n")
        assert (await client.send(b"From: alice@near.test\r\n\r\nhello\r\n.\r\n")).startswith(b"250")
        config = changed(near.config, "smtp", smarthost=f"127.0.0.1:{port}")
        object.__setattr__(near.kit, "config", config)
        await Sender(near.kit).drain()
        await running.stop()

    play(main())
    (kept,) = far.inbox("bob")
    assert kept.startswith(b"Return-Path: <alice@near.test>\r\nReceived: from mail.example.test ([127.0.0.1])\r\n")
    assert b"with ESMTPS id" in kept
    assert kept.count(b"Return-Path:") == 1


def _renamed(name: str) -> Any:
    return schema.domain.update().values(name=name)
