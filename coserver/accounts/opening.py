"""Opening the store of the house: with everything that must follow from a change of rights.

Invariant: nobody but this module opens a store for the house, so that views of what is shared always
agree with the shares, whichever deed changed those.
"""

from pathlib import Path

from coserver.clock import Clock
from coserver.store.engine import Settler, Store

SETTLERS: tuple[Settler, ...] = ()  # views of mail, calendars and contacts: each called with those whose rights changed


def open_store(folder: Path, *, clock: Clock) -> Store:
    """Open the store in a folder; errors as those of `Store.open`."""
    store = Store.open(folder, clock=clock)
    for settler in SETTLERS:
        store.settle_with(settler)
    return store
