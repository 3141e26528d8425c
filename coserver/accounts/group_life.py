"""How groups end and come back: told to their members in the same tx (S32)."""

from collections.abc import Callable

from coserver.accounts import group_letters
from coserver.groups import deletion, members
from coserver.groups.deletion import Deleted
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group
from coserver.store.engine import Store
from coserver.store.tx import Tx


def delete_(
    store: Store, name: str, *, by: PrincipalId | None = None, check: Callable[[Tx, Group], None] | None = None
) -> Deleted:
    """Delete a group: it vanishes at once, can be restored for 30 days, and its members are written to.

    `check` looks once more, in the tx of the deed, and raises what stands against it.

    Raises:
        Missing: there is no such group, or `by` is not in it.
        Denied: `by` is not its administrator; None is the operator.
    """
    with store.read() as tx:
        found = members.find(tx, name)
        members.need_administrator(tx, found, by)
        people, until = members.members(tx, found.id), tx.now + deletion.KEPT
    made = group_letters.ready_for(store, people, lambda each: group_letters.deleted(each.login, name, until))

    def job(tx: Tx) -> Deleted:
        again = members.find(tx, name)
        if check is not None:
            check(tx, again)
        people = members.members(tx, again.id)
        deletion.delete_(tx, again.id, by=by)
        group_letters.post_to(tx, people, made, by=again.id)
        return deletion.find(tx, name)

    return store.write(job)


def restore(store: Store, name: str, *, by: PrincipalId | None = None) -> Group:
    """Give a deleted group back and write to its members; errors as those of `deletion.restore`."""
    with store.read() as tx:
        people = members.members(tx, deletion.find(tx, name).group.id)
    made = group_letters.ready_for(store, people, lambda each: group_letters.restored(each.login, name))

    def job(tx: Tx) -> Group:
        found = deletion.restore(tx, name, by=by)
        group_letters.post_to(tx, members.members(tx, found.id), made, by=found.id)
        return found

    return store.write(job)
