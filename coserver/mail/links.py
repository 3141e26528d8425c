"""What the link in a member's copy leads to: his reading of the group's mail, which he can end there.

Invariant: a token that proves nothing tells nothing, neither of a group nor of an account.
"""

from dataclasses import dataclass

from coserver.auth import standing
from coserver.groups import posting
from coserver.groups.posting import Reader, Terms
from coserver.mail import addresses, lists
from coserver.model.act import Actor, Way
from coserver.model.errors import Missing
from coserver.store import acting
from coserver.store.engine import Store
from coserver.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Reading:
    """That a member reads a group's mail: under which address, and whether he gets copies."""

    group: str
    address: str
    copies: bool


def look(store: Store, token: str) -> Reading:
    """What a token stands for; Missing if it proves nothing."""
    with store.read() as tx:
        terms, reader = _proved(tx, token)
        return _reading(tx, terms, reader)


def end(store: Store, token: str, *, peer: str) -> Reading:
    """Let the member of a token get no more copies; harmless to repeat. Missing if it proves nothing."""
    with store.read() as tx:
        _, reader = _proved(tx, token)
        found = standing.get(tx, reader.account)

    def job(tx: Tx) -> Reading:
        terms, reader = _proved(tx, token)
        if reader.copies:
            posting.set_copies(tx, terms.group, reader.account, wanted=False)
        return _reading(tx, terms, Reader(reader.account, reader.joined, copies=False))

    with acting.by(Actor(reader.account, "" if found is None else found.login, Way.WEB, peer)):
        return store.write(job)


def _proved(tx: Tx, token: str) -> tuple[Terms, Reader]:
    found = lists.opened(token)
    if found is not None:
        group, account = found
        terms, reader = posting.of(tx, group), posting.reader(tx, group, account)
        if terms is not None and reader is not None and lists.proves(tx, token, group, reader):
            return terms, reader
    raise Missing("This link leads nowhere (any more).")


def _reading(tx: Tx, terms: Terms, reader: Reader) -> Reading:
    found = addresses.of_group(tx, terms.group)
    return Reading(terms.name, "" if found is None else str(found), reader.copies)
