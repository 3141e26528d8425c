"""Accounts as the operator sees them: how each stands, never what it keeps (R5, C3)."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from coserver.accounts import operators
from coserver.accounts.house import House
from coserver.auth import cookies, passwords, standing
from coserver.model.errors import Missing, Stale
from coserver.model.plan import Capacity, Feature
from coserver.net.http.replies import Reply
from coserver.operator.arguments import Arguments
from coserver.operator.verbs import account, life, plan
from coserver.quota import plans, usage
from coserver.store import spaces
from coserver.store.tx import Tx
from coserver.web import agents, rendering
from coserver.web.leaves import fetched
from coserver.web.meters import meter
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 50  # accounts on a page

Verb = Callable[[House, Arguments], Any]


def listed(visit: Visit) -> Reply:
    """By login; those that begin with what was typed."""
    starting = visit.query.get("login", "").strip()
    with visit.house.store.read() as tx:
        operators.need(tx, visit.house, visit.who.account)
        found = fetched(visit, lambda skip, most: standing.some(tx, starting, skip=skip, most=most), most=_MOST)
        return rendering.page(visit, "operator/accounts.html", found=found, starting=starting)


def show(visit: Visit, login: str) -> Reply:
    """One of them."""
    return _page(visit, login)


def suspend(visit: Visit, login: str) -> Reply:
    """Nobody logs in any more."""
    return _do(visit, login, "suspended", account.suspend)


def resume(visit: Visit, login: str) -> Reply:
    """They do again."""
    return _do(visit, login, "resumed", account.resume)


def put_on(visit: Visit, login: str) -> Reply:
    """Another plan, at once, and for as long as was paid."""
    more = {name: visit.typed(name).strip() for name in ("plan", "until", "next")}
    return _do(visit, login, "plan", plan.subscribe, more)


def agree(visit: Visit, login: str) -> Reply:
    """Something else than the plan says, for this account alone (R32); without a key all as the plan says."""
    more = {name: visit.typed(name).strip() for name in ("key", "value")}
    return _do(visit, login, "agreed", plan.override, more)


def forget(visit: Visit, login: str) -> Reply:
    """Let the password alone open it, until a device is set up anew."""
    return _do(visit, login, "forgotten", account.forget_second_factor)


def remove(visit: Visit, login: str) -> Reply:
    """Close it, its login having been typed again."""
    if visit.typed("again").strip().lower() != login.lower():
        raise Stale("Please type the login of the account as it stands there, so that no other one is deleted.")
    return _do(visit, login, "deleted", life.delete_)


def restore(visit: Visit, login: str) -> Reply:
    """Bring it back."""
    return _do(visit, login, "restored", life.restore)


def reset(visit: Visit, login: str) -> Reply:
    """Another password, shown this once."""
    password = passwords.make()
    _carry_out(visit, login, account.passwd, {"password": password})
    return _page(visit, login, password=password)


def end(visit: Visit, login: str) -> Reply:
    """End every login of it, in browsers and programs."""

    def job(tx: Tx) -> None:
        operators.need(tx, visit.house, visit.who.account)
        found = _found(tx, login)
        cookies.end_all(tx, found.account, but=0)
        standing.renew(tx, found.account)

    visit.house.store.write(job)
    return _led(login, "ended")


def _do(visit: Visit, login: str, what: str, verb: Verb, more: Mapping[str, str] | None = None) -> Reply:
    _carry_out(visit, login, verb, more or {})
    return _led(login, what)


def _carry_out(visit: Visit, login: str, verb: Verb, more: Mapping[str, str]) -> None:
    with visit.house.store.read() as tx:
        operators.need(tx, visit.house, visit.who.account)
    verb(visit.house, Arguments({**more, "login": login}))


def _led(login: str, what: str) -> Reply:
    return rendering.redirect(f"/operator/accounts/{quote(login, safe='@')}?done={what}")


def _found(tx: Tx, login: str) -> standing.Standing:
    found = standing.find(tx, login)
    if found is None:
        raise Missing(f"There is no account {login!r}.", login=login)
    return found


def _page(visit: Visit, login: str, *, password: str = "") -> Reply:
    with visit.house.store.read() as tx:
        operators.need(tx, visit.house, visit.who.account)
        found = _found(tx, login)
        rooms = usage.rooms(tx, spaces.of(tx, found.account).id)
        browsers, offered = cookies.of(tx, found.account), plans.listed(tx)
    return rendering.page(
        visit,
        "operator/account.html",
        found=found,
        told=account.show(visit.house, Arguments({"login": found.login})),
        meters_=[meter(each) for each in rooms],
        browsers=browsers,
        called=agents.called,
        plans=offered,
        keys=[*Capacity, *Feature],
        password=password,
    )


_ONE = "/operator/accounts/<login>"
ROUTES = (
    Route("GET", "/operator/accounts", listed),
    Route("GET", _ONE, show),
    Route("POST", f"{_ONE}/suspend", suspend, again=show),
    Route("POST", f"{_ONE}/resume", resume, again=show),
    Route("POST", f"{_ONE}/plan", put_on, again=show),
    Route("POST", f"{_ONE}/override", agree, again=show),
    Route("POST", f"{_ONE}/forget-second-factor", forget, again=show),
    Route("POST", f"{_ONE}/delete", remove, again=show),
    Route("POST", f"{_ONE}/restore", restore, again=show),
    Route("POST", f"{_ONE}/password", reset, again=show),
    Route("POST", f"{_ONE}/end", end, again=show),
)
