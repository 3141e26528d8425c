"""From the conversation into the house: questions and whole messages, put to the core on its threads.

Invariants: a message is parsed and hashed before the write; all its local recipients and its rows in
the outbox are one tx; the reply is made after that tx is durable. A recipient whose mailbox filled up
since RCPT does not keep the others from their mail: the sender is notified of him in the same tx.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from coserver.log import event
from coserver.mail import delivery
from coserver.mail.prepared import Prepared, prepare
from coserver.model.act import ActKind, Actor, Way
from coserver.model.errors import Denied, HouseError, NoRoom
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.principal import Who
from coserver.net.entry import actor
from coserver.net.kit import Kit
from coserver.smtp import heads, policy, replies, returns
from coserver.smtp.bounce import Action, Fate, Original, wanted
from coserver.smtp.core import Core
from coserver.smtp.envelope import Envelope, Mail, Recipient, Role
from coserver.smtp.reception import Arrived, Memory, Reception
from coserver.smtp.replies import Reply, of_error, reply
from coserver.smtp.returns import Custom, Notice
from coserver.smtp.session import AskRecipient, Session
from coserver.store import acting, journal, outbox, spaces
from coserver.store.outbox import Addressee, Outgoing
from coserver.store.tx import Tx

log = logging.getLogger(__name__)


class _NotYours(Denied):
    """The head is refused with a reply of its own."""

    def __init__(self, answer: Reply) -> None:
        super().__init__(str(answer))
        self.answer = answer


class _Full(NoRoom):
    """Some mailboxes filled up since RCPT; nothing was kept yet."""

    def __init__(self, accounts: frozenset[PrincipalId]) -> None:
        super().__init__("The mailbox is full")
        self.accounts = accounts


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message ready to be kept, with all that is needed for it."""

    role: Role
    who: Who | None
    envelope: Envelope
    prepared: Prepared
    log_id: str
    peer: str


class Intake:
    """Where conversations bring what needs the store.

    Args:
        kit: the house.
        wake: called, on any thread, when there is new mail in the outbox.
    """

    def __init__(self, kit: Kit, wake: Callable[[], None]) -> None:
        self._kit = kit
        self._core = Core(kit)
        self._wake = wake
        self._custom = custom_of(kit)

    async def sender(self, session: Session, mail: Mail) -> Reply | None:
        """Why this sender may not; None if he may."""
        if session.who is None:
            return None
        return await self._core.look(partial(policy.sender, who=session.who, path=mail.sender))

    async def recipients(self, session: Session, asks: Sequence[AskRecipient]) -> list[Recipient | Reply]:
        """The verdict on each recipient, in order, from one snapshot."""
        role = session.terms.role
        size = session.mail.parameters.size if session.mail else None

        def judge(tx: Tx) -> list[Recipient | Reply]:
            return [policy.recipient(tx, role, ask.path, ask.parameters, size=size) for ask in asks]

        try:
            return await self._core.look(judge)
        except HouseError as error:
            return [of_error(error)] * len(asks)

    def begin(self, session: Session, peer: str, memory: Memory) -> Reception:
        """Make ready for the text of a message."""
        now = self._kit.clock.now()
        log_id = secrets.token_hex(8)
        host = session.terms.hostname
        trace = heads.trace(session, session.envelope(), peer=peer, log_id=log_id, now=now)
        complete = partial(heads.completion, now=now, message_id=f"{secrets.token_hex(16)}@{host}")
        return Reception(
            self._kit.store.incoming(),
            trace=trace,
            complete=complete if session.terms.role is Role.SUBMISSION else lambda _head: b"",
            memory=memory,
            log_id=log_id,
        )

    async def take(self, session: Session, reception: Reception, *, peer: str) -> list[Reply]:
        """Have a message delivered and queued: one reply, for LMTP one for each recipient (RFC 2033 4.2)."""
        envelope, role, who = session.envelope(), session.terms.role, session.who
        times = len(envelope.recipients) if role is Role.LMTP else 1
        try:
            arrived = reception.finish()
            if isinstance(arrived, Reply):
                return [arrived] * times
            prepared = await self._core.run(self._prepare, who, arrived)
            letter = _Letter(role, who, envelope, prepared, reception.log_id, peer)
            return await self._keep(letter, arrived)
        except _NotYours as error:
            return [error.answer] * times
        except HouseError as error:
            event(log, "message-refused", id=reception.log_id, why=error.text)
            return [replies.full(error) if isinstance(error, NoRoom) else of_error(error)] * times
        finally:
            reception.discard()  # what was kept has its own name by now

    def _prepare(self, who: Who | None, arrived: Arrived) -> Prepared:
        """On a thread: everything that must not wait for the writer."""
        if who is not None:
            with self._kit.store.read() as tx:
                refusal = policy.author(tx, who, arrived.head)
            if refusal:
                raise _NotYours(refusal)
        return prepare(arrived.finish())

    async def _keep(self, letter: _Letter, arrived: Arrived) -> list[Reply]:
        full: frozenset[PrincipalId] = frozenset()
        while True:
            notice = await self._core.run(self._notice, letter, full) if _tells(letter, full) else None
            try:
                with acting.by(_actor(letter)):
                    done = await self._core.write(partial(self._job, letter=letter, full=full, notice=notice))
            except _Full as error:
                full |= error.accounts
                continue
            return self._answers(letter, done)

    def _job(
        self, tx: Tx, *, letter: _Letter, full: frozenset[PrincipalId], notice: Notice | None
    ) -> dict[PrincipalId, HouseError | None]:
        """The one tx of a message."""
        local = [one.route.principal for one in letter.envelope.recipients if one.route]
        outside = [one for one in letter.envelope.recipients if one.route is None]
        open_ = [principal for principal in local if principal not in full]
        sender = str(letter.envelope.mail.sender)
        made = delivery.deliver(tx, open_, letter.prepared, envelope_sender=sender) if open_ else []
        done = {one.account: one.refusal for one in made}
        refused = {account: refusal for account, refusal in done.items() if refusal is not None}
        if refused and letter.role is not Role.LMTP:
            if len(refused) == len(done) and not outside and not full:
                raise next(iter(refused.values()))
            raise _Full(frozenset(refused))
        if letter.who is not None:
            space = spaces.of(tx, letter.who.account).id
            journal.record(tx, space, ActKind.SENT, count=len(letter.envelope.recipients))
            if outside:
                self._queue(tx, letter, outside, space)
        if notice is not None:
            space = next(one.route.space for one in letter.envelope.recipients if one.route)
            with suppress(NoRoom):  # the sender's own mailbox is full: his message goes out all the same
                returns.give_back(tx, notice, space=space, custom=self._custom)
            tx.after_commit(self._wake)
        return dict(done)

    def _queue(self, tx: Tx, letter: _Letter, outside: Sequence[Recipient], space: SpaceId) -> None:
        mail = letter.envelope.mail
        outgoing = Outgoing(
            space,
            letter.prepared.staged,
            str(mail.sender),
            mail.parameters.envelope_id,
            mail.parameters.ret,
            smtputf8=mail.parameters.smtputf8,
            expires=self._custom.expires(tx.now),
        )
        addressees = [
            Addressee(str(one.path), one.path.domain, one.parameters.original, one.parameters.notify) for one in outside
        ]
        outbox.add(tx, outgoing, addressees, held=self._custom.hold_outside)
        tx.after_commit(self._wake)

    def _notice(self, letter: _Letter, full: frozenset[PrincipalId]) -> Notice | None:
        """On a thread: what the sender is told of deliveries he asked about, and of full mailboxes."""
        fates = []
        for one in letter.envelope.recipients:
            if one.route is None:
                continue
            failed = one.route.principal in full
            action = Action.FAILED if failed else Action.DELIVERED
            if wanted(one.parameters.notify, action):
                status, why = ("5.2.2", "552 5.2.2 The mailbox is full") if failed else ("2.1.5", "")
                fates.append(Fate(str(one.path), one.parameters.original, action, status, why))
        mail = letter.envelope.mail
        original = Original(
            str(mail.sender),
            mail.parameters.envelope_id,
            mail.parameters.ret,
            mail.parameters.smtputf8,
            self._kit.clock.now(),
            letter.prepared.staged.read(),
        )
        return returns.compose(self._kit.store, original, fates, custom=self._custom)

    def _answers(self, letter: _Letter, done: dict[PrincipalId, HouseError | None]) -> list[Reply]:
        way = "submitted" if letter.role is Role.SUBMISSION else "received"
        self._kit.metrics.messages.labels(way).inc()
        event(
            log, "message-taken", id=letter.log_id, role=str(letter.role), size=letter.prepared.staged.size,
            recipients=len(letter.envelope.recipients), account=letter.who.account if letter.who else None,
        )  # fmt: skip
        taken = reply(250, "2.0.0", f"Taken as {letter.log_id}")
        if letter.role is not Role.LMTP:
            return [taken]
        verdicts = [done.get(one.route.principal) if one.route else None for one in letter.envelope.recipients]
        return [replies.full(v) if isinstance(v, NoRoom) else of_error(v) if v else taken for v in verdicts]


def _actor(letter: _Letter) -> Actor:
    return Actor(None, "", Way.SMTP, letter.peer) if letter.who is None else actor(letter.who, letter.peer)


def _tells(letter: _Letter, full: frozenset[PrincipalId]) -> bool:
    """Whether the sender is told anything besides the reply."""
    if letter.role is Role.LMTP:
        return False
    asked = any(one.route and "SUCCESS" in one.parameters.notify for one in letter.envelope.recipients)
    return bool(full) or asked


def custom_of(kit: Kit) -> Custom:
    """How the configuration says this house sends."""
    return Custom(kit.config.server.name, kit.config.smtp.give_up_hours, kit.config.smtp.hold_outside)
