"""FETCH: rows and bytes of messages as ready wire bytes, a piece at a time.

Invariants: a tx is open while rows are read and never while bytes go out; what is in memory is a
batch of rows and one piece, however large the messages are.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from coserver.imap import replies
from coserver.imap.answers.sections import label, piece
from coserver.imap.asks import AskFetch, More
from coserver.imap.wire import internal_date
from coserver.mail import rows, sights, structure
from coserver.mail.rows import Column
from coserver.model.errors import HouseError
from coserver.model.ids import BlobId
from coserver.model.principal import Who
from coserver.store.blobs import Bytes
from coserver.store.engine import Store

_PIECE = 256 * 1024  # bytes of a body read at once
_ENOUGH = 64 * 1024  # bytes sent at once
_ROWS = 2_000
_ROWS_WITH_BYTES = 64

_COLUMNS = {
    "FLAGS": (Column.FLAGS, Column.KEYWORDS),
    "INTERNALDATE": (Column.STAMP,),
    "RFC822.SIZE": (Column.SIZE,),
    "ENVELOPE": (Column.ENVELOPE,),
    "BODY": (Column.STRUCTURE,),
    "BODYSTRUCTURE": (Column.STRUCTURE,),
    "MODSEQ": (Column.MODSEQ,),
    "UID": (),
}
_SIMPLE: dict[str, tuple[Column, Callable[[Any], bytes]]] = {
    "INTERNALDATE": (Column.STAMP, lambda stamp: b"INTERNALDATE " + internal_date(stamp)),
    "RFC822.SIZE": (Column.SIZE, lambda size: b"RFC822.SIZE %d" % size),
    "ENVELOPE": (Column.ENVELOPE, lambda envelope: b"ENVELOPE " + envelope),
    "BODY": (Column.STRUCTURE, lambda full: b"BODY " + structure.body(full)),
    "BODYSTRUCTURE": (Column.STRUCTURE, lambda full: b"BODYSTRUCTURE " + full),
    "MODSEQ": (Column.MODSEQ, lambda modseq: b"MODSEQ (%d)" % modseq),
}

Row = tuple[Any, ...]


class Fetching:
    """One FETCH under way: `more` gives the next bytes until there are none. Used by one thread at a time."""

    def __init__(self, store: Store, who: Who, ask: AskFetch) -> None:
        self._store = store
        self._who = who
        self._ask = ask
        self._sections = [(section, label(section)) for section in ask.sections]
        words = list(ask.words)
        if ask.seen and "FLAGS" not in words:
            words.append("FLAGS")
        self._words = words
        self._columns = self._wanted(words)
        self._places = {column: place + 1 for place, column in enumerate(self._columns)}
        self._numbers = {uid: place + 1 for place, uid in enumerate(ask.numbers)} if _many(ask) else None
        self._run = self._everything()
        self._failed: HouseError | None = None

    def more(self) -> More:
        """The next bytes."""
        if self._failed is not None:
            raise self._failed
        parts: list[bytes] = []
        size = 0
        try:
            for part in self._run:
                parts.append(part)
                size += len(part)
                if size >= _ENOUGH:
                    return More(b"".join(parts), last=False)
        except HouseError as error:  # raised between messages: what stands before it is whole, and goes first
            self._failed = error
            return More(b"".join(parts), last=False)
        return More(b"".join(parts), last=True)

    def _wanted(self, words: Sequence[str]) -> list[Column]:
        columns = [column for word in words for column in _COLUMNS[word]]
        if self._sections:
            columns += [Column.BLOB, Column.PARTS]
        return list(dict.fromkeys(columns))

    def _everything(self) -> Iterator[bytes]:
        at_once = _ROWS_WITH_BYTES if self._sections else _ROWS
        for ranges in _batches(self._ask, at_once):
            found, bodies = self._read(ranges)
            for row in found:
                yield from self._message(row, bodies)

    def _read(self, ranges: Sequence[tuple[int, int | None]]) -> tuple[list[Row], dict[BlobId, Bytes]]:
        with self._store.read() as tx:
            sight = sights.again(tx, self._who.account, self._ask.collection)
            found = rows.rows(tx, sight, ranges, self._columns, since=self._ask.since)
            if not self._sections:
                return found, {}
            place = self._places[Column.BLOB]
            return found, rows.bodies(tx, [row[place] for row in found])

    def _number(self, uid: int) -> int:
        if self._numbers is not None:
            return self._numbers.get(uid, 0)
        place = bisect_left(self._ask.numbers, uid)
        return place + 1 if self._ask.numbers[place : place + 1] == [uid] else 0

    def _message(self, row: Row, bodies: dict[BlobId, Bytes]) -> Iterator[bytes]:
        uid = row[0]
        number = self._number(uid)
        if not number:
            return
        told = [self._word(word, row) for word in self._words if word != "FLAGS" or self._tells_flags(uid)]
        if not self._sections:
            yield b"* %d FETCH (%b)\r\n" % (number, b" ".join(told))
            return
        body = bodies.get(row[self._places[Column.BLOB]])
        if body is None:
            return  # expunged by another session between the rows and the bytes
        packed = row[self._places[Column.PARTS]]
        found = [(name, piece(section, packed, body)) for section, name in self._sections]  # may refuse: before a byte
        yield b"* %d FETCH (%b" % (number, b" ".join(told))
        gap = b" " if told else b""
        for name, one in found:
            yield gap
            yield from self._section(name, one, body)
            gap = b" "
        yield b")\r\n"

    def _tells_flags(self, uid: int) -> bool:
        return "FLAGS" in self._ask.words or uid in self._ask.seen

    def _word(self, word: str, row: Row) -> bytes:
        if word == "UID":
            return b"UID %d" % row[0]
        if word == "FLAGS":
            flags, keywords = row[self._places[Column.FLAGS]], row[self._places[Column.KEYWORDS]]
            recent = 0 < self._ask.recent <= row[0]
            return b"FLAGS (%b)" % replies.flags(flags, keywords, recent=recent)
        column, render = _SIMPLE[word]
        return render(row[self._places[column]])

    def _section(self, name: bytes, found: tuple[int, int] | bytes | None, body: Bytes) -> Iterator[bytes]:
        if found is None:
            yield name + b" NIL"
            return
        if isinstance(found, bytes):
            yield name + b" " + found
            return
        start, length = found
        yield b"%b {%d}\r\n" % (name, length)
        for offset in range(0, length, _PIECE):
            yield body.read(start + offset, min(_PIECE, length - offset))


def _many(ask: AskFetch) -> bool:
    return len(ask.uids) > 20 or any(high is None or high - low > 200 for low, high in ask.uids)


def _batches(ask: AskFetch, at_once: int) -> Iterator[list[tuple[int, int | None]]]:
    """The ranges asked for, cut so that each batch has a bounded number of the messages known."""
    if len(ask.numbers) <= at_once:
        yield list(ask.uids)
        return
    batch: list[tuple[int, int | None]] = []
    room = at_once
    for low, high in ask.uids:
        first = bisect_left(ask.numbers, low)
        last = len(ask.numbers) if high is None else bisect_left(ask.numbers, high + 1)
        while first < last:
            taken = min(room, last - first)
            batch.append((ask.numbers[first], ask.numbers[first + taken - 1]))
            first += taken
            room -= taken
            if not room:
                yield batch
                batch, room = [], at_once
    if batch:
        yield batch
