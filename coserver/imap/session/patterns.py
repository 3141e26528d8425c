"""The wildcards of LIST: ``*`` stands for anything, ``%`` for anything but the separator (RFC 9051 6.3.9)."""

from coserver.model.errors import Malformed

_LONGEST = 2_000
_MOST_WILDCARDS = 30


class Pattern:
    """One pattern; matching takes time in the product of the two lengths, whatever the pattern."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST or text.count("*") + text.count("%") > _MOST_WILDCARDS:
            raise Malformed("The pattern is too long.")
        self._text = _inbox(text)

    def matches(self, name: str) -> bool:
        """Whether the whole name is covered."""
        if self._text == "*":
            return True
        if "*" not in self._text and "%" not in self._text:
            return self._text == name
        places = self._free({0})
        for character in name:
            places = self._free(self._after(places, character))
            if not places:
                return False
        return len(self._text) in places

    def _free(self, places: set[int]) -> set[int]:
        """The places that can be reached without a character: a wildcard may stand for nothing."""
        reached = set(places)
        for place in places:
            at = place
            while at < len(self._text) and self._text[at] in "*%":
                at += 1
                reached.add(at)
        return reached

    def _after(self, places: set[int], character: str) -> set[int]:
        reached = set()
        for place in places:
            wanted = self._text[place : place + 1]
            if wanted == "*" or (wanted == "%" and character != "/"):
                reached.add(place)
            elif wanted == character:
                reached.add(place + 1)
        return reached


def _inbox(text: str) -> str:
    """INBOX is the same in whatever case."""
    first, separator, rest = text.partition("/")
    return "INBOX" + separator + rest if first.upper() == "INBOX" else text
