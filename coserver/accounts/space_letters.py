"""Letters about spaces that fill up: to the owner, or to those who manage the group (S15).

Invariants: a threshold is told of once, until the space has been well below it again; a letter never keeps
anybody from adding something, since it is written in a tx of its own, after the one that passed the
threshold; it finds room in a mailbox that is full (`Occasion.LETTER`).
"""

import logging

from coserver.accounts import letters
from coserver.accounts.house import House
from coserver.accounts.letters import Letter
from coserver.auth import preferences, standing
from coserver.auth.standing import Standing
from coserver.groups import members
from coserver.log import event
from coserver.model.errors import HouseError
from coserver.model.ids import PrincipalId
from coserver.model.letter import LetterKind
from coserver.model.plan import Usage
from coserver.model.principal import Role, State
from coserver.model.space import Tool
from coserver.quota import levels, usage
from coserver.quota.levels import Crossing
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

FULL = 100  # percent
_MANAGING = (Role.ADMINISTRATOR, Role.COADMINISTRATOR)
_WHAT_HAPPENS = {
    Tool.MAIL: "New mail is put off and in the end sent back to those who wrote it.",
    Tool.DOCUMENTS: "Nothing can be put there until something is deleted.",
    Tool.CALENDAR: "No event or task can be added until something is deleted.",
    Tool.CONTACTS: "No contact can be added until something is deleted.",
}


def round_(house: House) -> int:
    """Tell of every threshold that was passed and not told of yet; how many there were."""
    with house.store.read() as tx:
        passed = levels.untold(tx)
    return sum(_tell(house, each) for each in passed)


def _tell(house: House, crossing: Crossing) -> bool:
    with house.store.read() as tx:
        written = _letters(tx, crossing)
    made = []
    for letter in written:
        try:
            made.append(letters.ready(house.store, letter))
        except HouseError as error:  # an address that is none any more keeps nobody else from his letter
            event(log, "letter-lost", to=letter.to, why=error.text)

    def job(tx: Tx) -> bool:
        if not levels.tell(tx, crossing):
            return False
        for letter in made:
            letters.post(tx, letter, by=crossing.owner)
        tx.after_commit(
            lambda: event(log, "fullness-told", space=crossing.space, tool=crossing.tool, percent=crossing.level)
        )
        return True

    return house.store.write(job)


def _letters(tx: Tx, crossing: Crossing) -> list[Letter]:
    held = usage.room(tx, crossing.space, crossing.tool)
    group = members.owning(tx, crossing.space)
    if group is not None:
        what = f"The {crossing.tool} of group {group.name}"
        managing = [one for one in members.members(tx, group.id) if one.role in _MANAGING]
        inside = [one for one in managing if _active(tx, one.account) and _wants(tx, one.account, crossing)]
        return [_letter(one.login, what, held, crossing.level).for_owner(one.account) for one in inside]
    owner = _active(tx, crossing.owner)
    if owner is None or not _wants(tx, owner.account, crossing):
        return []
    what = f"Your {crossing.tool}"
    written = [_letter(owner.login, what, held, crossing.level).for_owner(owner.account)]
    if crossing.level >= FULL and crossing.tool is Tool.MAIL and owner.external:
        # Who does not look into a full mailbox is told elsewhere.
        written.append(_letter(owner.external, what, held, crossing.level))
    return written


def _wants(tx: Tx, account: PrincipalId, crossing: Crossing) -> bool:
    """That something is full is told in any case."""
    return crossing.level >= FULL or preferences.wants(tx, account, LetterKind.FILLING)


def _active(tx: Tx, account: PrincipalId) -> Standing | None:
    found = standing.get(tx, account)
    return found if found is not None and found.state is State.ACTIVE else None


def _letter(to: str, what: str, held: Usage, level: int) -> Letter:
    verb = "are" if held.tool in (Tool.DOCUMENTS, Tool.CONTACTS) else "is"
    full = "full" if level >= FULL else f"{level} % full"
    text = (
        f"{what} {verb} {full}:\n\n"
        f"    {usage.size(held.bytes)} of {usage.size(held.bytes_limit)}\n"
        f"    {held.items} of {held.items_limit} items\n\n"
    )
    if level >= FULL:
        text += f"{_WHAT_HAPPENS[held.tool]}\n"
    if held.over_since and held.tool is Tool.MAIL:
        until = letters.moment(held.over_since + usage.GRACE)
        text += f"Mail is still taken until {until}, as long as it is not very much.\n"
    return Letter(
        to, f"{what} {verb} {full}", text + "Delete what you do not need any more, or ask for a larger plan.\n"
    )
