"""Every table, grouped by the package that owns it: nobody else queries it.

Times are milliseconds since 1970 UTC. Ids are AUTOINCREMENT where an old id must never come back
(a sync token, UIDVALIDITY or a lock may still name it).
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NEVER_REUSED = {"sqlite_autoincrement": True}
Number = BigInteger().with_variant(Integer, "sqlite")  # 64 bits on both engines


def _table(name: str, *parts: SchemaItem, **options: Any) -> Table:
    return Table(name, metadata, *parts, **options)


def _id() -> Column[int]:
    return Column("id", Number, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, null: bool = False, primary: bool = False) -> Column[int]:
    return Column(name, Number, ForeignKey(target, ondelete="CASCADE"), nullable=null, primary_key=primary)


def _number(name: str, default: int | None = None, *, null: bool = False) -> Column[int]:
    return Column(name, Number, nullable=null, server_default=None if default is None else str(default))


def _text(name: str, default: str | None = None, *, null: bool = False, primary: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null, primary_key=primary, server_default=default)


# ---------------------------------------------------------------- store: spaces, items, changes

space = _table(
    "space",
    _id(),
    _ref("owner_id", "principal.id"),
    _number("modseq", 0),
    _number("floor", 0),
    UniqueConstraint("owner_id"),
    **_NEVER_REUSED,
)

collection = _table(
    "collection",
    _id(),
    _ref("space_id", "space.id"),
    _text("tool"),
    _ref("parent_id", "collection.id", null=True),
    _text("name"),
    _text("role", ""),
    _number("modseq", 0),
    _number("uidnext", 1),
    _number("recent", 1),
    _number("items", 0),
    _number("bytes", 0),
    _number("unseen", 0),
    _number("deleted", 0),
    _number("created"),
    UniqueConstraint("space_id", "tool", "parent_id", "name"),
    Index(None, "parent_id"),
    **_NEVER_REUSED,
)
Index(
    "ux_collection_root",
    collection.c.space_id,
    collection.c.tool,
    unique=True,
    sqlite_where=collection.c.parent_id.is_(None),
    postgresql_where=collection.c.parent_id.is_(None),
)

item = _table(
    "item",
    _id(),
    _ref("collection_id", "collection.id"),
    _text("name", null=True),
    _number("uid", null=True),
    _number("modseq"),
    _number("flags", 0),
    _text("keywords", ""),
    _number("size"),
    _number("stamp"),
    Column("blob_id", Number, ForeignKey("blob.id"), nullable=False),
    _number("author_id", null=True),  # kept as a number when the author is gone
    CheckConstraint("(name IS NULL) <> (uid IS NULL)", name="name_or_uid"),
    Index(None, "collection_id", "modseq"),
    Index(None, "blob_id"),
    **_NEVER_REUSED,
)
Index(
    "ux_item_name",
    item.c.collection_id,
    item.c.name,
    unique=True,
    sqlite_where=item.c.name.is_not(None),
    postgresql_where=item.c.name.is_not(None),
)
Index(
    "ux_item_uid",
    item.c.collection_id,
    item.c.uid,
    unique=True,
    sqlite_where=item.c.uid.is_not(None),
    postgresql_where=item.c.uid.is_not(None),
)

gone = _table(
    "gone",  # removals, the part of the change log that leaves no other trace
    _id(),
    _ref("space_id", "space.id"),
    _number("collection_id"),
    _number("item_id"),
    _text("name", null=True),
    _number("uid", null=True),
    _number("modseq"),
    Index(None, "collection_id", "modseq"),
    Index(None, "space_id", "modseq"),
)

collection_property = _table(
    "collection_property",  # display name, colour and other properties a client set on a collection
    _ref("collection_id", "collection.id", primary=True),
    _text("name", primary=True),
    _text("value"),
)

# ---------------------------------------------------------------- store: blobs

segment = _table(
    "segment",  # one pack file
    _id(),
    _number("live", 0),  # bytes that rows still name; the file may hold more
    _number("dead_since", 0),  # when bytes in it were first given up, 0: never
    **_NEVER_REUSED,
)

blob = _table(
    "blob",  # immutable bytes, kept once in a space; `offset` is set for those in a segment
    _id(),
    _ref("space_id", "space.id"),
    Column("hash", LargeBinary(32), nullable=False),
    _number("size"),
    _text("form"),
    _number("refs", 0),
    _number("segment_id", null=True),
    _number("offset", null=True),
    UniqueConstraint("space_id", "hash", "size"),
    Index(None, "segment_id"),
    **_NEVER_REUSED,
)

blob_data = _table(
    "blob_data",  # the bytes of small blobs
    _ref("blob_id", "blob.id", primary=True),
    Column("data", LargeBinary, nullable=False),
)

outbox = _table(
    "outbox",  # one message to be sent to the world; its rows in outbox_recipient are the work
    _id(),
    _ref("space_id", "space.id", null=True),
    Column("blob_id", Number, ForeignKey("blob.id"), nullable=False),
    _text("sender"),  # envelope sender, empty for bounces
    _text("envelope_id", ""),
    _text("ret", ""),
    _number("size"),
    _number("smtputf8", 0),
    _number("created"),
    _number("expires"),
)

outbox_recipient = _table(
    "outbox_recipient",
    _id(),
    _ref("outbox_id", "outbox.id"),
    _text("recipient"),
    _text("original", ""),
    _text("notify", ""),
    _text("domain"),
    _text("state"),  # due, leased, held, sent, failed
    _number("attempts", 0),
    _number("next_at"),
    _number("lease_until", 0),
    _number("delayed", 0),
    _text("last_reply", ""),
    Index(None, "state", "next_at"),
    Index(None, "outbox_id"),
)

# ---------------------------------------------------------------- auth

account = _table(
    "account",
    _ref("id", "principal.id", primary=True),
    _text("login"),
    _text("display_name", ""),
    _text("state"),
    _number("epoch", 1),
    _number("created"),
    _number("used", 0),
    UniqueConstraint("login"),
)

credential = _table(
    "credential",
    _id(),
    _ref("account_id", "account.id"),
    _text("kind"),  # password, app
    _text("label", ""),
    _text("lookup", null=True),  # public prefix of an app password
    _text("verifier"),
    _text("services", ""),  # space separated, empty: all
    _number("created"),
    _number("used", 0),
    UniqueConstraint("lookup"),
    Index(None, "account_id"),
)

known_peer = _table(
    "known_peer",  # addresses an account logged in from: they keep a bucket of their own
    _ref("account_id", "account.id", primary=True),
    _text("peer", primary=True),
    _number("seen"),
)

# ---------------------------------------------------------------- groups

principal = _table(
    "principal",
    _id(),
    _text("kind"),  # account, group
    _number("created"),
    **_NEVER_REUSED,
)

group = _table(
    "grouping",  # `group` is a word of SQL
    _ref("id", "principal.id", primary=True),
    _text("name"),
    _ref("administrator_id", "account.id"),
    UniqueConstraint("name"),
    Index(None, "administrator_id"),
)

member = _table(
    "member",
    _ref("group_id", "grouping.id", primary=True),
    _ref("account_id", "account.id", primary=True),
    _number("joined"),
    Index(None, "account_id"),
)

group_right = _table(
    "group_right",  # what the administrator gave to all (principal = the group) or one member
    _ref("group_id", "grouping.id", primary=True),
    _ref("principal_id", "principal.id", primary=True),
    _text("tool", primary=True),
    _text("preset"),
)

# ---------------------------------------------------------------- quota

plan = _table(
    "plan",
    _id(),
    _text("code"),
    _number("version"),
    _text("title"),
    _text("capacities"),  # JSON
    _text("features"),  # JSON
    UniqueConstraint("code", "version"),
)

subscription = _table(
    "subscription",
    _ref("account_id", "account.id", primary=True),
    Column("plan_id", Number, ForeignKey("plan.id"), nullable=False),
    _number("starts"),
    _number("paid_until", null=True),
    Index(None, "plan_id"),
)

usage = _table(
    "usage",
    _ref("space_id", "space.id", primary=True),
    _text("tool", primary=True),
    _number("bytes", 0),
    _number("items", 0),
)

# ---------------------------------------------------------------- mail

domain = _table(
    "domain",
    _id(),
    _text("name"),
    _number("standard", 0),  # 1 for the domain that bare names belong to
    _number("created"),
    UniqueConstraint("name"),
)

address = _table(
    "address",  # what routes mail to a principal
    _id(),
    _text("local"),
    _ref("domain_id", "domain.id"),
    _ref("principal_id", "principal.id"),
    _text("kind"),  # primary, alias, role
    UniqueConstraint("local", "domain_id"),
    Index(None, "principal_id"),
)

message = _table(
    "message",  # what is rendered once, at delivery; shared by copies of the same blob
    _ref("blob_id", "blob.id", primary=True),
    Column("envelope", LargeBinary, nullable=False),
    Column("structure", LargeBinary, nullable=False),  # BODYSTRUCTURE, extension data included
    Column("parts", LargeBinary, nullable=False),  # offsets of every part, for BODY[n] without parsing
    Column("words", LargeBinary, nullable=False),  # decoded From, To, Cc, Bcc, Subject and Message-ID for SEARCH
    _number("sent", null=True),  # the Date header, for SENTSINCE and its kin
)

subscribed = _table(
    "subscribed",  # mailbox names an account subscribed to (LSUB), group mailboxes among them
    _ref("account_id", "account.id", primary=True),
    _text("mailbox", primary=True),
)

# ---------------------------------------------------------------- documents

dead_property = _table(
    "dead_property",
    _id(),
    _ref("collection_id", "collection.id", null=True),
    _ref("item_id", "item.id", null=True),
    _text("name"),  # Clark notation
    _text("value"),  # XML
    Index("ux_dead_property_collection", "collection_id", "name", unique=True),
    Index("ux_dead_property_item", "item_id", "name", unique=True),
    CheckConstraint("(collection_id IS NULL) <> (item_id IS NULL)", name="one_owner"),
)

lock = _table(
    "dav_lock",
    _text("token", primary=True),
    _ref("collection_id", "collection.id", null=True),
    _ref("item_id", "item.id", null=True),
    _ref("account_id", "account.id"),
    _text("scope"),
    _text("depth"),
    _text("owner"),
    _number("expires"),
    _number("created"),
    Index(None, "collection_id"),
    Index(None, "item_id"),
)

# ---------------------------------------------------------------- pim

object_index = _table(
    "object_index",  # what queries need of an event, task or card without parsing it
    _ref("item_id", "item.id", primary=True),
    _text("ical_uid"),
    _text("component"),  # VEVENT, VTODO, VJOURNAL, VCARD
    _number("first", null=True),  # seconds since 1970, rounded outward; None: no time known
    _number("last", null=True),  # None: without end
    _number("once", 0),  # 1: it takes place once, exactly from first to last
    Index(None, "ical_uid"),
    Index(None, "first"),
)
