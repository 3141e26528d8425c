"""Tables of groups: principals, groups, members and what was given to them."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, UniqueConstraint

from coserver.store.schema.columns import NEVER_REUSED, key, number, ref, table, text

principal = table(
    "principal",
    key(),
    text("kind"),  # account, group
    number("created"),
    **NEVER_REUSED,
)

group = table(
    "grouping",  # `group` is a word of SQL
    ref("id", "principal.id", primary=True),
    text("name"),
    ref("administrator_id", "account.id"),
    text("state", "active"),  # active, frozen, deleted
    number("state_since", 0),
    UniqueConstraint("name"),
    Index(None, "administrator_id"),
)

member = table(
    "member",
    ref("group_id", "grouping.id", primary=True),
    ref("account_id", "account.id", primary=True),
    number("joined"),
    text("role", "member"),  # member, coadministrator
    Index(None, "account_id"),
)

invitation = table(
    "invitation",  # somebody asked to join a group; gone when answered or withdrawn
    key(),
    ref("group_id", "grouping.id"),
    text("address"),
    Column("token", LargeBinary(32), nullable=False),  # SHA-256 of what was mailed
    number("invited_by", null=True),
    number("created"),
    number("expires"),
    UniqueConstraint("token"),
    UniqueConstraint("group_id", "address"),
)

group_right = table(
    "group_right",  # what the administrator gave to all (principal = the group) or one member
    ref("group_id", "grouping.id", primary=True),
    ref("principal_id", "principal.id", primary=True),
    text("tool", primary=True),
    text("preset"),
)

share = table(
    "share",  # rights on a collection or an item of a space, through a group, to all of it or one member
    key(),
    ref("collection_id", "collection.id", null=True),
    ref("item_id", "item.id", null=True),
    ref("owner_id", "principal.id"),  # who owns the space it lies in
    ref("group_id", "grouping.id"),
    ref("principal_id", "principal.id"),  # the group or the member
    text("preset"),
    number("created_by", null=True),
    number("created"),
    CheckConstraint("(collection_id IS NULL) <> (item_id IS NULL)", name="one_resource"),
    UniqueConstraint("collection_id", "group_id", "principal_id"),
    UniqueConstraint("item_id", "group_id", "principal_id"),
    Index(None, "principal_id"),
    Index(None, "owner_id"),
    Index(None, "group_id"),
)
