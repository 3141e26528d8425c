"""The end of an account: closed, restored, erased.

Invariants: a closed account is not served and takes no mail, and all of it is there until it is
erased (S24); nobody goes who administers groups with other members (S4, R58), or owns an organisation
that has something; what is erased leaves no row, blob or index behind but the authorship numbers on
what it put into groups (S7) and a keyed digest of its addresses, so that nobody gets them for a time
(S25). Its bytes leave the disk with the next compaction.
"""

import logging

from coserver.accounts import addressing, inviting, organisations, roles, tokens
from coserver.accounts.house import House
from coserver.accounts.tokens import Kind
from coserver.auth import cookies, managed, standing
from coserver.auth.managed import Hold
from coserver.auth.standing import Standing
from coserver.clock import milliseconds
from coserver.groups import deletion, invitations, leaving, members, principals, shares
from coserver.log import event
from coserver.mail import addresses
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store import journal, outbox, spaces
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

DAY = 86_400_000  # milliseconds


def close(tx: Tx, account: PrincipalId) -> None:
    """Stop serving an account, at once and until it is restored or erased; harmless to repeat.

    It is the operator's deed, also where somebody else closed the account before: `managing.close` is an owner's.

    Raises:
        Missing: there is no such account.
        Denied: it administers groups with other members, or owns organisations that have something: they are
            named; or it is pending, and closing it would lead round its confirmation.
    """
    found = _standing(tx, account)
    managed.let_go(tx, account, Hold.DELETED)
    tokens.forget(tx, account, Kind.UNDO)
    if found.state is State.CLOSED:
        return
    if found.state is State.PENDING:
        raise Denied("The account is not confirmed yet: `account start-over` ends it.", login=found.login)
    organisations.need_none(tx, account)
    _need_free_of_groups(tx, account)
    standing.set_state(tx, account, State.CLOSED, before=found.state)
    cookies.end_all(tx, account)
    journal.own(tx, account, ActKind.CLOSED)
    shares.tell(tx, account)
    roles.settle(tx, without=account)


def restore(tx: Tx, account: PrincipalId) -> None:
    """Bring a closed account back as it was; a suspension before it goes on, disuse does not count.

    Denied if it is not closed.
    """
    found = _standing(tx, account)
    if found.state is not State.CLOSED:
        raise Denied("The account is not deleted: there is nothing to restore.", login=found.login)
    again = State.SUSPENDED if found.before is State.SUSPENDED else State.ACTIVE
    standing.set_state(tx, account, again)
    tokens.forget(tx, account, Kind.UNDO)
    managed.let_go(tx, account, Hold.DELETED)
    journal.own(tx, account, ActKind.RESTORED)
    shares.tell(tx, account)
    roles.settle(tx)


def erase(tx: Tx, account: PrincipalId, *, rest_days: int) -> None:
    """Erase an account with all its data, and the groups in which it is alone, for good.

    Its addresses rest for so many days; a sign-up that was never confirmed had none of its own.

    Raises:
        Missing: there is no such account.
        Denied: it administers groups with other members, or owns organisations that have something.
    """
    found = _standing(tx, account)
    _need_free_of_groups(tx, account)
    organisations.forget(tx, account)
    deletion.erase_those_of(tx, account, before=addressing.farewell(rest_days))
    for group in members.groups_of(tx, account):
        leaving.remove(tx, group.id, account)
    roles.settle(tx, without=account)
    _forget_addresses(tx, found, rest_days=rest_days)
    spaces.remove(tx, spaces.of(tx, account).id)
    journal.erase(tx, account)
    principals.remove(tx, account)
    tx.tell(account)
    tx.after_commit(lambda: event(log, "account-erased", account=account))


def erased_at(found: Standing, house: House) -> int:
    """When time will erase an account if nothing is done, in milliseconds; 0: never."""
    if found.state is State.CLOSED:
        return found.since + house.life.undo_days * DAY
    if found.state is State.LAPSED:
        return found.since + house.life.lapsed_days * DAY
    if found.state is State.PENDING:
        return found.since + house.life.sign_up_hours * DAY // 24
    return 0


def sweep(house: House) -> int:
    """Erase the accounts whose time is over, each in a tx of its own; how many.

    One that came to administer a group with others meanwhile stays until that is handed over; the log has it once
    a day.
    """
    now = milliseconds(house.store.clock)
    with house.store.read() as tx:
        due = [
            found
            for state in (State.PENDING, State.LAPSED, State.CLOSED)
            for found in standing.in_state(tx, state, before=now)
            if erased_at(found, house) <= now
        ]
    return sum(_end(house, found) for found in due)


def _end(house: House, found: Standing) -> bool:
    def job(tx: Tx) -> bool:
        again = standing.get(tx, found.account)
        if again is None or not 0 < erased_at(again, house) <= tx.now:
            return False  # restored, recovered or confirmed meanwhile
        if again.state is State.LAPSED and organisations.in_good_standing(tx, again.account):
            return False  # the organisation is back, and can resume it (C8)
        erase(tx, found.account, rest_days=house.life.address_rest_days)
        return True

    try:
        return house.store.write(job)
    except Denied as error:
        house.rarely.event(log, "account-not-erased", about=found.account, now=house.store.clock.now(), why=error.text)
        return False


def _forget_addresses(tx: Tx, found: Standing, *, rest_days: int) -> None:
    """Take his addresses away, and what others keep of them: invitations, letters that have not left yet."""
    for each in addresses.every(tx, found.account):
        invitations.forget(tx, str(each))
    if found.state is not State.PENDING and rest_days:
        addresses.lay_to_rest(tx, found.account, until=tx.now + rest_days * DAY)
    addresses.remove_all(tx, found.account)
    if found.external and standing.number_with(tx, found.external) == 1:
        invitations.forget(tx, inviting.compared(found.external))
        outbox.withdraw(tx, found.external)


def _standing(tx: Tx, account: PrincipalId) -> Standing:
    found = standing.get(tx, account)
    if found is None:
        raise Missing("There is no such account any more.", account=account)
    return found


def _need_free_of_groups(tx: Tx, account: PrincipalId) -> None:
    owned = members.administered(tx, account)
    shared = [group.name for group in owned if len(members.members(tx, group.id)) > 1]
    if shared:
        raise Denied(
            f"The account administers groups with other members: {', '.join(shared)}. "
            "Hand each of them over to another member, or delete it, first.",
            account=account,
        )
