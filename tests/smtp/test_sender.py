"""The outbox worked off against real servers on loopback that say what a test tells them to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.smtp import courier
from coserver.smtp.routes import Hop
from coserver.smtp.sender import Sender
from coserver.store import outbox, spaces
from coserver.store.outbox import Addressee, Errand, Outgoing

HOUR = 3600
DATA = b"Return-Path: <alice@example.test>\r\nFrom: alice@example.test\r\nSubject: out\r\n\r\n.text\r\n"


@dataclass
class Peer:
    """A server that answers each verb with what stands first in its list, then as a good one does."""

    extensions: tuple[str, ...] = ("PIPELINING",)
    script: dict[str, list[str]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    cut_after_text: bool = False
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._said("GREETING", "220 peer.test ready"))
        while line := await reader.readline():
            verb = line.split()[0].decode().upper()
            self.heard.append(line.decode().strip())
            if verb == "EHLO":
                lines = ["peer.test", *self.extensions]
                text = "\r\n".join(f"250{' ' if one is lines[-1] else '-'}{one}" for one in lines)
                writer.write(self._said("EHLO", text))
            elif verb == "DATA":
                answer = self._said("DATA", "354 go on")
                writer.write(answer)
                if answer.startswith(b"354") and not await self._text(reader, writer):
                    break
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(self._said(verb, "250 ok"))
        writer.close()

    async def _text(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        text = b""
        while not (b"\r\n" + text).endswith(b"\r\n.\r\n"):
            text += await reader.readline()
        if self.cut_after_text:
            return False
        answer = self._said("TEXT", "250 taken")
        if answer.startswith(b"250"):
            self.messages.append(text)
        writer.write(answer)
        return True

    def _said(self, verb: str, otherwise: str) -> bytes:
        answers = self.script.get(verb)
        return f"{answers.pop(0) if answers else otherwise}\r\n".encode("utf-8", "surrogateescape")


class World:
    """A sender of a house that finds its peers under made-up domains."""

    def __init__(self, house: Any, **servers: Peer) -> None:
        self.house = house
        self.servers = servers
        self.sender = Sender(house.kit, names=self, carry=self.carry)

    async def mail_servers(self, domain: str) -> list[tuple[int, str]]:
        if domain == "nothing.test":
            return [(0, "")]
        return [(at, name) for at, name in enumerate(sorted(self.servers))]

    async def has_address(self, _domain: str) -> bool:
        return False

    async def carry(self, hop: Hop, errand: Errand, data: bytes, *, hostname: str) -> dict[int, courier.Answer]:
        here = Hop("127.0.0.1", self.servers[hop.host].port)
        return await courier.carry(here, errand, data, hostname=hostname)

    def add(self, *recipients: str, sender: str = "alice@example.test", notify: str = "", **options: Any) -> None:
        values = {"envelope_id": "", "ret": "", "smtputf8": False, **options}

        def job(tx: Any) -> None:
            space = spaces.of(tx, accounts.find(tx, "alice").id).id
            staged = self.house.store.stage(values.pop("data", DATA))
            expires = tx.now + self.house.config.smtp.give_up_hours * HOUR * 1000
            outgoing = Outgoing(space, staged, sender, expires=expires, **values)
            found = [Addressee(one, one.partition("@")[2], "", notify) for one in recipients]
            outbox.add(tx, outgoing, found, held=False)

        self.house.store.write(job)

    def drain(self, *peers: Peer) -> None:
        """Let the sender work off what is due, while these peers listen."""

        async def main() -> None:
            async with serving(*peers):
                await self.sender.drain()

        asyncio.run(main())

    def count(self) -> dict[str, int]:
        with self.house.store.read() as tx:
            return outbox.count(tx)

    def next_minutes(self) -> float:
        """Minutes from now until there is something to do."""
        with self.house.store.read() as tx:
            at = outbox.next_at(tx)
        assert at is not None
        return float(at / 1000 - self.house.clock.seconds) / 60

    def told(self) -> list[Message]:
        """The notifications alice got."""
        return [message_from_bytes(one) for one in self.house.inbox("alice")]


@asynccontextmanager
async def serving(*peers: Peer) -> AsyncIterator[None]:
    """The peers listen while this lasts."""
    servers = []
    for peer in peers:
        servers.append(await asyncio.start_server(peer.serve, "127.0.0.1", 0))
        peer.port = servers[-1].sockets[0].getsockname()[1]
    yield
    for server in servers:
        server.close()


def status_of(message: Message) -> Message:
    """The fields of the first recipient in a notification."""
    status: Any = message.get_payload(1)
    if status.get_content_type() == "message/delivery-status":
        fields: Message = status.get_payload(1)
        return fields
    return message_from_bytes(status.get_payload(0).get_payload().encode())


@pytest.fixture
def world(open_house: Callable[..., Any]) -> Callable[..., World]:
    return lambda **servers: World(open_house(), **servers)


def test_sender_when_a_server_takes_the_message_then_it_is_sent_once_and_gone(world: Any) -> None:
    peer = Peer(extensions=("SIZE 1000000", "8BITMIME", "DSN"))
    here = world(mx=peer)
    here.add("a@one.test", "b@one.test", notify="FAILURE", envelope_id="E1", ret="HDRS")
    here.drain(peer)
    here.drain(peer)
    size = len(DATA) - DATA.index(b"\n") - 1
    assert peer.heard == [
        "EHLO mail.example.test",
        f"MAIL FROM:<alice@example.test> SIZE={size} RET=HDRS ENVID=E1",
        "RCPT TO:<a@one.test> NOTIFY=FAILURE",
        "RCPT TO:<b@one.test> NOTIFY=FAILURE",
        "DATA",
        "QUIT",
    ]
    assert peer.messages == [b"From: alice@example.test\r\nSubject: out\r\n\r\n..text\r\n.\r\n"]
    assert here.count() == {}
    assert here.told() == []


@pytest.mark.parametrize("verb", ["RCPT", "MAIL", "DATA", "TEXT"])
def test_sender_when_a_server_refuses_for_good_then_the_sender_is_told_at_once(world: Any, verb: str) -> None:
    peer = Peer(script={verb: ["550 5.7.1 not you"]})
    here = world(mx=peer)
    here.add("a@one.test")
    here.drain(peer)
    (told,) = here.told()
    assert told["From"] == "Mail delivery <postmaster@example.test>"  # RFC 3464 2, and as the key that signs it
    assert (status_of(told)["Action"], status_of(told)["Status"]) == ("failed", "5.7.1")
    assert status_of(told)["Diagnostic-Code"] == "smtp; 550 5.7.1 not you"
    assert here.count() == {}


@pytest.mark.parametrize("answer", ["250 \udcff\x07", "550 \udcff\x07"])
def test_sender_when_a_server_answers_in_no_known_text_then_the_answer_counts(world: Any, answer: str) -> None:
    peer = Peer(script={"TEXT": [answer]})
    here = world(mx=peer)
    here.add("a@one.test")
    here.drain(peer)
    assert here.count() == {}
    assert [status_of(one)["Diagnostic-Code"] for one in here.told()] == ["smtp; 550 ??"] * answer.startswith("5")


def test_sender_when_a_server_puts_off_then_tries_again_in_time_until_it_takes_it(world: Any) -> None:
    peer = Peer(script={"RCPT": ["450 4.2.1 later"] * 3})
    here = world(mx=peer)
    here.add("a@one.test")
    waits = []

    for _ in range(4):
        here.drain(peer)
        if here.count():
            waits.append(here.next_minutes())
            here.house.clock.seconds += waits[-1] * 60

    assert [15 * 2**at * 0.9 <= wait <= 15 * 2**at * 1.1 for at, wait in enumerate(waits)] == [True] * 3
    assert len(peer.messages) == 1
    assert here.count() == {}
    assert here.told() == []


def test_sender_when_recipients_fare_differently_then_each_gets_his_own_end(world: Any) -> None:
    peer = Peer(script={"RCPT": ["250 ok", "550 5.1.1 unknown", "451 4.3.0 later"]})
    here = world(mx=peer)
    here.add("a@one.test", "b@one.test", "c@one.test")
    here.drain(peer)
    assert here.count() == {"due": 1}
    here.house.clock.seconds += HOUR
    here.drain(peer)
    assert len(peer.messages) == 2
    assert peer.heard.count("RCPT TO:<a@one.test>") == 1
    (told,) = here.told()
    assert status_of(told)["Final-Recipient"] == "rfc822; b@one.test"


@pytest.mark.parametrize("cut", [True, False])
def test_sender_when_the_connection_breaks_then_nothing_is_lost(world: Any, cut: bool) -> None:
    peer = Peer(cut_after_text=cut, script={} if cut else {"GREETING": ["421 4.3.2 busy"]})
    here = world(mx=peer)
    here.add("a@one.test")
    here.drain(peer)
    assert here.count() == {"due": 1}
    peer.cut_after_text = False
    here.house.clock.seconds += HOUR
    here.drain(peer)
    assert len(peer.messages) == 1
    assert here.told() == []


def test_sender_when_the_first_server_is_down_then_the_next_one_gets_it(world: Any) -> None:
    down, up = Peer(port=1), Peer()
    here = world(mx1=down, mx2=up)
    here.add("a@one.test")
    here.drain(up)
    assert len(up.messages) == 1


def test_sender_when_no_server_can_be_reached_then_tells_of_the_delay_once_and_gives_up_at_the_end(world: Any) -> None:
    here = world(mx=Peer(port=1))
    here.add("a@one.test")
    while here.count():
        here.drain()
        here.house.clock.seconds += 2 * HOUR
    here.house.clock.seconds -= 2 * HOUR
    delay, failed = here.told()
    assert (status_of(delay)["Action"], delay["Subject"]) == ("delayed", "Your message is delayed")
    assert status_of(failed)["Action"] == "failed"
    assert status_of(failed)["Status"] == "5.4.1"
    assert 120 * HOUR <= here.house.clock.seconds - 1_800_000_000 <= 126 * HOUR


@pytest.mark.parametrize(("notify", "told"), [("NEVER", 0), ("FAILURE", 1), ("SUCCESS", 0), ("DELAY", 0), ("", 1)])
def test_sender_when_a_recipient_fails_then_notify_decides_who_is_told(world: Any, notify: str, told: int) -> None:
    here = world()
    here.add("a@nothing.test", notify=notify)
    here.drain()
    assert [status_of(one)["Status"] for one in here.told()] == ["5.1.10"] * told
    assert here.count() == {}


def test_sender_when_a_bounce_fails_then_nobody_is_told(world: Any) -> None:
    here = world()
    here.add("a@nothing.test", sender="")
    here.drain()
    assert here.count() == {}
    assert here.told() == []


def test_sender_when_success_is_asked_for_and_the_server_does_not_tell_then_tells_of_the_relay(world: Any) -> None:
    peer = Peer()
    here = world(mx=peer)
    here.add("a@one.test", notify="SUCCESS")
    here.drain(peer)
    assert [status_of(one)["Action"] for one in here.told()] == ["relayed"]


def test_sender_when_the_senders_mailbox_is_full_then_the_bounce_waits(world: Any, ways: Any) -> None:
    here = world()
    here.add("a@nothing.test")
    ways.fill(here.house, "alice", 0)
    here.drain()
    assert (here.count(), here.told()) == ({"failed": 1}, [])
    ways.fill(here.house, "alice", 100_000)
    here.house.clock.seconds += HOUR
    here.drain()
    assert (here.count(), len(here.told())) == ({}, 1)


def test_sender_when_it_ends_in_the_middle_then_another_one_takes_over(world: Any) -> None:
    """What a crash leaves behind: a lease that nobody holds."""
    peer = Peer()
    here = world(mx=peer)
    here.add("a@one.test")
    here.house.store.write(lambda tx: outbox.lease(tx, until=tx.now + 1_800_000, most=10))
    here.drain(peer)
    assert peer.messages == []
    here.house.clock.seconds += 1800
    here.drain(peer)
    assert len(peer.messages) == 1


@pytest.mark.parametrize(
    ("extensions", "options", "status"),
    [
        (("SIZE 10",), {}, "5.3.4"),
        (("8BITMIME",), {"smtputf8": True}, "5.6.7"),
    ],
)
def test_sender_when_the_server_cannot_take_it_then_it_fails_without_being_sent(
    world: Any, extensions: tuple[str, ...], options: dict[str, Any],
    status: str,
) -> None:  # fmt: skip
    peer = Peer(extensions=extensions)
    here = world(mx=peer)
    here.add("a@one.test", **options)
    here.drain(peer)
    assert [status_of(one)["Status"] for one in here.told()] == [status]
    assert peer.messages == []


def test_sender_when_anybody_queues_mail_then_it_looks_at_once(world: Any, play: Callable[..., Any]) -> None:
    peer = Peer()
    here = world(mx=peer)

    async def main() -> None:
        async with serving(peer):
            here.sender.start()
            stop = here.house.store.subscribe(here.sender.hear)
            await asyncio.sleep(0.01)
            here.add("a@one.test")
            while here.count():
                await asyncio.sleep(0.005)
            await here.sender.stop()
            stop()

    play(main())
    assert len(peer.messages) == 1


def test_sender_when_mail_for_outside_is_held_then_nothing_is_tried(
    open_house: Callable[..., Any], play: Callable[..., Any]
) -> None:
    here = World(open_house(hold_outside=True), mx=Peer(port=1))
    here.add("a@one.test")

    async def main() -> None:
        here.sender.start()
        await asyncio.sleep(0.02)
        await here.sender.stop()

    play(main())
    assert here.count() == {"due": 1}


def test_sender_when_there_is_much_for_one_domain_then_speaks_with_it_a_few_times_at_once(world: Any) -> None:
    peer = Peer()
    here = world(mx=peer)
    for _ in range(12):
        here.add("a@one.test")
    most = 0
    carry = here.carry

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal most
        most = max(most, here.sender._busy["one.test"])
        return await carry(*args, **options)

    here.sender._carry = counted
    here.drain(peer)
    assert (len(peer.messages), most) == (12, 5)


def test_sender_when_a_fault_of_ours_ends_an_errand_then_is_counted_and_nothing_lost(world: Any) -> None:
    here = world()
    here.mail_servers = None
    here.add("a@one.test")
    here.drain()
    assert here.count() == {"leased": 1}
    assert here.house.kit.metrics.registry.get_sample_value("coserver_faults_total", {"edge": "smtp"}) == 1
