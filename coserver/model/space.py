"""Spaces, tools, collections: where things are kept and where capacity counts."""

from dataclasses import dataclass
from enum import StrEnum

from coserver.model.ids import CollectionId, Modseq, PrincipalId, SpaceId


class Tool(StrEnum):
    """The four tools of a space."""

    MAIL = "mail"
    DOCUMENTS = "documents"
    CALENDAR = "calendar"
    CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Space:
    """The environment of one account or one group.

    `modseq` is the last step taken in it; `floor` the oldest modseq from which removals are still
    known: a client that asks from before the floor must start afresh.
    """

    id: SpaceId
    owner: PrincipalId
    modseq: Modseq
    floor: Modseq


@dataclass(frozen=True, slots=True)
class Collection:
    """A container of items in one tool: mailbox, folder, calendar or address book.

    `parent` is None for the root of a tool. `role` tells what it is for: for mail a special use
    (RFC 6154: ``\\Sent`` ..., ``INBOX``), for calendars the component set (``VEVENT``,
    ``VTODO``), for contacts ``VCARD``; empty otherwise. `modseq` is the highest value stamped on
    it or anything in it: HIGHESTMODSEQ, ctag and sync-token. `recent` is the first uid that no
    session was told of as \\Recent. `author` made it; None: the house, or nobody knows. An id is
    never used twice: it serves as UIDVALIDITY.
    """

    id: CollectionId
    space: SpaceId
    tool: Tool
    parent: CollectionId | None
    name: str
    role: str
    modseq: Modseq
    uidnext: int
    recent: int
    items: int
    bytes: int
    unseen: int
    deleted: int
    created: int
    author: PrincipalId | None = None
