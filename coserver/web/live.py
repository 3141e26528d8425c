"""Open pages that hear when there is news for them: one stream of server-sent events each (HTML standard 9.2).

Invariants: a stream tells that there is news and never what; nothing is missed between the moment a page was made
and its stream, or between one stream and the next; one page is told every second at most, and all of them together so
many times a second, in the order in which their news came, so that what many people look at costs the server no more
than that; a stream is no use of a login, and ends with it; where rights changed it ends, and the next one is asked for
anew.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from coserver.clock import Clock, milliseconds
from coserver.model.change import Notice
from coserver.model.errors import Busy
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.net.http.replies import Reply
from coserver.net.http.request import Request
from coserver.net.kit import Kit
from coserver.web import rendering

KIND = "text/event-stream"
GATHERED = 1.0  # seconds in which news for a page are gathered to one telling
ONE_AFTER_ANOTHER = 0.05  # seconds from one page that is told to the next one
LOOKED_AFTER = 25.0  # seconds from one look at the login to the next; also what keeps the connection open
_NOTED, _NOTED_FOR = 1_000, 60_000  # notices, and milliseconds, that are remembered
MOST = 8  # of one login: the oldest ends where there are more
_AGAIN = 2_000  # milliseconds after which a browser asks again for a stream that ended

_HEAD = (("Content-Type", KIND), ("X-Accel-Buffering", "no"), *rendering.HEADERS)
_STILL_HERE = b":\n\n"


@dataclass(frozen=True, slots=True)
class Concern:
    """What an open page wants to hear of: the rights of `account` and `groups`, all of `spaces`, and `collections`.

    `around` are the spaces of the collections. `since` is when the page was made, in milliseconds since 1970; `sid` is
    the login's.
    """

    sid: str
    since: int
    account: PrincipalId
    groups: frozenset[PrincipalId]
    spaces: frozenset[SpaceId]
    collections: frozenset[CollectionId]
    around: frozenset[SpaceId]

    def rights(self, notice: Notice) -> bool:
        """Whether a notice tells of rights that concern the page."""
        return self.account in notice.principals or not self.groups.isdisjoint(notice.principals)

    def news(self, notice: Notice) -> bool:
        """Whether a notice tells of what the page shows."""
        return notice.space in self.spaces or not self.collections.isdisjoint(notice.collections)


class Lately:
    """What happened in the last minute, for pages whose stream begins after it; `note` on any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._noted: deque[tuple[int, Notice]] = deque()
        self._whole_since = milliseconds(clock)

    def note(self, notice: Notice) -> None:
        """Keep it for a while."""
        now = milliseconds(self._clock)
        with self._lock:
            self._noted.append((now, notice))
            while len(self._noted) > _NOTED or self._noted[0][0] < now - _NOTED_FOR:
                self._whole_since = self._noted.popleft()[0] + 1

    def news(self, concern: Concern) -> bool:
        """Whether there may be news since a page was made; so it is where nobody knows any more."""
        with self._lock:
            noted = list(self._noted)
            if concern.since < self._whole_since:
                return True
        return any(at >= concern.since and (concern.rights(one) or concern.news(one)) for at, one in noted)


class Live:
    """One stream; on the reactor's thread only."""

    def __init__(self, of: "Lives", request: Request, concern: Concern) -> None:
        self._of = of
        self._request = request
        self._concern = concern
        self._ready: deque[bytes] = deque()
        self._waiting: Deferred[bytes] | None = None
        self._gathering: IDelayedCall | None = None
        self._looking: IDelayedCall | None = None
        self._anew = False  # rights changed: the browser is to ask again
        self._stop: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Answer, and listen."""
        wanted = self._concern
        self._stop = self._of.bell.listen(
            self._heard, spaces=wanted.spaces | wanted.around, account=wanted.account, groups=wanted.groups
        )
        self._request.notifyFinish().addBoth(self._over)
        self._look_later()
        self._say(f"retry: {_AGAIN}\nid: {wanted.since}\n\n".encode())
        self._request.stream(Reply(200, _HEAD), None, self._next)
        if self._of.lately.news(wanted):
            self._of.line_up(self)

    def tell(self) -> None:
        """It is this page's turn."""
        if self._anew:
            self.end()
        else:
            self._say(f"event: news\nid: {milliseconds(self._of.clock)}\ndata:\n\n".encode())

    def end(self) -> None:
        """Nothing more comes."""
        self._stop()
        self._say(b"")

    # ------------------------------------------------------------ inside

    def _next(self) -> "bytes | Deferred[bytes]":
        if self._ready:
            return self._ready.popleft()
        self._waiting = Deferred()
        return self._waiting

    def _say(self, piece: bytes) -> None:
        """At once, or when the client has taken what was said before, and then once."""
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.callback(piece)
        elif piece not in self._ready:
            self._ready.append(piece)

    def _heard(self, notice: Notice) -> None:
        if self._concern.rights(notice):
            self._anew = True
        elif not self._concern.news(notice):
            return
        if self._gathering is None:
            self._gathering = self._of.reactor.callLater(GATHERED, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        self._of.line_up(self)

    def _look_later(self) -> None:
        self._looking = self._of.reactor.callLater(LOOKED_AFTER, self._look)

    def _look(self) -> None:
        self._looking = None
        self._of.holds(self._concern.sid).addCallbacks(self._looked, self._not_looked)

    def _looked(self, holds: bool) -> None:
        if self._request.gone:
            return
        if holds:
            self._say(_STILL_HERE)
            self._look_later()
        else:
            self.end()

    def _not_looked(self, reason: Failure) -> None:
        self._looked(isinstance(reason.value, Busy))  # too much to do: the next look will tell

    def _over(self, _result: object) -> None:
        self._stop()
        for timer in (self._gathering, self._looking):
            if timer is not None:
                timer.cancel()
        self._gathering = self._looking = None
        self._of.left(self, self._concern.sid)


class Lives:
    """All streams of the house.

    Args:
        kit: the parts of the house.
        reactor: its time.
        holds: looks whether a login is still good, without being a use of it.
    """

    def __init__(self, kit: Kit, reactor: IReactorTime, holds: "Callable[[str], Deferred[bool]]") -> None:
        self.bell, self.clock = kit.bell, kit.clock
        self.lately = Lately(kit.clock)
        kit.store.subscribe(self.lately.note)
        self.reactor = reactor
        self.holds = holds
        self._of_login: dict[str, list[Live]] = defaultdict(list)
        self._line: dict[Live, None] = {}  # those to be told, in the order of their news
        self._telling: IDelayedCall | None = None

    def open(self, request: Request, concern: Concern) -> None:
        """Answer a request with a stream."""
        if request.method == b"HEAD":
            request.answer(Reply(200, _HEAD))
            return
        if request.gone:
            return
        held = self._of_login[concern.sid]
        held.append(Live(self, request, concern))
        for oldest in held[:-MOST]:
            oldest.end()
        held[-1].begin()

    def line_up(self, live: Live) -> None:
        """This one is to be told, after those that wait."""
        self._line[live] = None
        if self._telling is None:
            self._tell()

    def left(self, live: Live, sid: str) -> None:
        """This one is over."""
        self._line.pop(live, None)
        held = self._of_login[sid]
        held.remove(live)
        if not held:
            del self._of_login[sid]

    def _tell(self) -> None:
        """One of them, and the next one a little later."""
        self._telling = None
        if self._line:
            first = next(iter(self._line))
            del self._line[first]
            self._telling = self.reactor.callLater(ONE_AFTER_ANOTHER, self._tell)
            first.tell()
