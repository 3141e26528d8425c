"""Tables of auth: accounts, what they log in with, and where from."""

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint

from coserver.store.schema.columns import key, number, ref, table, text

account = table(
    "account",
    ref("id", "principal.id", primary=True),
    text("login"),
    text("display_name", ""),
    text("state"),
    number("epoch", 1),
    number("created"),
    number("used", 0),
    number("since", 0),  # when the state began, 0: with the account
    text("state_before", ""),  # of a closed account: what restoring it gives back
    text("external", ""),  # an address elsewhere, for confirmation, recovery and warnings; empty: none
    number("hides_private", 0),  # 1: what is private does not even show as busy
    UniqueConstraint("login"),
)

managed = table(
    "managed",  # accounts that an organisation runs
    ref("account_id", "account.id", primary=True),
    ref("organisation_id", "organisation.id"),
    number("since"),
    number("held", 0),  # what the organisation did, not the operator: 1 suspended it, 2 deleted it
    Index(None, "organisation_id"),
)

credential = table(
    "credential",
    key(),
    ref("account_id", "account.id"),
    text("kind"),  # password, app
    text("label", ""),
    text("lookup", null=True),  # public prefix of an app password
    text("verifier"),
    text("services", ""),  # space separated, empty: all
    number("created"),
    number("used", 0),
    UniqueConstraint("lookup"),
    Index(None, "account_id"),
)

known_peer = table(
    "known_peer",  # addresses an account logged in from: they keep a bucket of their own
    ref("account_id", "account.id", primary=True),
    text("peer", primary=True),
    number("seen"),
)

profile = table(
    "profile",  # what the members of an account's groups see of it, beside its address
    ref("account_id", "account.id", primary=True),
    text("first", ""),
    text("last", ""),
    text("organisation", ""),
    text("media", ""),  # of the picture: image/jpeg, image/png; empty: there is none
    number("version", 0),  # of the picture: it rises with each
    Column("picture", LargeBinary, nullable=True),
)
