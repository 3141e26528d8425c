"""Tables of mail: domains, addresses, rendered messages and subscriptions."""

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint

from coserver.store.schema.columns import key, number, ref, table, text

domain = table(
    "domain",
    key(),
    text("name"),
    number("standard", 0),  # 1 for the domain that bare names belong to
    number("created"),
    number("organisation_id", null=True),  # whose it is; null: the operator's, for everybody
    number("removed", 0),  # when it was removed: its addresses rest until it is gone; 0: it is in force
    text("dkim_selector", ""),  # under which the public key stands in the DNS; empty: nothing is signed
    text("dkim_key", ""),  # the private key, PKCS #8 in PEM
    text("next_selector", ""),  # of a key that waits for its record to stand in the DNS; empty: there is none
    text("next_key", ""),
    UniqueConstraint("name"),
    Index(None, "organisation_id"),
)

domain_claim = table(
    "domain_claim",  # an organisation says that a domain is its own, and has yet to prove it
    ref("organisation_id", "organisation.id", primary=True),
    text("name", primary=True),
    text("proof"),  # what a TXT record has to say
    number("created"),
    number("asked"),  # when the DNS was asked last
)

address = table(
    "address",  # what routes mail to a principal
    key(),
    text("local"),  # empty: the catch-all
    ref("domain_id", "domain.id"),
    ref("principal_id", "principal.id"),
    text("kind"),  # primary, alias, role, group, forward, catch-all
    number("until", 0),  # when it goes, of what is only kept for a while; 0: it stays
    UniqueConstraint("local", "domain_id"),
    Index(None, "principal_id"),
)

former_address = table(
    "former_address",  # addresses that rest after their principal was erased, so that nobody gets his mail
    Column("digest", LargeBinary(32), primary_key=True),  # HMAC-SHA256 under the key in the data folder
    number("until"),
)

message = table(
    "message",  # what is rendered once, at delivery; shared by copies of the same blob
    ref("blob_id", "blob.id", primary=True),
    Column("envelope", LargeBinary, nullable=False),
    Column("structure", LargeBinary, nullable=False),  # BODYSTRUCTURE, extension data included
    Column("parts", LargeBinary, nullable=False),  # offsets of every part, for BODY[n] without parsing
    Column("words", LargeBinary, nullable=False),  # decoded From, To, Cc, Bcc, Subject and Message-ID for SEARCH
    number("sent", null=True),  # the Date header, for SENTSINCE and its kin
)

subscribed = table(
    "subscribed",  # mailbox names an account subscribed to (LSUB), or unsubscribed from where it is so by default
    ref("account_id", "account.id", primary=True),
    text("mailbox", primary=True),
    number("wanted", 1),
)

seen_by = table(
    "seen_by",  # \Seen of one account on a message in a mailbox that is not in its own space
    ref("item_id", "item.id", primary=True),
    ref("account_id", "account.id", primary=True),
    number("collection_id"),  # where the message lies
    number("seen"),  # 0: it was set, and is no more
    number("modseq"),  # of the space in which the mailbox lies
    Index(None, "account_id", "collection_id", "modseq", "seen"),
)
