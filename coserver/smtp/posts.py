"""What groups get of a message: judged by its head, and made ready with the fields of their lists.

Invariant: the fields stand between the trace and what the author wrote (RFC 2369 4); what was made ready
and is not kept leaves nothing behind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coserver.mail import lists
from coserver.mail.delivery import Post
from coserver.mail.lists import Listing
from coserver.mail.prepared import prepare
from coserver.model.errors import HouseError
from coserver.model.ids import PrincipalId
from coserver.smtp import policy
from coserver.smtp.envelope import Envelope, Origin
from coserver.smtp.policy import Verdict
from coserver.smtp.reception import Arrived
from coserver.smtp.replies import Reply
from coserver.store.engine import Store
from coserver.store.files import Staged
from coserver.store.tx import Tx

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Judged:
    """What the head of a message means to each group it is for; `author` is the account that sent it."""

    taken: Mapping[PrincipalId, Verdict]
    refused: Mapping[PrincipalId, Reply]
    author: PrincipalId | None

    def refuse_all(self, envelope: Envelope) -> bool:
        """Whether nobody is left to get the message."""
        return all(one.route and one.route.principal in self.refused for one in envelope.recipients)


@dataclass(frozen=True, slots=True)
class Posts:
    """What each group gets, and the answers for those that take nothing."""

    kept: Mapping[PrincipalId, Post]
    refused: Mapping[PrincipalId, Reply]

    def discard(self) -> None:
        """Let go of what is not kept by now."""
        for post in self.kept.values():
            post.prepared.staged.discard()


def judged(tx: Tx, origin: Origin, envelope: Envelope, head: bytes) -> Judged:
    """Look at a message for the sake of the groups among its recipients."""
    groups = {one.route.principal for one in envelope.recipients if one.route and one.route.is_group}
    verdicts = {group: policy.post(tx, origin, group, head) for group in groups}
    taken = {group: verdict for group, verdict in verdicts.items() if isinstance(verdict, Verdict)}
    refused = {group: verdict for group, verdict in verdicts.items() if isinstance(verdict, Reply)}
    return Judged(taken, refused, origin.who.account if origin.who else None)


def made(store: Store, found: Judged, arrived: Arrived, staged: Staged) -> Posts:
    """Make the message ready for each group; never in a tx.

    Raises:
        Busy: the disk is full.
    """
    kept: dict[PrincipalId, Post] = {}
    try:
        for group, verdict in found.taken.items():
            bytes_ = _with_fields(store, arrived, staged, verdict.listing)
            kept[group] = Post(prepare(bytes_), verdict.fate, found.author)
    except HouseError:
        Posts(kept, {}).discard()
        raise
    return Posts(kept, found.refused)


def _with_fields(store: Store, arrived: Arrived, staged: Staged, listing: Listing) -> Staged:
    body = arrived.before + len(arrived.head)
    start = _first(staged, body)
    incoming = store.incoming()
    incoming.write(start[: arrived.trace] + lists.fields(listing, arrived.head))
    incoming.write(start[arrived.trace : arrived.before] + lists.without_others(arrived.head))
    for piece in _from(staged, body):
        incoming.write(piece)
    return incoming.finish()


def _first(staged: Staged, count: int) -> bytes:
    if staged.path is None:
        return staged.read()[:count]
    with staged.path.open("rb") as file:
        return file.read(count)


def _from(staged: Staged, position: int) -> Iterator[bytes]:
    """The rest of the bytes, in pieces."""
    if staged.path is None:
        yield staged.read()[position:]
        return
    with staged.path.open("rb") as file:
        file.seek(position)
        while piece := file.read(_PIECE):
            yield piece
