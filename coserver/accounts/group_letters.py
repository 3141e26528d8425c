"""What the house writes to people about their groups: texts, and the way to all members.

Invariants: a text says what happened, what that means for the reader, and what to do next; it holds no
secret but the token that it brings.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from coserver.accounts import letters
from coserver.accounts.letters import Letter, Ready
from coserver.groups.members import Member
from coserver.model.ids import PrincipalId
from coserver.store.engine import Store
from coserver.store.tx import Tx

FIELDS = "last and first name, organisation, e-mail address and picture"  # R52, and no more (S17)


def ready_for(store: Store, people: Iterable[Member], text: Callable[[Member], Letter]) -> dict[PrincipalId, Ready]:
    """A letter to each of these members, made ready; never in a tx."""
    return {each.account: letters.ready(store, text(each)) for each in people}


def post_to(tx: Tx, people: Iterable[Member], made: Mapping[PrincipalId, Ready], *, by: PrincipalId) -> None:
    """Post the letters to those who still are what they were written for."""
    for each in people:
        if each.account in made:
            letters.post(tx, made[each.account], by=by)


def day(moment: int) -> str:
    """The day of a time in milliseconds, for people: ``7 December 2026``."""
    when = datetime.fromtimestamp(moment // 1000, UTC)
    return f"{when.day} {when:%B %Y}"


def deleted(to: str, group: str, until: int) -> Letter:
    """A group was deleted (S32)."""
    return Letter(
        to,
        f"Group {group} was deleted",
        f"The group {group}, of which you are a member, was deleted: its mail, documents, calendars and\n"
        "contacts are not reachable any more, and what was shared through it is not either.\n"
        "Your own account and its data are as they were.\n\n"
        f"Until {day(until)} the operator of this server can restore the group with everything in it, so\n"
        "that what you need can be copied; write to postmaster if you want that. Then it is erased for good.\n",
    )


def restored(to: str, group: str) -> Letter:
    """A deleted group is back."""
    return Letter(
        to,
        f"Group {group} was restored",
        f"The group {group} is there again, with everything that was in it and the rights you had.\n",
    )
