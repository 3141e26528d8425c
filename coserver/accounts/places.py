"""What a path of the command line leads to: a collection, or an item in it.

A path is one of the drive as the account sees it, or begins with `mail:`, `calendar:` or `contacts:`.
`Groups/<name>` leads into a group's space in each tool, whether or not the account is a member;
`Shared/<owner>/` into what that owner shares with it, by the name it appears under or else by its path
in the owner's own space. A message is named after its mailbox: `mail:INBOX;UID=12` (as in RFC 5092 5).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coserver.accounts import accounts
from coserver.groups import members, mounts
from coserver.groups.mounts import SHARED, Mount
from coserver.groups.shares import Share
from coserver.model.errors import Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.item import Item
from coserver.model.principal import Account
from coserver.model.space import Collection, Tool
from coserver.store import collections, lookup
from coserver.store.tx import Tx

GROUPS = "Groups"
Mounted = Mapping[tuple[CollectionId | None, ItemId | None], Mount]
_NAMED = 20  # of what there is beside something that is not there
_MESSAGE = re.compile(r"(.*);UID=([1-9][0-9]{0,9})", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads, or how far: `missing` is the part of it behind which nothing was found."""

    collection: Collection
    item: Item | None = None
    missing: str = ""


def find(tx: Tx, account: Account, path: str) -> Place:
    """Where a path leads for an account, however far it can be followed.

    Raises:
        Missing: there is no such group or owner.
    """
    tool, names = _split(path)
    message = _MESSAGE.fullmatch(names[-1]) if tool is Tool.MAIL and names else None
    if message is None:
        return _walked(tx, account, tool, names)
    place = _walked(tx, account, tool, [*names[:-1], message[1]])
    number = int(message[2])
    found = [] if place.missing else lookup.by_uids(tx, place.collection.id, [(number, number)])
    return Place(place.collection, found[0] if found else None, place.missing or ("" if found else names[-1]))


def existing(tx: Tx, account: Account, path: str) -> Place:
    """The same when it can be followed to its end; Missing otherwise, with what there is where the path ends."""
    place = find(tx, account, path)
    if place.missing:
        raise Missing(f"{path!r} leads nowhere: there is no {place.missing!r}.{_beside(tx, place)}")
    return place


def _beside(tx: Tx, place: Place) -> str:
    """What could have been meant: the collections there, if there are any."""
    names = [each.name for each in collections.children(tx, place.collection.id)]
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f" There are: {', '.join(sorted(names)[:_NAMED])}{more}."


def written(tx: Tx, collection: Collection, item: Item | None = None) -> str:
    """The path of something in the space it lies in, as `find` reads it."""
    names = []
    at = collection
    while at.parent is not None:
        names.append(at.name)
        at = collections.get(tx, at.parent)
    path = "/".join(reversed(names))
    if item is not None:
        path += f";UID={item.uid}" if item.uid is not None else f"/{item.name}"
    return f"/{path.removeprefix('/')}" if collection.tool is Tool.DOCUMENTS else f"{collection.tool}:{path}"


def mounted(tx: Tx, account: PrincipalId) -> Mounted:
    """Where everything appears that is shared with an account."""
    return {(each.collection, each.item): each for tool in Tool for each in mounts.listed(tx, account, tool)}


def received_at(tx: Tx, share: Share, where: Mounted) -> str:
    """The path of something shared as the one with whom it is shared finds it."""
    tool = "" if share.tool is Tool.DOCUMENTS else f"{share.tool}:"
    return f"{tool}{SHARED}/{share.owner_login}/{_shown_at(tx, share, where)}"


def _shown_at(tx: Tx, share: Share, where: Mounted) -> str:
    """Where it appears below its owner's login: by itself, or within something around it that is shared, too."""
    mount = where.get((share.collection, share.item))
    if mount is not None:
        return mount.name
    item = None if share.item is None else lookup.get(tx, share.item)
    below = "" if item is None else f";UID={item.uid}" if item.uid is not None else f"/{item.name}"
    number = share.collection or share.inside
    while number is not None:
        at = collections.get(tx, number)
        around = where.get((at.id, None))
        if around is not None:
            return around.name + below
        below, number = f"/{at.name}{below}", at.parent
    return share.name


def _split(path: str) -> tuple[Tool, list[str]]:
    prefix, colon, rest = path.partition(":")
    named = colon and prefix in tuple(Tool)
    tool = Tool(prefix) if named else Tool.DOCUMENTS
    names = unicodedata.normalize("NFC", rest if named else path).split("/")
    return tool, [name for name in names if name]


def _walked(tx: Tx, account: Account, tool: Tool, names: Sequence[str]) -> Place:
    if len(names) > 1 and names[0] == GROUPS:
        root = collections.root(tx, members.find(tx, names[1]).space, tool)
        return _below(tx, root, names[2:])
    if len(names) > 1 and names[0] == SHARED:
        return _shared(tx, account, tool, names[1:])
    return _below(tx, collections.root(tx, account.space, tool), names)


def _shared(tx: Tx, account: Account, tool: Tool, names: Sequence[str]) -> Place:
    owner = accounts.find(tx, names[0])
    for mount in mounts.of_owner(tx, account.id, tool, owner.login):
        if names[1:2] == [mount.name]:
            return _mounted(tx, mount, names[2:])
    return _below(tx, collections.root(tx, owner.space, tool), names[1:])


def _mounted(tx: Tx, mount: Mount, names: Sequence[str]) -> Place:
    if mount.collection is not None:
        return _below(tx, collections.get(tx, mount.collection), names)
    item = None if mount.item is None else lookup.get(tx, mount.item)
    if item is None:
        raise Missing(f"There is no {mount.name!r} any more.")
    return Place(collections.get(tx, item.collection), item, "/".join(names))


def _below(tx: Tx, top: Collection, names: Sequence[str]) -> Place:
    at = top
    for number, name in enumerate(names):
        level = "INBOX" if at.tool is Tool.MAIL and at.parent is None and name.upper() == "INBOX" else name
        below = collections.find(tx, at.id, level)
        if below is None:
            last = number == len(names) - 1
            item = lookup.find(tx, at.id, name) if last else None
            return Place(at, item, "" if item else name)
        at = below
    return Place(at)
