"""Names of mailboxes: NFC text in levels, and the prefixes of what is not one's own."""

import unicodedata

from coserver.model.errors import Denied, Malformed, Missing

INBOX = "INBOX"
GROUPS = "Groups"
SHARED = "Shared"
SEPARATOR = "/"
_LONGEST_LEVEL = 255  # bytes of UTF-8
_DEEPEST = 30


def levels(name: str) -> list[str]:
    """The levels of a name, INBOX in capitals.

    Raises:
        Malformed: it cannot be the name of a mailbox.
    """
    kept = unicodedata.normalize("NFC", name)
    found = kept.split(SEPARATOR)
    for level in found:
        if not level or len(level.encode("utf-8", "surrogatepass")) > _LONGEST_LEVEL:
            raise Malformed(f"{name!r} cannot be the name of a mailbox: each level has 1 to {_LONGEST_LEVEL} bytes.")
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in level):
            raise Malformed(f"{name!r} cannot be the name of a mailbox: it has control characters.")
    if len(found) > _DEEPEST:
        raise Malformed(f"A mailbox can lie {_DEEPEST} levels deep, no deeper.")
    if found[0].upper() == INBOX:
        found[0] = INBOX
    return found


def joined(*parts: str) -> str:
    """Levels as a name."""
    return SEPARATOR.join(parts)


def missing(name: str) -> Missing:
    """There is none of that name, or nothing may be known of it."""
    return Missing(f"There is no mailbox {name!r}.", mailbox=name)


def reserved(prefix: str) -> Denied:
    """The name is not to be had."""
    whose = "the mailboxes of your groups" if prefix == GROUPS else "what others share with you"
    return Denied(f"{prefix} holds {whose}; choose another name.")
