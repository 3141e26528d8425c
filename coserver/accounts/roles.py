"""Who reads the mail of a domain's roles: postmaster and abuse (RFC 2142 5; RFC 5321 4.5.1).

Invariant: as long as there is an active account, the roles of every domain lead to one.
"""

from coserver.auth import standing
from coserver.mail import addresses, domains
from coserver.mail.addresses import Kind
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store.tx import Tx

ROLES = ("postmaster", "abuse")


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
    """Who reads the mail of a domain's roles."""
    return addresses.resolve(tx, ROLES[0], host)


def settle(tx: Tx, *, without: PrincipalId | None = None) -> None:
    """Find a reader for the roles of every domain that has none, or whose reader is about to go.

    The oldest active account of the domain, else of the house.
    """
    left = [each for each in standing.listed(tx) if each.account != without and each.state is State.ACTIVE]
    for each in domains.listed(tx):
        if each.removed:
            continue  # its addresses rest
        reader = holder(tx, each.name)
        if reader is not None and reader != without:
            continue
        withdraw(tx, each.name)
        heirs = [one for one in left if one.login.endswith(f"@{each.name}")] or left
        if heirs:
            give(tx, each.name, heirs[0].account)
