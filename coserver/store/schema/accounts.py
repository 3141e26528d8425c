"""Tables of accounts: organisations, their wishes and API tokens, tokens sent to people, and warnings of disuse."""

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint

from coserver.store.schema.columns import key, number, ref, table, text

organisation = table(
    "organisation",
    ref("id", "principal.id", primary=True),
    text("name"),
    ref("owner_id", "account.id"),
    number("created"),
    UniqueConstraint("name"),
    Index(None, "owner_id"),
)

transfer = table(
    "transfer",  # an account is to come under an organisation, or to leave it; gone when both agreed
    ref("account_id", "account.id", primary=True),
    ref("organisation_id", "organisation.id", primary=True),
    text("kind"),  # join, leave
    text("side"),  # who asked for it, and so has agreed: account, organisation
    text("login", ""),  # which one an account that leaves wishes to have
    text("answer", ""),  # declined: the row stays for a while, so that nobody is asked again and again
    Column("token", LargeBinary(32), nullable=False),  # SHA-256 of what was mailed to the other side
    number("created"),
    number("expires"),
    UniqueConstraint("token"),
    Index(None, "organisation_id"),
)

api_token = table(
    "api_token",  # with what programs administer an organisation
    key(),
    ref("organisation_id", "organisation.id"),
    text("label"),
    text("scopes"),  # space separated
    Column("hash", LargeBinary(32), nullable=False),  # SHA-256 of the token
    number("created"),
    number("used", 0),
    UniqueConstraint("hash"),
    Index(None, "organisation_id"),
)

token = table(
    "token",  # what was mailed to confirm something of an account; gone when it was used
    key(),
    ref("account_id", "account.id"),
    text("kind"),  # confirm, recover, external, undo
    Column("hash", LargeBinary(32), nullable=False),  # SHA-256 of what was mailed
    number("created"),
    number("expires"),
    UniqueConstraint("hash"),
    Index(None, "account_id"),
)

disuse = table(
    "disuse",  # an account whose owner was warned that it will end; gone when it was used again
    ref("account_id", "account.id", primary=True),
    number("first"),  # when the first warning went out
    number("days"),  # what the last one said: days left then
)
