"""SEARCH over one mailbox, slice by slice.

What SQL can decide it decides; the words kept at delivery come next; only for what is left are the
bytes of messages read and decoded. Texts are looked for as substrings, case set aside (RFC 9051
6.4.4), in what people read; attachments that are no text are not read.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, bindparam, select

from coserver.mail import conditions, matching, rows
from coserver.mail.conditions import Condition
from coserver.mail.matching import Candidate
from coserver.mail.texts import Texts
from coserver.model.ids import BlobId, CollectionId
from coserver.model.search import Key
from coserver.store.schema.mail import message
from coserver.store.tx import Tx

_AT_ONCE = 500  # messages in one slice
_MOST_BYTES = 8 * 1024 * 1024  # read in one slice
_COLUMNS = (
    rows.uid, rows.modseq, rows.flags, rows.keyword_list, rows.size, rows.stamp, rows.blob_id,
    message.c.sent, message.c.words, message.c.parts,
)  # fmt: skip


def search(tx: Tx, mailbox: CollectionId, key: Key) -> Iterator[list[int]]:
    """The uids of the messages a key finds, ascending, slice by slice; a slice may be empty.

    Between two slices the caller may give up; the tx must stay open until he has all. Who calls
    has asked for the right to read. Numbers, Saved and Recent were resolved by the session.
    """
    wanted = conditions.condition(key, tx.now)
    if wanted.exact:
        yield list(tx.execute(_exact(wanted), {"which": mailbox}).scalars())
        return
    test = matching.test(key, tx.now)
    statement = _candidates(wanted)
    last = 0
    while True:
        found = tx.execute(statement, {"which": mailbox, "after": last}).all()
        slice_ = [Candidate(*row) for row in found]
        yield from _decided(tx, slice_, test.asked)
        if len(slice_) < _AT_ONCE:
            return
        last = slice_[-1].uid


def _decided(tx: Tx, slice_: list[Candidate], asked: matching.Asked) -> Iterator[list[int]]:
    """The uids found among some messages, without their bytes where that will do."""
    answers = {row.uid: asked(row, None) for row in slice_}
    open_ = [row for row in slice_ if answers[row.uid] is None]
    bodies = rows.bodies(tx, [row.blob for row in open_]) if open_ else {}
    uids: list[int] = []
    read = 0
    for row in slice_:
        answer = answers[row.uid]
        if answer is None:
            body = bodies.get(BlobId(row.blob))
            answer = body is not None and asked(row, Texts(body, row.parts))
            read += row.size
        if answer:
            uids.append(row.uid)
        if read > _MOST_BYTES:
            yield uids
            uids, read = [], 0
    yield uids


def _exact(wanted: Condition) -> Select[Any]:
    here = rows.in_collection == bindparam("which")
    statement = select(rows.uid).where(here, rows.A_MESSAGE, wanted.sql).order_by(rows.uid)
    return statement.join(message, message.c.blob_id == rows.blob_id) if wanted.joined else statement


def _candidates(wanted: Condition) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(message, message.c.blob_id == rows.blob_id)
        .where(rows.in_collection == bindparam("which"), rows.uid > bindparam("after"), wanted.sql)
        .order_by(rows.uid)
        .limit(_AT_ONCE)
    )
