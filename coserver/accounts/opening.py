"""Opening the store of the house: with everything that must follow from a change of rights.

Invariant: nobody but this module opens a store for the house, so that views of what is shared always
agree with the shares, whichever deed changed those.
"""

from pathlib import Path

from coserver.clock import Clock
from coserver.groups import mounts
from coserver.mail import views as mail_views
from coserver.pim import busy, made, people
from coserver.pim import views as pim_views
from coserver.pim.again import read_again
from coserver.quota import reservations
from coserver.store.engine import Settler, Store
from coserver.store.tx import Tx

# names of what is shared, views of mail, calendars and contacts: each is called with those whose rights changed
SETTLERS: tuple[Settler, ...] = (mounts.settle, mail_views.settle, people.settle, busy.settle, pim_views.settle)


def open_store(folder: Path, *, clock: Clock) -> Store:
    """Open the store in a folder; errors as those of `Store.open`."""
    store = Store.open(folder, clock=clock)
    for settler in SETTLERS:
        store.settle_with(settler)
    read_again(store)
    _catch_up(store)
    store.write(reservations.forget_all)  # nothing is on its way
    return store


def _catch_up(store: Store) -> None:
    """Let what an older version made have the views it lacks."""
    with store.read() as tx:
        behind = made.without(tx)

    def tell(tx: Tx) -> None:
        for group in behind:
            tx.tell(group)

    if behind:
        store.write(tell)
