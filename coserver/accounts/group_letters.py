"""What the house writes to people about their groups: texts, and the way to all members.

Invariants: a text says what happened, what that means for the reader, and what to do next; it holds no
secret but the token that it brings.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from coserver.accounts import letters
from coserver.accounts.letters import Letter, Ready
from coserver.groups.members import Member
from coserver.groups.proposals import Over
from coserver.model.ids import PrincipalId
from coserver.quota import usage
from coserver.store.engine import Store
from coserver.store.tx import Tx

FIELDS = "last and first name, organisation, e-mail address and picture"  # R52, and no more (S17)


def ready_for(store: Store, people: Iterable[Member], text: Callable[[Member], Letter]) -> dict[PrincipalId, Ready]:
    """A letter to each of these members, made ready; never in a tx."""
    return {each.account: letters.ready(store, text(each).for_owner(each.account)) for each in people}


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


def invitation(to: str, group: str, *, token: str, page: str, inviter: str, until: int) -> Letter:
    """Somebody is asked to join a group: what he and the others will see of each other stands first (R52, R53)."""
    asks = f"{inviter} invites you" if inviter else "You are invited"
    return Letter(
        to,
        f"Invitation to the group {group}",
        f"{asks} to join the group {group}.\n\n"
        f"If you accept, its members will see of you: your {FIELDS}.\n"
        "You will see the same of them, and nothing more: what is yours stays private until you share it.\n"
        "What is in the space of the group - mail, documents, calendars, contacts - all members can read.\n\n"
        f"To answer, open this page before {day(until)}; an invitation is good for one answer:\n\n"
        f"    {page}?code={token}\n\n"
        f"The code in it, should a page ask for it, is\n\n    {token}\n\n"
        "It joins the account that has this address. If you have none yet, sign up first, with this address\n"
        f"as the one that you have already:\n\n    {to}\n\n"
        "If you do not want to join, decline on the same page, or do nothing.\n",
    )


def proposal(to: str, group: str, *, administrator: str, excess: Over, until: int) -> Letter:
    """A member may take a group over (R58); what his plan does not hold is told before (S5)."""
    why = (
        f"{administrator} proposes that you become the administrator of the group {group}."
        if administrator
        else f"The account of the administrator of the group {group} is suspended. You may take the group over."
    )
    return Letter(
        to,
        f"You can take over the group {group}",
        f"{why}\n\n"
        "If you accept, you answer for the group, and your subscription decides what it can hold. You stay\n"
        "its administrator until you have handed it over yourself.\n\n"
        f"{over(excess)}\n"
        f"You can accept until {day(until)}, after logging in, or with the help of postmaster. If you do not\n"
        "want it, decline, or do nothing.\n",
    )


def over(excess: Over) -> str:
    """The lines about what a group holds beyond a plan."""
    if not excess.anything:
        return "Everything in the group fits your subscription.\n"
    lines = [
        f"  {each.tool}: {usage.size(each.bytes)} and {each.items} items; your subscription allows "
        f"{usage.size(each.bytes_limit)} and {each.items_limit} items"
        for each in excess.usages
    ]
    if excess.members > excess.members_allowed:
        lines.append(f"  members: {excess.members}; your subscription allows {excess.members_allowed}")
    return (
        "The group holds more than your subscription allows:\n\n"
        + "\n".join(lines)
        + "\n\nNothing of it would be lost and nobody expelled, but nothing could be added there until there is room.\n"
    )


def taken_over(to: str, group: str, *, administrator: str) -> Letter:
    """To the former administrator: a member accepted."""
    return Letter(
        to,
        f"{administrator} is now the administrator of the group {group}",
        f"{administrator} has taken the group {group} over. You are a member of it, and can leave it now.\n",
    )


def frozen(to: str, group: str) -> Letter:
    """A group can be read only (S3)."""
    return Letter(
        to,
        f"The group {group} can only be read for now",
        f"The account of the administrator of the group {group} is suspended for 30 days. Until that ends or\n"
        "another member takes the group over, you can read what is in the group, but not change it.\n"
        "The group is offered to its co-administrators first, then to its members.\n",
    )


def thawed(to: str, group: str) -> Letter:
    """A group that was frozen is as before."""
    return Letter(
        to,
        f"The group {group} can be worked with again",
        f"The account of the administrator of the group {group} is in force again, and so is the group.\n",
    )


def ending(to: str, group: str, until: int) -> Letter:
    """Nobody took a frozen group over: copy what you need (S3)."""
    return Letter(
        to,
        f"The group {group} will be deleted on {day(until)}",
        f"Nobody has taken the group {group} over, whose administrator's account is suspended. On {day(until)}\n"
        "it will be deleted. Until then you can read everything in it: copy what you need, with your mail\n"
        "program, calendar or drive. It is not too late to take the group over, either.\n",
    )
