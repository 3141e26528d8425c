"""From an ask to its answer: which thread, which tx (one hop a command, never one a row)."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar

from twisted.internet.defer import Deferred, inlineCallbacks

from coserver.imap import asks
from coserver.imap.answers import mailboxes, messages
from coserver.imap.answers.fetch import Fetching
from coserver.imap.answers.table import READING, WRITING
from coserver.mail.messages import NewMessage
from coserver.mail.prepared import prepare
from coserver.model.errors import HouseError, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import Who
from coserver.net.entry import actor
from coserver.net.kit import Kit
from coserver.store import acting
from coserver.store.files import Staged

Asking = Generator[Deferred[Any], Any, Any]
Body = Staged | HouseError  # the octets of a message, or why they could not be taken


class Calls:
    """Answers the asks of one session; `entered` is told who logged in."""

    def __init__(self, kit: Kit, peer: str, *, entered: Callable[[Who], None]) -> None:
        self._entered = entered
        self._kit = kit
        self._peer = peer
        self.who: Who | None = None

    @inlineCallbacks
    def answer(self, ask: asks.Ask, bodies: Sequence[Body]) -> Asking:
        """The answer to an ask; `bodies` are the messages that came with the command."""
        if isinstance(ask, asks.AskLogin):
            return (yield from self._login(ask))
        if self.who is None:
            raise Unknown("Log in first.")
        special = self._SPECIAL.get(type(ask))
        if special is not None:
            return (yield from special(self, self.who, ask, bodies))
        if type(ask) in READING:
            return (yield self._reading(READING[type(ask)], self.who, ask))
        return (yield self._writing(WRITING[type(ask)], self.who, ask))

    def _reading(self, answer: Any, who: Who, ask: asks.Ask) -> "Deferred[Any]":
        def look() -> Any:
            with self._kit.store.read() as tx:
                return answer(tx, who, ask)

        return self._kit.pool.run(look)

    def _writing(self, answer: Any, who: Who, ask: asks.Ask) -> "Deferred[Any]":
        with acting.by(actor(who, self._peer)):
            return self._kit.pool.write(self._kit.store, lambda tx: answer(tx, who, ask))

    def _login(self, ask: asks.AskLogin) -> Asking:
        self.who = who = yield self._kit.entry.login(ask.name, ask.password, service=Feature.IMAP, peer=self._peer)
        self._entered(who)
        return who

    def _open(self, who: Who, ask: asks.AskOpen, _: Sequence[Body]) -> Asking:
        opened: asks.Opened = yield self._reading(mailboxes.open_, who, ask)
        if mailboxes.leaves_a_trace(ask, opened):
            opened = yield self._writing(mailboxes.open_for_writing, who, ask)
        return opened

    def _poll(self, who: Who, ask: asks.AskPoll, _: Sequence[Body]) -> Asking:
        news: asks.News = yield self._reading(mailboxes.poll, who, ask)
        if ask.tell_recent and news.recent < news.uidnext:
            yield self._writing(mailboxes.told_recent, who, ask)
        return news

    def _append(self, who: Who, ask: asks.AskAppend, bodies: Sequence[Body]) -> Asking:
        staged = [_taken(bodies[one.body]) for one in ask.messages]
        prepared = yield self._kit.pool.run(lambda: [prepare(one) for one in staged])
        new = [
            NewMessage(done, one.flags, one.keywords, one.stamp)
            for done, one in zip(prepared, ask.messages, strict=True)
        ]
        with acting.by(actor(who, self._peer)):
            kept = self._kit.pool.write(self._kit.store, lambda tx: messages.append(tx, who, ask.mailbox, new))
        return (yield kept)

    def _seen(self, who: Who, ask: asks.AskSeen, _: Sequence[Body]) -> Asking:
        missing: asks.AskSeen | None = yield self._reading(messages.needs_seen, who, ask)
        if missing is None:
            return asks.Marked([], [])
        return (yield self._writing(messages.seen, who, missing))

    def _fetch(self, who: Who, ask: asks.AskFetch, _: Sequence[Body]) -> Asking:
        return Fetching(self._kit.store, who, ask)
        yield  # a generator like its kin

    def _more(self, _: Who, ask: asks.AskMore, __: Sequence[Body]) -> Asking:
        assert isinstance(ask.source, Fetching)  # noqa: S101  (it was made above)
        return (yield self._kit.pool.run(ask.source.more))

    _SPECIAL: ClassVar[Mapping[type[Any], Any]] = {
        asks.AskOpen: _open,
        asks.AskPoll: _poll,
        asks.AskAppend: _append,
        asks.AskSeen: _seen,
        asks.AskFetch: _fetch,
        asks.AskMore: _more,
    }


def _taken(body: Body) -> Staged:
    if isinstance(body, HouseError):
        raise body
    return body
