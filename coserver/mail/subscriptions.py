"""Subscriptions: the names of mailboxes that a client is to show (RFC 9051 6.3.7).

What belongs to a group or is shared is subscribed to without being asked for, until somebody
unsubscribes: else it would stay unseen in clients that show nothing else (R47, R48).
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, func, insert, select

from coserver.mail.naming import GROUPS, SEPARATOR, SHARED, joined, levels
from coserver.model.errors import NoRoom
from coserver.model.ids import PrincipalId
from coserver.store.schema.mail import subscribed
from coserver.store.tx import Tx

_MOST = 10_000
_FOREIGN = (joined(GROUPS, ""), joined(SHARED, ""))

_KEPT = select(subscribed.c.mailbox, subscribed.c.wanted).where(subscribed.c.account_id == bindparam("account"))
_COUNT = select(func.count()).select_from(subscribed).where(subscribed.c.account_id == bindparam("account"))
_ADD = insert(subscribed)
_REMOVE = delete(subscribed).where(
    subscribed.c.account_id == bindparam("account"), subscribed.c.mailbox == bindparam("name")
)


def subscribe(tx: Tx, account: PrincipalId, name: str) -> None:
    """Add a name to the account's subscriptions; there need not be such a mailbox. Harmless to repeat.

    Raises:
        Malformed: it cannot be the name of a mailbox.
        NoRoom: there are too many subscriptions.
    """
    _keep(tx, account, name, wanted=True)


def unsubscribe(tx: Tx, account: PrincipalId, name: str) -> None:
    """Take a name out of the account's subscriptions. Harmless to repeat.

    Raises:
        Malformed: it cannot be the name of a mailbox.
        NoRoom: there are too many names to be remembered.
    """
    _keep(tx, account, name, wanted=False)


def listed(tx: Tx, account: PrincipalId, foreign: Iterable[str] = ()) -> list[str]:
    """The names the account is subscribed to, sorted; some may not exist (any more).

    `foreign` are the mailboxes there are that are not its own.
    """
    kept = {row.mailbox: bool(row.wanted) for row in tx.execute(_KEPT, {"account": account})}
    names = {name for name, wanted in kept.items() if wanted}
    return sorted(names.union(name for name in foreign if kept.get(name, True)))


def _keep(tx: Tx, account: PrincipalId, name: str, *, wanted: bool) -> None:
    kept = joined(*levels(name.removesuffix(SEPARATOR)))
    tx.execute(_REMOVE, {"account": account, "name": kept})
    if not wanted and not kept.startswith(_FOREIGN):
        return
    if tx.execute(_COUNT, {"account": account}).scalar_one() >= _MOST:
        raise NoRoom(f"You are subscribed to {_MOST} mailboxes already: unsubscribe from some first.")
    tx.execute(_ADD, {"account_id": account, "mailbox": kept, "wanted": int(wanted)})
