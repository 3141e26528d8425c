"""Books that the house makes, as Radicale sees them: the members of a group, and when they are busy.

Invariant: what is in them is written when it is read; an ETag is the modseq of what it is made of, which
changes with it.
"""

from collections.abc import Mapping

from coserver.dav.radicale_app.storage import BookCollection
from coserver.dav.radicale_app.visit import Visits
from coserver.model.change import Change
from coserver.model.ids import BlobId, CollectionId, ItemId, Modseq
from coserver.model.item import Flag, Item
from coserver.pim import cards, made, objects, people, slots
from coserver.pim.books import Book
from coserver.pim.entries import Entry
from coserver.pim.objects import Object
from coserver.pim.people import Card
from coserver.pim.slots import Slot
from coserver.store.tx import Tx


class MembersCollection(BookCollection):
    """The members of a group, as cards."""

    def _listed(self) -> list[Entry]:
        cards_ = people.listed(self._tx, self.book.collection, pictures=False)
        return [_card_entry(card, self.book.collection.id) for card in cards_]

    def _named(self, names: list[str]) -> list[Entry]:
        wanted = set(names)
        return [entry for entry in self._listed() if entry.item.name in wanted]

    def _between(self, kind: str | None, start: int, end: int) -> list[Entry]:
        return self._listed()

    def texts(self, found: list[Entry]) -> Mapping[ItemId, bytes]:
        """Written now."""
        wanted = {entry.item.id for entry in found}
        every = people.listed(self._tx, self.book.collection, pictures=True)
        texts = {ItemId(card.face.account): cards.card(card.face) for card in every}
        return {item: text for item, text in texts.items() if item in wanted}

    def _changes(self, since: int) -> list[Change]:
        return people.since(self._tx, self.book.collection, since)


class BusyCollection(BookCollection):
    """When the members of a group are busy."""

    def __init__(self, tx: Tx, book: Book, visits: Visits) -> None:
        super().__init__(tx, book, visits)
        self._slots: dict[ItemId, Slot] = {}

    def _listed(self) -> list[Entry]:
        return self._told(slots.listed(self._tx, self.book.collection))

    def _named(self, names: list[str]) -> list[Entry]:
        return self._told(slots.named(self._tx, self.book.collection, names))

    def _between(self, kind: str | None, start: int, end: int) -> list[Entry]:
        if kind not in (None, "VEVENT"):
            return []
        return self._told(slots.between(self._tx, self.book.collection, start=start, end=end))

    def texts(self, found: list[Entry]) -> Mapping[ItemId, bytes]:
        """Written now."""
        return slots.texts(self._tx, [self._slots[entry.item.id] for entry in found])

    def _changes(self, since: int) -> list[Change]:
        return slots.since(self._tx, self.book.collection, since)

    def _told(self, found: list[Slot]) -> list[Entry]:
        self._slots |= {slot.item: slot for slot in found}
        return [_slot_entry(slot, self.book.collection.id) for slot in found]


def made_collection(tx: Tx, book: Book, visits: Visits) -> BookCollection:
    """The collection of a book that the house makes."""
    kind = MembersCollection if book.collection.role == made.PEOPLE else BusyCollection
    return kind(tx, book, visits)


def entry_of(item: ItemId, within: CollectionId, *, name: str, modseq: Modseq, stamp: int) -> Item:
    """Something that is made as if it were an item; its modseq stands for bytes, which are not kept."""
    return Item(item, within, name, None, modseq, Flag(0), "", 0, stamp, BlobId(modseq), None)


def _card_entry(card: Card, within: CollectionId) -> Entry:
    item = entry_of(ItemId(card.face.account), within, name=card.name, modseq=card.modseq, stamp=card.stamp)
    return Entry(item, Object(objects.CARD, card.face.uid))


def _slot_entry(slot: Slot, within: CollectionId) -> Entry:
    item = entry_of(slot.item, within, name=slot.name, modseq=slot.modseq, stamp=slot.stamp)
    return Entry(item, slot.known)
