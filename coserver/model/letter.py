"""Letters of the house that people may do without; all others - of log-ins, plans, ends - come in any case."""

from enum import StrEnum


class LetterKind(StrEnum):
    """What a letter is about, in the word that is kept of it."""

    DROPPED = "dropped"  # files that somebody left
    HELD = "held"  # mail that waits in a group which one manages
    FILLING = "filling"  # a space that is not full yet
