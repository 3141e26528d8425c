"""Tables of groups: principals, groups, members and what was given to them."""

from sqlalchemy import Index, UniqueConstraint

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
    UniqueConstraint("name"),
    Index(None, "administrator_id"),
)

member = table(
    "member",
    ref("group_id", "grouping.id", primary=True),
    ref("account_id", "account.id", primary=True),
    number("joined"),
    Index(None, "account_id"),
)

group_right = table(
    "group_right",  # what the administrator gave to all (principal = the group) or one member
    ref("group_id", "grouping.id", primary=True),
    ref("principal_id", "principal.id", primary=True),
    text("tool", primary=True),
    text("preset"),
)
