"""The operations of the API about the organisation itself and its users (R25)."""

from collections.abc import Callable, Mapping
from typing import Any

from coserver.accounts import accounts, closure, managing, organisations
from coserver.accounts.accounts import New
from coserver.accounts.api_tokens import Scope
from coserver.accounts.managing import Asking
from coserver.auth import managed, passwords, standing
from coserver.auth.standing import Standing
from coserver.mail import addresses, domains
from coserver.model.plan import Capacity
from coserver.operator import shown
from coserver.operator.shown import Shown
from coserver.quota import plans, usage
from coserver.store import spaces
from coserver.store.tx import Tx
from coserver.web.api.operations import Call, Operation, Text

PART = 100  # users in one part of a list

_USERS = "/api/v1/users"
_ONE = f"{_USERS}/<login>"


def organisation(call: Call) -> Shown:
    """How things stand."""
    with call.house.store.read() as tx:
        org = organisations.get(tx, call.organisation)
        owner = standing.get(tx, org.owner)
        allowed = plans.plan_of(tx, org.owner).capacities
        return {
            "name": org.name,
            "owner": "" if owner is None else owner.login,
            "users": managed.count(tx, [org.id]),
            "users_allowed": allowed[Capacity.MANAGED_ACCOUNTS],
            "domains": [each.name for each in domains.of(tx, org.id) if not each.removed],
            "domains_allowed": allowed[Capacity.DOMAINS],
            "over_limit": organisations.excess(tx, org.owner, expiring=call.house.life.expiring_plans),
        }


def listed(call: Call) -> Shown:
    """All users, in parts."""
    with call.house.store.read() as tx:
        found, whole = managing.some(tx, call.asking, skip=(call.page - 1) * PART, most=PART)
    return {
        "users": [shown.account(each, rooms) for each, rooms in found],
        "page": call.page,
        "pages": max(1, -(-whole // PART)),
        "total": whole,
    }


def add(call: Call) -> Shown:
    """A new user; without a password one is made, and told this once."""
    house, body = call.house, call.body
    name = body.get("name", "")
    with house.store.read() as tx:
        full = managing.checked(tx, call.asking, body["login"])
        plan = plans.current(tx, body.get("plan", "") or house.plan).code
    password = _password(call, full, name)
    new = New(full, house.hasher.hash(password), plan, name)
    made = house.store.write(lambda tx: managing.add(tx, call.asking, new, expiring=house.life.expiring_plans))
    return {"login": made.login, "plan": made.plan, "password": _told(call, password)}


def show(call: Call) -> Shown:
    """One user: how he stands and what he uses."""
    with call.house.store.read() as tx:
        _, found = managing.theirs(tx, call.asking, call.values["login"])
        return {
            **shown.account(found, usage.rooms(tx, spaces.of(tx, found.account).id)),
            "addresses": [str(each) for each in addresses.of(tx, found.account)],
            "erased_at": shown.moment(closure.erased_at(found, call.house)),
        }


def put_on(call: Call) -> Shown:
    """Another plan, at once."""
    plan, expiring = call.body["plan"], call.house.life.expiring_plans

    def deed(tx: Tx, asking: Asking, login: str) -> Standing:
        return managing.put_on(tx, asking, login, plan, expiring=expiring)

    return _do(call, deed)


def set_password(call: Call) -> Shown:
    """Another password; without one in the body one is made, and told this once."""
    house = call.house
    with house.store.read() as tx:
        _, found = managing.theirs(tx, call.asking, call.values["login"])
    password = _password(call, found.login, found.display_name)
    verifier = house.hasher.hash(password)
    house.store.write(lambda tx: managing.set_password(tx, call.asking, found.login, verifier))
    return {"login": found.login, "password": _told(call, password)}


def join(call: Call) -> Shown:
    """Into a group, without asking him (S16)."""
    return _do(call, lambda tx, asking, login: managing.join(tx, asking, call.values["group"], login))


def _deed(deed: Callable[[Tx, Asking, str], Standing]) -> Callable[[Call], Any]:
    return lambda call: _do(call, deed)


def _do(call: Call, deed: Callable[[Tx, Asking, str], Standing]) -> Shown:
    def job(tx: Tx) -> Shown:
        found = deed(tx, call.asking, call.values["login"])
        now = standing.get(tx, found.account) or found
        return {"login": now.login, "state": str(now.state), "plan": now.plan.code}

    return call.house.store.write(job)


def _password(call: Call, login: str, name: str) -> str:
    given = call.body.get("password", "")
    if given and call.house.rules:
        passwords.check(given, words=accounts.words(login, name))
    return given or passwords.make()


def _told(call: Call, password: str) -> str | None:
    """A password that was made here; who gave one knows it."""
    return None if call.body.get("password") else password


_LOGIN: Mapping[str, Text] = {
    "login": Text("the login, with a domain of the organisation or of this server", most=320),
    "name": Text("first and last name", needed=False, most=200),
    "plan": Text("the code of a plan on offer; left out: the usual one", needed=False, most=100),
    "password": Text("left out: one is made and told in the answer, this once", needed=False, most=1024),
}

OPERATIONS = (
    Operation("GET", "/api/v1/organisation", organisation, "How the organisation stands", None, "Organisation"),
    Operation("GET", _USERS, listed, "All users, by login", Scope.USERS_READ, "Users", paged=True),
    Operation("POST", _USERS, add, "Add a user", Scope.USERS_WRITE, "NewUser", 201, body=_LOGIN),
    Operation("GET", _ONE, show, "One user", Scope.USERS_READ, "User"),
    Operation(
        "DELETE", _ONE, _deed(managing.close), "Delete a user; he can be restored", Scope.USERS_WRITE, "Standing"
    ),
    Operation(
        "POST", f"{_ONE}/restore", _deed(managing.restore), "Undo a deletion", Scope.USERS_WRITE, "Standing"
    ),
    Operation("POST", f"{_ONE}/suspend", _deed(managing.suspend), "Suspend a user", Scope.USERS_WRITE, "Standing"),
    Operation("POST", f"{_ONE}/resume", _deed(managing.resume), "End a suspension", Scope.USERS_WRITE, "Standing"),
    Operation(
        "PUT", f"{_ONE}/plan", put_on, "Put a user on a plan", Scope.USERS_WRITE, "Standing",
        body={"plan": Text("the code of a plan on offer", most=100)},
    ),
    Operation(
        "PUT", f"{_ONE}/password", set_password, "Give a user another password", Scope.USERS_WRITE, "Password",
        body={"password": _LOGIN["password"]},
    ),
    Operation(
        "PUT", f"{_ONE}/groups/<group>", join, "Let a user into a group", Scope.USERS_WRITE, "Standing"
    ),
)  # fmt: skip
