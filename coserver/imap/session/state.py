"""What a session knows: who it serves, which mailbox is open and what the client was told of it."""

from bisect import bisect_left
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

from coserver.imap.asks import Changeable, Opened, UidRanges, Wish
from coserver.imap.replies import Done
from coserver.imap.wire import Ranges
from coserver.model.errors import Malformed
from coserver.model.principal import Who

Talk = Generator[Wish, Any, Done]  # the way a command goes
Words = Generator[Wish, Any, None]  # a part of it


@dataclass(slots=True)
class View:
    """The open mailbox as the client knows it: `uids` ascending, a sequence number is a place in it.

    `readonly` is one that was examined: nothing is changed in it, not even \\Seen.
    """

    opened: Opened
    readonly: bool
    uids: list[int]
    uidnext: int
    modseq: int
    keywords: set[str]
    changeable: Changeable
    stale: bool = False  # something changed that the client was not told
    saved: list[int] = field(default_factory=list)  # the result of SEARCH RETURN (SAVE)
    told: dict[int, int] = field(default_factory=dict)  # uid -> modseq the client has seen already

    @property
    def last(self) -> int:
        """The highest uid, 0 in an empty mailbox."""
        return self.uids[-1] if self.uids else 0

    def number(self, uid: int) -> int:
        """The sequence number of a uid, 0 when the session does not know it."""
        place = bisect_left(self.uids, uid)
        return place + 1 if place < len(self.uids) and self.uids[place] == uid else 0

    def drop(self, uids: Iterable[int]) -> list[int]:
        """Forget messages; the sequence numbers to tell, each as it is after the one before."""
        gone = {uid for uid in uids if self.number(uid)}
        if not gone:
            return []
        numbers = [place + 1 for place, uid in enumerate(self.uids) if uid in gone]
        self.uids = [uid for uid in self.uids if uid not in gone]
        self.saved = [uid for uid in self.saved if uid not in gone]  # RFC 5182 2.1
        return [number - before for before, number in enumerate(numbers)]

    def by_uid(self, ranges: Ranges | None) -> UidRanges:
        """Uid ranges of the client as ranges inside what the session knows, in order, without overlap."""
        if ranges is None:
            return [(uid, uid) for uid in self.saved]
        last = self.last
        bounds = ((last if low > _STAR else low, last if high is None else high) for low, high in ranges)
        ordered = sorted((min(low, high), min(max(low, high), last)) for low, high in bounds)
        return merged(ordered)

    def by_number(self, ranges: Ranges | None) -> UidRanges:
        """Sequence numbers as uid ranges."""
        if ranges is None:
            return [(uid, uid) for uid in self.saved]
        count = len(self.uids)
        found = []
        for low, high in ranges:
            ends = [count if low > _STAR else low, count if high is None else high]
            first, last = min(ends), max(ends)
            if first < 1 and high is None:
                continue  # "*" in an empty mailbox names nothing
            if last > count:
                raise Malformed(f"The mailbox has {count} messages.")
            found.append((self.uids[first - 1], self.uids[last - 1]))
        return merged(sorted(found))

    def chosen(self, ranges: Ranges | None, *, by_uid: bool) -> UidRanges:
        """Ranges in either way of counting."""
        return self.by_uid(ranges) if by_uid else self.by_number(ranges)


_STAR = (1 << 32) - 1  # the wire gives "*" on its own as a number above all


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int | None]]:
    """Ascending ranges with those that touch made one and empty ones left out."""
    found: list[tuple[int, int | None]] = []
    for low, high in ranges:
        if high < low or high < 1:
            continue
        if found and found[-1][1] is not None and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


@dataclass(slots=True)
class State:
    """One session. `secure` means TLS; `plain_allowed` that a password may come without it."""

    secure: bool
    tls_offered: bool
    plain_allowed: bool
    append_limit: int
    who: Who | None = None
    view: View | None = None
    enabled: set[str] = field(default_factory=set)
    tag: bytes = b"*"  # of the command that is being answered
    verb: str = ""  # its name, empty when it is no command
    warned: bool = False  # that the mail fills up
    failures: int = 0  # commands that were no commands, one after the other

    @property
    def rev2(self) -> bool:
        """Whether the client speaks IMAP4rev2 (RFC 9051 6.3.1)."""
        return "IMAP4REV2" in self.enabled

    @property
    def condstore(self) -> bool:
        """Whether modseqs are told with every FETCH (RFC 7162 3.1)."""
        return "CONDSTORE" in self.enabled

    def need_view(self) -> View:
        """The open mailbox."""
        if self.view is None:
            raise Malformed("Select a mailbox first.")
        return self.view

    def may_write(self) -> bool:
        """Whether the open mailbox was selected, and not only examined."""
        return self.view is not None and not self.view.readonly
