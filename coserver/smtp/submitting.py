"""Mail that comes from another edge of the house, put through the very conversation of the submission port.

Invariant: what may be sent, under which address, to whom, how much and how many is decided where it is decided for mail
programs; a message goes to all of its recipients or, where one is refused, to none.
"""

from collections.abc import Callable

from coserver.model.errors import Busy, Denied, HouseError, Malformed, TooBig
from coserver.net.kit import Kit
from coserver.net.submission import Submission
from coserver.smtp.envelope import Role, Terms
from coserver.smtp.intake import Intake
from coserver.smtp.reception import Memory
from coserver.smtp.replies import Reply
from coserver.smtp.session import AskRecipient, AskSender, Send, Session, Step

_NAME = "portal"  # as what it stands in Received
_HERE = "127.0.0.1"  # where from: at which address a person sits is for the log and not for who gets his mail
_TEMPORARY, _FULL = 500, (452, 552)


class Submitter:
    """Sends for other edges.

    Args:
        kit: the house.
        copy: as of `Intake`.
    """

    def __init__(self, kit: Kit, copy: Callable[[], None]) -> None:
        self._kit = kit
        self._intake = Intake(kit, copy)
        self._memory = Memory()

    async def submit(self, wanted: Submission) -> None:
        """Have a message delivered and queued.

        Raises:
            Denied, Malformed: it, its sender or one of its recipients is refused; the text names which.
            TooBig: it is larger than this server takes, or than somebody's room.
            Busy: it cannot be taken now.
        """
        session = self._begin(wanted)
        await self._sender(session, wanted)
        await self._recipients(session, wanted.recipients)
        reception = self._intake.begin(session, _HERE, self._memory)
        reception.write(wanted.data)
        (answer,) = await self._intake.take(session, reception, peer=wanted.peer)
        if answer.bad:
            raise _error(answer, "The message is not sent")

    def _begin(self, wanted: Submission) -> Session:
        config = self._kit.config
        most = config.smtp.max_message_bytes
        if len(wanted.data) > most:
            raise TooBig(f"The message is larger than this server takes: {most} bytes at most.")
        if len(wanted.recipients) > config.smtp.max_recipients:
            raise Malformed(f"The message has too many recipients: {config.smtp.max_recipients} at most.")
        session = Session(
            Terms(
                Role.SUBMISSION, config.server.name, most, config.smtp.max_recipients, starttls=False,
                clear_passwords=False,
            ),
            tls=True,
        )  # fmt: skip
        session.greet(_NAME, extended=True)
        session.who = wanted.who
        return session

    async def _sender(self, session: Session, wanted: Submission) -> None:
        plain = all(each.isascii() for each in (wanted.sender, *wanted.recipients))
        more = "" if plain else " SMTPUTF8"
        step = session.on(f"MAIL FROM:<{wanted.sender}> SIZE={len(wanted.data)} BODY=8BITMIME{more}".encode())
        if not isinstance(step, AskSender):
            raise _refused(step, wanted.sender)
        refusal = await self._intake.sender(session, step.mail)
        if refusal is not None:
            raise _error(refusal, wanted.sender)
        session.take_sender(step.mail)

    async def _recipients(self, session: Session, recipients: tuple[str, ...]) -> None:
        asks: list[AskRecipient] = []
        for each in recipients:
            step = session.on(f"RCPT TO:<{each}>".encode())
            if not isinstance(step, AskRecipient):
                raise _refused(step, each)
            asks.append(step)
        verdicts = await self._intake.recipients(session, asks)
        for each, verdict in zip(recipients, verdicts, strict=True):
            if isinstance(verdict, Reply):
                raise _error(verdict, each)
            session.take_recipient(verdict)


def _refused(step: Step, what: str) -> HouseError:
    return _error(step.reply, what) if isinstance(step, Send) else Malformed(f"{what}: this cannot be sent.")


def _error(answer: Reply, what: str) -> HouseError:
    """A reply as an error of the house, for people: without its codes."""
    text = f"{what}: {' '.join(answer.lines)}."
    if answer.code in _FULL:
        return TooBig(text)
    return Busy(text) if answer.code < _TEMPORARY else Denied(text)
