"""What happened in a space, as every waiting session and every sync report is told."""

from dataclasses import dataclass
from enum import StrEnum

from coserver.model.ids import CollectionId, ItemId, Modseq, PrincipalId, SpaceId
from coserver.model.rights import Privacy


class ChangeKind(StrEnum):
    """Present now (new or altered since), or gone."""

    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Change:
    """The last thing that happened to one item of a collection.

    The rest is told of what is gone: how far it was withheld then, who made it, and whether those who see no more
    than busy times saw it.
    """

    kind: ChangeKind
    collection: CollectionId
    item: ItemId
    name: str | None
    uid: int | None
    modseq: Modseq
    privacy: Privacy = Privacy.OPEN
    author: PrincipalId | None = None
    busy: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """Sent to waiting sessions after a commit: a hint, the store is the truth.

    `collections` were changed in `space`, up to `modseq`. `principals` are accounts or groups
    whose rights, members, state or credentials changed: whoever serves them looks again. With `outgoing`
    mail was queued for elsewhere.
    """

    space: SpaceId | None
    modseq: Modseq
    collections: frozenset[CollectionId]
    principals: frozenset[PrincipalId]
    outgoing: bool = False
