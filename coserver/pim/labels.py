"""How people find an event, task or contact in a list: its title, what stands beside it, and words to look for.

Invariants: any bytes give a label; its texts are short, on one line and without controls. It is a copy of words
of the object: who may not read the object is not shown it, and nothing is found by it for him.
"""

from dataclasses import dataclass

from coserver.pim import contact, lines
from coserver.pim.lines import Part

LONGEST = 300  # characters of a title and of what stands beside it
_LONGEST_WORDS = 2000
_STATES = frozenset(("TENTATIVE", "CONFIRMED", "CANCELLED", "NEEDS-ACTION", "COMPLETED", "IN-PROCESS"))


@dataclass(frozen=True, slots=True)
class Label:
    """`detail` is where an event takes place, or the first mail address of a contact; `status` is STATUS."""

    title: str = ""
    detail: str = ""
    status: str = ""
    words: str = ""

    @property
    def sort(self) -> str:
        """By what it stands in a list of names."""
        return self.title.casefold()[:LONGEST]


NO_LABEL = Label()


def of(component: str, data: bytes) -> Label:
    """The label of an object."""
    return _of_card(data) if component == "VCARD" else _of_entry(component, data)


def _of_card(data: bytes) -> Label:
    read = contact.read(data)
    words = (read.called, read.whole, read.organisation, *read.mails, *read.phones)
    return Label(_short(read.called), _short("".join(read.mails[:1])), "", _words(*words))


def _of_entry(component: str, data: bytes) -> Label:
    """Of a series, that of the series itself."""
    found = lines.parse(data)
    parts = [part for part in (found.parts if found else ()) if part.name == component]
    if not parts:
        return NO_LABEL
    part = next((part for part in parts if not part.values("RECURRENCE-ID")), parts[0])
    title, where, status = _value(part, "SUMMARY"), _value(part, "LOCATION"), _value(part, "STATUS").upper()
    return Label(_short(title), _short(where), status if status in _STATES else "", _words(title, where))


def _value(part: Part, name: str) -> str:
    return contact.tidy(contact.plain("".join(part.values(name)[:1])))


def _short(text: str) -> str:
    return text[:LONGEST]


def _words(*texts: str) -> str:
    return " ".join(texts).casefold()[:_LONGEST_WORDS]
