"""SEARCH over one mailbox, slice by slice.

What SQL can decide it decides; the words kept at delivery come next; only for what is left are the
bytes of messages read and decoded. Texts are looked for as substrings, case set aside (RFC 9051
6.4.4), in what people read; attachments that are no text are not read.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, bindparam

from coserver.mail import conditions, matching, rows
from coserver.mail.conditions import Condition
from coserver.mail.faces import Face
from coserver.mail.matching import Candidate
from coserver.mail.sights import Sight
from coserver.mail.texts import Texts
from coserver.model.ids import BlobId
from coserver.model.search import Key
from coserver.store.schema.mail import message
from coserver.store.tx import Tx

_AT_ONCE = 500  # messages in one slice
_MOST_BYTES = 8 * 1024 * 1024  # read in one slice


def search(tx: Tx, sight: Sight, key: Key) -> Iterator[list[int]]:
    """The uids of the messages a key finds, ascending, slice by slice; a slice may be empty.

    Between two slices the caller may give up; the tx must stay open until he has all. Numbers,
    Saved and Recent were resolved by the session.
    """
    wanted = conditions.condition(key, tx.now, sight.face)
    if wanted.exact:
        found = tx.execute(_exact(wanted, sight.face), sight.names).scalars()
        yield [uid for uid in found if uid not in sight.withheld]
        return
    test = matching.test(key, tx.now)
    statement = _candidates(wanted, sight.face)
    last = 0
    while True:
        slice_ = [Candidate(*row) for row in tx.execute(statement, {**sight.names, "after": last})]
        yield from _decided(tx, [one for one in slice_ if one.uid not in sight.withheld], test.asked)
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


def _exact(wanted: Condition, face: Face) -> Select[Any]:
    return face.select(face.uid, rendered=wanted.joined).where(face.a_message, wanted.sql).order_by(face.uid)


def _candidates(wanted: Condition, face: Face) -> Select[Any]:
    columns = (
        face.uid, face.modseq, face.flags, face.keywords, face.size, face.stamp, face.blob,
        message.c.sent, message.c.words, message.c.parts,
    )  # fmt: skip
    return (
        face.select(*columns, rendered=True)
        .where(face.uid > bindparam("after"), wanted.sql)
        .order_by(face.uid)
        .limit(_AT_ONCE)
    )
