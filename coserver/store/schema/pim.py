"""Tables of calendars and contacts: the index of their objects."""

from sqlalchemy import Index

from coserver.store.schema.columns import number, ref, table, text

object_index = table(
    "object_index",  # what queries need of an event, task or card without parsing it
    ref("item_id", "item.id", primary=True),
    text("ical_uid"),
    text("component"),  # VEVENT, VTODO, VJOURNAL, VCARD
    number("first", null=True),  # seconds since 1970, rounded outward; None: no time known
    number("last", null=True),  # None: without end
    number("once", 0),  # 1: it takes place once, exactly from first to last
    Index(None, "ical_uid"),
    Index(None, "first"),
)
