"""The operator's verb `rights why`: what an account may do at a path, and because of what.

A path is one of the drive as the account sees it, or begins with `mail:`, `calendar:` or `contacts:`;
`Groups/<name>` leads into a group's space in each tool, whether or not the account is a member.
"""

import unicodedata

from coserver.accounts import accounts
from coserver.accounts.arguments import Arguments
from coserver.accounts.house import House
from coserver.accounts.shown import Shown
from coserver.groups import members, rights
from coserver.model.errors import Missing
from coserver.model.principal import Account
from coserver.model.rights import Right
from coserver.model.space import Collection, Tool
from coserver.store import collections, lookup
from coserver.store.tx import Tx

GROUPS = "Groups"


def why(house: House, args: Arguments) -> Shown:
    """`login` and `path`: the rights held there, and a sentence for each reason."""
    path = args.text("path")
    with house.store.read() as tx:
        account = accounts.find(tx, args.text("login"))
        tool, names = _split(path)
        try:
            place, lines = _place(tx, account, tool, names)
        except Missing as error:
            return {"login": account.login, "path": path, "rights": [], "why": [error.text]}
        held = rights.of(tx, account.id, place)
        words = [str(right.name).lower() for right in Right if right and right in held]
        return {
            "login": account.login,
            "path": path,
            "rights": words,
            "why": [*lines, *rights.why(tx, account.id, place)],
        }


def _split(path: str) -> tuple[Tool, list[str]]:
    prefix, colon, rest = path.partition(":")
    named = colon and prefix in tuple(Tool)
    tool = Tool(prefix) if named else Tool.DOCUMENTS
    names = unicodedata.normalize("NFC", rest if named else path).split("/")
    return tool, [name for name in names if name]


def _place(tx: Tx, account: Account, tool: Tool, names: list[str]) -> tuple[Collection, list[str]]:
    """The collection that a path leads to, or the last one on the way; and a word on what is not there."""
    space = account.space
    if len(names) > 1 and names[0] == GROUPS:
        space, names = members.find(tx, names[1]).space, names[2:]
    at = collections.root(tx, space, tool)
    for number, name in enumerate(names):
        level = "INBOX" if tool is Tool.MAIL and number == 0 and name.upper() == "INBOX" else name
        below = collections.find(tx, at.id, level)
        if below is None:
            last = number == len(names) - 1
            there = last and lookup.find(tx, at.id, name) is not None
            return at, [] if there else [
                f"There is no {'/'.join(names[: number + 1])!r}; this is what holds around it."
            ]
        at = below
    return at, []


VERBS = {"rights why": why}
