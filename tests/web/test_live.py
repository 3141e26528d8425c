"""The streams of open pages: they say that there is news, soon but not too often, and end with their login."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import cookies
from coserver.documents import files
from coserver.documents.terms import Terms
from coserver.web import live
from tests.web.browser import HOST, Browser
from tests.web.pages.in_groups import made, number

NEWS = "event: news"


class Stream:
    """What an open page hears."""

    def __init__(self, browser: Browser, path: str = "/live", *, since: int | None = None, last: str = "") -> None:
        self.front: Any = browser.front
        at = self.now() if since is None else since
        path = f"{path}{'&' if '?' in path else '?'}at={at}"
        told = {"Host": HOST, "Cookie": f"__Host-sid={browser.sid}", "Accept": live.KIND}
        if last:
            told["Last-Event-ID"] = last
        self.line: Any = self.front.connect()
        self.line.send(self.front.head("GET", path, told, who=None))
        self.head, _, rest = self.line.raw().partition(b"\r\n\r\n")
        self.heard = rest

    def now(self) -> int:
        return int(self.front.clock.now() * 1000)

    def after(self, seconds: float) -> str:
        """What comes in so many seconds, without the marks of its pieces."""
        self.front.reactor.turn()
        for _ in range(int(seconds / live.ONE_AFTER_ANOTHER)):
            self.front.clock.seconds += live.ONE_AFTER_ANOTHER
            self.front.reactor.advance(live.ONE_AFTER_ANOTHER)
        heard, self.heard = self.heard + self.line.raw(), b""
        return re.sub(r"(?m)^[0-9a-f]*\r\n", "", heard.decode().replace("\r\n\r\n", "\r\n"))

    @property
    def ended(self) -> bool:
        return bool(self.line.transport.value().endswith(b"0\r\n\r\n")) or bool(self.line.transport.disconnecting)


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def put(front: Any, who: str, *names: str) -> None:
    """A file."""
    staged = front.store.stage(b"x")
    who_ = number(front, who)
    front.store.write(lambda tx: files.put(tx, who_, names or ("file",), staged, stamp=0, terms=Terms()))


def test_stream_when_opened_then_its_head_lets_nobody_keep_it(alice: Browser) -> None:
    stream = Stream(alice)
    assert stream.head.startswith(b"HTTP/1.1 200 OK\r\n")
    for told in (b"text/event-stream", b"Cache-Control: no-store", b"Transfer-Encoding: chunked", b"nosniff"):
        assert told in stream.head
    assert b"Content-Length" not in stream.head
    assert "retry: 2000" in stream.after(0)


def test_stream_when_something_changes_then_it_says_so_once_for_all_of_a_second(front: Any, alice: Browser) -> None:
    stream = Stream(alice)
    stream.after(0)
    for name in "abc":
        put(front, "alice", name)
    assert stream.after(live.GATHERED / 2) == ""
    heard = stream.after(live.GATHERED)
    assert heard.count(NEWS) == 1
    assert stream.after(5) == ""
    put(front, "alice", "d")
    assert NEWS in stream.after(2)


def test_stream_when_another_account_is_busy_then_it_says_nothing(front: Any, alice: Browser) -> None:
    stream = Stream(alice)
    stream.after(0)
    put(front, "bob")
    assert stream.after(5) == ""


def test_stream_when_something_changed_since_the_page_was_made_then_it_says_so(front: Any, alice: Browser) -> None:
    before = int(front.clock.now() * 1000)
    front.clock.seconds += 1
    put(front, "alice")
    assert NEWS in Stream(alice, since=before).after(1)
    front.clock.seconds += 1
    assert NEWS not in Stream(alice).after(5)
    assert NEWS in Stream(alice, since=1).after(1), "who knows what happened since then?"


def test_stream_when_asked_for_again_then_from_what_was_heard_last(front: Any, alice: Browser) -> None:
    """HTML standard 9.2.4: Last-Event-ID."""
    before = int(front.clock.now() * 1000)
    front.clock.seconds += 1
    put(front, "alice")
    heard = Stream(alice, since=before).after(1)
    last = re.findall(r"id: (\d+)", heard)[-1]
    assert NEWS not in Stream(alice, since=before, last=last).after(3)
    front.clock.seconds += 1
    put(front, "alice", "y")
    assert NEWS in Stream(alice, since=before, last=last).after(3)


def test_streams_when_many_have_news_then_they_are_told_one_after_another(front: Any, alice: Browser) -> None:
    streams = [Stream(alice) for _ in range(4)]
    for one in streams:
        one.after(0)
    put(front, "alice")
    front.reactor.turn()
    told = []
    front.reactor.advance(live.GATHERED)
    for _ in streams:
        told.append(sum(NEWS.encode() in one.line.transport.value() for one in streams))
        front.reactor.advance(live.ONE_AFTER_ANOTHER)
    assert told == [1, 2, 3, 4]


def test_stream_when_rights_change_then_it_ends_and_the_next_one_has_news(front: Any, alice: Browser) -> None:
    stream, before = Stream(alice), int(front.clock.now() * 1000)
    stream.after(0)
    made(front, "chess", "alice", "bob")
    stream.after(2)
    assert stream.ended
    assert NEWS in Stream(alice, since=before).after(1)


def test_stream_when_its_login_is_ended_then_it_ends(front: Any, alice: Browser) -> None:
    """R38."""
    stream = Stream(alice)
    who = number(front, "alice")
    assert ":\n" in stream.after(live.LOOKED_AFTER + 1), "what keeps the connection open"
    front.store.write(lambda tx: cookies.end_all(tx, who))
    stream.after(live.GATHERED + 1)
    assert stream.ended


def test_stream_when_nobody_does_anything_then_the_login_ends_all_the_same(front: Any, alice: Browser) -> None:
    """R36: neither a stream nor what a page asks for by itself is a use."""
    stream = Stream(alice)
    for _ in range(19):
        stream.after(60)
        alice.ask("GET", "/", headers={"HX-Request": "true"})
        assert alice.status == 200
    stream.after(61 + live.LOOKED_AFTER)
    assert stream.ended
    alice.ask("GET", "/", headers={"HX-Request": "true"})
    assert alice.status == 403
    assert alice.answer.headers["hx-refresh"] == "true"
    assert "set-cookie" not in alice.answer.headers, "the page that follows says why"
    assert "Session timeout. Please login again" in alice.open("/settings").text


def test_streams_when_one_login_has_too_many_then_the_oldest_ends(alice: Browser) -> None:
    streams = [Stream(alice) for _ in range(live.MOST + 1)]
    assert [one.ended for one in streams] == [True, *[False] * live.MOST]


def test_stream_when_its_browser_goes_then_nothing_is_left_of_it(front: Any, alice: Browser) -> None:
    stream = Stream(alice)
    put(front, "alice")
    front.reactor.turn()
    stream.line.channel.connectionLost()
    assert not front.kit.bell._by_space
    assert not front.kit.bell._by_principal
    assert not front.reactor.getDelayedCalls()


def test_stream_when_only_its_head_is_asked_for_then_there_is_none(front: Any, alice: Browser) -> None:
    alice.ask("HEAD", "/live")
    assert alice.status == 200
    assert not front.kit.bell._by_space


def test_stream_when_there_is_no_login_then_refused(front: Any) -> None:
    stranger = Browser(front)
    assert Stream(stranger).head.startswith(b"HTTP/1.1 403")


def test_stream_when_the_account_is_gone_then_it_ends(front: Any, alice: Browser) -> None:
    stream = Stream(alice)

    def suspend(tx: Any) -> None:
        accounts.suspend(tx, accounts.find(tx, "alice").id)

    front.store.write(suspend)
    stream.after(2)
    assert stream.ended
    assert Stream(alice).head.startswith(b"HTTP/1.1 403")
