"""Who reads the mail of a domain's roles: postmaster, abuse and support (RFC 2142 2, 4, 5; RFC 5321 4.5.1).

Invariants: as long as there is an active account, postmaster and abuse of every domain lead to one. In a domain of an
organisation postmaster and support lead to its owner, or to one of its accounts that was given them; abuse leads to
whoever is postmaster of the standard domain, since complaints about an organisation are not its own affair.
"""

from coserver.accounts import organisations
from coserver.auth import managed, standing
from coserver.mail import addresses, domains
from coserver.mail.addresses import Kind
from coserver.mail.domains import Domain
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store.tx import Tx

ROLES = ("postmaster", "abuse")
ABUSE = "abuse"  # in a domain of an organisation the operator's
OWNERS = ("postmaster", "support")  # in a domain of an organisation its owner's


def give(tx: Tx, host: str, account: PrincipalId) -> None:
    """Let an account read the mail of a domain's roles, in place of whoever did."""
    withdraw(tx, host)
    for role in ROLES:
        addresses.add(tx, account, role, host, kind=Kind.ROLE)


def withdraw(tx: Tx, host: str) -> None:
    """Take the roles of a domain from whoever reads them."""
    for role in ROLES:
        if addresses.resolve(tx, role, host) is not None:
            addresses.remove(tx, role, host)


def holder(tx: Tx, host: str) -> PrincipalId | None:
    """Who reads the mail of a domain's roles; of an organisation's, who is its postmaster."""
    return addresses.resolve(tx, ROLES[0], host)


def settle(tx: Tx, *, without: PrincipalId | None = None) -> None:
    """Find a reader for every role that has none, whose reader is about to go, or who has no say there any more.

    In a domain of the operator the oldest active account of the domain, else of the house.
    """
    in_force = [each for each in domains.listed(tx) if not each.removed]  # the standard one first
    for each in in_force:
        if each.organisation is not None:
            _settle_owners(tx, each, each.organisation, without=without)
            continue
        reader = holder(tx, each.name)
        if reader is not None and reader != without:
            continue
        withdraw(tx, each.name)
        left = [one for one in standing.listed(tx) if one.account != without and one.state is State.ACTIVE]
        heirs = [one for one in left if one.login.endswith(f"@{each.name}")] or left
        if heirs:
            give(tx, each.name, heirs[0].account)


def _settle_owners(tx: Tx, at: Domain, organisation: PrincipalId, *, without: PrincipalId | None) -> None:
    owner = organisations.get(tx, organisation).owner
    for role in OWNERS:
        reader = addresses.resolve(tx, role, at.name)
        own = reader is not None and (reader == owner or _is_run_by(tx, reader, organisation))
        if reader == without or not own:
            _put(tx, role, at, owner)
    operator = holder(tx, "")
    if operator is not None and addresses.resolve(tx, ABUSE, at.name) != operator:
        _put(tx, ABUSE, at, operator)


def _is_run_by(tx: Tx, account: PrincipalId, organisation: PrincipalId) -> bool:
    held = managed.get(tx, account)
    return held is not None and held.organisation == organisation


def _put(tx: Tx, role: str, at: Domain, account: PrincipalId) -> None:
    if addresses.resolve(tx, role, at.name) is not None:
        addresses.remove(tx, role, at.name)
    addresses.add(tx, account, role, at.name, kind=Kind.ROLE)
