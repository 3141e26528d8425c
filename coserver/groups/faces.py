"""Which of his addresses a member shows to the others of a group (S17)."""

from sqlalchemy import bindparam, update

from coserver.groups import members
from coserver.model.ids import PrincipalId
from coserver.store.schema.groups import member
from coserver.store.tx import Tx

_CHOOSE = (
    update(member)
    .where(member.c.group_id == bindparam("group"), member.c.account_id == bindparam("account"))
    .values(address_id=bindparam("number"))
)


def choose(tx: Tx, group_id: PrincipalId, account_id: PrincipalId, *, address: int | None) -> None:
    """Show the address of that number, or with None the primary one.

    An address that is not the account's (any more) is not shown: then the primary one is.

    Raises:
        Missing: there is no such group, or the account is no member.
    """
    members.need_member(tx, members.get(tx, group_id), account_id)
    tx.execute(_CHOOSE, {"group": group_id, "account": account_id, "number": address})
    tx.tell(account_id)
