"""Who wrote messages, and about what: their From and Subject as one line each, for letters of the house."""

from collections.abc import Sequence
from dataclasses import dataclass

from coserver.mail import headers
from coserver.model.item import Item
from coserver.store import blobs
from coserver.store.tx import Tx

_HEAD = 64 * 1024  # bytes of a message that are looked at
_LONGEST = 150  # characters


@dataclass(frozen=True, slots=True)
class Sent:
    """What stands in the head of a message; `number` is its uid."""

    number: int
    author: str
    subject: str


def of(tx: Tx, items: Sequence[Item]) -> list[Sent]:
    """The authors and subjects of messages, in their order."""
    opened = blobs.open_many(tx, [item.blob for item in items])
    return [_sent(item.uid or 0, opened[item.blob].read(0, _HEAD)) for item in items if item.blob in opened]


def _sent(number: int, data: bytes) -> Sent:
    found = headers.fields(data[: data.find(b"\r\n\r\n") + 2])
    return Sent(number, _line(found.get(b"from", b"")), _line(found.get(b"subject", b"")))


def _line(value: bytes) -> str:
    """A field for people: one line of printable text."""
    text = " ".join(headers.text(value).split())[:_LONGEST]
    return "".join(letter if letter.isprintable() else "?" for letter in text)
