"""Tables of documents: properties, locks and what was dropped."""

from sqlalchemy import CheckConstraint, Index

from coserver.store.schema.columns import key, number, ref, table, text

dead_property = table(
    "dead_property",
    key(),
    ref("collection_id", "collection.id", null=True),
    ref("item_id", "item.id", null=True),
    text("name"),  # Clark notation
    text("value"),  # XML
    Index("ux_dead_property_collection", "collection_id", "name", unique=True),
    Index("ux_dead_property_item", "item_id", "name", unique=True),
    CheckConstraint("(collection_id IS NULL) <> (item_id IS NULL)", name="one_owner"),
)

lock = table(
    "dav_lock",
    text("token", primary=True),
    ref("collection_id", "collection.id", null=True),
    ref("item_id", "item.id", null=True),
    ref("account_id", "account.id"),
    text("scope"),
    text("depth"),
    text("owner"),
    number("expires"),
    number("created"),
    Index(None, "collection_id"),
    Index(None, "item_id"),
)

deposit = table(
    "deposit",  # a file that somebody left in a drop folder of another
    ref("item_id", "item.id", primary=True),
    ref("account_id", "account.id"),  # who left it
    number("owner_id"),  # whose drop folder it is
    number("shared"),  # 1: a folder that was shared for dropping, 0: the owner's own
    number("collection_id"),  # where it was left,
    text("kept"),  # under which name,
    number("blob_id"),  # with which bytes
    text("name"),  # what its sender calls it
    number("version"),
    number("dropped"),
    number("told", 0),  # 1: its recipient got a letter about it
    Index(None, "account_id", "owner_id"),
)
Index(
    "ix_deposit_untold",
    deposit.c.owner_id,
    sqlite_where=deposit.c.told == 0,
    postgresql_where=deposit.c.told == 0,
)
