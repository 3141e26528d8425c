"""Names that nobody may have, and names that look like those of others (S26)."""

import unicodedata

from coserver.mail.reserved import OFFICIAL, RESERVED
from coserver.model.errors import Denied, Malformed

_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"}  # alphabets that are written together


def check(local: str) -> None:
    """Refuse what stands before the @ of a login, in its kept form, if it is the house's or a look-alike's.

    Raises:
        Denied: it is reserved.
        Malformed: it mixes alphabets, or has plain letters in another form, so that one letter passes for another.
    """
    if local in RESERVED:
        raise Denied(f"The name {local!r} is reserved: choose another one.", login=local)
    if any(_passes_for_plain(letter) for letter in local):
        raise Malformed(f"{local!r} has wide, bold or other forms of plain letters or signs: write them plainly.")
    alphabets = {unicodedata.name(letter, "?").partition(" ")[0] for letter in local if letter.isalpha()}
    if len(alphabets) > 1 and not alphabets <= _TOGETHER:
        raise Malformed(f"{local!r} mixes alphabets, so it could be taken for another name: use letters of one.")


def check_chosen(local: str) -> None:
    """Refuse what a stranger may not choose for himself: besides, all that is not plain ASCII, and official names.

    Raises:
        Denied, Malformed: with what to do.
    """
    check(local)
    if not local.isascii():
        raise Malformed("Use the letters a to z, digits, dots, hyphens and underscores for the name.")
    if local in OFFICIAL:
        raise Denied(f"The name {local!r} is reserved: choose another one.", login=local)


def _passes_for_plain(letter: str) -> bool:
    """Whether a letter or sign is ASCII in another form: wide, bold, raised, in a circle."""
    return not letter.isascii() and any(each.isascii() for each in unicodedata.normalize("NFKC", letter))
