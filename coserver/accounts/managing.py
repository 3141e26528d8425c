"""What the owner of an organisation does with its accounts (R25).

Invariants: every deed asks whether `by` is the owner (None is the operator, who may) and whether the account
is the organisation's; it can be seen in the log of that account. No deed leads to more accounts, or more on
free plans, than the owner's plan allows: it is refused in its own tx. Time does, where a term ends or the
owner's plan gets smaller: those there are stay as they are, and no others come (S1). The
owner ends a suspension of his own and undoes a deletion of his own, and none by the operator.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from coserver.accounts import (
    accounts,
    api_tokens,
    closure,
    names,
    organisations,
    plan_changes,
    roles,
    succession,
    wishes,
)
from coserver.accounts.accounts import New
from coserver.accounts.house import House
from coserver.accounts.many import Ways
from coserver.auth import managed, standing
from coserver.auth.managed import Hold
from coserver.auth.standing import Standing
from coserver.groups import members
from coserver.mail import addresses, domains
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Missing
from coserver.model.ids import PrincipalId
from coserver.model.plan import Usage
from coserver.model.principal import Account, Group, Organisation, Role, State
from coserver.quota import usage
from coserver.store import journal, spaces
from coserver.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Asking:
    """Which organisation is asked for something, and by whom; None is the operator."""

    name: str
    by: PrincipalId | None = None


def checked(tx: Tx, asking: Asking, login: str) -> str:
    """The full login that a new account of an organisation may have.

    Raises:
        Missing, Denied: as `organisations.acting_for`; Denied, too, for a domain that is neither the
            organisation's nor the standard one, and for a name that is not to be had there.
        Malformed: it cannot be a login.
    """
    asked = organisations.acting_for(tx, asking.name, asking.by)
    full = accounts.checked(tx, login)
    local, _, host = full.partition("@")
    if host in _own_domains(tx, asked):
        return full
    if host != domains.find(tx, "").name:
        raise Denied(f"{host} is not a domain of organisation {asked.name}: add it first, or leave the domain out.")
    if asking.by is not None:
        names.check_chosen(local)
    return full


def hand_over(tx: Tx, asking: Asking, account: PrincipalId, *, expiring: Collection[str]) -> Organisation:
    """Make another account the owner of an organisation, and take from the former one what he had as that.

    The roles and catch-alls of its domains pass on; what accounts asked of the former owner is to be asked
    again, of the next. Errors as those of `organisations.hand_over`.
    """
    former = organisations.acting_for(tx, asking.name, asking.by).owner
    done = organisations.hand_over(tx, asking.name, account, expiring=expiring, by=asking.by)
    if done.owner != former:
        wishes.let_go(tx, done)
        api_tokens.revoke_all(tx, done.id)
        addresses.pass_on(tx, former, done.id, heir=done.owner)
        roles.settle(tx)
    return done


def add(tx: Tx, asking: Asking, new: New, *, expiring: Collection[str]) -> Account:
    """Make an account that an organisation runs.

    `expiring` as in `organisations.need_account_left`.

    Raises:
        Missing, Denied, Malformed: as `checked` and `accounts.add`.
        Exists: there is such an account.
        NotInPlan: the owner's plan has no place for it.
    """
    full = checked(tx, asking, new.login)
    asked = organisations.find(tx, asking.name)
    organisations.need_in_force(tx, asked)
    organisations.need_account_left(tx, asked, plan=new.plan, expiring=expiring)
    made = accounts.add(tx, New(full, new.verifier, new.plan, new.display_name, new.external))
    enter(tx, asked, made.id)
    return made


def enter(tx: Tx, asked: Organisation, account: PrincipalId) -> None:
    """Bring an account under an organisation that has a place for it."""
    managed.add(tx, account, asked.id)
    journal.own(tx, account, ActKind.ENTERED_ORGANISATION, detail=asked.name)
    tx.tell(account)


def ways(house: House, asking: Asking) -> Ways:
    """How `accounts.many` makes accounts for an organisation, and lets them into groups."""

    def make(tx: Tx, new: New) -> Account:
        return add(tx, asking, new, expiring=house.life.expiring_plans)

    def join_all(tx: Tx, account: PrincipalId, groups: Sequence[str]) -> None:
        asked = organisations.acting_for(tx, asking.name, asking.by)
        if not _runs(tx, asked, account):
            return
        for name in groups:
            group = _known(tx, name) or members.create(tx, name, administrator=account)
            if not members.is_member(tx, group.id, account):
                _join(tx, asking, asked, group, account)

    return Ways(make, join_all)


def theirs(tx: Tx, asking: Asking, login: str) -> tuple[Organisation, Standing]:
    """An organisation for which `by` may act, and an account that it runs.

    Raises:
        Missing, Denied: as `organisations.acting_for`; Missing, too, if it does not run such an account.
    """
    asked = organisations.acting_for(tx, asking.name, asking.by)
    found = standing.find(tx, login)
    if found is None or not _runs(tx, asked, found.account):
        raise Missing(
            f"There is no account {login!r} in organisation {asked.name}: `coserver org user list` shows those there "
            "are.",
            organisation=asked.id,
            login=login,
        )
    return asked, found


def listed(tx: Tx, asking: Asking) -> list[tuple[Standing, list[Usage]]]:
    """The accounts of an organisation with what they hold, by login; errors as those of `acting_for`."""
    asked = organisations.acting_for(tx, asking.name, asking.by)
    return [(each, usage.rooms(tx, spaces.of(tx, each.account).id)) for each in standing.run_by(tx, asked.id)]


def some(
    tx: Tx, asking: Asking, *, skip: int, most: int
) -> tuple[list[tuple[Standing, list[Usage]]], int]:  # fmt: skip
    """A part of them, and how many there are; errors as those of `acting_for`."""
    asked = organisations.acting_for(tx, asking.name, asking.by)
    found = standing.some_run_by(tx, asked.id, skip=skip, most=most)
    places = {each.account: spaces.of(tx, each.account).id for each in found}
    held = usage.of_spaces(tx, list(places.values()))
    return [(each, held[places[each.account]]) for each in found], managed.count(tx, [asked.id])


def suspend(tx: Tx, asking: Asking, login: str) -> Standing:
    """Let nobody log in to an account, until it is resumed; errors as those of `theirs` and `accounts.suspend`."""
    _, found = theirs(tx, asking, login)
    if asking.by is not None and found.state is State.SUSPENDED:
        return found  # whoever did it before decides how long
    accounts.suspend(tx, found.account)
    if asking.by is not None:
        managed.hold(tx, found.account, Hold.SUSPENDED)
    return found


def resume(tx: Tx, asking: Asking, login: str) -> Standing:
    """End a suspension of the organisation's, or one by disuse.

    Raises:
        Missing, Denied: as `theirs` and `accounts.resume`; Denied, too, if the operator suspended the account.
    """
    _, found = theirs(tx, asking, login)
    if asking.by is not None and found.state is State.SUSPENDED and not _did(tx, found.account, Hold.SUSPENDED):
        raise Denied(f"The operator suspended {found.login}, and only he can end that: ask him.", login=found.login)
    if found.state is not State.ACTIVE:
        accounts.resume(tx, found.account)
    return found


def close(tx: Tx, asking: Asking, login: str) -> Standing:
    """Delete an account: it is closed, and erased when the days to undo it are over.

    Raises:
        Missing, Denied: as `theirs` and `closure.close`; what it administers is reassigned first (S4).
    """
    _, found = theirs(tx, asking, login)
    if asking.by is not None and found.state is State.CLOSED:
        return found  # whoever did it before can undo it
    closure.close(tx, found.account)
    if asking.by is not None:
        managed.hold(tx, found.account, Hold.DELETED)
    return standing.get(tx, found.account) or found


def restore(tx: Tx, asking: Asking, login: str) -> Standing:
    """Undo a deletion of the organisation's (S24).

    Raises:
        Missing, Denied: as `theirs` and `closure.restore`; Denied, too, if the operator deleted the account.
    """
    _, found = theirs(tx, asking, login)
    if asking.by is not None and found.state is State.CLOSED and not _did(tx, found.account, Hold.DELETED):
        raise Denied(f"The operator deleted {found.login}, and only he can undo that: ask him.", login=found.login)
    closure.restore(tx, found.account)
    return standing.get(tx, found.account) or found


def put_on(tx: Tx, asking: Asking, login: str, plan: str, *, expiring: Collection[str]) -> Standing:
    """Put an account on a plan on offer, at once (R31).

    Raises:
        Missing, Denied: as `theirs`; Missing, too, if there is no such plan.
        NotInPlan: the owner's plan allows no more accounts on free plans.
    """
    _, found = theirs(tx, asking, login)
    organisations.need_plan_left(tx, found.account, plan, expiring=expiring)
    plan_changes.subscribe(tx, found.account, plan)
    return found


def set_password(tx: Tx, asking: Asking, login: str, verifier: str) -> Standing:
    """Give an account another password; open sessions end. Errors as those of `theirs`."""
    _, found = theirs(tx, asking, login)
    accounts.set_password(tx, found.account, verifier)
    return found


def join(tx: Tx, asking: Asking, group: str, login: str) -> Standing:
    """Let an account into a group without inviting it (S16).

    Raises:
        Missing, Denied: as `theirs`; besides, the group is not there for `by`, or it is neither his to manage
            nor administered by an account of the organisation.
        Exists, NotInPlan: as `members.add`.
    """
    asked, found = theirs(tx, asking, login)
    accounts.lasting(tx, found.login)
    _join(tx, asking, asked, members.find(tx, group), found.account)
    return found


def reassign(house: House, asking: Asking, group: str, login: str) -> bool:
    """Give a group that an account of the organisation administers to another member (S4).

    At once if that is the owner or another of its accounts, or the operator does it; anybody else is asked
    first, since the group counts against his plan (S5). Whether it is done.

    Raises:
        Missing, Denied: as `organisations.acting_for`; Missing, too, if no account of the organisation
            administers such a group, or there is no such member; Denied if that is not in force.
        NotInPlan: the plan of the next administrator allows him no further group.
    """

    def job(tx: Tx) -> bool:
        asked = organisations.acting_for(tx, asking.name, asking.by)
        found, heir = _administered(tx, asked, group), accounts.lasting(tx, login)
        members.need_member(tx, found, heir.id)
        if heir.state is not State.ACTIVE:
            raise Denied(f"The account {heir.login} is not in force: name another member.", login=heir.login)
        if asking.by is not None and heir.id != asked.owner and not _runs(tx, asked, heir.id):
            return False
        members.hand_over(tx, found.id, heir.id)
        return True

    if house.store.write(job):
        return True
    succession.propose(house.store, group, login)
    return False


def _join(tx: Tx, asking: Asking, asked: Organisation, group: Group, account: PrincipalId) -> None:
    if asking.by is not None and not _runs(tx, asked, group.administrator):
        role = members.role_of(tx, group, asking.by)
        if role is None:
            raise Missing(f"There is no group {group.name!r}.", group=group.id, account=asking.by)
        if role is Role.MEMBER:
            raise Denied(
                f"Group {group.name} is not administered by an account of organisation {asked.name}: its "
                "administrator can invite people.",
                group=group.id,
            )
    if asking.by is not None:
        members.need_active(group)
    members.add(tx, group.id, account)


def _administered(tx: Tx, asked: Organisation, name: str) -> Group:
    found = _known(tx, name)
    if found is None or not _runs(tx, asked, found.administrator):
        raise Missing(f"No account of organisation {asked.name} administers a group {name!r}.", group=name)
    return found


def _runs(tx: Tx, asked: Organisation, account: PrincipalId) -> bool:
    held = managed.get(tx, account)
    return held is not None and held.organisation == asked.id


def _did(tx: Tx, account: PrincipalId, deed: Hold) -> bool:
    """Whether it was its organisation that did this to an account."""
    held = managed.get(tx, account)
    return held is not None and deed in held.held


def _own_domains(tx: Tx, asked: Organisation) -> Collection[str]:
    return {each.name for each in domains.of(tx, asked.id) if not each.removed}


def _known(tx: Tx, name: str) -> Group | None:
    try:
        return members.find(tx, name)
    except Missing:
        return None
