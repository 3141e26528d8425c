"""Accounts: made, found, suspended, resumed, given another password.

Invariants: an account is complete or not there: principal, login, primary address, space with its
default collections in all four tools, subscription, credential; a change of credentials or state
counts at once, also in open sessions. How people sign up is in `signup`, how accounts end in
`expiry` and `closure`.
"""

import re
from dataclasses import dataclass

from coserver.accounts import names, roles, tokens
from coserver.auth import cookies, credentials, managed, standing
from coserver.auth.managed import Hold
from coserver.auth.standing import Standing
from coserver.groups import members, principals
from coserver.mail import addresses, domains, mailboxes
from coserver.mail.addresses import Kind
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Account, State
from coserver.quota import subscriptions
from coserver.store import journal, spaces
from coserver.store.tx import Tx

LONGEST_NAME = 200  # characters of the name shown to others
_LOCAL = re.compile(r"\w(?:[\w.-]{0,62}\w)?")
_INSTEAD = {
    State.PENDING: "The account is not confirmed yet: `account confirm` does that, `account start-over` ends it.",
    State.CLOSED: "The account is closed: `account restore` brings it back.",
}


@dataclass(frozen=True, slots=True)
class New:
    """An account to be made: `login` full or bare, `verifier` of its password; see `State.PENDING`."""

    login: str
    verifier: str
    plan: str
    display_name: str = ""
    external: str = ""
    pending: bool = False


def add(tx: Tx, new: New) -> Account:
    """Make an account with everything that belongs to it.

    Raises:
        Malformed: the login cannot be one, or the name shown to others is too long or no single line.
        Denied: the name is reserved (S26).
        Missing: the domain is not ours, or there is no such plan.
        Exists: there is such an account, or another account has the address or had it lately (S25).
    """
    login = checked(tx, new.login)
    if len(new.display_name) > LONGEST_NAME or not new.display_name.isprintable():
        raise Malformed(f"The name shown to others has {LONGEST_NAME} characters at most and stands on one line.")
    local, _, host = login.partition("@")
    if standing.find(tx, login) is not None:
        raise Exists(f"There is an account {login} already.", login=login)
    account = principals.add(tx, "account")
    state = State.PENDING if new.pending else State.ACTIVE
    standing.add(tx, account, login, display_name=new.display_name, state=state)
    standing.set_external(tx, account, new.external)
    credentials.set_password(tx, account, new.verifier)
    plan = subscriptions.subscribe(tx, account, new.plan)
    space = spaces.add(tx, account)
    addresses.add(tx, account, local, host, kind=Kind.PRIMARY)
    mailboxes.furnish(tx, account, space.id)
    members.furnish(tx, space.id)
    journal.record(tx, space.id, ActKind.MADE)
    if not new.pending and roles.holder(tx, host) is None:
        roles.give(tx, host, account)
    return Account(account, login, new.display_name, state, space.id, epoch=1, plan=plan.code)


def checked(tx: Tx, name: str) -> str:
    """The full login a new account may have; errors as those of `add`."""
    full = standing.full(tx, name)
    local, at, host = full.rpartition("@") if "@" in full else (full, "", "")
    if not _LOCAL.fullmatch(local) or ".." in local:
        raise Malformed(
            f"{name!r} cannot be a login: before the @ use up to 64 letters, digits, dots, hyphens and underscores, "
            "with a letter or digit first and last."
        )
    names.check(local)
    if not at:
        raise Missing("There is no domain yet: `coserver domain add NAME` makes one.")
    if not domains.is_ours(tx, host):
        raise Missing(f"{host} is not among our domains: `coserver domain add {host}` makes it one.", domain=host)
    return f"{local}@{domains.normal(host)}"


def find(tx: Tx, name: str) -> Account:
    """The account of that login, full or bare; Missing if there is none."""
    return _account(tx, row(tx, name))


def lasting(tx: Tx, name: str) -> Account:
    """The same, if it is to last: Denied for one that is not confirmed yet, or closed."""
    found = find(tx, name)
    if found.state in _INSTEAD:
        raise Denied(_INSTEAD[found.state], login=found.login, state=found.state)
    return found


def row(tx: Tx, name: str) -> Standing:
    """The same as it stands in the store, with times and plan; Missing if there is none."""
    found = standing.find(tx, name)
    if found is None:
        where = "" if "@" in name else " in the default domain"
        raise Missing(
            f"There is no account {name!r}{where}: `coserver account list` shows those there are.", login=name
        )
    return found


def revoke(tx: Tx, account: PrincipalId, which: int) -> None:
    """Take an app password away: what was logged in with it ends. Missing if the account has none of that id."""
    credentials.revoke(tx, account, which)
    standing.renew(tx, account)


def suspend(tx: Tx, account: PrincipalId) -> None:
    """Let nobody log in to an account; its mail is put off. Open sessions end.

    Denied if it is pending or closed.
    """
    _need_state(tx, account, State.ACTIVE, State.SUSPENDED, State.LAPSED)
    standing.set_state(tx, account, State.SUSPENDED)
    cookies.end_all(tx, account)
    managed.let_go(tx, account, Hold.SUSPENDED)
    journal.own(tx, account, ActKind.SUSPENDED)


def resume(tx: Tx, account: PrincipalId) -> None:
    """End a suspension, by whom or by what ever. Denied if the account is pending or closed."""
    _need_state(tx, account, State.ACTIVE, State.SUSPENDED, State.LAPSED)
    standing.set_state(tx, account, State.ACTIVE)
    managed.let_go(tx, account, Hold.SUSPENDED)
    journal.own(tx, account, ActKind.RESUMED)


def set_external(tx: Tx, account: PrincipalId, address: str) -> None:
    """Note another external address; what was mailed to the former one recovers nothing any more."""
    standing.set_external(tx, account, address)
    tokens.forget(tx, account, tokens.Kind.RECOVER)
    journal.own(tx, account, ActKind.EXTERNAL)


def set_password(tx: Tx, account: PrincipalId, verifier: str) -> None:
    """Give an account another password; app passwords stay (S20), open sessions, logins of browsers and codes
    for recovery end.
    """
    credentials.set_password(tx, account, verifier)
    cookies.end_all(tx, account)
    tokens.forget(tx, account, tokens.Kind.RECOVER)
    standing.renew(tx, account)
    journal.own(tx, account, ActKind.PASSWORD)


def words(login: str, display_name: str) -> list[str]:
    """What the account's password must not hold (R44): its names, and the domain but for its ending."""
    local, _, host = login.partition("@")
    return [local, display_name, *host.split(".")[:-1]]


def _need_state(tx: Tx, account: PrincipalId, *states: State) -> None:
    found = standing.get(tx, account)
    if found is not None and found.state not in states:
        raise Denied(_INSTEAD[found.state], login=found.login, state=found.state)


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
