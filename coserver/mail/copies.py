"""Copies of mail to groups: made after it was kept, in steps that each are one short tx.

Invariants: who has no room, or is not in force, keeps nobody else from his copy, and gets none later: the
message is in the archive; nobody gets two, whatever breaks off where (`copying`); what a step reads into
memory is bounded. Copies are the bytes of the archive with a few fields more, which say how to get no more
of them; from `blobs.PACK_LIMIT` on they are those very bytes, so that a large file lies on the disk once.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from coserver.auth import standing
from coserver.groups import members, posting
from coserver.groups.posting import Reader
from coserver.log import event
from coserver.mail import delivery, lists, messages, parts
from coserver.mail.prepared import Prepared
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store import blobs, copying
from coserver.store.copying import Errand
from coserver.store.engine import Store
from coserver.store.files import PACK_LIMIT, Staged
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

_AT_ONCE = 25  # copies in one tx: a tenth of a second, in which nobody else writes
_BYTES = 16 * 1024 * 1024  # of copies that are written in one tx


@dataclass(frozen=True, slots=True)
class _Personal(Staged):
    """Bytes with fields of one reader's put into them; they are joined when they are kept."""

    before: bytes = b""
    fields: bytes = b""
    after: bytes = b""

    def read(self) -> bytes:
        """All of the bytes."""
        return self.before + self.fields + self.after


@dataclass(frozen=True, slots=True)
class _Step:
    """What one step is to do: the copies, and whether there is nobody after these readers."""

    group: PrincipalId
    copies: Sequence[tuple[Reader, Prepared]]
    upto: PrincipalId
    last: bool


def work(store: Store, *, base: str) -> int:
    """Make every copy that is to be made; how many steps that took.

    `base` is where people reach the web side: `https://mail.example.test`.
    """
    steps = 0
    while step(store, base=base):
        steps += 1
    return steps


def step(store: Store, *, base: str) -> bool:
    """Make some of the copies of the message that has waited longest; False if none waits.

    Raises:
        Busy: the disk is full; it is tried again at the next step.
    """
    with store.read() as tx:
        errand = copying.first(tx)
        if errand is None:
            return False
        try:
            planned = _planned(tx, errand, base)
        except Missing:
            deed = partial(_give_up, errand=errand)
        else:
            deed = partial(_do, errand=errand, planned=planned)
    store.write(deed)
    return True


def _planned(tx: Tx, errand: Errand, base: str) -> _Step | None:
    """The next copies, rendered; None where there is nobody to get one. Missing if the bytes cannot be read."""
    group = members.owning(tx, errand.space)
    if group is None:
        return None
    staged = blobs.staged(tx, errand.blob)
    archived = messages.rendered(tx, errand.blob, staged)
    most = _AT_ONCE if staged.path is not None else max(1, min(_AT_ONCE, _BYTES // max(1, staged.size)))
    readers = posting.readers(tx, group.id, after=errand.after, most=most)
    if archived is None or not readers:
        return None
    wanting = [each for each in readers if each.account not in errand.without and _in_force(tx, each.account)]
    copies = _rendered(tx, group.id, wanting, archived, base=base)
    return _Step(group.id, copies, readers[-1].account, last=len(readers) < most)


def _rendered(
    tx: Tx, group: PrincipalId, readers: Sequence[Reader], archived: Prepared, *, base: str
) -> list[tuple[Reader, Prepared]]:
    if archived.staged.size >= PACK_LIMIT:
        return [(each, archived) for each in readers]
    data = archived.staged.read()
    at = lists.place(data)
    before, after = data[:at], data[at:]
    begun = hashlib.sha256(before)
    places: dict[int, bytes] = {}
    made = []
    for each in readers:
        fields = lists.personal(base, lists.token(tx, group, each))
        length = len(fields)
        if length not in places:
            places[length] = parts.shifted(archived.parts, length)
        digest = begun.copy()
        digest.update(fields)
        digest.update(after)
        staged = _Personal(digest.digest(), len(data) + length, None, None, before, fields, after)
        made.append((each, replace(archived, staged=staged, parts=places[length])))
    return made


def _do(tx: Tx, errand: Errand, planned: _Step | None) -> None:
    """The tx of a step; nothing if somebody else did it meanwhile."""
    if not copying.again(tx, errand):
        return
    if planned is None:
        copying.finish(tx, errand)
        return
    given = missed = 0
    for reader, prepared in planned.copies:
        if posting.reader(tx, planned.group, reader.account) == reader and _in_force(tx, reader.account):
            done = delivery.copy_to(tx, reader.account, prepared)
            given, missed = given + done, missed + (not done)
    if planned.last:
        copying.finish(tx, errand)
    else:
        copying.advance(tx, errand, planned.upto)
    tx.after_commit(lambda: event(log, "copied", group=planned.group, given=given, without_room=missed))


def _give_up(tx: Tx, errand: Errand) -> None:
    """Finish with a message whose bytes are lost, lest all others wait behind it.

    A snapshot may miss bytes that were only moved, or that nobody needs any more since somebody else finished; the
    one who writes sees where they are, and if they are there the next step copies them.
    """
    if not copying.again(tx, errand):
        return
    try:
        blobs.staged(tx, errand.blob)
    except Missing as error:
        event(log, "copies-lost", level=logging.ERROR, space=errand.space, after=errand.after, why=error.text)
        copying.finish(tx, errand)


def _in_force(tx: Tx, account: PrincipalId) -> bool:
    found = standing.get(tx, account)
    return found is not None and found.state is State.ACTIVE
