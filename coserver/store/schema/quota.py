"""Tables of quota: plans, subscriptions and usage."""

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint

from coserver.store.schema.columns import Number, key, number, ref, table, text

plan = table(
    "plan",
    key(),
    text("code"),
    number("version"),
    text("title"),
    text("capacities"),  # JSON
    text("features"),  # JSON
    UniqueConstraint("code", "version"),
)

subscription = table(
    "subscription",
    ref("account_id", "account.id", primary=True),
    Column("plan_id", Number, ForeignKey("plan.id"), nullable=False),
    number("starts"),
    number("paid_until", null=True),
    text("overrides", ""),  # JSON: capacities by name, and features that were added or taken away
    text("next_plan", ""),  # the plan from paid_until on; empty: the free one
    Index(None, "plan_id"),
)

usage = table(
    "usage",
    ref("space_id", "space.id", primary=True),
    text("tool", primary=True),
    number("bytes", 0),
    number("items", 0),
    number("over_since", 0),  # when a change of plan put it above its limit; 0: none did, or it is within again
    number("over_bytes", 0),  # what it held then: mail of the days of grace comes on top of that, within bounds
    number("over_items", 0),
    number("level", 0),  # the threshold that it has passed, in percent
    number("told", 0),  # the threshold that people were told of
)

reservation = table(
    "reservation",  # room for bytes that are on their way
    key(),
    ref("space_id", "space.id"),
    text("tool"),
    number("bytes"),
    number("expires"),
    Index(None, "space_id", "tool"),
)
