"""Tables of groups: principals, groups, members and what was given to them."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, UniqueConstraint

from coserver.store.schema.columns import NEVER_REUSED, key, number, ref, table, text

principal = table(
    "principal",
    key(),
    text("kind"),  # account, group, organisation
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
    number("kept", 0),  # 1: its administrator chose that it stays writable when his plan allows fewer groups
    number("ends", 0),  # when a frozen group will be deleted, 0: not decided
    text("posting", "members"),  # who may write to its address: members, anyone, moderated
    number("held_told", 0),  # when those who manage it were last written to about mail that is held
    UniqueConstraint("name"),
    Index(None, "administrator_id"),
)

member = table(
    "member",
    ref("group_id", "grouping.id", primary=True),
    ref("account_id", "account.id", primary=True),
    number("joined"),
    text("role", "member"),  # member, coadministrator
    number("address_id", null=True),  # which of the account's addresses the others see; null: the primary one
    number("copies", 1),  # 0: gets none of what is written to the group's address
    Index(None, "account_id"),
)

invitation = table(
    "invitation",  # somebody asked to join a group; kept a while after the answer, so that it can be told
    key(),
    ref("group_id", "grouping.id"),
    text("address"),
    Column("token", LargeBinary(32), nullable=False),  # SHA-256 of what was mailed last
    number("invited_by", null=True),
    number("created"),
    number("expires"),
    number("sent"),  # when the last letter went out
    number("letters"),  # how many did since `created`
    text("answer", ""),  # accepted, declined, withdrawn; empty: none yet
    UniqueConstraint("token"),
    UniqueConstraint("group_id", "address"),
)

proposal = table(
    "proposal",  # a member may take a group over; gone when its administrator is another
    ref("group_id", "grouping.id", primary=True),
    ref("account_id", "account.id", primary=True),
    number("made_by", null=True),  # the administrator; null: the house, since he is gone
    number("created"),
    number("expires"),
    number("declined", 0),
    Index(None, "account_id"),
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

mount = table(
    "mount",  # the number that a thing bears for one account, beside what bears its name too (S8)
    key(),
    ref("account_id", "account.id"),
    ref("collection_id", "collection.id", null=True),
    ref("item_id", "item.id", null=True),
    text("name"),  # of the thing itself: under another one it has no number
    number("number"),
    UniqueConstraint("collection_id", "account_id"),
    UniqueConstraint("item_id", "account_id"),
    Index(None, "account_id"),
)
