"""Where a path of the drive leads: to a folder, a file, a free name or nowhere.

Invariants: a path is seen from one account. Its own documents root is the top; `Groups/<name>/` is the
root of a group it is a member of; `Shared/<owner>/<name>` is what that owner shares with it;
`Drop/<member>/` is where it may leave files for a co-member whose account is active. `Groups`, `Shared`
and `Drop` are reserved at the top and nobody creates, moves or removes them, nor what is listed in them.
Rights are read from the store at every call, so that a member who was removed finds nothing from the next
request on. A private file is no place at all for those who may not read it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from coserver.documents import boxes
from coserver.documents.boxes import Box, Deposit
from coserver.documents.naming import LONGEST_NAME
from coserver.groups import comembers, members, mounts, rights
from coserver.groups.mounts import SHARED, Mount
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.item import Item
from coserver.model.principal import Group
from coserver.model.rights import Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.store import collections, spaces
from coserver.store import lookup as stored
from coserver.store.tx import Tx

Names = tuple[str, ...]

GROUPS = "Groups"
DROP = "Drop"
LENGTHS = {GROUPS: 2, SHARED: 3, DROP: 2}  # names of the path to a top below each reserved name
DEEPEST = 100  # folders in folders

_UNFIT = re.compile("[\x00-\x1f\x7f/\ud800-\udfff\ufffe\uffff]")  # no name of a file, or no text of XML 1.0
_GIVEN = "This name is reserved on the drive: it cannot be made, moved or removed. Choose another one."
_MOUNTED = "This was shared with you: its name and place here cannot be changed. Its owner can take it back."
_TAKEN = "This name cannot be used in this folder. Please choose another one."
_AWAY = (
    "Nothing can be left for this member now: the account is not in use. "
    "What you left there within the last week is shown again when it is."
)


class Orphan(Missing):
    """The name is free, but the folder that should hold it is not there."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What a path leads to.

    `folder` is set for an existing folder, `item` for an existing file; neither: the name is free in
    `parent`, or, with `virtual`, the place is a read-only list such as `Groups`. `parent` is the folder
    that holds the place or would hold it; None for roots. `above` are the folders around it,
    outermost first, those that cannot be seen from here among them. `fixed`: its name and place are
    given. `hidden`: a file that may not be known has the name. `box` is the drop folder that it is or
    lies in, `deposit` what the account left there under the name.
    """

    names: Names
    folder: Collection | None = None
    item: Item | None = None
    parent: Collection | None = None
    above: tuple[CollectionId, ...] = ()
    virtual: bool = False
    fixed: bool = False
    hidden: bool = False
    box: Box | None = None
    deposit: Deposit | None = None

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

    @property
    def top(self) -> int:
        """How many names of the path lead to the root it starts from."""
        return LENGTHS.get(self.names[0], 0) if self.names else 0


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
    place = _top(tx, account, names)
    for name in names[len(place.names) :]:
        place = _step(tx, account, place, name)
    return place


def need_top(tx: Tx, account: PrincipalId, names: Names) -> None:
    """Show that the root which the path starts from may be known to the account; its own always is.

    Raises:
        Missing: it may not, or not any more.
    """
    if not names or names[0] not in LENGTHS:
        return
    length = LENGTHS[names[0]]
    if len(names) > length:
        lookup(tx, account, names[:length])
    elif len(names) == length > 2:
        lookup(tx, account, names[:-1])


def wanted(tx: Tx, account: PrincipalId, names: Names) -> Spot:
    """Where `names` lead, when something is there.

    Raises:
        Missing: nothing is there.
    """
    place = lookup(tx, account, names)
    if not place.exists:
        raise _missing(names)
    return place


def goal(tx: Tx, account: PrincipalId, names: Names) -> Spot:
    """Where `names` lead, when a file may be made there or there is something.

    Raises:
        Denied: the name is reserved, or a file that may not be known has it.
        Orphan: the folder that would hold it is not there.
        Missing: the root it starts from is not there, or the account may not know of it.
    """
    length = LENGTHS.get(names[0], 0) if names else 0
    if len(names) <= length:
        return _given(tx, account, names)
    around = lookup(tx, account, names[:length])
    for name in names[length:-1]:
        around = _step(tx, account, around, name)
        if around.folder is None:
            raise Orphan("The folder around it is not there. Please make that first.", path="/".join(names))
    place = _step(tx, account, around, names[-1])
    if place.hidden and place.parent is not None:
        rights.need_add(tx, account, place.parent)  # who could put nothing here is told what he is told of any name
        raise Denied(_TAKEN)
    return place


def inner(tx: Tx, account: PrincipalId, names: Names) -> tuple[Spot, Collection]:
    """Where `names` lead and the folder that holds that name: it may be made, moved or removed there.

    Raises:
        Denied: the name is reserved, or it is a root; or a file that may not be known has it.
        Orphan: the folder that would hold it is not there.
        Missing: the root it starts from is not there, or the account may not know of it.
    """
    place = goal(tx, account, names)
    if place.parent is None or place.fixed:
        raise Denied(_MOUNTED if names[:1] == (SHARED,) else _GIVEN)
    return place, place.parent


def listed_groups(tx: Tx, account: PrincipalId) -> list[Group]:
    """The groups whose documents `account` may read, by name."""
    found = members.groups_of(tx, account)
    return sorted(found, key=lambda group: group.name)


def group_root(tx: Tx, group: Group) -> Collection:
    """The documents root of a group."""
    return collections.root(tx, group.space, Tool.DOCUMENTS)


def shared(tx: Tx, account: PrincipalId) -> list[Mount]:
    """What others share with `account`, by owner."""
    return mounts.listed(tx, account, Tool.DOCUMENTS)


def mounted(tx: Tx, account: PrincipalId, mount: Mount) -> Spot | None:
    """The place where something shared appears; None when it may not be known any more."""
    names = (SHARED, mount.owner_login, mount.name)
    if mount.item is not None:
        item = stored.get(tx, mount.item)
        if item is None:
            return None
        inside = collections.get(tx, item.collection)
        if Right.READ not in rights.on(tx, account, inside, item):
            return None
        return Spot(names, item=item, parent=inside, above=(*_around(tx, inside), inside.id), fixed=True)
    if mount.collection is None:
        return None
    folder = collections.get(tx, mount.collection)
    held = rights.of(tx, account, folder)
    if Right.READ in held:
        return Spot(names, folder=folder, above=_around(tx, folder), fixed=True)
    return _box(names, Box(mount.owner, folder)) if Right.DROP in held else None


def recipients(tx: Tx, account: PrincipalId) -> list[Spot]:
    """The drop folders of all co-members who can receive something, by login."""
    return [_box((DROP, one.login), Box(one.account)) for one in comembers.receiving(tx, account)]


def dropped(tx: Tx, box: Spot, deposit: Deposit) -> Spot:
    """The place in a drop folder of what was left there."""
    folder = collections.get(tx, deposit.item.collection)
    names, above = (*box.names, deposit.name), (*_around(tx, folder), folder.id)
    return Spot(names, item=deposit.item, parent=folder, above=above, box=box.box, deposit=deposit)


def _given(tx: Tx, account: PrincipalId, names: Names) -> Spot:
    """A root or a list: it stays as it is, but for the bytes of a file."""
    try:
        return wanted(tx, account, names)
    except Missing:
        need_top(tx, account, names)
        raise Denied(_GIVEN) from None


def _top(tx: Tx, account: PrincipalId, names: Names) -> Spot:
    """The root a path starts from, or the list it leads to."""
    if not names or names[0] not in LENGTHS:
        return Spot((), folder=collections.root(tx, spaces.of(tx, account).id, Tool.DOCUMENTS), fixed=True)
    if len(names) == 1:
        return Spot(names, virtual=True, fixed=True)
    found = None
    if names[0] == GROUPS:
        found = _group(tx, account, names[1])
    elif names[0] == SHARED:
        found = _shared(tx, account, names[:3])
    elif (member := comembers.find(tx, account, names[1])) is not None:
        if not member.receives:
            raise Missing(_AWAY, path="/".join(names))
        found = _box((DROP, member.login), Box(member.account))
    if found is None:
        raise _missing(names)
    return found


def _group(tx: Tx, account: PrincipalId, name: str) -> Spot | None:
    for group in members.groups_of(tx, account):
        if group.name == name:
            root = group_root(tx, group)
            return Spot((GROUPS, name), folder=root, fixed=True) if rights.of(tx, account, root) & Right.READ else None
    return None


def _shared(tx: Tx, account: PrincipalId, names: Names) -> Spot | None:
    found = mounts.of_owner(tx, account, Tool.DOCUMENTS, names[1])
    if len(names) == 2:
        return Spot(names, virtual=True, fixed=True) if found else None
    mount = next((one for one in found if one.name == names[2]), None)
    return None if mount is None else mounted(tx, account, mount)


def _box(names: Names, box: Box) -> Spot:
    return Spot(names, virtual=True, fixed=True, box=box)


def _around(tx: Tx, folder: Collection) -> tuple[CollectionId, ...]:
    """The folders around one, outermost first: a lock on one of them counts inside a shared folder, too."""
    found: list[CollectionId] = []
    while folder.parent is not None:
        folder = collections.get(tx, folder.parent)
        found.append(folder.id)
    return tuple(reversed(found))


def _step(tx: Tx, account: PrincipalId, place: Spot, name: str) -> Spot:
    """One name further down; only from a folder."""
    folder = place.folder
    names = (*place.names, name)
    if place.box is not None and place.virtual:
        deposit = boxes.find(tx, account, place.box, name)
        return _free(tx, place, place.box, name) if deposit is None else dropped(tx, place, deposit)
    if folder is None:
        raise _missing(names)
    above = (*place.above, folder.id)
    inner = collections.find(tx, folder.id, name)
    if inner is not None:
        return Spot(names, folder=inner, parent=folder, above=above)
    item = stored.find(tx, folder.id, name)
    if item is not None and not _shows(tx, account, folder, item):
        return Spot(names, parent=folder, above=above, hidden=True)
    return Spot(names, item=item, parent=folder, above=above)


def _free(tx: Tx, place: Spot, box: Box, name: str) -> Spot:
    """A name in a drop folder under which nothing of the account's is seen."""
    folder, _ = boxes.landing(tx, box)
    return Spot((*place.names, name), parent=folder, above=(*_around(tx, folder), folder.id), box=box)


def _shows(tx: Tx, account: PrincipalId, folder: Collection, item: Item) -> bool:
    """Whether a file in a folder that can be read can be read, too."""
    return item.privacy is Privacy.OPEN or Right.READ in rights.on(tx, account, folder, item)


def _missing(names: Names) -> Missing:
    return Missing("There is no such folder or file.", path="/".join(names))
