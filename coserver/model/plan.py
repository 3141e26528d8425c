"""Plans: capacities and features on offer; and the proof that room was taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coserver.model.ids import SpaceId
from coserver.model.space import Tool


class Feature(StrEnum):
    """What a plan opens; the names of services are also what an app password opens."""

    IMAP = "imap"
    SMTP = "smtp"
    CALDAV = "caldav"
    CARDDAV = "carddav"
    WEBDAV = "webdav"


class Capacity(StrEnum):
    """What a plan limits; bytes and items count per space and tool."""

    MAIL_BYTES = "mail_bytes"
    MAIL_ITEMS = "mail_items"
    DOCUMENTS_BYTES = "documents_bytes"
    DOCUMENTS_ITEMS = "documents_items"
    CALENDAR_BYTES = "calendar_bytes"
    CALENDAR_ITEMS = "calendar_items"
    CONTACTS_BYTES = "contacts_bytes"
    CONTACTS_ITEMS = "contacts_items"
    GROUPS = "groups"  # groups an account may administer
    MEMBERS_PER_GROUP = "members_per_group"  # the administrator counts


@dataclass(frozen=True, slots=True)
class Plan:
    """One immutable version of a plan."""

    code: str
    version: int
    title: str
    capacities: Mapping[Capacity, int]
    features: frozenset[Feature]


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes and items held now by one tool of one space, and what the plan allows."""

    space: SpaceId
    tool: Tool
    bytes: int
    items: int
    bytes_limit: int
    items_limit: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Proof that this delta was booked inside the capacity in the running tx; made by quota.usage only."""

    space: SpaceId
    tool: Tool
    bytes: int
    items: int
