"""From the conversation into the house: questions and whole messages, put to the core on its threads.

Invariants: a message is parsed and hashed before the write; all its local recipients and its rows in
the outbox are one tx; the reply is made after that tx is durable. A recipient whose mailbox filled up
since RCPT does not keep the others from their mail: the sender is notified of him in the same tx.
"""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from coserver.log import event
from coserver.mail import delivery
from coserver.mail.prepared import Prepared, prepare
from coserver.model.act import ActKind, Actor, Way
from coserver.model.errors import Denied, HouseError, NoRoom
from coserver.model.ids import PrincipalId, SpaceId
from coserver.net.entry import actor
from coserver.net.kit import Kit
from coserver.smtp import heads, policy, posts, replies, returns
from coserver.smtp.bounce import Action, Fate, Original, wanted
from coserver.smtp.core import Core
from coserver.smtp.envelope import Envelope, Mail, Origin, Recipient, Role
from coserver.smtp.paths import NULL
from coserver.smtp.posts import Posts
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


class _Refused(NoRoom):
    """Some mailboxes filled up since RCPT, or are gone; nothing was kept yet."""

    def __init__(self, answers: Mapping[PrincipalId, Reply]) -> None:
        super().__init__("The mailbox is full")
        self.answers = answers


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message ready to be kept, with all that is needed for it; `posts` is what groups get of it, or why not."""

    origin: Origin
    envelope: Envelope
    prepared: Prepared
    posts: Posts
    log_id: str
    peer: str


class Intake:
    """Where conversations bring what needs the store.

    Args:
        kit: the house.
        copy: called, on any thread, when there is mail to be copied to members of groups.
    """

    def __init__(self, kit: Kit, copy: Callable[[], None] = lambda: None) -> None:
        self._kit = kit
        self._core = Core(kit)
        self._copy = copy
        self._custom = custom_of(kit)

    async def sender(self, session: Session, mail: Mail) -> Reply | None:
        """Why this sender may not; None if he may."""
        if session.who is None:
            return None
        return await self._core.look(partial(policy.sender, who=session.who, path=mail.sender))

    async def recipients(self, session: Session, asks: Sequence[AskRecipient]) -> list[Recipient | Reply]:
        """The verdict on each recipient, in order, from one snapshot."""
        origin = _origin(session)
        size = session.mail.parameters.size if session.mail else None

        def judge(tx: Tx) -> list[Recipient | Reply]:
            return [policy.recipient(tx, origin, ask.path, ask.parameters, size=size) for ask in asks]

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
        envelope, origin = session.envelope(), _origin(session)
        times = len(envelope.recipients) if origin.role is Role.LMTP else 1
        letter = None
        try:
            arrived = reception.finish()
            if isinstance(arrived, Reply):
                return [arrived] * times
            prepared, made = await self._core.run(self._prepare, origin, envelope, arrived)
            letter = _Letter(origin, envelope, prepared, made, reception.log_id, peer)
            return await self._keep(letter)
        except _NotYours as error:
            return [error.answer] * times
        except HouseError as error:
            event(log, "message-refused", id=reception.log_id, why=error.text)
            return [_said(error)] * times
        finally:
            reception.discard()  # what was kept has its own name by now
            if letter is not None:
                letter.posts.discard()

    def _prepare(self, origin: Origin, envelope: Envelope, arrived: Arrived) -> tuple[Prepared, Posts]:
        """On a thread: everything that must not wait for the writer."""
        with self._kit.store.read() as tx:
            refusal = policy.author(tx, origin.who, arrived.head) if origin.who else None
            judged = posts.judged(tx, origin, envelope, arrived.head)
        if refusal:
            raise _NotYours(refusal)
        if origin.role is not Role.LMTP and judged.refuse_all(envelope):
            raise _NotYours(next(iter(judged.refused.values())))
        prepared = prepare(arrived.finish())
        return prepared, posts.made(self._kit.store, judged, arrived, prepared.staged)

    async def _keep(self, letter: _Letter) -> list[Reply]:
        failed = letter.posts.refused
        while True:
            notice = await self._core.run(self._notice, letter, failed) if _tells(letter, failed) else None
            try:
                with acting.by(_actor(letter)):
                    done = await self._core.write(partial(self._job, letter=letter, failed=failed, notice=notice))
            except _Refused as error:
                failed = {**failed, **error.answers}
                continue
            return self._answers(letter, {**failed, **done})

    def _job(
        self, tx: Tx, *, letter: _Letter, failed: Mapping[PrincipalId, Reply], notice: Notice | None
    ) -> Mapping[PrincipalId, Reply]:
        """The one tx of a message; who is refused in it, which only LMTP is told."""
        local = [one.route.principal for one in letter.envelope.recipients if one.route]
        outside = [one for one in letter.envelope.recipients if one.route is None]
        open_ = [principal for principal in local if principal not in failed]
        sender, kept = str(letter.envelope.mail.sender), letter.posts.kept
        made = delivery.deliver(tx, open_, letter.prepared, envelope_sender=sender, posts=kept) if open_ else []
        refused = {one.account: one.refusal for one in made if one.refusal is not None}
        answers = {account: _said(refusal) for account, refusal in refused.items()}
        if refused and letter.origin.role is not Role.LMTP:
            if len(refused) == len(set(open_)) and not outside and not failed:
                raise next(iter(refused.values()))
            raise _Refused(answers)
        who = letter.origin.who
        if who is not None:
            space = spaces.of(tx, who.account).id
            journal.record(tx, space, ActKind.SENT, count=len(letter.envelope.recipients))
            if outside:
                self._queue(tx, letter, outside, space)
        if notice is not None:
            space = next(one.route.space for one in letter.envelope.recipients if one.route)
            with suppress(NoRoom):  # the sender's own mailbox is full: his message goes out all the same
                returns.give_back(tx, notice, space=space, custom=self._custom)
        if kept:
            tx.after_commit(self._copy)
        return answers

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

    def _notice(self, letter: _Letter, failed: Mapping[PrincipalId, Reply]) -> Notice | None:
        """On a thread: what the sender is told of deliveries he asked about, and of those that failed."""
        fates = []
        for one in letter.envelope.recipients:
            if one.route is None:
                continue
            answer = failed.get(one.route.principal)
            action = Action.FAILED if answer else Action.DELIVERED
            if wanted(one.parameters.notify, action):
                status, why = (f"5{answer.status[1:]}", str(answer)) if answer else ("2.1.5", "")
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

    def _answers(self, letter: _Letter, failed: Mapping[PrincipalId, Reply]) -> list[Reply]:
        role, who = letter.origin.role, letter.origin.who
        self._kit.metrics.messages.labels("submitted" if role is Role.SUBMISSION else "received").inc()
        event(
            log, "message-taken", id=letter.log_id, role=str(role), size=letter.prepared.staged.size,
            recipients=len(letter.envelope.recipients), account=who.account if who else None,
        )  # fmt: skip
        taken = reply(250, "2.0.0", f"Taken as {letter.log_id}")
        if role is not Role.LMTP:
            return [taken]
        return [failed.get(one.route.principal, taken) if one.route else taken for one in letter.envelope.recipients]


def _origin(session: Session) -> Origin:
    bounce = session.mail is not None and session.mail.sender == NULL
    return Origin(session.terms.role, session.who, bounce)


def _actor(letter: _Letter) -> Actor:
    who = letter.origin.who
    return Actor(None, "", Way.SMTP, letter.peer) if who is None else actor(who, letter.peer)


def _tells(letter: _Letter, failed: Mapping[PrincipalId, Reply]) -> bool:
    """Whether the sender is told anything besides the reply."""
    if letter.origin.role is Role.LMTP:
        return False
    asked = any(one.route and "SUCCESS" in one.parameters.notify for one in letter.envelope.recipients)
    return bool(failed) or asked


def _said(error: HouseError) -> Reply:
    return replies.full(error) if isinstance(error, NoRoom) else of_error(error)


def custom_of(kit: Kit) -> Custom:
    """How the configuration says this house sends."""
    return Custom(kit.config.server.name, kit.config.smtp.give_up_hours, kit.config.smtp.hold_outside)
