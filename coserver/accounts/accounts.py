"""The life of an account: made, suspended, resumed, given another password, deleted.

Invariants: an account is complete or not there: principal, login, primary address, space with its
default collections in all four tools, subscription, credential; a change of credentials or state
counts at once, also in open sessions; a deletion leaves nothing of the account but the authorship
numbers on what it put into groups (S7).
"""

import re
from dataclasses import dataclass

from coserver.accounts import roles
from coserver.auth import credentials, standing
from coserver.auth.standing import Standing
from coserver.groups import members, principals
from coserver.mail import addresses, domains, mailboxes
from coserver.mail.addresses import Kind
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Account, State
from coserver.quota import plans
from coserver.store import spaces
from coserver.store.tx import Tx

# S26: names that the mail system, clients and people take for the house itself
RESERVED = frozenset(
    {
        "abuse",
        "admin",
        "administrator",
        "all",  # the operator's word for every member of a group
        "autoconfig",
        "autodiscover",
        "daemon",
        "hostmaster",
        "mailer-daemon",
        "no-reply",
        "nobody",
        "noreply",
        "postmaster",
        "root",
        "security",
        "support",
        "system",
        "webmaster",
    }
)
_LOCAL = re.compile(r"\w(?:[\w.-]{0,62}\w)?")


@dataclass(frozen=True, slots=True)
class New:
    """An account to be made: `login` full or bare, `verifier` of its password."""

    login: str
    verifier: str
    plan: str
    display_name: str = ""


def add(tx: Tx, new: New) -> Account:
    """Make an account with everything that belongs to it.

    Raises:
        Malformed: the login cannot be one.
        Denied: the name is reserved (S26).
        Missing: the domain is not ours, or there is no such plan.
        Exists: there is such an account, or another account has the address.
    """
    login = checked(tx, new.login)
    local, _, host = login.partition("@")
    if standing.find(tx, login) is not None:
        raise Exists(f"There is an account {login} already.", login=login)
    account = principals.add(tx, "account")
    standing.add(tx, account, login, new.display_name)
    credentials.set_password(tx, account, new.verifier)
    plan = plans.subscribe(tx, account, new.plan)
    space = spaces.add(tx, account)
    addresses.add(tx, account, local, host, kind=Kind.PRIMARY)
    mailboxes.furnish(tx, account, space.id)
    members.furnish(tx, space.id)
    if roles.holder(tx, host) is None:
        roles.give(tx, host, account)
    return Account(account, login, new.display_name, State.ACTIVE, space.id, epoch=1, plan=plan.code)


def checked(tx: Tx, name: str) -> str:
    """The full login a new account may have; errors as those of `add`."""
    full = standing.full(tx, name)
    local, at, host = full.rpartition("@") if "@" in full else (full, "", "")
    if not _LOCAL.fullmatch(local) or ".." in local:
        raise Malformed(
            f"{name!r} cannot be a login: before the @ use up to 64 letters, digits, dots, hyphens and underscores, "
            "with a letter or digit first and last."
        )
    if local in RESERVED:
        raise Denied(f"The name {local!r} is reserved: choose another one.", login=local)
    if not at:
        raise Missing("There is no domain yet: `coserver domain add NAME` makes one.")
    if not domains.is_ours(tx, host):
        raise Missing(f"{host} is not among our domains: `coserver domain add {host}` makes it one.", domain=host)
    return f"{local}@{domains.normal(host)}"


def find(tx: Tx, name: str) -> Account:
    """The account of that login, full or bare; Missing if there is none."""
    return _account(tx, row(tx, name))


def row(tx: Tx, name: str) -> Standing:
    """The same as it stands in the store, with times and plan; Missing if there is none."""
    found = standing.find(tx, name)
    if found is None:
        raise Missing(f"There is no account {name!r}: `coserver account list` shows those there are.", login=name)
    return found


def suspend(tx: Tx, account: PrincipalId) -> None:
    """Let nobody log in to an account; its mail is still taken. Open sessions end."""
    standing.set_state(tx, account, State.SUSPENDED)


def resume(tx: Tx, account: PrincipalId) -> None:
    """End a suspension."""
    standing.set_state(tx, account, State.ACTIVE)


def set_password(tx: Tx, account: PrincipalId, verifier: str) -> None:
    """Give an account another password; app passwords stay (S20)."""
    credentials.set_password(tx, account, verifier)
    standing.renew(tx, account)


def subscribe(tx: Tx, account: PrincipalId, code: str) -> None:
    """Put an account on the newest version of a plan; open sessions end only if a feature is lost (S31).

    Missing if there is no such plan.
    """
    before = plans.features_of(tx, account)
    if before - plans.subscribe(tx, account, code).features:
        standing.renew(tx, account)


def delete_(tx: Tx, account: PrincipalId) -> None:
    """Delete an account with all its data, and the groups in which it is alone.

    Raises:
        Denied: it administers groups with other members (R58, S4); they are named.
    """
    owned = members.administered(tx, account)
    shared = [group.name for group in owned if len(members.members(tx, group.id)) > 1]
    if shared:
        raise Denied(
            f"The account administers groups with other members: {', '.join(shared)}. "
            "Hand each over (`coserver group hand-over`) or delete it first.",
            account=account,
        )
    for group in owned:
        members.delete_(tx, group.id)
    for group in members.groups_of(tx, account):
        members.remove(tx, group.id, account)
    roles.settle(tx, without=account)
    addresses.remove_all(tx, account)
    spaces.remove(tx, spaces.of(tx, account).id)
    principals.remove(tx, account)
    tx.tell(account)


def words(login: str, display_name: str) -> list[str]:
    """What the account's password must not hold (R44): its names, and the domain but for its ending."""
    local, _, host = login.partition("@")
    return [local, display_name, *host.split(".")[:-1]]


def _account(tx: Tx, found: Standing) -> Account:
    return Account(
        id=found.account,
        login=found.login,
        display_name=found.display_name,
        state=found.state,
        space=spaces.of(tx, found.account).id,
        epoch=found.epoch,
        plan=found.plan.code,
    )
