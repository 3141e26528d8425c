"""How an account stands to a collection, and what follows from it: pure rules, no store.

The rules: rights are a union, nothing takes away (the order in which they were given does not
matter). The owner of a private space holds all. In a group's space the administrator and
co-administrators hold all, a member reads (R47) and holds what was given to all or to him (R57). A
share gives its preset on a collection with all below it, or on one item. Privacy of an item
withholds what is inherited, never what was shared by itself (R13): from everyone but the owner of a
private space; in a group's space from everyone but the administrator and the item's author. A frozen
group can be read only; a deleted one gives nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.rights import ALL, PRESETS, Preset, Privacy, Right
from coserver.model.space import Tool

READS = Right.BUSY | Right.READ
ACTIVE, FROZEN, DELETED = "active", "frozen", "deleted"  # of a group


@dataclass(frozen=True, slots=True)
class Shared:
    """One share that reaches an account here. `where` is the collection it was put on; None: the item itself."""

    preset: Preset
    group: str
    to_all: bool
    where: CollectionId | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the evaluation of a collection rests on, for one account.

    `group` is None for a private space, `owner_login` then says whose. `hides` is that owner's wish
    not to be seen busy by what is private.
    """

    account: PrincipalId
    tool: Tool
    owner: bool = False
    owner_login: str = ""
    hides: bool = False
    group: str | None = None
    state: str = ACTIVE
    administrator: bool = False
    coadministrator: bool = False
    member: bool = False
    to_all: Preset = Preset.NOTHING
    to_one: Preset = Preset.NOTHING
    shares: tuple[Shared, ...] = ()

    @property
    def rights(self) -> Right:
        """What is held on the collection, and inherited by what is in it."""
        if self.owner:
            return ALL
        return self._of_space | self._given(self.shares)

    @property
    def reads_private(self) -> bool:
        """Whether privacy of items withholds nothing from this account."""
        return self.owner or self.administrator

    @property
    def _of_space(self) -> Right:
        """What belonging to the group of the space gives."""
        if self.group is None or not self.member or self.state == DELETED:
            return Right.NOTHING
        if self.state == FROZEN:
            return READS
        if self.administrator or self.coadministrator:
            return ALL
        return READS | PRESETS[self.to_all] | PRESETS[self.to_one]

    def _given(self, shares: Iterable[Shared]) -> Right:
        """What shares give; those of a group's own things rest while it is not active."""
        rests = self.group is not None and self.state != ACTIVE
        return Right.NOTHING if rests else together(shares)

    def on(self, privacy: Privacy, author: PrincipalId | None, shares: Iterable[Shared] = ()) -> Right:
        """What is held on one item; `shares` are those of the item itself."""
        return self.inherited(privacy, author) | self._given(shares)

    def inherited(self, privacy: Privacy, author: PrincipalId | None) -> Right:
        """What an item leaves of the rights on its collection."""
        held = self.rights
        its_own = self.group is not None and author == self.account
        if privacy is Privacy.OPEN or self.reads_private or its_own:
            return held
        shows_busy = self.tool is Tool.CALENDAR and not (privacy is Privacy.PRIVATE and self.hides)
        return held & Right.BUSY if shows_busy else Right.NOTHING


def together(shares: Iterable[Shared]) -> Right:
    """The union of what shares give."""
    return reduce(or_, (PRESETS[share.preset] for share in shares), Right.NOTHING)
