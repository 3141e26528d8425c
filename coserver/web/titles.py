"""What people call a thing: the name of a file, the subject of a message, the summary of an event, a person's name."""

import re
from collections.abc import Sequence

from coserver.accounts import places
from coserver.mail import headers
from coserver.model.errors import Missing
from coserver.model.ids import ItemId
from coserver.model.item import Item
from coserver.model.space import Collection, Tool
from coserver.pim import books, lines
from coserver.store import blobs, collections, lookup
from coserver.store.tx import Tx

LONGEST = 200  # characters
_HEAD = 65_536  # bytes of a message in which its subject is looked for
_PIM = (Tool.CALENDAR, Tool.CONTACTS)
_ESCAPED = re.compile(r"\\(.)")


def of_collection(tx: Tx, collection: Collection) -> str:
    """Of a mailbox or folder the path in its space, of a calendar or address book its title."""
    if collection.tool in _PIM:
        return books.called(collection, collections.properties(tx, collection.id))[:LONGEST]
    return places.written(tx, collection).removeprefix(f"{collection.tool}:")


def of_items(tx: Tx, tool: Tool, items: Sequence[Item]) -> dict[ItemId, str]:
    """Of these things of one tool, whoever may see them; empty where they do not say."""
    if tool is Tool.DOCUMENTS:
        return {each.id: each.name or "" for each in items}
    found = blobs.open_many(tx, [each.blob for each in items])
    told = {}
    for each in items:
        data = b"" if each.blob not in found else found[each.blob].read(0, _HEAD if tool is Tool.MAIL else each.size)
        told[each.id] = _told(tool, data)[:LONGEST]
    return told


def of_item(tx: Tx, tool: Tool, number: ItemId) -> str:
    """Of one thing; Missing if it is gone."""
    found = lookup.get(tx, number)
    if found is None:
        raise Missing("It is not there any more.")
    return of_items(tx, tool, [found])[number]


def _told(tool: Tool, data: bytes) -> str:
    if tool is Tool.MAIL:
        head, _, _ = data.replace(b"\r\n", b"\n").partition(b"\n\n")
        subjects = headers.values(head + b"\n", b"Subject")
        return " ".join(headers.text(subjects[0]).split()) if subjects else ""
    part = lines.parse(data)
    if part is None:
        return ""
    inner = [part] if tool is Tool.CONTACTS else part.parts
    name = "FN" if tool is Tool.CONTACTS else "SUMMARY"
    return next((_plain(value) for each in inner for value in each.values(name)), "")


def _plain(text: str) -> str:
    """A text without its escapes (RFC 5545 3.3.11, RFC 6350 3.4), on one line."""
    return _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], text)
