"""A free name for what may not overwrite: ``letter.txt`` becomes ``letter (2).txt`` (S12).

Invariants: the name found is free, keeps the ending and fits the length of names; however many are
taken, some dozens are looked at.
"""

from collections.abc import Callable
from pathlib import PurePosixPath

LONGEST_NAME = 255  # bytes of UTF-8, as file systems have it
_LONGEST_ENDING = 20  # bytes; what is longer is part of the name


def free(name: str, taken: Callable[[str], bool]) -> str:
    """`name`, or the first numbered form of it that is found free.

    Where the numbers are taken without gaps it is the next one.
    """
    if not taken(name):
        return name
    low, high = 1, 2
    while taken(numbered(name, high)):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if taken(numbered(name, middle)):
            low = middle
        else:
            high = middle
    return numbered(name, high)


def numbered(name: str, number: int) -> str:
    """A name with a number before its ending, shortened where it would be too long."""
    ending = PurePosixPath(name).suffix
    if len(ending.encode()) > _LONGEST_ENDING:
        ending = ""
    tail = f" ({number}){ending}"
    room = LONGEST_NAME - len(tail.encode())
    return name.removesuffix(ending).encode()[:room].decode("utf-8", "ignore") + tail
