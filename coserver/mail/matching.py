"""Search keys as tests of one message.

A test says yes, no, or None: not before the bytes of the message are read. The cheap ones are
asked first.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from coserver.mail import words
from coserver.mail.charsets import folded
from coserver.mail.conditions import day_bounds
from coserver.mail.texts import Texts
from coserver.model import search
from coserver.model.search import Key, Where


class Candidate(NamedTuple):
    """A message as the store gives it."""

    uid: int
    modseq: int
    flags: int
    keywords: str
    size: int
    stamp: int
    blob: int
    sent: int | None
    words: bytes
    parts: bytes


Answer = bool | None
Asked = Callable[[Candidate, Texts | None], Answer]


@dataclass(frozen=True, slots=True)
class Test:
    """A key made ready; `cost` is 0 for a look at the row, 1 for the kept words, 2 for the bytes."""

    cost: int
    asked: Asked


def test(key: Key, now: int) -> Test:
    """The test of a key at a time in milliseconds."""
    match key:
        case search.And(keys):
            return _every([test(one, now) for one in keys])
        case search.Or(keys):
            return _some([test(one, now) for one in keys])
        case search.Not(inner):
            denied = test(inner, now)
            return Test(denied.cost, _negated(denied.asked))
        case search.Text(where, text):
            return _text(where, text)
        case search.Header(name, text):
            return _header(name, text)
    return Test(0, _of_row(key, now))


def _every(parts: Sequence[Test]) -> Test:
    ordered = [part.asked for part in sorted(parts, key=_cost)]

    def asked(row: Candidate, texts: Texts | None) -> Answer:
        answer: Answer = True
        for part in ordered:
            found = part(row, texts)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return Test(max(map(_cost, parts), default=0), asked)


def _some(parts: Sequence[Test]) -> Test:
    ordered = [part.asked for part in sorted(parts, key=_cost)]

    def asked(row: Candidate, texts: Texts | None) -> Answer:
        answer: Answer = not ordered
        for part in ordered:
            found = part(row, texts)
            if found:
                return True
            if found is None:
                answer = None
        return answer

    return Test(max(map(_cost, parts), default=0), asked)


def _cost(part: Test) -> int:
    return part.cost


def _negated(inner: Asked) -> Asked:
    def asked(row: Candidate, texts: Texts | None) -> Answer:
        found = inner(row, texts)
        return None if found is None else not found

    return asked


def _word(name: str, text: str) -> Test:
    needle = words.needle(text)
    return Test(1, lambda row, _texts: words.hold(row.words, name, needle))


def _text(where: Where, text: str) -> Test:
    if where in words.NAMES:
        return _word(where, text)
    looked_for = folded(text)
    whole = where is Where.TEXT

    def asked(_row: Candidate, texts: Texts | None) -> Answer:
        if texts is None:
            return None
        if whole and (looked_for in texts.header or any(looked_for in one for one in texts.mime())):
            return True
        return any(looked_for in one for one in texts.body()) or not looked_for

    return Test(2, asked)


def _header(name: str, text: str) -> Test:
    if text and name.lower() in words.NAMES:
        return _word(name.lower(), text)
    looked_for = folded(text)

    def asked(_row: Candidate, texts: Texts | None) -> Answer:
        return None if texts is None else any(looked_for in value for value in texts.field(name))

    return Test(2, asked)


def _of_row(key: Key, now: int) -> Asked:
    asked = _of_state(key) or _of_time(key, now)
    if asked is None:
        raise RuntimeError(f"{key} is for the session to resolve")
    return asked


def _of_state(key: Key) -> Asked | None:  # noqa: PLR0911  (one line a key)
    match key:
        case search.All():
            return lambda _row, _texts: True
        case search.Flagged(flag, present):
            return lambda row, _texts: bool(row.flags & flag) is present
        case search.Keyword(word, present):
            wanted = word.casefold()
            return lambda row, _texts: (wanted in row.keywords.casefold().split(" ")) is present
        case search.Modified(modseq):
            return lambda row, _texts: row.modseq >= modseq
        case search.Uids(ranges):
            return _among(ranges)
        case search.Larger(size):
            return lambda row, _texts: row.size > size
        case search.Smaller(size):
            return lambda row, _texts: row.size < size
    return None


def _of_time(key: Key, now: int) -> Asked | None:
    match key:
        case search.Arrived(relation, day):
            bounds = day_bounds(relation, day)
            return lambda row, _texts: _in(bounds, row.stamp)
        case search.Sent(relation, day):
            bounds = day_bounds(relation, day)
            return lambda row, _texts: row.sent is not None and _in(bounds, row.sent)
        case search.Younger(seconds):
            return lambda row, _texts: row.stamp >= now - seconds * 1000
        case search.Older(seconds):
            return lambda row, _texts: row.stamp <= now - seconds * 1000
    return None


def _in(bounds: tuple[int | None, int | None], moment: int) -> bool:
    first, end = bounds
    return (first is None or moment >= first) and (end is None or moment < end)


def _among(ranges: search.Ranges) -> Asked:
    """Whether a uid lies in one of many ranges, which may overlap."""
    lows: list[int] = []
    highs: list[float] = []
    for low, high in sorted(ranges, key=lambda one: one[0]):
        top = float("inf") if high is None else high
        lows.append(low)
        highs.append(max(top, highs[-1]) if highs else top)

    def asked(row: Candidate, _texts: Texts | None) -> Answer:
        at = bisect_right(lows, row.uid) - 1
        return at >= 0 and row.uid <= highs[at]

    return asked
