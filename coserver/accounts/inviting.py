"""Inviting people to groups by mail, and their answers (S16).

Invariants: an invitation and its letter are kept in one tx; what it joins is the account that has the
invited address, so that who holds a code joins nobody else; who has no account signs up first (C10).
"""

from coserver.accounts import group_letters, letters
from coserver.accounts.house import House
from coserver.accounts.letters import Ready
from coserver.auth import standing
from coserver.auth.standing import Standing
from coserver.groups import invitations, members
from coserver.groups.invitations import Invitation
from coserver.mail import addresses, domains
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group, State
from coserver.store.tx import Tx


def invite(house: House, name: str, address: str, *, by: PrincipalId | None = None) -> Invitation:
    """Invite the owner of an address to a group; inviting him again renews the code.

    `by` is the member who invites, None the operator.

    Raises:
        Malformed: it is no mail address.
        Missing: there is no such group, `by` is not in it, or nobody has that address of ours.
        Exists: he is a member already.
        Denied, NotInPlan, Busy: as `invitations.need_invitable`.
    """
    kept, store = compared(address), house.store
    with store.read() as tx:
        found = members.find(tx, name)
        _check(tx, found, kept, by=by)
        inviter, until = login_of(tx, by), tx.now + invitations.LASTS
    token = invitations.make_token()
    text = group_letters.invitation(
        address.strip(), name, token=token, page=f"{house.config.web}/invitation", inviter=inviter, until=until
    )  # fmt: skip
    made: Ready = letters.ready(store, text)

    def job(tx: Tx) -> Invitation:
        again = members.find(tx, name)
        _check(tx, again, kept, by=by)
        asked = invitations.invite(tx, again.id, kept, token=token, by=by)
        letters.post(tx, made, by=again.id)
        return asked

    return store.write(job)


def accept(tx: Tx, token: str) -> tuple[Invitation, Standing]:
    """Join the account that has the invited address; the invitation and that account.

    Raises:
        Missing: no account has the address: its owner has to sign up first (C10); or there is no such code.
        Exists, Stale, Denied, NotInPlan: as `invitations.accept`; Denied, too, if that account is not in force.
    """
    asked = invitations.find(tx, token)
    account = _invited(tx, asked)
    if account.state is not State.ACTIVE:
        raise Denied(f"The account {account.login} is not in force: nothing can be joined with it now.")
    return invitations.accept(tx, token, account.account), account


def withdraw(tx: Tx, name: str, address: str, *, by: PrincipalId | None = None) -> Invitation:
    """Take a pending invitation back; errors as those of `invitations.withdraw`."""
    return invitations.withdraw(tx, members.find(tx, name).id, compared(address), by=by)


def compared(address: str) -> str:
    """An address in the form in which invitations are kept; Malformed if it is none."""
    local, host = letters.split(address)
    return f"{addresses.folded(local)}@{host}"


def _check(tx: Tx, found: Group, address: str, *, by: PrincipalId | None) -> None:
    invitations.need_invitable(tx, found, address, by=by)
    local, _, host = address.rpartition("@")
    if not domains.is_ours(tx, host):
        return  # whose it is, if anybody's here, is not for the inviter to learn
    principal = addresses.resolve(tx, local, host)
    if principal is None:
        raise Missing(f"Nobody has the address {address}.")
    if standing.get(tx, principal) is None:
        raise Malformed(f"{address} belongs to a group: invite people.")
    if members.is_member(tx, found.id, principal):
        raise Exists(f"The owner of {address} is a member of group {found.name} already.", group=found.id)


def _invited(tx: Tx, asked: Invitation) -> Standing:
    found = _having(tx, asked.address)
    if not found:
        raise Missing(
            f"No account here has the address {asked.address}: sign up with it first, then use the code again."
        )
    if len(found) > 1:
        raise Denied(
            f"Several accounts name {asked.address} as their external address: have the account's own address invited."
        )
    return found[0]


def _having(tx: Tx, address: str) -> list[Standing]:
    """The account with that address of ours, or the confirmed ones with it as their external address."""
    local, _, host = address.rpartition("@")
    principal = addresses.resolve(tx, local, host)
    own = None if principal is None else standing.get(tx, principal)
    if own is not None:
        return [own]
    return [each for each in standing.having(tx, address) if each.state is not State.PENDING]


def login_of(tx: Tx, account: PrincipalId | None) -> str:
    """Who invites, for those who are invited; empty for the operator."""
    found = None if account is None else standing.get(tx, account)
    return "" if found is None else found.login
