"""Bodies sent as they are taken."""

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from coserver.net.http.pump import Pump


class Taker:
    """A request and its channel, as far as a pump knows them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.channel = self
        self.taken: list[bytes] = []
        self.producer: Any = None
        self.aborted = False
        self.ended = False

    def callLater(self, seconds: float, deed: Any) -> Any:  # noqa: N802
        return self.clock.callLater(seconds, deed)

    def registerProducer(self, producer: Any, _streaming: bool) -> None:  # noqa: N802
        self.producer = producer

    def unregisterProducer(self) -> None:  # noqa: N802
        self.producer = None

    def write(self, data: bytes) -> None:
        self.taken.append(data)

    def forceAbortClient(self) -> None:  # noqa: N802
        self.aborted = True

    def pump(self, *pieces: Any) -> Pump:
        rest = iter(pieces)

        def done() -> None:
            self.ended = True

        made = Pump(self, lambda: next(rest, b""), stalled=10, done=done)
        made.start()
        return made


def test_pump_when_nobody_pauses_then_all_of_it_and_the_end() -> None:
    taker = Taker()
    taker.pump(b"a", b"b")
    assert (taker.taken, taker.ended, taker.producer) == ([b"a", b"b"], True, None)


def test_pump_when_many_pieces_are_ready_then_no_stack_grows() -> None:
    taker = Taker()
    taker.pump(*[b"x"] * 5000)
    assert len(taker.taken) == 5000


def test_pump_when_paused_then_nothing_until_resumed() -> None:
    taker = Taker()
    waiting: Deferred[bytes] = Deferred()
    pump = taker.pump(waiting, b"b")
    pump.pauseProducing()
    waiting.callback(b"a")
    assert taker.taken == [b"a"]
    taker.clock.advance(9)
    pump.resumeProducing()
    assert (taker.taken, taker.ended) == ([b"a", b"b"], True)
    taker.clock.advance(100)
    assert not taker.aborted


def test_pump_when_the_client_stalls_then_cut_off() -> None:
    taker = Taker()
    pump = taker.pump(Deferred())
    pump.pauseProducing()
    pump.pauseProducing()
    taker.clock.advance(11)
    assert taker.aborted
    assert taker.clock.getDelayedCalls() == []


def test_pump_when_reading_fails_then_the_connection_breaks_instead_of_a_short_body() -> None:
    taker = Taker()
    taker.pump(b"a", fail(OSError("gone")))
    assert taker.aborted
    assert not taker.ended


def test_pump_when_the_client_goes_away_then_what_comes_late_is_dropped() -> None:
    taker = Taker()
    waiting: Deferred[bytes] = Deferred()
    pump = taker.pump(waiting)
    pump.stopProducing()
    waiting.callback(b"late")
    assert taker.taken == []
