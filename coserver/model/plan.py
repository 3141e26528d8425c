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
    ALIASES = "aliases"  # further addresses of one account
    DOMAINS = "domains"  # domains of the organisations an account owns
    MANAGED_ACCOUNTS = "managed_accounts"  # accounts those organisations run
    FREE_MANAGED = "free_managed"  # how many of these may be on a plan that ends by disuse


# What a plan need not name, as those stored before these were thought of do not: it has none of them.
OPTIONAL = frozenset({Capacity.ALIASES, Capacity.DOMAINS, Capacity.MANAGED_ACCOUNTS, Capacity.FREE_MANAGED})


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
    """Bytes and items held now by one tool of one space, and what the plan allows.

    `reserved` are bytes that are on their way; `over_since` is when a change of plan put it above its
    limit (milliseconds since 1970; 0: it is within, or filled up under the plan it has).
    """

    space: SpaceId
    tool: Tool
    bytes: int
    items: int
    bytes_limit: int
    items_limit: int
    reserved: int = 0
    over_since: int = 0

    @property
    def available(self) -> int:
        """Bytes that can be added now."""
        return max(0, self.bytes_limit - self.bytes - self.reserved)

    @property
    def is_over(self) -> bool:
        """Whether more is held than may be held, as after a change to a smaller plan (S1)."""
        return self.bytes > self.bytes_limit or self.items > self.items_limit


class Occasion(StrEnum):
    """Why room is asked for: it decides whether some is found above the limit."""

    ADDED = "added"  # by a person or a program
    MAIL = "mail"  # that arrives: also for some days after a change of plan left the mailbox over-limit (S1)
    LETTER = "letter"  # of the house: has a little room of its own, so that a warning is read in a full mailbox (S15)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room held for bytes that are on their way: theirs until they are charged, given up or late."""

    id: int
    space: SpaceId
    tool: Tool
    bytes: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Proof that this delta was booked inside the capacity in the running tx; made by quota.usage only."""

    space: SpaceId
    tool: Tool
    bytes: int
    items: int
