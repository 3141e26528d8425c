"""Why somebody may do what he may: the rules of `standing`, in sentences for people."""

from collections.abc import Iterable

from coserver.groups.standing import ACTIVE, FROZEN, READS, Shared, Standing
from coserver.model.ids import PrincipalId
from coserver.model.rights import ALL, PRESETS, Preset, Privacy, Right
from coserver.model.space import Tool

_WORDS = {
    Right.BUSY: "see when it is busy",
    Right.READ: "read",
    Right.SEEN: "mark as read",
    Right.ADD: "add",
    Right.EDIT_OWN: "edit what is one's own",
    Right.EDIT_ANY: "edit",
    Right.DELETE_OWN: "delete what is one's own",
    Right.DELETE_ANY: "delete",
    Right.POST: "post",
    Right.DROP: "drop",
    Right.ADMINISTER: "manage",
}


def spoken(rights: Right) -> str:
    """Rights in words for people: ``read, add``; ``nothing``."""
    return ", ".join(words for right, words in _WORDS.items() if right in rights) or "nothing"


def of_collection(standing: Standing) -> list[str]:
    """A sentence for each rule that gives something on a collection, what they give together, what is missing."""
    held = standing.rights
    return [*_of_space(standing), *_of_shares(standing.shares), f"Together: {spoken(held)}.", *_missing(standing, held)]


def of_item(
    standing: Standing, privacy: Privacy, author: PrincipalId | None, shares: Iterable[Shared] = ()
) -> list[str]:
    """The same for one item of the collection."""
    mine = tuple(shares)
    held = standing.on(privacy, author, mine)
    lines = [*_of_space(standing), *_of_shares(standing.shares)]
    if standing.inherited(privacy, author) != standing.rights:
        left = spoken(standing.inherited(privacy, author))
        lines.append(f"The item is {privacy.name.lower()}: of what is given around it, this leaves {left}.")
    return [*lines, *_of_shares(mine), f"Together: {spoken(held)}.", *_missing(standing, held)]


def refusal(standing: Standing, held: Right, missing: Right) -> str:
    """Why something is denied to somebody who may read it, or see it busy, and what would help."""
    seen = "read" if Right.READ in held else "see"
    if standing.group is None:
        giver = f"{standing.owner_login} can give you the right."
        return f"You may {seen} what {standing.owner_login} shares here, but not {spoken(missing)}: {giver}"
    if standing.state == FROZEN:
        return f"Group {standing.group} is frozen: it can be read, until a member with a plan takes it over."
    return (
        f"You may {seen} the {standing.tool} of group {standing.group}, but not {spoken(missing)}: "
        "its administrator can give you the right."
    )


def _of_space(standing: Standing) -> list[str]:
    if standing.owner:
        return ["This is the account's own private space: its owner may do everything."]
    if standing.group is None:
        return [f"This is the private space of {standing.owner_login or 'somebody else'}."]
    return _of_group(standing, f"group {standing.group}")


def _of_group(standing: Standing, group: str) -> list[str]:
    if not standing.member:
        return [f"This belongs to {group}, and the account is not a member of it."]
    if standing.state != ACTIVE:
        left = f"frozen: its members may {spoken(READS)}" if standing.state == FROZEN else "deleted"
        return [f"Group {standing.group} is {left}."]
    if standing.administrator:
        return [f"The account is the administrator of {group}: he may do everything."]
    if standing.coadministrator:
        return [f"The account is a co-administrator of {group}: he may do everything with its tools."]
    return _of_member(standing)


def _of_member(standing: Standing) -> list[str]:
    tool: Tool = standing.tool
    lines = [f"The account is a member of group {standing.group}: members may {spoken(READS)}."]
    if standing.to_all is not Preset.NOTHING:
        lines.append(f"All members hold the right '{standing.to_all}' in {tool}: {spoken(PRESETS[standing.to_all])}.")
    if standing.to_one is not Preset.NOTHING:
        lines.append(
            f"The account was given the right '{standing.to_one}' in {tool}: {spoken(PRESETS[standing.to_one])}."
        )
    return lines


def _of_shares(shares: Iterable[Shared]) -> list[str]:
    return [
        f"It is shared with {'all members' if each.to_all else 'the account'} through group {each.group} "
        f"as '{each.preset}': {spoken(PRESETS[each.preset])}."
        for each in shares
    ]


def _missing(standing: Standing, held: Right) -> list[str]:
    missing = ALL & ~held
    if not missing:
        return []
    if standing.group is None:
        giver = standing.owner_login or "its owner"
        return [f"Not allowed: {spoken(missing)}; {giver} can share it, within a group that both belong to."]
    if standing.member:
        return [f"Not allowed: {spoken(missing)}; the administrator of group {standing.group} can give that."]
    return [f"Members of group {standing.group} may read; its administrator can add this account."]
