"""Carries the intentions of a session out, over anything that gives lines and takes replies."""

import asyncio
import logging
from base64 import b64encode
from typing import Any, Protocol

from coserver.log import event
from coserver.model.errors import HouseError
from coserver.model.plan import Feature
from coserver.net.entry import Entry
from coserver.smtp import replies
from coserver.smtp.exchange import exchange
from coserver.smtp.intake import Intake
from coserver.smtp.lines import AUTH_LIMIT, Lines, Purity, Text
from coserver.smtp.reception import Memory, Reception
from coserver.smtp.replies import Reply, of_fault, of_login_error, reply
from coserver.smtp.session import (
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

log = logging.getLogger(__name__)

BATCH = 100  # recipients asked about at once; also how many commands run before others have their turn


class Line(Protocol):
    """The connection as it is seen from here."""

    peer: str
    lines: Lines
    ahead: bytes | None  # a line that was taken from `lines` too early

    def put(self, answer: Reply) -> None:
        """Queue a reply; it goes out when the client is waited for."""

    async def flush(self) -> None:
        """Send what is queued."""

    async def more(self) -> None:
        """Send what is queued, then wait until there are more bytes in `lines`."""

    async def line(self) -> bytes:
        """The next line."""

    def progress(self) -> None:
        """The client is alive: begin to count its silence anew."""

    async def secure(self) -> None:
        """Take up TLS; what was read before is forgotten."""


class Conduct:
    """The acting side of one session.

    Args:
        line: the connection.
        session: its states.
        intake: where questions and messages go.
        entry: where logins go.
        memory: shared by all connections.
        running: deliveries that a graceful stop waits for.
    """

    def __init__(
        self,
        line: Line,
        session: Session,
        *,
        intake: Intake,
        entry: Entry,
        memory: Memory,
        running: "set[asyncio.Task[Any]]",
    ) -> None:
        self._line = line
        self.session = session
        self._intake = intake
        self._entry = entry
        self._memory = memory
        self._running = running
        self._reception: Reception | None = None
        self._purity = Purity()

    async def do(self, step: Step) -> bool:
        """Carry an intention out; False when the connection ends."""
        going = True
        match step:
            case Send(answer):
                self._line.put(answer)
            case Leave(answer):
                self._line.put(answer)
                going = False
            case AskSender(mail):
                refusal = await self._intake.sender(self.session, mail)
                going = await self.do(self.session.answer(refusal) if refusal else self.session.take_sender(mail))
            case AskRecipient():
                going = await self._recipients(step)
            case ReceiveText():
                going = await self._text()
            case ReceiveChunk():
                going = await self._chunk(step)
            case Authenticate():
                going = await self._authenticate(step)
            case StartTls():
                self._line.put(replies.READY_FOR_TLS)
                await self._line.secure()
                self.session.secured()
        if not self.session.chunking:
            self.abandon()  # RSET, EHLO and their kin end a message that came in chunks
        return going

    def abandon(self) -> None:
        """Forget a message that came in part."""
        if self._reception is not None:
            self._reception.discard()
            self._reception = None

    async def _recipients(self, first: AskRecipient) -> bool:
        """Ask about this recipient and those that stand behind it in the buffer, in one go."""
        asks = [first]
        most = min(BATCH, self.session.terms.max_recipients - len(self.session.recipients))
        after: Step | None = None
        while len(asks) < most and after is None and (line := self._line.lines.line()) is not None:
            if line[:5].upper() != b"RCPT ":
                self._line.ahead = line
                break
            step = self.session.on(line)
            if isinstance(step, AskRecipient):
                asks.append(step)
            else:
                after = step
        for verdict in await self._intake.recipients(self.session, asks):
            if not await self.do(self.session.take_recipient(verdict)):
                return False
        return after is None or await self.do(after)

    async def _text(self) -> bool:
        if self._memory.spent:
            return await self.do(self.session.answer(replies.NO_SPACE))
        self._line.put(replies.START_DATA)
        await self._line.flush()
        reception = self._begin()
        text = Text(self._line.lines, self.session.terms.max_bytes)
        while True:
            reception.write(text.read())
            if text.done:
                break
            await self._line.more()
            self._line.progress()  # a slow line is not an idle one
        if text.fault:
            reception.refuse(of_fault(text.fault))
        return await self._finish(reception)

    async def _chunk(self, chunk: ReceiveChunk) -> bool:
        """BDAT (RFC 3030): every chunk is answered, the last one with the fate of the message."""
        refusal = chunk.refusal or (replies.NO_SPACE if self._memory.spent and not self._reception else None)
        reception = None
        if refusal is None:
            reception = self._reception or self._begin()
            self.session.chunking = True
        await self._read_chunk(chunk.size, reception)
        if reception is None:
            return await self.do(self.session.answer(refusal or replies.NEED_RCPT))
        if chunk.last:
            self._purity.close()
            self._judge(reception)
            return await self._finish(reception)
        if reception.refusal:
            self.session.chunk_refused = True
            return await self.do(self.session.answer(reception.refusal))
        self._line.put(reply(250, "2.0.0", f"{chunk.size} bytes received"))
        return True

    async def _read_chunk(self, size: int, reception: Reception | None) -> None:
        while size:
            data = self._line.lines.take(min(size, 1 << 16))
            size -= len(data)
            if reception:
                self._purity.look(data)
                reception.write(data)
                self._judge(reception)
            if size and not data:
                await self._line.more()
                self._line.progress()

    def _judge(self, reception: Reception) -> None:
        if self._purity.fault:
            reception.refuse(of_fault(self._purity.fault))
        elif self._purity.size > self.session.terms.max_bytes:
            reception.refuse(replies.TOO_BIG)

    def _begin(self) -> Reception:
        self._reception = self._intake.begin(self.session, self._line.peer, self._memory)
        self._purity = Purity()
        return self._reception

    async def _finish(self, reception: Reception) -> bool:
        """The message is here: have it delivered, whatever the client does meanwhile, and answer."""
        self._reception = None
        taking = self._intake.take(self.session, reception, peer=self._line.peer)
        delivery = asyncio.get_running_loop().create_task(taking)
        self._running.add(delivery)
        delivery.add_done_callback(self._running.discard)
        answers = await asyncio.shield(delivery)
        self.session.reset()
        self._line.progress()
        for answer in answers:
            if not await self.do(self.session.answer(answer)):
                return False
        return True

    async def _authenticate(self, step: Authenticate) -> bool:
        steps = exchange(step.mechanism, step.initial)
        try:
            challenge = next(steps)
            while True:
                self._line.put(Reply(334, "", (b64encode(challenge).decode(),)))
                line = await self._line.line()
                if len(line) > AUTH_LIMIT:
                    return await self.do(self.session.answer(replies.LINE_TOO_LONG))
                challenge = steps.send(line)
        except StopIteration as ended:
            outcome = ended.value
        if isinstance(outcome, Reply):
            return await self.do(self.session.answer(outcome))
        try:
            self.session.who = await self._entry.login(
                outcome.name, outcome.password, service=Feature.SMTP, peer=self._line.peer
            ).asFuture(asyncio.get_running_loop())
        except HouseError as error:
            return await self.do(self.session.answer(of_login_error(error)))
        event(log, "login", service="smtp", account=self.session.who.account, peer=self._line.peer)
        self._line.put(replies.AUTHENTICATED)
        return True
