"""What an older version kept is read again: privacy and busy times of it hold from the start (C12)."""

from typing import Any

import sqlalchemy as sa

from coserver.model.rights import Privacy
from coserver.pim import books, entries, objects, sights
from coserver.pim.again import read_again
from coserver.pim.books import Visitor
from coserver.store import lookup
from coserver.store.tx import Tx

_AGE = sa.text("UPDATE object_index SET form = 0, busy = 1")
_OPEN = sa.text("UPDATE item SET privacy = 0")


def _event(uid: str, *more: str) -> bytes:
    inside = "".join(f"{line}\r\n" for line in (f"UID:{uid}", "DTSTART:20260102T100000Z", *more))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{inside}END:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def test_read_again_when_the_rows_are_of_an_older_form_then_they_say_what_the_objects_do(estate: Any) -> None:
    alice = estate.account("alice", plan="demo")
    events = {"a": _event("a", "CLASS:PRIVATE"), "b": _event("b", "TRANSP:TRANSPARENT"), "c": _event("c")}

    def put(tx: Tx) -> None:
        book = books.find(tx, Visitor(alice.id), "calendar")
        for name, data in events.items():
            staged = estate.store.stage(data)
            entries.put(tx, alice.id, book, name, staged=staged, known=objects.read_calendar(data))
        tx.execute(_AGE)
        tx.execute(_OPEN)

    estate.store.write(put)
    assert read_again(estate.store) == 3
    with estate.store.read() as tx:
        book = books.find(tx, Visitor(alice.id), "calendar")
        found = {entry.item.name: (entry.item.privacy, entry.known.busy) for entry in sights.listed(tx, alice.id, book)}
        assert {item.name for item in lookup.changed_since(tx, book.collection.id, book.collection.modseq - 1)} == {"a"}
    assert found == {"a": (Privacy.PRIVATE, True), "b": (Privacy.OPEN, False), "c": (Privacy.OPEN, True)}
    assert read_again(estate.store) == 0
