"""What a request to the drive lays down: conditions held against the store, tokens shown, times.

Invariants: conditions are evaluated in the tx that acts, against the resource each one names.
"""

import re
from functools import partial

from coserver.dav import conditions, targets
from coserver.dav.asked import Asked
from coserver.dav.conditions import Conditions, State, Verdict
from coserver.documents import locks, paths
from coserver.documents.paths import Names, Spot
from coserver.documents.terms import Terms
from coserver.model.errors import Malformed, Missing, Stale
from coserver.model.ids import PrincipalId
from coserver.store.tx import Tx

_WHOLE_SECONDS = re.compile(r"(\d{1,12})(?:\.\d*)?\Z")
_NOT_SO = "The file or folder changed since you last looked, or a condition of the request does not hold. Look again."


def etag(spot: Spot) -> str:
    """The strong ETag of a file, with its quotes: the same bytes on one's own drive have the same one.

    But not where the space is another's: who puts a guess there must not be told that it holds these bytes already.
    """
    if spot.item is None:
        return ""
    if spot.deposit is not None:
        return f'"{spot.item.id:x}.{spot.deposit.version:x}"'
    if spot.top:
        return f'"{spot.item.id:x}-{spot.item.modseq:x}"'
    return f'"{spot.item.blob:08x}"'


def terms(asked: Asked, names: Names) -> Terms:
    """The terms of a request on `names`.

    Raises:
        Malformed: a header does not follow its grammar.
    """
    found = conditions.parse(asked.header)
    overwrite = (asked.header("Overwrite") or "T").strip().upper() != "F"
    return Terms(found.if_.tokens, partial(_check, asked, names, found), overwrite)


def verdict(tx: Tx, asked: Asked, spot: Spot, found: Conditions) -> Verdict:
    """What becomes of a request that reads."""
    own = state(tx, spot)
    if not found.if_.holds(partial(_state_of, tx, asked, own)):
        return Verdict.FAILED
    return conditions.judge(found, own, reading=True)


def state(tx: Tx, spot: Spot) -> State:
    """A place as conditions see it."""
    tokens = frozenset(one.token for one in locks.covering(tx, spot))
    if spot.item is not None:
        return State(True, etag(spot), spot.item.stamp, tokens)
    return State(spot.exists, None, spot.folder.created if spot.folder else 0, tokens)


def stamp(asked: Asked) -> int:
    """The modification time a client wants kept (X-OC-Mtime, seconds since 1970), in ms; 0 for none.

    Raises:
        Malformed: it is no such number.
    """
    text = asked.header("X-OC-Mtime")
    if text is None:
        return 0
    found = _WHOLE_SECONDS.match(text.strip())
    if found is None:
        raise Malformed("X-OC-Mtime must be seconds since 1970.")
    return max(1, int(found.group(1)) * 1000)


def _check(asked: Asked, names: Names, found: Conditions, tx: Tx) -> None:
    if found == Conditions():
        return
    own = _look(tx, asked.who.account, names)
    if not found.if_.holds(partial(_state_of, tx, asked, own)):
        raise Stale(_NOT_SO)
    if conditions.judge(found, own, reading=False) is Verdict.FAILED:
        raise Stale(_NOT_SO)


def _state_of(tx: Tx, asked: Asked, own: State, tag: str | None) -> State:
    if tag is None:
        return own
    names = targets.tagged(tag, asked.host)
    return State(False) if names is None else _look(tx, asked.who.account, names)


def _look(tx: Tx, account: PrincipalId, names: Names) -> State:
    try:
        return state(tx, paths.lookup(tx, account, names))
    except Missing:
        return State(False)
