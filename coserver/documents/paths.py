"""Where a path of the drive leads: to a folder, a file, a free name or nowhere.

Invariants: a path is seen from one account. Its own documents root is the top; `Groups/<name>/` is the
root of a group it is a member of; `Groups`, `Shared` and `Drop` are reserved at the top and nobody
creates, moves or removes them. Rights are read from the store at every call, so that a member who
was removed finds nothing from the next request on.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coserver.groups import members, rights
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.item import Item
from coserver.model.principal import Group
from coserver.model.rights import Right
from coserver.model.space import Collection, Tool
from coserver.store import collections, spaces
from coserver.store import lookup as stored
from coserver.store.tx import Tx

Names = tuple[str, ...]

GROUPS = "Groups"
RESERVED = frozenset({GROUPS, "Shared", "Drop"})
LONGEST_NAME = 255  # bytes of UTF-8, as file systems have it
DEEPEST = 100  # folders in folders

_UNFIT = re.compile("[\x00-\x1f\x7f/\ud800-\udfff\ufffe\uffff]")  # no name of a file, or no text of XML 1.0


class Orphan(Missing):
    """The name is free, but the folder that should hold it is not there."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What a path leads to.

    `folder` is set for an existing folder, `item` for an existing file; neither: the name is free in
    `parent`, or, with `virtual`, the place is the read-only folder `Groups`. `parent` is the folder
    that holds the place or would hold it; None for roots. `above` are the folders around it,
    outermost first.
    """

    names: Names
    folder: Collection | None = None
    item: Item | None = None
    parent: Collection | None = None
    above: tuple[CollectionId, ...] = ()
    virtual: bool = False

    @property
    def exists(self) -> bool:
        """Whether there is a folder or file."""
        return self.folder is not None or self.item is not None or self.virtual

    @property
    def is_folder(self) -> bool:
        """Whether there is a folder."""
        return self.folder is not None or self.virtual

    @property
    def name(self) -> str:
        """The last name of the path; empty for the top."""
        return self.names[-1] if self.names else ""


def checked(names: Iterable[str]) -> Names:
    """The names of a path in the one form in which they are kept (Unicode NFC).

    Raises:
        Malformed: a name is too long, has characters that no file name may have, or is a step (`..`).
    """
    found = tuple(unicodedata.normalize("NFC", name) for name in names)
    if len(found) > DEEPEST:
        raise Malformed(f"The path is deeper than {DEEPEST} folders.")
    for name in found:
        if name in ("", ".", "..") or _UNFIT.search(name):
            raise Malformed(
                "A name in the path is empty, a step such as '..', or has characters that names cannot have."
            )
        if len(name.encode()) > LONGEST_NAME:
            raise Malformed(f"A name is longer than {LONGEST_NAME} bytes. Please choose a shorter one.")
    return found


def lookup(tx: Tx, account: PrincipalId, names: Names) -> Spot:
    """Where `names` lead for `account`.

    Raises:
        Missing: a folder on the way is not there, or may not be known to be there.
    """
    if names == (GROUPS,):
        return Spot(names, virtual=True)
    top, rest = _top(tx, account, names)
    if not rights.of(tx, account, top) & Right.READ:
        raise _missing(names)
    place = Spot(names[: len(names) - len(rest)], folder=top)
    for name in rest:
        place = _step(tx, place, name)
    return place


def need_group(tx: Tx, account: PrincipalId, names: Names) -> None:
    """Show that the group whose folder the path lies in is one of the account's; other paths need nothing.

    Raises:
        Missing: it is not, or not any more.
    """
    if names[:1] == (GROUPS,) and len(names) > 2:
        lookup(tx, account, names[:2])


def wanted(tx: Tx, account: PrincipalId, names: Names) -> Spot:
    """Where `names` lead, when something is there.

    Raises:
        Missing: nothing is there.
    """
    place = lookup(tx, account, names)
    if not place.exists:
        raise _missing(names)
    return place


def inner(tx: Tx, account: PrincipalId, names: Names) -> tuple[Spot, Collection]:
    """Where `names` lead and the folder that holds that name: it may be made, moved or removed there.

    Raises:
        Denied: the name is reserved, or it is a root.
        Orphan: the folder that would hold it is not there.
        Missing: the group is not there, or the account is not in it.
    """
    if not names or (names[0] in RESERVED and (names[0] != GROUPS or len(names) <= 2)):
        raise Denied("This name is reserved on the drive: it cannot be made, moved or removed. Choose another one.")
    start = 2 if names[0] == GROUPS else 0
    around = lookup(tx, account, names[:start])
    for name in names[start:-1]:
        around = _step(tx, around, name)
        if around.folder is None:
            raise Orphan("The folder around it is not there. Please make that first.", path="/".join(names))
    if around.folder is None:
        raise _missing(names)
    return _step(tx, around, names[-1]), around.folder


def listed_groups(tx: Tx, account: PrincipalId) -> list[Group]:
    """The groups whose documents `account` may read, by name."""
    found = members.groups_of(tx, account)
    return sorted(found, key=lambda group: group.name)


def group_root(tx: Tx, group: Group) -> Collection:
    """The documents root of a group."""
    return collections.root(tx, group.space, Tool.DOCUMENTS)


def _top(tx: Tx, account: PrincipalId, names: Names) -> tuple[Collection, Sequence[str]]:
    """The root a path starts from and what of the path is left below it."""
    if names and names[0] == GROUPS:
        for group in members.groups_of(tx, account):
            if group.name == names[1]:
                return group_root(tx, group), names[2:]
        raise _missing(names)
    if names and names[0] in RESERVED:
        raise _missing(names)
    return collections.root(tx, spaces.of(tx, account).id, Tool.DOCUMENTS), names


def _step(tx: Tx, place: Spot, name: str) -> Spot:
    """One name further down; only from a folder."""
    folder = place.folder
    names = (*place.names, name)
    if folder is None:
        raise _missing(names)
    above = (*place.above, folder.id)
    inner = collections.find(tx, folder.id, name)
    if inner is not None:
        return Spot(names, folder=inner, parent=folder, above=above)
    return Spot(names, item=stored.find(tx, folder.id, name), parent=folder, above=above)


def _missing(names: Names) -> Missing:
    return Missing("There is no such folder or file.", path="/".join(names))
