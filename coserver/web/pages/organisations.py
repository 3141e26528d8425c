"""Organisations of which somebody is the owner: which ones, a new one, and its users (R25)."""

from coserver.accounts import accounts, managing, organisations, transfers, wishes
from coserver.accounts.accounts import New
from coserver.accounts.managing import Asking
from coserver.auth import managed, passwords, standing
from coserver.mail import domains
from coserver.model.ids import PrincipalId
from coserver.model.plan import Capacity
from coserver.net.http.replies import Reply
from coserver.quota import plans
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.leaves import fetched
from coserver.web.meters import meter
from coserver.web.routes import Route
from coserver.web.visit import Visit


def asking(visit: Visit, name: str) -> Asking:
    """For which organisation the visitor asks; the core says whether he may."""
    return Asking(name, visit.who.account)


def listed(visit: Visit) -> Reply:
    """Those that the visitor owns, and the form for a new one."""
    me = visit.who.account
    with visit.house.store.read() as tx:
        allowed = plans.plan_of(tx, me).capacities
        return rendering.page(
            visit,
            "organisations/list.html",
            mine=[
                (each, managed.count(tx, [each.id]), [one.name for one in domains.of(tx, each.id)])
                for each in organisations.owned(tx, me)
            ],
            above=organisations.running(tx, me),
            possible=bool(allowed[Capacity.MANAGED_ACCOUNTS] or allowed[Capacity.DOMAINS]),
        )


def found(visit: Visit) -> Reply:
    """Found one: who does it owns it."""
    name, me = visit.typed("name").strip(), visit.who.account
    visit.house.store.write(lambda tx: organisations.found(tx, name, owner=me, by=me))
    return rendering.redirect(f"/organisations/{name}?done=founded")


def users(visit: Visit, name: str) -> Reply:
    """Its users with what they use, what the plan of the owner still allows, and what waits for an answer."""
    return _users(visit, name)


def add(visit: Visit, name: str) -> Reply:
    """A new user with a password that is shown this once."""
    house, asked, password = visit.house, asking(visit, name), passwords.make()
    with house.store.read() as tx:
        full = managing.checked(tx, asked, visit.typed("login").strip())
        plan = plans.current(tx, visit.typed("plan") or house.plan).code
    new = New(full, house.hasher.hash(password), plan, visit.typed("display").strip())
    made = house.store.write(lambda tx: managing.add(tx, asked, new, expiring=house.life.expiring_plans))
    return _users(visit, name, made=made.login, password=password)


def invite(visit: Visit, name: str) -> Reply:
    """Ask an account that exists to come under the organisation (S35)."""
    transfers.invite(visit.house, asking(visit, name), visit.typed("account").strip())
    return rendering.redirect(f"/organisations/{name}?done=asked")


def withdraw(visit: Visit, name: str) -> Reply:
    """Take back what was asked of an account."""
    asked, login = asking(visit, name), visit.typed("account")
    visit.house.store.write(lambda tx: transfers.withdraw(tx, asked, login))
    return rendering.redirect(f"/organisations/{name}?done=withdrawn")


def remove(visit: Visit, name: str) -> Reply:
    """Delete it, when it has neither users nor domains."""
    me = visit.who.account
    visit.house.store.write(lambda tx: organisations.remove(tx, name, by=me))
    return rendering.redirect("/organisations?done=removed")


def hand_over(visit: Visit, name: str) -> Reply:
    """Make one of its users the owner, at once."""
    asked, house = asking(visit, name), visit.house

    def job(tx: Tx) -> None:
        heir = accounts.lasting(tx, visit.typed("login").strip())
        managing.hand_over(tx, asked, heir.id, expiring=house.life.expiring_plans)

    house.store.write(job)
    return rendering.redirect("/organisations?done=handed-over")


def leave(visit: Visit) -> Reply:
    """Ask the owner of the organisation that runs the visitor's account to let it go (S35)."""
    transfers.leave(visit.house, visit.who.login, visit.typed("anew").strip())
    return rendering.redirect("/organisations?done=leaving")


def _users(visit: Visit, name: str, *, made: str = "", password: str = "") -> Reply:
    asked, house = asking(visit, name), visit.house
    with house.store.read() as tx:
        org = organisations.acting_for(tx, name, asked.by)
        people = fetched(visit, lambda skip, most: managing.some(tx, asked, skip=skip, most=most))
        allowed = plans.plan_of(tx, org.owner).capacities
        return rendering.page(
            visit,
            "organisations/users.html",
            org=org,
            people=people,
            fullest={each.account: max(map(meter, rooms), key=lambda one: one.percent) for each, rooms in people.these},
            made=made,
            password=password,
            plans=plans.listed(tx),
            usual=visit.typed("plan") or house.plan,
            hosts=_hosts(tx, org.id),
            accounts_allowed=allowed[Capacity.MANAGED_ACCOUNTS],
            over=organisations.excess(tx, org.owner, expiring=house.life.expiring_plans),
            waiting=[(_login(tx, each.account), each) for each in wishes.pending(tx, org)],
        )


def _hosts(tx: Tx, organisation: PrincipalId) -> list[str]:
    """In which domains its users may be."""
    own = [each.name for each in domains.of(tx, organisation) if not each.removed]
    return [*own, domains.find(tx, "").name]


def _login(tx: Tx, account: PrincipalId) -> str:
    row = standing.get(tx, account)
    return "" if row is None else row.login


ROUTES = (
    Route("GET", "/organisations", listed),
    Route("POST", "/organisations", found, again=listed),
    Route("POST", "/organisations/leave", leave, again=listed),
    Route("GET", "/organisations/<name>", users),
    Route("POST", "/organisations/<name>/users", add, again=users),
    Route("POST", "/organisations/<name>/invite", invite, again=users),
    Route("POST", "/organisations/<name>/withdraw", withdraw, again=users),
    Route("POST", "/organisations/<name>/hand-over", hand_over, again=users),
    Route("POST", "/organisations/<name>/remove", remove, again=users),
)
