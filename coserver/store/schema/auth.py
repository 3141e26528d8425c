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

cookie = table(
    "cookie",  # logins of browsers
    key(),
    ref("account_id", "account.id"),
    Column("hash", LargeBinary(32), nullable=False),  # SHA-256 of what the browser keeps
    number("created"),
    number("seen"),  # used last
    text("peer"),
    text("browser"),  # what it says of itself
    number("half", 0),  # 1: the second factor is still to come
    UniqueConstraint("hash"),
    Index(None, "account_id"),
)

preference = table(
    "preference",  # what people set for themselves in the portal
    ref("account_id", "account.id", primary=True),
    number("idle_minutes"),
    text("language"),  # empty: the browser's
    text("zone"),  # by its name, as Europe/Berlin; empty: none was chosen
    text("unwanted", ""),  # letters that are not to come, by `model.letter`, space separated
)

second_factor = table(
    "second_factor",
    ref("account_id", "account.id", primary=True),
    Column("secret", LargeBinary(20), nullable=False),  # RFC 4226 4 R6
    number("since"),  # when it was turned on; 0: a first code is still to come
    number("step", 0),  # the last one whose code was taken: none is good twice (RFC 6238 5.2)
    number("wrong", 0),  # codes since the last right one
    number("wrong_at", 0),
)

passkey = table(
    "passkey",  # public keys; the private ones lie in the devices of people
    key(),
    ref("account_id", "account.id"),
    Column("device_id", LargeBinary, nullable=False),  # by what the device knows it
    Column("public", LargeBinary, nullable=False),  # COSE (RFC 9052 7)
    number("uses", 0),  # that the device told; 0 throughout: it does not count
    text("label"),
    text("site"),  # the host it is for
    number("created"),
    number("used", 0),
    number("taken", 0),  # when the last challenge that it answered was made: none is good twice
    UniqueConstraint("device_id"),
    Index(None, "account_id"),
)

recovery_code = table(
    "recovery_code",  # good once each, where the device with the second factor is lost
    ref("account_id", "account.id", primary=True),
    Column("hash", LargeBinary(32), primary_key=True),  # SHA-256 of what the owner noted down
)
