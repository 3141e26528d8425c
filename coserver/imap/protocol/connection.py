"""One connection: what arrives goes to the reader, commands run one after the other, wishes are met.

Invariants: nothing is read from a client that has too much waiting, nothing is written to one that
does not take it; a fault of ours is NO [SERVERBUG] with an id of the log; the top of this edge.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from coserver.imap import asks, replies
from coserver.imap.protocol.bodies import Bodies, drop
from coserver.imap.protocol.calls import Body, Calls
from coserver.imap.reader import (
    BodyData,
    BodyEnd,
    BodyStart,
    Command,
    Continue,
    Event,
    Limits,
    Reader,
    Refused,
)  # fmt: skip
from coserver.imap.session import entry
from coserver.imap.session.state import State, Words
from coserver.imap.session.talk import talk
from coserver.log import begin_connection, continue_connection, event, failure
from coserver.model.change import Notice
from coserver.model.errors import Busy, HouseError
from coserver.net.kit import Kit
from coserver.net.limits import is_loopback

log = logging.getLogger(__name__)

_MOST_WAITING = 50  # commands that were read and not yet run
_INLINE_AFTER_LOGIN = 1 << 20


@dataclass(slots=True)
class _Waiting:
    """A command, or leave to send a literal, or a refusal, in the order of their coming."""

    what: Command | Continue | Refused
    bodies: list[Body] = field(default_factory=list)


@implementer(IPushProducer)
class Connection(Protocol):
    """A client of IMAP.

    Args:
        kit: the parts of the house.
        clock: the reactor, for time limits.
        secure: whether TLS is on from the start.
        ended: called when the connection is gone.
    """

    def __init__(self, kit: Kit, clock: IReactorTime, *, secure: bool, ended: "Callable[[Connection], None]") -> None:
        self._ended = ended
        self._kit = kit
        self._clock = clock
        self._implicit = secure
        self._queue: deque[_Waiting] = deque()
        self._running: Words | None = None
        self._bodies: list[Body] = []
        self._wanting: asks.Line | None = None  # the session waits for a line, or for news too
        self._blocked = False  # the client takes no more at the moment
        self._held: Callable[[], None] | None = None  # goes on when it does
        self._reading = True
        self._closing = False
        self._leave: Callable[[], None] | None = None
        self._unlisten: Callable[[], None] | None = None
        self._timer: IDelayedCall | None = None
        self._id = ""

    # ------------------------------------------------------------ the life of the connection

    def connectionMade(self) -> None:  # noqa: N802 -- Twisted's name
        """Greet, or refuse an address that holds too many connections."""
        transport = self._transport()
        self.peer: str = getattr(transport.getPeer(), "host", "unix")
        self._id = begin_connection("imap")
        self._incoming = Bodies(self._kit.store)
        self._calls = Calls(self._kit, self.peer)
        config = self._kit.config
        self.state = State(
            secure=self._implicit,
            tls_offered=not self._implicit,
            plain_allowed=is_loopback(self.peer) and config.server.plaintext_on_loopback,
            append_limit=config.imap.max_literal_bytes,
        )
        self._reader = Reader(Limits(line=config.imap.max_line_bytes, inline=8192))
        try:
            self._leave = self._kit.limits.enter("imap", self.peer)
        except Busy as error:
            transport.write(replies.untagged(b"BYE", error.text, b"UNAVAILABLE"))
            self._end()
            return
        if hasattr(transport, "setTcpNoDelay"):
            transport.setTcpNoDelay(True)
        transport.registerProducer(self, True)
        self._rest(config.imap.login_seconds)
        transport.write(entry.greeting(self.state))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 -- Twisted's name
        """The client is gone: what it left unfinished is forgotten."""
        self._closing = True
        self._ended(self)
        for stop in (self._leave, self._unlisten):
            if stop is not None:
                stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._running is not None:
            self._running.close()
            self._running = None
        if hasattr(self, "_incoming"):
            self._incoming.discard()
        for waiting in self._queue:
            drop(waiting.bodies)
        self._queue.clear()

    def bye(self, text: str) -> None:
        """End the conversation from our side, where a line may stand."""
        if not self._closing and self._held is None:
            self._transport().write(replies.untagged(b"BYE", text))
        self._end()

    def _end(self) -> None:
        self._closing = True
        transport = self._transport()
        if self._leave is not None:
            transport.unregisterProducer()
        transport.loseConnection()

    def _transport(self) -> Any:
        """Plain or TLS: both can do all that is asked of them here, and no one interface says so."""
        return self.transport

    def _rest(self, seconds: float) -> None:
        """Put the client out when nothing comes for so long (RFC 9051 5.4)."""
        if self._timer is not None and self._timer.active():
            self._timer.reset(seconds)
        else:
            self._timer = self._clock.callLater(seconds, self.bye, "Nothing came for too long.")

    # ------------------------------------------------------------ reading

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 -- Twisted's name
        """Octets of the client."""
        if self._closing:
            return
        continue_connection(self._id)
        imap = self._kit.config.imap
        self._rest(imap.idle_seconds if self.state.who is not None else imap.login_seconds)
        for found in self._reader.feed(data):
            self._take(found)
        if len(self._queue) > _MOST_WAITING and self._reading:
            self._reading = False
            self._transport().pauseProducing()
        self._go_on()

    def _take(self, found: Event) -> None:
        if isinstance(found, BodyStart):
            self._incoming.start()
        elif isinstance(found, BodyData):
            self._incoming.data(found.data)
        elif isinstance(found, BodyEnd):
            self._incoming.end()
        elif isinstance(found, Continue):
            self._queue.append(_Waiting(found))
        elif isinstance(found, Refused):
            self._incoming.discard()
            self._queue.append(_Waiting(found))
        else:
            self._queue.append(_Waiting(found, self._incoming.take()))

    # ------------------------------------------------------------ running commands

    def _go_on(self) -> None:
        """Begin what waits, as long as nothing is under way; give a waiting session its line."""
        while self._queue and not self._closing and self._held is None:
            if self._running is None:
                self._begin(self._queue.popleft())
            elif self._wanting is not None:
                self._give_line(self._queue.popleft())
            else:
                break
        if not self._reading and len(self._queue) < _MOST_WAITING // 2 and not self._closing:
            self._reading = True
            self._transport().resumeProducing()

    def _begin(self, waiting: _Waiting) -> None:
        if isinstance(waiting.what, Continue):
            self._transport().write(b"+ OK\r\n")
        elif isinstance(waiting.what, Refused):
            self._refuse(waiting.what)
        else:
            self._bodies = waiting.bodies
            self._running = talk(self.state, waiting.what.raw)
            self._advance(None)

    def _refuse(self, refused: Refused) -> None:
        kind, code = (b"NO", b"TOOBIG") if refused.too_big else (b"BAD", b"")
        self._transport().write(replies.tagged(refused.tag or b"*", replies.Done(kind, refused.text, code)))
        if refused.fatal:
            self._end()

    def _give_line(self, waiting: _Waiting) -> None:
        drop(waiting.bodies)
        if isinstance(waiting.what, Command):
            self._wanting = None
            self._advance(waiting.what.raw)

    def _advance(self, value: Any, error: BaseException | None = None) -> None:
        """Let the session go on with an answer, until it waits for something again."""
        running = self._running
        while running is not None and not self._closing:
            try:
                wish = running.send(value) if error is None else running.throw(error)
            except StopIteration:
                self._finished()
                return
            except Exception as fault:  # the top of this edge
                self._own_fault(fault)
                return
            value = error = None
            if isinstance(wish, asks.Line):
                self._wanting = wish
                return
            if not self._meet(wish):
                return

    def _meet(self, wish: asks.Wish) -> bool:
        """Do what the session wishes; False when it has to wait."""
        if isinstance(wish, asks.Send):
            self._transport().write(wish.data)
            if self._blocked:
                self._held = lambda: self._advance(None)
            return not self._blocked
        if isinstance(wish, asks.StartTls):
            self._start_tls()
        elif isinstance(wish, asks.Watch):
            self._watch(wish.opened)
        elif isinstance(wish, asks.Close):
            self._end()
            return False
        elif not isinstance(wish, asks.Line):
            self._ask(wish)
            return False
        return True

    def _ask(self, ask: asks.Ask) -> None:
        asked = self._calls.answer(ask, self._bodies)
        asked.addCallbacks(self._answered, self._failed)
        asked.addErrback(self._crashed)

    def _answered(self, answer: Any) -> None:
        continue_connection(self._id)
        if self._calls.who is not None and self.state.who is None:
            self._reader.limits.inline = _INLINE_AFTER_LOGIN
            self._reader.limits.body = self.state.append_limit
            event(log, "logged-in", account=self._calls.who.login, peer=self.peer)
        self._advance(answer)
        self._go_on()

    def _failed(self, fault: Failure) -> None:
        continue_connection(self._id)
        if isinstance(fault.value, HouseError):
            self._advance(None, fault.value)
        else:
            self._crashed(fault)
        self._go_on()

    def _crashed(self, fault: Failure) -> None:
        self._own_fault(fault.value or RuntimeError("no reason given"))

    def _finished(self) -> None:
        self._running = None
        drop(self._bodies)
        self._bodies = []

    def _own_fault(self, fault: BaseException) -> None:
        identity = failure(log, "command-failed", fault)
        self._kit.metrics.faults.labels("imap").inc()
        done = replies.Done(b"NO", f"Our own fault; the operator finds it under {identity}.", b"SERVERBUG")
        if self._running is not None:
            self._running.close()
        self._finished()
        if not self._closing:
            self._transport().write(replies.tagged(self.state.tag, done))

    # ------------------------------------------------------------ TLS, news, flow

    def _start_tls(self) -> None:
        self._transport().write(replies.tagged(self.state.tag, replies.Done(b"OK", "Begin TLS")))
        self._reader.clear()  # what was sent in clear behind STARTTLS counts for nothing
        self._queue.clear()
        self._transport().unregisterProducer()
        transport = self._transport()
        transport.startTLS(self._kit.certificates.connections)
        transport.registerProducer(self, True)

    def _watch(self, opened: asks.Opened | None) -> None:
        if self._unlisten is not None:
            self._unlisten()
        who = self._calls.who
        self._unlisten = self._kit.bell.listen(
            self._heard,
            spaces=() if opened is None else (opened.space,),
            account=who.account if who is not None else None,
            groups=() if opened is None else (opened.owner,),
        )

    def _heard(self, notice: Notice) -> None:
        """Something was committed that may concern this client."""
        continue_connection(self._id)
        view = self.state.view
        if view is not None and (view.opened.collection in notice.collections or notice.principals):
            view.stale = True
        if notice.principals:
            self._look_again()
        elif view is not None and view.stale:
            self._nudge()

    def _nudge(self) -> None:
        if self._wanting is not None and self._wanting.news and self._held is None:
            self._wanting = None
            self._advance(None)

    def _look_again(self) -> None:
        """Rights, state or credentials changed: a client that may not stay is put out at once (R15, R17)."""
        looked = self._calls.answer(asks.AskStanding(), ())
        view = self.state.view
        if view is not None:
            poll = asks.AskPoll(view.opened.collection, view.modseq, tell_recent=False)
            looked.addCallback(lambda _: self._calls.answer(poll, ()))
        looked.addCallbacks(lambda _: self._nudge(), self._put_out)

    def _put_out(self, fault: Failure) -> None:
        if self._closing:
            return
        if isinstance(fault.value, Busy):
            return
        if not isinstance(fault.value, HouseError):
            failure(log, "look-failed", fault.value or RuntimeError("no reason given"))
        self.bye(fault.value.text if isinstance(fault.value, HouseError) else "Please connect again.")

    def pauseProducing(self) -> None:  # noqa: N802 -- Twisted's name
        """The client does not take what we send: stop making more."""
        self._blocked = True

    def resumeProducing(self) -> None:  # noqa: N802 -- Twisted's name
        """It does again."""
        self._blocked = False
        held, self._held = self._held, None
        if held is not None:
            held()
            self._go_on()

    def stopProducing(self) -> None:  # noqa: N802 -- Twisted's name
        """It is gone."""
        self._closing = True
