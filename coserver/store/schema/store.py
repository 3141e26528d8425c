"""Tables of the store: spaces, collections, items, removals, blobs and the outbox."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.schema import SchemaItem

from coserver.model import act as act_kinds
from coserver.store.schema.columns import NEVER_REUSED, Number, key, number, ref, table, text

space = table(
    "space",
    key(),
    ref("owner_id", "principal.id"),
    number("modseq", 0),
    number("floor", 0),
    UniqueConstraint("owner_id"),
    **NEVER_REUSED,
)

collection = table(
    "collection",
    key(),
    ref("space_id", "space.id"),
    text("tool"),
    ref("parent_id", "collection.id", null=True),
    text("name"),
    text("role", ""),
    number("modseq", 0),
    number("uidnext", 1),
    number("recent", 1),
    number("items", 0),
    number("bytes", 0),
    number("unseen", 0),
    number("deleted", 0),
    number("created"),
    number("author_id", null=True),  # who made it; null: the house, or an older version, which did not write it down
    UniqueConstraint("space_id", "tool", "parent_id", "name"),
    Index(None, "parent_id"),
    **NEVER_REUSED,
)
Index(
    "ux_collection_root",
    collection.c.space_id,
    collection.c.tool,
    unique=True,
    sqlite_where=collection.c.parent_id.is_(None),
    postgresql_where=collection.c.parent_id.is_(None),
)


def _appearing() -> tuple[SchemaItem, ...]:
    """How an item appears in a collection, be it the one it lies in or a view: by a name or as a message."""
    return (
        text("name", null=True),
        number("uid", null=True),
        number("modseq"),
        number("flags", 0),
        text("keywords", ""),
        CheckConstraint("(name IS NULL) <> (uid IS NULL)", name="name_or_uid"),
    )


item = table(
    "item",
    key(),
    ref("collection_id", "collection.id"),
    *_appearing(),
    number("size"),
    number("stamp"),
    Column("blob_id", Number, ForeignKey("blob.id"), nullable=False),
    number("author_id", null=True),  # who made it; kept as a number when he is gone
    number("privacy", 0),  # 0 open, 1 confidential, 2 private
    Index(None, "collection_id", "modseq"),
    Index(None, "blob_id"),
    **NEVER_REUSED,
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

Index(
    "ix_item_private",
    item.c.collection_id,
    sqlite_where=item.c.privacy != 0,
    postgresql_where=item.c.privacy != 0,
)

shown = table(
    "shown",  # an item of another space as it appears in a collection of this one
    key(),
    ref("collection_id", "collection.id"),
    ref("item_id", "item.id"),
    *_appearing(),
    UniqueConstraint("collection_id", "item_id"),
    Index(None, "item_id"),
    Index(None, "collection_id", "modseq"),
    **NEVER_REUSED,
)

gone = table(
    "gone",  # removals, the part of the change log that leaves no other trace
    key(),
    ref("space_id", "space.id"),
    number("collection_id"),
    number("item_id"),
    text("name", null=True),
    number("uid", null=True),
    number("modseq"),
    number("privacy", 0),  # how far it was withheld then,
    number("author_id", null=True),  # who made it,
    number("busy", 1),  # 0: it was nothing for those who see no more than busy times
    Index(None, "collection_id", "modseq"),
    Index(None, "space_id", "modseq"),
)

collection_property = table(
    "collection_property",  # display name, colour and other properties a client set on a collection
    ref("collection_id", "collection.id", primary=True),
    text("name", primary=True),
    text("value"),
)


act = table(
    "act",  # the journal of a space
    key(),
    ref("space_id", "space.id"),
    number("at"),
    number("actor_id", null=True),  # kept as a number when he is gone, as that of an author is
    text("actor", ""),
    number("whom_id", null=True),
    text("kind"),
    text("tool", ""),
    text("what", ""),
    text("detail", ""),
    number("count", 1),
    text("way"),
    text("peer", ""),
    Index(None, "space_id", "id"),
    Index(None, "actor_id"),
)
_quoted = ", ".join(f"'{each}'" for each in act_kinds.OF_ACCOUNTS)
OF_ACCOUNTS = f"kind IN ({_quoted})"
Index(
    "ix_act_of_accounts",  # of few acts among many: an organisation has as many journals as accounts
    act.c.space_id,
    act.c.at,
    sqlite_where=sql(OF_ACCOUNTS),
    postgresql_where=sql(OF_ACCOUNTS),
)
Index(
    "ix_act_whom",
    act.c.whom_id,
    sqlite_where=act.c.whom_id.is_not(None),
    postgresql_where=act.c.whom_id.is_not(None),
)

segment = table(
    "segment",  # one pack file
    key(),
    number("live", 0),  # bytes that rows still name; the file may hold more
    number("dead_since", 0),  # when bytes in it were first given up, 0: never
    **NEVER_REUSED,
)

blob = table(
    "blob",  # immutable bytes, kept once in a space; `offset` is set for those in a segment
    key(),
    ref("space_id", "space.id"),
    Column("hash", LargeBinary(32), nullable=False),
    number("size"),
    text("form"),
    number("refs", 0),
    number("segment_id", null=True),
    number("offset", null=True),
    UniqueConstraint("space_id", "hash", "size"),
    Index(None, "segment_id"),
    **NEVER_REUSED,
)

blob_data = table(
    "blob_data",  # the bytes of small blobs
    ref("blob_id", "blob.id", primary=True),
    Column("data", LargeBinary, nullable=False),
)

outbox = table(
    "outbox",  # one message to be sent to the world; its rows in outbox_recipient are the work
    key(),
    ref("space_id", "space.id", null=True),
    Column("blob_id", Number, ForeignKey("blob.id"), nullable=False),
    text("sender"),  # envelope sender, empty for bounces
    text("envelope_id", ""),
    text("ret", ""),
    number("size"),
    number("smtputf8", 0),
    number("created"),
    number("expires"),
)

outbox_recipient = table(
    "outbox_recipient",
    key(),
    ref("outbox_id", "outbox.id"),
    text("recipient"),
    text("original", ""),
    text("notify", ""),
    text("domain"),
    text("state"),  # due, leased, held, sent, failed
    number("attempts", 0),
    number("next_at"),
    number("lease_until", 0),
    number("delayed", 0),
    text("last_reply", ""),
    Index(None, "state", "next_at"),
    Index(None, "outbox_id"),
)

copying = table(
    "copying",  # mail that is still to be copied to the members of the group whose space it was kept in
    key(),
    ref("space_id", "space.id"),
    Column("blob_id", Number, ForeignKey("blob.id"), nullable=False),
    number("after", 0),  # the account that was dealt with last: they are taken by their ids
    text("without", ""),  # ids of accounts that have the message already, with a space after each
    number("created"),
    Index(None, "space_id"),
)
