"""Addresses that are given and taken away by hand: aliases, roles and catch-alls.

Invariants: an account has as many aliases as its plan allows; a name that is the house's own (S26) is a
role, which only the operator gives and which counts for nothing; postmaster and abuse pass from one reader
to another and are never without one. Deeds that take `by` ask whether that account has a say about the
domain; None is the operator, who has.
"""

from coserver.accounts import names, organisations, roles
from coserver.accounts.letters import split
from coserver.groups.deletion import Farewell
from coserver.mail import addresses, domains
from coserver.mail.addresses import Address, Kind
from coserver.mail.reserved import RESERVED
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, NotInPlan
from coserver.model.ids import PrincipalId
from coserver.model.plan import Capacity
from coserver.quota.plans import plan_of
from coserver.store import journal
from coserver.store.tx import Tx

_DAY = 86_400_000  # milliseconds


def parted(tx: Tx, text: str) -> tuple[str, str]:
    """The two sides of an address of ours; without an @ it is one of the standard domain.

    Raises:
        Malformed: mail cannot be sent there.
        Missing: the domain is not ours.
    """
    local, host = split(text if "@" in text else f"{text}@{domains.find(tx, '').name}")
    return local, domains.find(tx, host).name


def give(tx: Tx, account: PrincipalId, text: str, *, by: PrincipalId | None = None) -> Address:
    """Give an account another address: an alias, or a role if the name is one of the house's own.

    Raises:
        Malformed, Missing: it cannot be an address of ours.
        Denied: `by` has no say there, or may not give that name, or not to that account.
        NotInPlan: the account has as many aliases as its plan allows.
        Exists: somebody has it, or had it lately (S25).
    """
    local, host = parted(tx, text)
    need_say(tx, host, by)
    _need_own(tx, host, account, by)
    kept = addresses.folded(local)
    if kept in RESERVED and by is None:
        return _give_role(tx, account, kept, host)
    names.check(kept)
    _need_alias_left(tx, account)
    made = addresses.add(tx, account, kept, host, kind=Kind.ALIAS)
    _note(tx, made, ActKind.ADDRESSED)
    return made


def take(tx: Tx, text: str, *, by: PrincipalId | None = None) -> Address:
    """Take an alias or role away from whose it is; mail to it is refused from now on.

    Raises:
        Malformed: it is no address.
        Missing: there is no such alias, or the domain is not ours.
        Denied: `by` has no say there, or it leads to a group, or has to lead to somebody; or it was left behind
            (S35), which only the operator cuts short.
    """
    local, host = parted(tx, text)
    need_say(tx, host, by)
    if addresses.folded(local) in roles.ROLES:
        raise Denied(f"{local}@{host} has to reach somebody: give it to another account with `address add`.")
    found = addresses.find(tx, local, host)
    if found is not None and found.kind is Kind.GROUP:
        raise Denied(f"{found} is the address of a group: `coserver group address NAME --none` takes it away.")
    if found is not None and found.kind is Kind.FORWARD and by is not None:
        raise Denied(f"{found} was left behind by an account that left, and leads to it until its time is over.")
    gone = addresses.remove(tx, local, host)
    _note(tx, gone, ActKind.UNADDRESSED)
    return gone


def catch(tx: Tx, host: str, account: PrincipalId | None, *, by: PrincipalId | None = None) -> Address | None:
    """Let an account get the mail for names of a domain that nobody has; None: refuse it again.

    Raises:
        Missing: the domain is not ours.
        Denied: `by` has no say there, or about the account.
    """
    at = domains.find(tx, host).name
    need_say(tx, at, by)
    if account is not None:
        _need_own(tx, at, account, by)
    former = addresses.catch_all(tx, at)
    if former is not None:
        addresses.remove(tx, "", at)
        _note(tx, former, ActKind.UNADDRESSED)
    if account is None:
        return None
    made = addresses.add(tx, account, "", at, kind=Kind.CATCH_ALL)
    _note(tx, made, ActKind.ADDRESSED)
    return made


def some(tx: Tx, host: str, *, by: PrincipalId | None, skip: int, most: int) -> tuple[list[Address], int]:
    """A part of the addresses of a domain beside those of logins, and how many there are; errors as `need_say`."""
    need_say(tx, host, by)
    return addresses.at(tx, host, skip=skip, most=most)


def farewell(rest_days: int) -> Farewell:
    """What is done with the address of a group when it is erased: it rests for so many days (S25)."""

    def lay_to_rest(tx: Tx, group: PrincipalId) -> None:
        if rest_days:
            addresses.lay_to_rest(tx, group, until=tx.now + rest_days * _DAY)

    return lay_to_rest


def need_say(tx: Tx, host: str, by: PrincipalId | None) -> None:
    """Show that `by` may give and take addresses of a domain of ours: the operator, or the owner of its organisation.

    Raises:
        Denied: he may not.
        Missing: he has nothing to do with the organisation.
    """
    if by is None:
        return
    whose = domains.find(tx, host).organisation
    if whose is None:
        raise Denied(f"Only the operator gives addresses of {host}.", domain=host, account=by)
    organisations.need_owner(tx, organisations.get(tx, whose), by)


def _need_own(tx: Tx, host: str, account: PrincipalId, by: PrincipalId | None) -> None:
    """Denied unless an account belongs to the organisation in whose name `by` gives it something."""
    if by is None or account == by:
        return
    running = organisations.running(tx, account)
    if running is None or running.id != domains.find(tx, host).organisation:
        raise Denied(f"The organisation gives addresses of {host} to accounts that it runs.", account=account)


def _give_role(tx: Tx, account: PrincipalId, role: str, host: str) -> Address:
    found = addresses.find(tx, role, host)
    if found is not None and role in roles.ROLES:
        addresses.remove(tx, role, host)
    elif found is not None:
        raise Exists(f"The address {found} is taken.", local=role, domain=host)
    made = addresses.add(tx, account, role, host, kind=Kind.ROLE)
    _note(tx, made, ActKind.ADDRESSED)
    return made


def _need_alias_left(tx: Tx, account: PrincipalId) -> None:
    allowed = plan_of(tx, account).capacities[Capacity.ALIASES]
    if addresses.count(tx, account, Kind.ALIAS) >= allowed:
        raise NotInPlan(
            f"The subscription of the account allows {allowed} aliases. Remove one, or choose a larger plan.",
            account=account,
        )


def _note(tx: Tx, which: Address, kind: ActKind) -> None:
    journal.own(tx, which.principal, kind, detail=str(which))
