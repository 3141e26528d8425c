"""The operator's verb `log`: the journal of an account's or a group's space."""

from datetime import datetime

from coserver.accounts import accounts
from coserver.accounts.house import House
from coserver.groups import deletion, members
from coserver.model.act import Act
from coserver.model.errors import Malformed, Missing
from coserver.model.ids import SpaceId
from coserver.model.principal import Group
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.store import journal
from coserver.store.tx import Tx

MOST = 1000  # acts in one answer: a line of the control socket bears no more


def log(house: House, args: Arguments) -> list[Shown]:
    """`space` (a login or a group's name), and if wanted `since` and `limit`: the latest acts, newest last.

    `since` is a moment as RFC 3339 writes it, with its offset from UTC.
    """
    since = _moment(args.optional("since"))
    limit = args.number("limit")
    if not 1 <= limit <= MOST:
        raise Malformed(f"limit must be from 1 to {MOST}: for more, ask again with another since.")
    with house.store.read() as tx:
        space = _space(tx, args.text("space"))
        return [_told(act) for act in journal.listed(tx, space, since=since, most=limit)]


def _space(tx: Tx, name: str) -> SpaceId:
    """The space of the group of that name, a deleted one too; else of the account."""
    if "@" not in name:
        for find in (members.find, _deleted):
            try:
                return find(tx, name).space
            except Missing:
                continue
    try:
        return accounts.find(tx, name).space
    except Missing as error:
        raise Missing(f"There is no account and no group {name!r}.", space=name) from error


def _deleted(tx: Tx, name: str) -> Group:
    return deletion.find(tx, name).group


def _moment(text: str) -> int:
    """Milliseconds since 1970; 0 for no text."""
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed("since is a day (2026-01-31) or a moment (2026-01-31T12:00).") from error
    if moment.tzinfo is None:
        raise Malformed("since lacks its offset from UTC.")
    return int(moment.timestamp() * 1000)


def _told(act: Act) -> Shown:
    return {
        "at": shown.moment(act.at),
        "who": act.actor.login or None,
        "account": act.actor.account,
        "did": str(act.kind),
        "tool": None if act.tool is None else str(act.tool),
        "what": act.what,
        "detail": act.detail,
        "count": act.count,
        "way": str(act.actor.way),
        "from": act.actor.peer or None,
    }


VERBS = {"log": log}
