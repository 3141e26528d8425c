"""Commands of one session, one after the other: each is a generator whose wishes are met here.

Invariant: a fault of ours ends the command with NO [SERVERBUG] and an id of the log; the top of
this edge.
"""

import logging
from collections.abc import Callable
from typing import Any

from twisted.python.failure import Failure

from coserver.imap import asks, replies
from coserver.imap.protocol.bodies import drop
from coserver.imap.protocol.calls import Body, Calls
from coserver.imap.protocol.coming import Coming, Comings
from coserver.imap.protocol.outlet import Outlet
from coserver.imap.protocol.watch import Watch
from coserver.imap.reader import Command, Continue, Refused
from coserver.imap.session.state import State, Words
from coserver.imap.session.talk import talk
from coserver.log import event, failure
from coserver.model.errors import HouseError
from coserver.net.kit import Kit

log = logging.getLogger(__name__)

_SAID = ("name", "version", "os")  # what is kept of ID
_MOST_SAID = 100


class Running:
    """Runs what comes.

    Args:
        start_tls: changes the connection over to TLS, forgetting what was read in clear.
    """

    def __init__(self, kit: Kit, state: State, calls: Calls, outlet: Outlet, *, start_tls: Callable[[], None]) -> None:
        self._kit = kit
        self._state = state
        self._calls = calls
        self._outlet = outlet
        self._start_tls = start_tls
        self.settled: Callable[[], None] = _nothing  # called when as much was begun as can be
        self.watch = Watch(kit.bell, calls, state, news=self.nudge, put_out=self.bye)
        self.comings = Comings()
        self._running: Words | None = None
        self._bodies: list[Body] = []
        self._begun = 0.0
        self._asked: asks.Ask | None = None  # the last
        self._parting: tuple[str, bytes] | None = None  # why the conversation ends with the command under way
        self._wanting: asks.Line | None = None  # the session waits for a line, perhaps for news too

    @property
    def idling(self) -> bool:
        """Whether the session waits for news."""
        return self._wanting is not None and self._wanting.news

    def end(self) -> None:
        """The client is gone."""
        self.watch.off()
        self.comings.forget()
        if self._running is not None:
            self._running.close()
        self._finished()

    def bye(self, text: str, code: bytes = b"") -> None:
        """End the conversation from our side; a command under way is answered first, if the client takes that."""
        if self._running is not None and self._wanting is None and not self._outlet.waiting:
            self._parting = (text, code)
            return
        if not self._outlet.waiting:
            self._outlet.write(replies.untagged(b"BYE", text, code))
        self._outlet.end()

    def go_on(self) -> None:
        """Begin what waits as long as nothing is under way; give a waiting session its line."""
        while self.comings and not self._outlet.closed and not self._outlet.waiting:
            if self._running is None:
                self._begin(self.comings.next())
            elif self._wanting is not None:
                self._give_line(self.comings.next())
            else:
                break
        self.settled()

    def nudge(self) -> None:
        """There are news: told at once to a session that idles."""
        if self._wanting is not None and self._wanting.news and not self._outlet.waiting:
            self._wanting = None
            self._advance(None)

    # ------------------------------------------------------------ inside

    def _begin(self, coming: Coming) -> None:
        if isinstance(coming.what, Continue):
            self._outlet.write(b"+ OK\r\n")
        elif isinstance(coming.what, Refused):
            self._refuse(coming.what)
        else:
            self._begun = self._kit.clock.monotonic()
            self._bodies = coming.bodies
            self._running = talk(self._state, coming.what.raw)
            self._advance(None)

    def _refuse(self, refused: Refused) -> None:
        kind, code = (b"NO", b"TOOBIG") if refused.too_big else (b"BAD", b"")
        self._outlet.write(replies.tagged(refused.tag or b"*", replies.Done(kind, refused.text, code)))
        if refused.fatal:
            self._outlet.end()

    def _give_line(self, coming: Coming) -> None:
        """The line the session waits for; the beginning of a literal is none, and is seen to after."""
        self._wanting = None
        if isinstance(coming.what, Command):
            drop(coming.bodies)
            self._advance(coming.what.raw)
        else:
            self.comings.put_back(coming)
            self._advance(b"")

    def _advance(self, value: Any, error: BaseException | None = None) -> None:
        """Let the session go on with an answer, until it waits for something again."""
        running = self._running
        while running is not None and not self._outlet.closed:
            try:
                wish = running.send(value) if error is None else running.throw(error)
            except StopIteration:
                self._measure()
                self._finished()
                return
            except Exception as fault:
                self._own_fault(fault)
                return
            value = error = None
            if not self._meet(wish):
                return

    def _meet(self, wish: asks.Wish) -> bool:
        """Do what the session wishes; False when it has to wait."""
        if isinstance(wish, asks.Send):
            self._outlet.write(wish.data)
            return self._outlet.when_free(self._freed)
        if isinstance(wish, asks.Line):
            self._wanting = wish
            return False
        if isinstance(wish, asks.Close):
            self._outlet.end()
            return False
        if isinstance(wish, asks.StartTls | asks.Watch | asks.Note):
            self._arrange(wish)
            return True
        self._asked = wish
        asked = self._calls.answer(wish, self._bodies)
        asked.addCallbacks(self._answered, self._failed)
        asked.addErrback(self._crashed)
        return False

    def _arrange(self, wish: asks.StartTls | asks.Watch | asks.Note) -> None:
        if isinstance(wish, asks.StartTls):
            self._start_tls()
        elif isinstance(wish, asks.Watch):
            self.watch.on(wish.opened)
        else:
            said = {name.lower(): text[:_MOST_SAID] for name, text in wish.fields}
            told: dict[str, Any] = {name: said[name] for name in _SAID if name in said}
            event(log, "client", **told)

    def _freed(self) -> None:
        self._advance(None)
        self.go_on()

    def _answered(self, answer: Any) -> None:
        self._advance(answer)
        self.go_on()

    def _failed(self, fault: Failure) -> None:
        if isinstance(fault.value, HouseError):
            self._advance(None, fault.value)
        else:
            self._crashed(fault)
        self.go_on()

    def _crashed(self, fault: Failure) -> None:
        self._own_fault(fault.value or RuntimeError("no reason given"))

    def _own_fault(self, fault: BaseException) -> None:
        identity = failure(log, "command-failed", fault)
        self._kit.metrics.faults.labels("imap").inc()
        if self._running is not None:
            self._running.close()
        if isinstance(self._asked, asks.AskMore):
            self._outlet.end()  # what was sent so far may end inside a literal
        self._running = None
        text = f"Our own fault; the operator finds it under {identity}."
        self._outlet.write(replies.tagged(self._state.tag, replies.Done(b"NO", text, b"SERVERBUG")))
        self._finished()

    def _measure(self) -> None:
        verb = self._state.verb
        if verb and verb != "IDLE":  # which lasts as long as the client likes
            self._kit.metrics.requests.labels("imap", verb).observe(self._kit.clock.monotonic() - self._begun)

    def _finished(self) -> None:
        self._running = None
        self._wanting = None
        drop(self._bodies)
        self._bodies = []
        if self._parting:
            self.bye(*self._parting)


def _nothing() -> None:
    """Until somebody wants to know."""
