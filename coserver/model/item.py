"""Items, their flags and the bytes they hold."""

from dataclasses import dataclass
from enum import IntFlag

from coserver.model.ids import BlobId, CollectionId, ItemId, Modseq, PrincipalId
from coserver.model.rights import Privacy


class Flag(IntFlag):
    """System flags of a message (RFC 9051 2.3.2), as kept in one integer."""

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


@dataclass(frozen=True, slots=True)
class Item:
    """What a collection holds: message, file, event, task or contact.

    `name` is set for everything but messages (DAV segment or file name), `uid` for messages only
    (RFC 9051 2.3.1.1). `keywords` are the other flags of a message, sorted, joined by one space.
    `stamp` is INTERNALDATE or the modification time, in milliseconds since 1970 UTC. `author` is
    who made it, whoever changed it since. `privacy` is how far it is withheld from those who only
    inherit rights on it.
    """

    id: ItemId
    collection: CollectionId
    name: str | None
    uid: int | None
    modseq: Modseq
    flags: Flag
    keywords: str
    size: int
    stamp: int
    blob: BlobId
    author: PrincipalId | None
    privacy: Privacy = Privacy.OPEN
