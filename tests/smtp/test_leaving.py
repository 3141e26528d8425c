"""What leaves is signed by the domain of its author, as it goes over the wire (R24)."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from coserver.accounts import accounts, letters
from coserver.accounts.letters import Letter
from coserver.config import changed
from coserver.mail import domains, keys, signing
from coserver.smtp import leaving, returns
from coserver.smtp.bounce import Action, Fate, Original
from coserver.smtp.intake import custom_of
from coserver.smtp.sender import Sender
from coserver.store import outbox
from coserver.store.outbox import Addressee, Outgoing

SECRET, OTHER = signing.secret(), signing.secret()


@pytest.fixture
def here(open_house: Any) -> Any:
    house = open_house()
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    house.store.write(lambda tx: keys.give(tx, "example.test", SECRET))
    house.store.write(lambda tx: keys.give(tx, "second.test", OTHER))
    return house


@pytest.fixture
def checked(dkim: Any, here: Any) -> Any:
    with here.store.read() as tx:
        found = [keys.find(tx, name) for name in ("example.test", "second.test")]
    records = {f"{each.selector}._domainkey.{each.domain}": signing.record(each.secret) for each in found}
    return lambda message: dkim.verified(message, records)


@pytest.mark.parametrize(
    ("author", "domain"),
    [
        (b"From: alice@example.test", "example.test"),
        (b"From: \"alice@second.test\" <alice@SECOND.test>", "second.test"),
        (b"from : x@elsewhere.test, alice@second.test", "second.test"),
        (b"From: Alice (alice@second.test)\r\n <alice@example.test>", "example.test"),
        (b"From: alice@elsewhere.test", "(not signed)"),
        (b"From: alice", "(not signed)"),
        (b"X-From: alice@example.test", "(not signed)"),
    ],
)  # fmt: skip
def test_signed_when_the_author_is_of_a_domain_then_it_is_signed_by_that_one(here, checked, author, domain) -> None:
    message = author + b"\r\nSubject: s\r\n\r\nFrom: alice@second.test\r\n"
    signed = leaving.signed(here.store, message)
    assert signed.endswith(message)
    assert checked(signed) == domain


def test_signed_when_the_key_cannot_be_used_then_the_mail_leaves_and_the_log_says_so(open_house, caplog) -> None:
    caplog.set_level(logging.INFO)
    house = open_house()
    house.store.write(lambda tx: keys.give(tx, "example.test", "broken"))
    message = b"From: alice@example.test\r\n\r\ntext\r\n"
    assert leaving.signed(house.store, message) == message
    (told,) = [each for each in caplog.records if each.message == "not-signed"]
    assert told.fields["domain"] == "example.test"
    assert "broken" not in str(told.fields)


def sent(house: Any) -> list[bytes]:
    """What a server elsewhere gets of all that waits to leave."""
    sender = Sender(house.kit)
    return [sender._leaving(errand) for errand in house.outbox()]


def test_letter_when_it_leaves_then_it_is_signed_by_the_standard_domain(here, checked) -> None:
    """R24: confirmations of the house are signed, and from and signature agree."""
    made = letters.ready(here.store, Letter("x@elsewhere.test", "Confirm", "Grüße\n"))
    here.store.write(lambda tx: letters.post(tx, made, by=accounts.find(tx, "alice").id))
    (data,) = sent(here)
    assert data.startswith(b"DKIM-Signature:")
    assert b"Return-Path" not in data
    assert checked(data) == "example.test"


@pytest.mark.parametrize("ret", ["", "FULL"])
def test_notification_when_it_leaves_then_it_is_signed_by_the_standard_domain(here, checked, ret) -> None:
    """R24: so are notifications; what they give back keeps the signature it came with."""
    original = Original(
        "x@elsewhere.test", "", ret, smtputf8=False, arrived=1.0, data=b"DKIM-Signature: v=1\r\n\r\nt\r\n"
    )
    fates = [Fate("alice@example.test", "", Action.FAILED, "5.2.2", "552 full")]
    custom = custom_of(here.kit)
    made = returns.compose(here.store, original, fates, custom=custom)
    here.store.write(
        lambda tx: returns.give_back(tx, made, space=accounts.find(tx, "alice").space, custom=custom)
    )  # fmt: skip
    (data,) = sent(here)
    assert checked(data) == "example.test"
    assert data.count(b"DKIM-Signature:") == 2


async def _received(house: Any) -> bytes:
    """What is due, sent to a server that takes everything: the bytes between DATA and the final dot."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                heard.extend(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = changed(house.kit.config, "smtp", smarthost=f"127.0.0.1:{port}")
    await Sender(replace(house.kit, config=config)).drain()
    server.close()
    return bytes(heard)


def test_sender_when_mail_leaves_then_its_signature_holds_for_the_bytes_another_server_reads(here, checked) -> None:
    """R24: dots of SMTP, blanks at the end and all."""
    data = b"Return-Path: <alice@example.test>\r\nFrom: alice@example.test\r\n\r\n.t\r\n..\r\n \r\n.end\r\n\r\n"

    def queue(tx: Any) -> None:
        space = accounts.find(tx, "alice").space
        outgoing = Outgoing(space, staged, "alice@example.test", "", "", smtputf8=False, expires=tx.now + 1)
        outbox.add(tx, outgoing, [Addressee("x@elsewhere.test", "elsewhere.test", "", "")], held=False)

    staged = here.store.stage(data)
    here.store.write(queue)
    read = asyncio.run(_received(here))
    message = read.removesuffix(b".\r\n").replace(b"\r\n.", b"\r\n")
    assert message.endswith(data.partition(b"\r\n")[2])
    assert checked(message) == "example.test"
    assert checked(message.replace(b".end", b"..end")) == "(body)"
