"""What others do, as it concerns one session: news of its mailbox, and the end of its rights."""

import logging
from collections.abc import Callable

from twisted.python.failure import Failure

from coserver.imap import asks
from coserver.imap.protocol.calls import Calls
from coserver.imap.session.state import State
from coserver.log import failure
from coserver.model.change import Notice
from coserver.model.errors import Busy, HouseError, NotInPlan
from coserver.net.bell import Bell

log = logging.getLogger(__name__)


class Watch:
    """Listens to the bell for one session.

    Args:
        news: called when the open mailbox changed.
        put_out: called with a text and a response code (RFC 9051 7.1) when the session may not go on.
    """

    def __init__(
        self, bell: Bell, calls: Calls, state: State, *, news: Callable[[], None], put_out: Callable[[str, bytes], None]
    ) -> None:
        self._bell = bell
        self._calls = calls
        self._state = state
        self._news = news
        self._put_out = put_out
        self._stop: Callable[[], None] | None = None

    def on(self, opened: asks.Opened | None) -> None:
        """Watch this mailbox, or with None the account alone."""
        self.off()
        who = self._calls.who
        self._stop = self._bell.listen(
            self._heard,
            spaces=() if opened is None else (opened.space,),
            account=who.account if who is not None else None,
            groups=() if opened is None else (opened.owner,),
        )

    def off(self) -> None:
        """Watch nothing any more."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _heard(self, notice: Notice) -> None:
        view = self._state.view
        concerned = view is not None and view.opened.collection in notice.collections
        if view is not None and (concerned or notice.principals):
            view.stale = True
        if notice.principals:
            self._look_again()
        elif concerned:
            self._news()

    def _look_again(self) -> None:
        """Rights, state or credentials changed: who may not stay is put out at once (R15, R17)."""
        looked = self._calls.answer(asks.AskStanding(), ())
        view = self._state.view
        if view is not None:
            poll = asks.AskPoll(view.opened.collection, view.modseq, tell_recent=False)
            looked.addCallback(lambda _: self._calls.answer(poll, ()))
        looked.addCallbacks(lambda _: self._news(), self._refused)

    def _refused(self, fault: Failure) -> None:
        if isinstance(fault.value, HouseError):
            if not isinstance(fault.value, Busy):  # too much to do for a look: the next command looks
                self._put_out(fault.value.text, b"ALERT" if isinstance(fault.value, NotInPlan) else b"")  # S31
            return
        failure(log, "look-failed", fault.value or RuntimeError("no reason given"))
        self._put_out("Please connect again.", b"")
