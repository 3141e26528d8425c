"""Organisations: who runs accounts and domains of its own (R25, R26).

Invariants: an organisation has one owner, an account that acts for it and whose plan says how many accounts
and domains it may have; who owns an organisation is run by none, so that nobody is in anybody's hands in a
circle; what has accounts or domains has an owner, whose account cannot be deleted until they are in other
hands. What the owner's plan does not hold any more, since it got smaller or terms of accounts ended, stays as
it is, and nothing is added until there is less of it again (S1). A name is a unique slug. An organisation holds
no right on what its accounts keep.

Deeds that take `by` ask whether that account is the owner; None is the operator, who may.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Row, bindparam, insert, select, update

from coserver.auth import managed, standing
from coserver.groups import principals
from coserver.mail import addresses, domains
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Missing, NotInPlan
from coserver.model.ids import PrincipalId
from coserver.model.plan import Capacity
from coserver.model.principal import Organisation, State
from coserver.quota.plans import plan_of
from coserver.store import journal
from coserver.store.schema.accounts import organisation
from coserver.store.tx import Tx

MOST_OWNED = 20  # organisations of one account, whatever its plan
STANDING = 30 * 86_400_000  # milliseconds for which an owner may be out of force before that counts (as in S3)

_WORDS = {
    Capacity.MANAGED_ACCOUNTS: "accounts of organisations",
    Capacity.FREE_MANAGED: "accounts on free plans",
    Capacity.DOMAINS: "domains",
}
_ROWS = select(organisation.c.id, organisation.c.name, organisation.c.owner_id, organisation.c.created)
_FIND = _ROWS.where(organisation.c.name == bindparam("name"))
_GET = _ROWS.where(organisation.c.id == bindparam("which"))
_LISTED = _ROWS.order_by(organisation.c.name)
_OWNED = _LISTED.where(organisation.c.owner_id == bindparam("account"))
_ADD = insert(organisation)
_HAND_OVER = update(organisation).where(organisation.c.id == bindparam("which")).values(owner_id=bindparam("account"))


def found(tx: Tx, name: str, *, owner: PrincipalId, by: PrincipalId | None = None) -> Organisation:
    """Make an organisation; who is its owner has none above himself.

    Raises:
        Malformed: the name is no slug.
        Exists: the name is taken.
        Denied: `by` is somebody else; the owner's account is not in force, or belongs to an organisation.
        NotInPlan: his plan has neither domains nor accounts for one.
    """
    if by not in (None, owner):
        raise Denied("Who makes an organisation is its owner: name yourself.", account=by)
    principals.need_slug(name, what="an organisation")
    if tx.execute(_FIND, {"name": name}).first() is not None:
        raise Exists(f"There is an organisation {name!r} already. Choose another name.", organisation=name)
    _need_free_to_own(tx, owner)
    allowed = plan_of(tx, owner).capacities
    if not allowed[Capacity.DOMAINS] and not allowed[Capacity.MANAGED_ACCOUNTS]:
        raise NotInPlan("The subscription of the account is not one for organisations: choose a larger plan.")
    which = principals.add(tx, "organisation")
    tx.execute(_ADD, {"id": which, "name": name, "owner_id": owner, "created": tx.now})
    journal.own(tx, owner, ActKind.OWNER, detail=name)
    return Organisation(which, name, owner, tx.now)


def find(tx: Tx, name: str) -> Organisation:
    """The organisation of that name; Missing if there is none."""
    row = tx.execute(_FIND, {"name": name}).first()
    if row is None:
        raise Missing(f"There is no organisation {name!r}.", organisation=name)
    return _organisation(row)


def get(tx: Tx, which: PrincipalId) -> Organisation:
    """The organisation of that id; Missing if there is none."""
    row = tx.execute(_GET, {"which": which}).first()
    if row is None:
        raise Missing("There is no such organisation.", organisation=which)
    return _organisation(row)


def listed(tx: Tx) -> list[Organisation]:
    """All organisations, by name."""
    return [_organisation(row) for row in tx.execute(_LISTED)]


def owned(tx: Tx, account: PrincipalId) -> list[Organisation]:
    """The organisations an account owns, by name."""
    return [_organisation(row) for row in tx.execute(_OWNED, {"account": account})]


def running(tx: Tx, account: PrincipalId) -> Organisation | None:
    """The organisation that runs an account; None: nobody does."""
    held = managed.get(tx, account)
    return None if held is None else get(tx, held.organisation)


def acting_for(tx: Tx, name: str, by: PrincipalId | None) -> Organisation:
    """The organisation of that name, for which `by` may act.

    Raises:
        Missing: there is none, or `by` has nothing to do with it.
        Denied: `by` is not its owner, or his account is not in force.
    """
    asked = find(tx, name)
    need_owner(tx, asked, by)
    return asked


def need_owner(tx: Tx, asked: Organisation, by: PrincipalId | None) -> None:
    """Show that `by` acts for an organisation; errors as those of `acting_for`."""
    if by is None:
        return
    if by != asked.owner:
        held = managed.get(tx, by)
        if held is None or held.organisation != asked.id:
            raise Missing(f"There is no organisation {asked.name!r}.", organisation=asked.id, account=by)
        raise Denied(f"Only the owner of organisation {asked.name} can do that.", organisation=asked.id, account=by)
    if not _is_active(tx, by):
        raise Denied("Your account is not in force: nothing can be done with it now.", account=by)


def hand_over(
    tx: Tx, name: str, account: PrincipalId, *, expiring: Collection[str], by: PrincipalId | None = None
) -> Organisation:
    """Make another account the owner, at once; if the organisation runs it, it does so no more.

    `expiring` as in `need_account_left`.

    Raises:
        Missing: there is no such organisation, or none for `by`.
        Denied: `by` is not the owner, or the account is not one of the organisation, which only the operator
            may pass over; the account is not in force, or belongs to another organisation.
        NotInPlan: its plan does not hold what the organisation has.
    """
    asked = acting_for(tx, name, by)
    if asked.owner == account:
        return asked
    held = managed.get(tx, account)
    own = held is not None and held.organisation == asked.id
    if by is not None and not own:
        raise Denied(
            f"An organisation is handed over to one of its own accounts, and this is none of {name}: "
            "ask the operator to make somebody else its owner."
        )
    if own:
        managed.remove(tx, account)
        journal.own(tx, account, ActKind.LEFT_ORGANISATION, detail=asked.name)
    _need_free_to_own(tx, account)
    _need_fitting(tx, asked, account, expiring=expiring)
    tx.execute(_HAND_OVER, {"which": asked.id, "account": account})
    for each, kind in ((account, ActKind.OWNER), (asked.owner, ActKind.OWNER_NO_MORE)):
        journal.own(tx, each, kind, detail=asked.name)
        tx.tell(each)
    return Organisation(asked.id, asked.name, account, asked.created)


def remove(tx: Tx, name: str, *, by: PrincipalId | None = None) -> Organisation:
    """Delete an organisation that has neither accounts nor domains; what it claims or asked for goes with it.

    Raises:
        Missing: there is no such organisation, or none for `by`.
        Denied: `by` is not the owner, or it has accounts or domains.
    """
    asked = acting_for(tx, name, by)
    held = _held(tx, asked)
    if held:
        raise Denied(
            f"Organisation {asked.name} has {held}: delete the accounts or let them go, and remove the domains, first."
        )
    _forget(tx, asked)
    return asked


def need_account_left(
    tx: Tx, asked: Organisation, *, plan: str, expiring: Collection[str], moved: bool = False
) -> None:  # fmt: skip
    """Show that an organisation may have another account on a plan, one that is its own already if it is `moved`.

    `expiring` are the plans that end by disuse. The accounts of all organisations of the owner count together,
    closed ones too, until they are erased. NotInPlan if there is no place.
    """
    allowed = plan_of(tx, asked.owner).capacities
    all_ = [each.id for each in owned(tx, asked.owner)]
    if not moved and managed.count(tx, all_) >= allowed[Capacity.MANAGED_ACCOUNTS]:
        raise NotInPlan(
            f"The subscription of the owner of organisation {asked.name} allows "
            f"{allowed[Capacity.MANAGED_ACCOUNTS]} accounts, and there are as many. Delete some, or ask for a larger "
            "plan.",
            organisation=asked.id,
        )
    if plan in expiring and managed.count(tx, all_, plans=expiring) >= allowed[Capacity.FREE_MANAGED]:
        raise NotInPlan(
            f"The subscription of the owner of organisation {asked.name} allows {allowed[Capacity.FREE_MANAGED]} "
            f"accounts on free plans, and there are as many. Choose another plan than {plan}.",
            organisation=asked.id,
        )


def need_plan_left(tx: Tx, account: PrincipalId, plan: str, *, expiring: Collection[str]) -> None:
    """NotInPlan if an organisation runs the account and has as many as it may on free plans, and this is another."""
    asked = running(tx, account)
    if asked is not None and plan_of(tx, account).code not in expiring:
        need_account_left(tx, asked, plan=plan, expiring=expiring, moved=True)


def need_in_force(tx: Tx, asked: Organisation) -> None:
    """Denied unless the account of an organisation's owner is in force."""
    if not _is_active(tx, asked.owner):
        raise Denied(f"The account of the owner of organisation {asked.name} is not in force.", organisation=asked.id)


def need_domain_left(tx: Tx, asked: Organisation) -> None:
    """NotInPlan unless the plan of its owner allows an organisation another domain; those that rest count."""
    allowed = plan_of(tx, asked.owner).capacities[Capacity.DOMAINS]
    if sum(len(domains.of(tx, each.id)) for each in owned(tx, asked.owner)) >= allowed:
        raise NotInPlan(
            f"The subscription of the owner of organisation {asked.name} allows {allowed} domains, and there are as "
            "many. Remove one, or ask for a larger plan.",
            organisation=asked.id,
        )


def excess(tx: Tx, account: PrincipalId, *, expiring: Collection[str]) -> list[str]:
    """What the organisations of an account have beyond its plan, in words; empty if they have no more than that."""
    allowed = plan_of(tx, account).capacities
    numbers = _numbers(tx, [each.id for each in owned(tx, account)], expiring=expiring)
    return [
        f"{number} {_WORDS[capacity]}, and the plan allows {allowed[capacity]}"
        for capacity, number in numbers.items()
        if number > allowed[capacity]
    ]


def in_good_standing(tx: Tx, account: PrincipalId) -> bool:
    """Whether an account is run by an organisation whose owner is in force, or was until lately (C8)."""
    asked = running(tx, account)
    owner = None if asked is None else standing.get(tx, asked.owner)
    return owner is not None and (owner.state is State.ACTIVE or tx.now - owner.since < STANDING)


def need_none(tx: Tx, account: PrincipalId) -> None:
    """Denied while an account owns an organisation with accounts or domains: it cannot be deleted before."""
    for each in owned(tx, account):
        held = _held(tx, each)
        if held:
            raise Denied(
                f"The account owns organisation {each.name}, which has {held}. "
                f"Make another account its owner (`coserver org owner`), or end what it has, first.",
                account=account,
            )


def forget(tx: Tx, account: PrincipalId) -> None:
    """Let the empty organisations of an account go with it, for when it is erased; Denied as `need_none`."""
    need_none(tx, account)
    for each in owned(tx, account):
        _forget(tx, each)


def _forget(tx: Tx, asked: Organisation) -> None:
    operator = addresses.resolve(tx, "postmaster", "")
    if operator is not None:  # he may restore the domains, and nobody else gets their mail then
        addresses.pass_on(tx, asked.owner, asked.id, heir=operator)
    domains.remove_all(tx, asked.id)
    journal.own(tx, asked.owner, ActKind.OWNER_NO_MORE, detail=asked.name)
    principals.remove(tx, asked.id)
    tx.tell(asked.owner)


def _held(tx: Tx, asked: Organisation) -> str:
    """What an organisation has, in words; empty if it has nothing."""
    accounts = managed.count(tx, [asked.id])
    names = [each.name for each in domains.of(tx, asked.id) if not each.removed]
    parts = [f"{accounts} accounts"] if accounts else []
    return " and ".join([*parts, f"the domains {', '.join(names)}"] if names else parts)


def _need_free_to_own(tx: Tx, account: PrincipalId) -> None:
    if not _is_active(tx, account):
        raise Denied("The account is not in force: it cannot own an organisation.", account=account)
    above = running(tx, account)
    if above is not None:
        raise Denied(
            f"The account belongs to organisation {above.name}: it can own one when it has left that.", account=account
        )
    if len(owned(tx, account)) >= MOST_OWNED:
        raise Denied(f"The account owns {MOST_OWNED} organisations already.", account=account)


def _need_fitting(tx: Tx, asked: Organisation, account: PrincipalId, *, expiring: Collection[str]) -> None:
    """NotInPlan unless the plan of the next owner holds what the organisation and those he owns have."""
    allowed = plan_of(tx, account).capacities
    all_ = [asked.id, *(each.id for each in owned(tx, account))]
    for capacity, number in _numbers(tx, all_, expiring=expiring).items():
        if number > allowed[capacity]:
            raise NotInPlan(
                f"The subscription of that account allows {allowed[capacity]} {_WORDS[capacity]}, and it would have "
                f"{number}: it needs a larger plan first.",
                account=account,
            )


def _numbers(tx: Tx, all_: Sequence[PrincipalId], *, expiring: Collection[str]) -> dict[Capacity, int]:
    """What organisations have together of each that a plan counts."""
    return {
        Capacity.MANAGED_ACCOUNTS: managed.count(tx, all_),
        Capacity.FREE_MANAGED: managed.count(tx, all_, plans=expiring),
        Capacity.DOMAINS: sum(len(domains.of(tx, each)) for each in all_),
    }


def _is_active(tx: Tx, account: PrincipalId) -> bool:
    found_ = standing.get(tx, account)
    return found_ is not None and found_.state is State.ACTIVE


def _organisation(row: Row[*tuple[object, ...]]) -> Organisation:
    return Organisation(PrincipalId(row.id), row.name, PrincipalId(row.owner_id), row.created)
