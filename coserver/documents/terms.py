"""What a request lays down for a deed to be done: the lock tokens it shows and the conditions it makes."""

from collections.abc import Callable
from dataclasses import dataclass

from coserver.store.tx import Tx


def _no_condition(_tx: Tx) -> None:
    """Nothing was demanded."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a request lays down.

    `tokens` are the lock tokens shown; `check` raises Stale when a condition does not hold in the tx;
    `overwrite` allows a move or copy to take the place of what has the name (RFC 4918 10.6).

    A deed asks `check` in the very tx in which it writes, so that nothing changes in between.
    """

    tokens: frozenset[str] = frozenset()
    check: Callable[[Tx], None] = _no_condition
    overwrite: bool = True
