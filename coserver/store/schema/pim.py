"""Tables of calendars and contacts: the index of their objects."""

from sqlalchemy import Column, Index, LargeBinary

from coserver.store.schema.columns import Number, number, ref, table, text

object_index = table(
    "object_index",  # what queries need of an event, task or card without parsing it
    ref("item_id", "item.id", primary=True),
    text("ical_uid"),
    text("component"),  # VEVENT, VTODO, VJOURNAL, VCARD
    number("first", null=True),  # seconds since 1970, rounded outward; None: no time known
    number("last", null=True),  # None: without end
    number("once", 0),  # 1: it takes place once, exactly from first to last
    number("busy", 1),  # 1: an event that takes its owner's time: neither transparent nor cancelled
    number("days", 0),  # 1: it takes place once, on the whole days that lie a day inside first and last
    number("form", 0),  # in which form it was written: of an older one, the object is read again
    number("collection_id", 0),  # where the item lies
    text("title", ""),  # what it is called in a list
    text("detail", ""),  # beside its title: where it takes place, or the first mail address
    text("status", ""),  # STATUS of an event
    text("sort", ""),  # by what it stands in a list of names
    text("words", ""),  # in what a word is looked for: names, places, addresses and numbers in small letters
    Index(None, "collection_id", "ical_uid"),
    Index(None, "form"),
    Index(None, "collection_id", "last", "first"),
    Index(None, "collection_id", "sort"),
)

member_card = table(
    "member_card",  # a member as he appears in the address book of his group's members
    ref("collection_id", "collection.id", primary=True),
    Column("account_id", Number, primary_key=True),  # no reference: its removal is told to clients
    Column("face", LargeBinary(32), nullable=False),  # SHA-256 of what the card is made of
    number("modseq"),
    number("stamp"),  # when it last changed
)

busy_feed = table(
    "busy_feed",  # a member's calendar whose busy times appear in the busy calendar of a group
    ref("view_id", "collection.id", primary=True),
    ref("calendar_id", "collection.id", primary=True),
    number("account_id"),
    text("name"),  # of the member, as the busy calendar writes it
    number("hides"),  # 1: what is private does not appear
    Index(None, "calendar_id"),
)

own_property = table(
    "own_property",  # what an account set on a calendar or address book of others: its own name, colour, order
    ref("account_id", "account.id", primary=True),
    ref("collection_id", "collection.id", primary=True),
    text("name", primary=True),
    text("value"),
    Index(None, "collection_id"),
)
