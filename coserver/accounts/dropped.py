"""Letters about files that were left in drop folders (S12): one for all that came since the last round.

Invariants: a file is told of once, however often it was saved; who empties his folder before the round gets
no letter; a letter names senders and files, nothing that is in them.
"""

from coserver.accounts import letters
from coserver.accounts.letters import Letter
from coserver.auth import preferences, standing
from coserver.clock import milliseconds
from coserver.documents import boxes
from coserver.documents.boxes import RECEIVED
from coserver.model.ids import PrincipalId
from coserver.model.letter import LetterKind
from coserver.model.principal import State
from coserver.store.engine import Store
from coserver.store.tx import Tx

_AT_ONCE = 500  # recipients in one round
_NAMED = 20  # files in one letter


def round_(store: Store) -> int:
    """Write to those for whom something was left; how many letters."""
    until = milliseconds(store.clock)
    with store.read() as tx:
        owners = boxes.recipients(tx, until=until, most=_AT_ONCE)
    return sum(_one(store, owner, until) for owner in owners)


def _one(store: Store, owner: PrincipalId, until: int) -> bool:
    with store.read() as tx:
        found = standing.get(tx, owner)
        left = boxes.untold(tx, owner, until=until) if preferences.wants(tx, owner, LetterKind.DROPPED) else []
    whom = found.login if found is not None and found.state is State.ACTIVE and left else ""
    made = letters.ready(store, _letter(whom, left).for_owner(owner)) if whom else None

    def job(tx: Tx) -> bool:
        boxes.tell(tx, owner, until=until)
        return made is not None and letters.post(tx, made, by=owner)

    return store.write(job)


def _letter(to: str, left: list[tuple[str, str]]) -> Letter:
    """What came, from whom."""
    lines = [f"  {name}    from {login}" for login, name in left[:_NAMED]]
    if len(left) > _NAMED:
        lines.append(f"  and {len(left) - _NAMED} more")
    what = "A file was" if len(left) == 1 else f"{len(left)} files were"
    text = (
        f"{what} left for you on your drive:\n\n" + "\n".join(lines) + "\n\n"
        f"What members of your groups leave for you lies in the folder {RECEIVED}; what they left in a folder that\n"
        "you shared for dropping lies there. It counts against your space, and you may do with it what you like.\n"
    )
    return Letter(to, f"{what} left for you", text)
