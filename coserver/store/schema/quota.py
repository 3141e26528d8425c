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
    Index(None, "plan_id"),
)

usage = table(
    "usage",
    ref("space_id", "space.id", primary=True),
    text("tool", primary=True),
    number("bytes", 0),
    number("items", 0),
)
