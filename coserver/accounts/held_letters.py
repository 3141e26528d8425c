"""Letters to those who manage a moderated group: mail waits for them.

Invariants: those who manage a group are written to at most once an hour, however much comes, and only when
something is held that was not there when they were written to last; a letter is part of the tx that
notes that it was written. It names who wrote and about what, since only its administrator sees what is held.
"""

import logging
from dataclasses import dataclass

from coserver.accounts import group_letters
from coserver.accounts.house import House
from coserver.accounts.letters import Letter
from coserver.auth import preferences
from coserver.groups import members, posting
from coserver.groups.members import Member
from coserver.log import event
from coserver.mail import held, senders
from coserver.mail.senders import Sent
from coserver.model.ids import PrincipalId
from coserver.model.letter import LetterKind
from coserver.model.principal import Group, Role
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

HOUR = 3_600_000  # milliseconds
_LISTED = 20  # messages named in one letter
_MANAGING = (Role.ADMINISTRATOR, Role.COADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is held for a group, and who is to know."""

    group: Group
    managing: tuple[Member, ...]
    sent: tuple[Sent, ...]


def round_(house: House) -> int:
    """Write to those who manage the groups for which something new is held; how many groups."""
    with house.store.read() as tx:
        found = [each for each in (_due(tx, group) for group in held.groups(tx)) if each is not None]
    return sum(_tell(house, each) for each in found)


def _due(tx: Tx, owner: PrincipalId) -> _Waiting | None:
    told = posting.told(tx, owner)
    if posting.of(tx, owner) is None or tx.now - told < HOUR:
        return None
    group = members.get(tx, owner)
    items = held.listed(tx, group.space)
    if not any(item.stamp > told for item in items):
        return None
    managing = tuple(
        each
        for each in members.members(tx, owner)
        if each.role in _MANAGING and preferences.wants(tx, each.account, LetterKind.HELD)
    )
    return _Waiting(group, managing, tuple(senders.of(tx, items[-_LISTED:])))


def _tell(house: House, found: _Waiting) -> bool:
    made = group_letters.ready_for(house.store, found.managing, lambda each: _letter(each.login, found))

    def job(tx: Tx) -> bool:
        if tx.now - posting.told(tx, found.group.id) < HOUR:
            return False
        posting.tell(tx, found.group.id)
        group_letters.post_to(tx, found.managing, made, by=found.group.id)
        tx.after_commit(lambda: event(log, "held-told", group=found.group.id, held=len(found.sent)))
        return True

    return house.store.write(job)


def _letter(to: str, found: _Waiting) -> Letter:
    name = found.group.name
    lines = [f"  {each.number}: {each.subject or '(no subject)'}\n     from {each.author}" for each in found.sent]
    return Letter(
        to,
        f"Mail to the group {name} waits for its release",
        f"This was written to the group {name} and reaches nobody before somebody who manages the group lets it:\n\n"
        + "\n".join(lines)
        + f"\n\nThe administrator sees it in his mail program, in the mailbox Groups/{name}/Held: moving a message to\n"
        f"Groups/{name} lets it out, deleting it keeps it from all. The number is for whoever asks the operator\n"
        f"to do that:\n\n    coserver group release {name} {found.sent[-1].number}\n\n"
        "You are written to about this once an hour at most.\n",
    )
