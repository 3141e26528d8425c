"""Names for the integer keys of the store, so that one kind is never passed for another."""

from typing import NewType

PrincipalId = NewType("PrincipalId", int)  # an account or a group
SpaceId = NewType("SpaceId", int)
CollectionId = NewType("CollectionId", int)
ItemId = NewType("ItemId", int)
BlobId = NewType("BlobId", int)
Modseq = NewType("Modseq", int)  # counter of one space (RFC 7162 2.1.2: 63 bits, never 0 on an item)
