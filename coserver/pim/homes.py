"""Everything an account may read: its own calendars and address books, those of its groups, and what others share.

Invariant: the statements that this takes are as many for a hundred groups as for one.
"""

from collections import defaultdict
from collections.abc import Sequence

from coserver.groups import members, mounts, rights, shares
from coserver.groups.standing import READS
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.principal import Group
from coserver.model.rights import ALL, Right
from coserver.model.space import Tool
from coserver.pim import books, personal, views
from coserver.pim.books import DISPLAY_NAME, Book, Visitor
from coserver.store import collections, shown, spaces
from coserver.store.tx import Tx


def home(tx: Tx, visitor: Visitor) -> list[Book]:
    """Every book the account may read: its own, those of its groups by name, then what others share."""
    account, tools = visitor.account, books.tools_of(tx, visitor)
    found = [book for tool in tools for book in own(tx, account, tool)]
    groups = members.groups_of(tx, account)
    there = {tool: of_groups(tx, account, groups, tool) for tool in tools}
    for group in groups:
        found += [book for tool in tools for book in there[tool].get(group.space, ())]
    return found + [book for tool in tools for book in of_owners(tx, account, tool)]


def own(tx: Tx, account: PrincipalId, tool: Tool) -> list[Book]:
    """The account's own."""
    space = spaces.of(tx, account).id
    held = rights.within(tx, account, space, tool)
    there = collections.children(tx, collections.root(tx, space, tool).id)
    return [books.book_of(one, held, None) for one in there if not views.is_view(one)]


def of_groups(tx: Tx, account: PrincipalId, groups: Sequence[Group], tool: Tool) -> dict[SpaceId, list[Book]]:
    """Those of groups that the account is a member of."""
    names = {group.space: group.name for group in groups}
    within = rights.within_groups(tx, account, list(names), tool)
    held = {space: right for space, right in within.items() if Right.READ in right}
    single: set[CollectionId] = set()
    if any(ALL not in right for right in held.values()):
        single = shares.given_by_groups(tx, account)
    found = defaultdict(list)
    for one in collections.tops(tx, list(held), tool):
        right = held[one.space]
        more = one.id in single and ALL not in right
        found[one.space].append(books.book_of(one, rights.of(tx, account, one) if more else right, names[one.space]))
    return found


def of_owners(tx: Tx, account: PrincipalId, tool: Tool) -> list[Book]:
    """What others share with an account: whole books, then views of what they share one by one."""
    shared = [mount for mount in mounts.listed(tx, account, tool) if mount.collection is not None]
    wanted = [mount.collection for mount in shared if mount.collection is not None]
    whole = {one.id: one for one in collections.trees(tx, wanted)}
    every = views.of(tx, spaces.of(tx, account).id, tool).values()
    shows = [view for view in every if shown.list_(tx, view.id)]
    owners = books.owners(tx, [*(mount.owner for mount in shared), *(views.owner_of(view) for view in shows)])
    found = [
        Book(whole[number], rights.of(tx, account, whole[number]), None, owners[mount.owner])
        for mount, number in zip(shared, wanted, strict=True)
    ]
    return found + [Book(view, READS, None, owners[views.owner_of(view)]) for view in shows]


def titles(tx: Tx, account: PrincipalId, these: Sequence[Book]) -> dict[CollectionId, str]:
    """What the account sees each of these called."""
    named = collections.values(tx, [book.collection.id for book in these], DISPLAY_NAME)
    own = personal.values(tx, account, DISPLAY_NAME)
    told = {}
    for book in these:
        number = book.collection.id
        seen = {DISPLAY_NAME: named[number]} if number in named else {}
        told[number] = books.title(book, seen) if book.is_own else own.get(number) or books.title_of_others(book, seen)
    return told
