"""Works the outbox off: mail of our accounts on its way to other servers.

Invariants: a recipient is under lease while it is tried, so a crash makes it due again and never
loses it; what another server answered is written down in one tx with what follows from it; a sender
is told of a failure in the tx that ends it, exactly once. Time comes from the house's clock: the loop
only waits.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from coserver.clock import milliseconds
from coserver.log import event, failure
from coserver.model import change
from coserver.model.errors import Busy, HouseError, Missing, NoRoom
from coserver.net.kit import Kit
from coserver.net.names import Resolver
from coserver.smtp import courier, leaving, returns, routes
from coserver.smtp.bounce import Action, Fate, Original, status, wanted
from coserver.smtp.core import Core
from coserver.smtp.courier import Answer, Unreachable
from coserver.smtp.intake import custom_of
from coserver.smtp.returns import Notice
from coserver.smtp.routes import Dns, Hop, Names, Unroutable
from coserver.store import outbox
from coserver.store.outbox import DUE, FAILED, Due, Errand
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

LEASE_MINUTES = 30
PER_DOMAIN = 5  # conversations with the servers of one domain at a time
_AT_ONCE = 100  # failed recipients looked at together
_ERRAND_SECONDS = 1200.0
_LONGEST_WAIT_MINUTES = 240
_DELAY_HOURS = 4  # the sender is told of a delay then
_BOUNCE_WAIT_HOURS = 1
_BOUNCE_LIMIT_HOURS = 120  # a sender whose mailbox stays full so long is not told
_LOOK_SECONDS = 60.0  # at the latest, whatever is due
_MINUTE, _HOUR = 60_000, 3_600_000


class Carry(Protocol):
    """How one message is brought to one server: `courier.carry`."""

    async def __call__(self, hop: Hop, errand: Errand, data: bytes, *, hostname: str) -> dict[int, Answer]:
        """See `courier.carry`."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of an errand: recipients by what is done with them now."""

    sent: tuple[Due, ...]
    later: tuple[Due, ...]
    lost: tuple[Due, ...]
    answers: Mapping[int, Answer]


class Sender:
    """The one worker of the outbox.

    Args:
        kit: the house.
        names: the domain name system.
        carry: how a message is brought to a server.
    """

    def __init__(self, kit: Kit, *, names: Names | None = None, carry: Carry = courier.carry) -> None:
        self._kit = kit
        self._core = Core(kit)
        self._names = names or Dns(Resolver(kit.config.dns))
        self._carry = carry
        self._custom = custom_of(kit)
        self._own = {kit.config.server.name, kit.config.server.domain}
        self._busy: Counter[str] = Counter()
        self._errands: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin to work, on the running asyncio loop; with `hold_outside` there is nothing to do."""
        self._loop = asyncio.get_event_loop()
        if not self._custom.hold_outside and not self._stopped:
            self._task = self._loop.create_task(self._work())
            self._task.add_done_callback(self._fell)

    def _fell(self, task: "asyncio.Task[None]") -> None:
        """The loop itself met a fault of ours: log it, and begin again after a while."""
        if not task.cancelled() and (error := task.exception()) is not None and self._loop is not None:
            self._kit.metrics.faults.labels("smtp").inc()
            failure(log, "sender-fault", error)
            self._loop.call_later(_LOOK_SECONDS, self.start)

    async def stop(self) -> None:
        """Break off what is under way; its leases run out and it is tried again."""
        self._stopped = True
        tasks = [task for task in (self._task, *self._errands) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def hear(self, notice: change.Notice) -> None:
        """Look at once if there is new mail; given to `Store.subscribe`, may be called on any thread."""
        if notice.outgoing and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    async def drain(self) -> None:
        """Work until nothing is due any more: for tests and for a last effort."""
        while await self._begin() or self._errands or await self._tell():
            if self._errands:
                await asyncio.wait(self._errands)

    # ------------------------------------------------------------ the loop

    async def _work(self) -> None:
        await self._core.write(outbox.let_go)
        while True:
            self._awake.clear()
            try:
                while await self._begin():
                    continue
                await self._tell()
                pause = await self._pause()
            except HouseError as error:  # the pool or the disk is full: later
                event(log, "sender-waits", level=logging.WARNING, why=error.text)
                pause = _LOOK_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):  # wait_for of Python 3.11 may swallow a cancellation
                    await self._awake.wait()

    async def _pause(self) -> float:
        at = await self._core.look(outbox.next_at)
        if at is None:
            return _LOOK_SECONDS
        return min(max((at - milliseconds(self._kit.clock)) / 1000, 0.5), _LOOK_SECONDS)

    async def _begin(self) -> int:
        """Take what is due, as far as there is room for more conversations; says how many were begun."""
        free = self._kit.config.smtp.connections_out - len(self._errands)
        if free <= 0:
            return 0
        until = milliseconds(self._kit.clock) + LEASE_MINUTES * _MINUTE
        errands = await self._core.write(
            partial(outbox.lease, until=until, most=free, a_domain=PER_DOMAIN, busy=dict(self._busy))
        )
        for errand in errands:
            self._busy[errand.domain] += 1
            task = asyncio.get_running_loop().create_task(self._errand(errand))
            self._errands.add(task)
            task.add_done_callback(partial(self._ended, errand.domain))
        return len(errands)

    def _ended(self, domain: str, task: "asyncio.Task[None]") -> None:
        self._busy[domain] -= 1
        if not self._busy[domain]:
            del self._busy[domain]
        self._errands.discard(task)
        self._awake.set()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, HouseError):  # too busy, or the message was taken away meanwhile
            event(log, "errand-left", level=logging.WARNING, domain=domain, why=error.text)
        elif error is not None:
            self._kit.metrics.faults.labels("smtp").inc()
            failure(log, "sender-fault", error, domain=domain)  # the lease runs out and it is tried again

    # ------------------------------------------------------------ one errand

    async def _errand(self, errand: Errand) -> None:
        answers = await self._answers(errand)
        result = _sorted(errand, answers, self._now)
        notice = await self._core.run(self._notice, errand, _fates(errand, result, self._now))
        await self._core.write(partial(self._settle, errand=errand, result=result, notice=notice))
        for one in errand.recipients:
            answer = answers[one.id]
            event(
                log, "sent" if answer.sent else "not-sent", outbox=errand.message.id, recipient=one.recipient,
                attempts=one.attempts, code=answer.code, reply=answer.text,
            )  # fmt: skip
        for way, number in (("sent", len(result.sent)), ("deferred", len(result.later))):
            self._kit.metrics.messages.labels(way).inc(number)

    async def _answers(self, errand: Errand) -> dict[int, Answer]:
        """What the world says, as one answer for each recipient."""
        try:
            data = await self._core.run(self._leaving, errand)
            hops = await routes.hops(self._names, errand.domain, self._kit.config.smtp, self._own)
        except Unroutable as error:
            return _all(errand, Answer(550, f"{error.status} {error.text}"))
        except Busy as error:
            return _all(errand, Answer(0, f"4.4.3 {error.text}"))
        except Missing as error:  # its bytes are not where they were: moved, taken away or lost
            event(log, "bytes-missing", level=logging.ERROR, outbox=errand.message.id, why=error.text)
            return _all(errand, Answer(0, "4.3.0 This server cannot read the message"))
        said = "4.4.1 No server could be reached"
        for hop in hops:
            try:
                async with asyncio.timeout(_ERRAND_SECONDS):
                    return await self._carry(hop, errand, data, hostname=self._custom.hostname)
            except (Unreachable, TimeoutError) as error:
                said = f"4.4.1 {error}"
        return _all(errand, Answer(0, said))

    def _settle(self, tx: Tx, *, errand: Errand, result: _Result, notice: Notice | None) -> None:
        """Write down what came of an errand, in one tx."""
        if result.sent:
            outbox.remove(tx, errand.message, [one.id for one in result.sent])
        told = {one.id for one in result.later if _delay_due(errand, one, tx.now)}
        for one in result.later:
            outbox.settle(
                tx, one, state=DUE, next_at=self._next(tx.now, one), delayed=one.id in told,
                reply=result.answers[one.id].text,
            )  # fmt: skip
        for one in result.lost:
            answer = result.answers[one.id]
            outbox.settle(tx, one, state=FAILED, next_at=tx.now, delayed=False, reply=_full_text(answer))
        try:
            returns.give_back(tx, notice, space=errand.message.space, custom=self._custom)
        except NoRoom as error:
            event(log, "notice-lost", outbox=errand.message.id, why=error.text)

    def _next(self, now: int, one: Due) -> int:
        """When to try again: doubling from the first wait up to 4 hours, give or take a tenth."""
        minutes = self._kit.config.smtp.retry_minutes << min(one.attempts - 1, 16)
        wait = min(minutes, max(_LONGEST_WAIT_MINUTES, self._kit.config.smtp.retry_minutes)) * _MINUTE
        return now + wait + wait * (one.id * 7919 % 21 - 10) // 100

    # ------------------------------------------------------------ telling the senders

    async def _tell(self) -> int:
        """Give failed messages back to their senders; says how many."""
        errands = await self._core.look(partial(outbox.failed, most=_AT_ONCE))
        for errand in errands:
            fates = [
                Fate(one.recipient, one.original, Action.FAILED, status(one.last_reply, "5.0.0"), one.last_reply)
                for one in errand.recipients
                if wanted(one.notify, Action.FAILED)
            ]
            notice = await self._core.run(self._notice, errand, fates)
            await self._core.write(partial(self._return, errand=errand, notice=notice))
            self._kit.metrics.messages.labels("returned").inc(len(errand.recipients))
        return len(errands)

    def _return(self, tx: Tx, *, errand: Errand, notice: Notice | None) -> None:
        ids = [one.id for one in errand.recipients]
        try:
            returns.give_back(tx, notice, space=errand.message.space, custom=self._custom)
        except NoRoom as error:
            if tx.now < errand.message.expires + _BOUNCE_LIMIT_HOURS * _HOUR:
                outbox.postpone(tx, ids, next_at=tx.now + _BOUNCE_WAIT_HOURS * _HOUR)
                return
            event(log, "notice-lost", outbox=errand.message.id, why=error.text)
        outbox.remove(tx, errand.message, ids)

    # ------------------------------------------------------------ on a thread

    def _leaving(self, errand: Errand) -> bytes:
        return leaving.signed(self._kit.store, leaving.kept(self._kit.store, errand.message.blob))

    def _notice(self, errand: Errand, fates: Sequence[Fate]) -> Notice | None:
        if not fates or not errand.message.sender:
            return None
        message = errand.message
        try:
            data = leaving.kept(self._kit.store, message.blob)
        except Missing:  # he is told all the same
            data = b""
        original = Original(
            message.sender, message.envelope_id, message.ret, message.smtputf8, message.created / 1000, data
        )  # fmt: skip
        return returns.compose(self._kit.store, original, fates, custom=self._custom)

    @property
    def _now(self) -> int:
        return milliseconds(self._kit.clock)


def _all(errand: Errand, answer: Answer) -> dict[int, Answer]:
    return {one.id: answer for one in errand.recipients}


def _sorted(errand: Errand, answers: Mapping[int, Answer], now: int) -> _Result:
    """Recipients by what is done with them: what is not final is tried again until the message expires."""
    sent, later, lost = [], [], []
    for one in errand.recipients:
        answer = answers[one.id]
        if answer.sent:
            sent.append(one)
        elif answer.final or now >= errand.message.expires:
            lost.append(one)
        else:
            later.append(one)
    return _Result(tuple(sent), tuple(later), tuple(lost), answers)


def _fates(errand: Errand, result: _Result, now: int) -> list[Fate]:
    """What the sender is told at once: delays, and relays that nobody further on tells of (RFC 3461 5.2)."""
    fates = [
        Fate(one.recipient, one.original, Action.RELAYED, "2.0.0", _full_text(result.answers[one.id]))
        for one in result.sent
        if not result.answers[one.id].notifies and wanted(one.notify, Action.RELAYED)
    ]
    for one in result.later:
        if _delay_due(errand, one, now):
            text = _full_text(result.answers[one.id])
            fates.append(Fate(one.recipient, one.original, Action.DELAYED, status(text, "4.4.7"), text))
    return fates


def _delay_due(errand: Errand, one: Due, now: int) -> bool:
    late = now - errand.message.created >= _DELAY_HOURS * _HOUR
    return late and not one.delayed and wanted(one.notify, Action.DELAYED)


def _full_text(answer: Answer) -> str:
    return f"{answer.code} {answer.text}" if answer.code else answer.text
