"""One user of an organisation, as its owner sees him: how he stands and what he uses, never what he keeps (R25)."""

from collections.abc import Callable
from urllib.parse import quote

from coserver.accounts import closure, managing, organisations, transfers
from coserver.accounts.managing import Asking
from coserver.auth import managed, passwords
from coserver.auth.managed import Hold
from coserver.auth.standing import Standing
from coserver.groups import members
from coserver.mail import addresses
from coserver.model.act import OF_ACCOUNTS
from coserver.model.errors import Stale
from coserver.model.principal import State
from coserver.net.http.replies import Reply
from coserver.quota import plans, usage
from coserver.store import journal, spaces
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.meters import meter
from coserver.web.pages.organisations import asking
from coserver.web.routes import Route
from coserver.web.visit import Visit

_ACTS = 30  # of those about the account that are shown


def show(visit: Visit, name: str, login: str) -> Reply:
    """How he stands, and what can be done."""
    return _page(visit, name, login)


def suspend(visit: Visit, name: str, login: str) -> Reply:
    """He cannot log in any more."""
    return _done(visit, name, login, "suspended", managing.suspend)


def resume(visit: Visit, name: str, login: str) -> Reply:
    """He can again."""
    return _done(visit, name, login, "resumed", managing.resume)


def put_on(visit: Visit, name: str, login: str) -> Reply:
    """Another plan, at once."""
    plan, expiring = visit.typed("plan"), visit.house.life.expiring_plans

    def deed(tx: Tx, asked: Asking, which: str) -> Standing:
        return managing.put_on(tx, asked, which, plan, expiring=expiring)

    return _done(visit, name, login, "plan", deed)


def reset(visit: Visit, name: str, login: str) -> Reply:
    """Another password, shown this once; everything that was logged in with the old one ends."""
    house, asked, password = visit.house, asking(visit, name), passwords.make()
    with house.store.read() as tx:
        managing.theirs(tx, asked, login)
    verifier = house.hasher.hash(password)
    house.store.write(lambda tx: managing.set_password(tx, asked, login, verifier))
    return _page(visit, name, login, password=password)


def remove(visit: Visit, name: str, login: str) -> Reply:
    """Delete the account, whose login was typed again."""
    if visit.typed("again").strip().lower() != login.lower():
        raise Stale("Please type the login of the account as it stands there, so that no other one is deleted.")
    return _done(visit, name, login, "deleted", managing.close)


def restore(visit: Visit, name: str, login: str) -> Reply:
    """Undo that."""
    return _done(visit, name, login, "restored", managing.restore)


def join(visit: Visit, name: str, login: str) -> Reply:
    """Let him into a group without asking him (S16)."""
    group = visit.typed("group").strip()

    def deed(tx: Tx, asked: Asking, which: str) -> Standing:
        return managing.join(tx, asked, group, which)

    return _done(visit, name, login, "joined", deed)


def reassign(visit: Visit, name: str, login: str) -> Reply:
    """Give a group that he administers to another of its members (S4)."""
    asked, group, heir = asking(visit, name), visit.typed("group"), visit.typed("heir").strip()
    with visit.house.store.read() as tx:
        managing.theirs(tx, asked, login)
    at_once = managing.reassign(visit.house, asked, group, heir)
    return _led(name, login, "reassigned" if at_once else "proposed")


def release(visit: Visit, name: str, login: str) -> Reply:
    """Ask him to leave the organisation with his account (S35)."""
    transfers.release(visit.house, asking(visit, name), login)
    return _led(name, login, "released")


def _done(visit: Visit, name: str, login: str, what: str, deed: Callable[[Tx, Asking, str], Standing]) -> Reply:
    asked = asking(visit, name)
    visit.house.store.write(lambda tx: deed(tx, asked, login))
    return _led(name, login, what)


def _led(name: str, login: str, what: str) -> Reply:
    return rendering.redirect(f"/organisations/{name}/users/{quote(login, safe='@')}?done={what}")


def _page(visit: Visit, name: str, login: str, *, password: str = "") -> Reply:
    asked = asking(visit, name)
    with visit.house.store.read() as tx:
        org = organisations.acting_for(tx, name, asked.by)
        _, person = managing.theirs(tx, asked, login)
        space = spaces.of(tx, person.account).id
        held = managed.get(tx, person.account)
        doing = Hold(0) if held is None else held.held
        return rendering.page(
            visit,
            "organisations/user.html",
            org=org,
            person=person,
            password=password,
            meters_=[meter(each) for each in usage.rooms(tx, space)],
            plans=plans.listed(tx),
            addresses=[str(each) for each in addresses.of(tx, person.account)],
            groups=members.groups_of(tx, person.account),
            administered=members.administered(tx, person.account),
            acts=journal.of_kinds(tx, space, OF_ACCOUNTS, most=_ACTS),
            by_operator=(person.state is State.SUSPENDED and Hold.SUSPENDED not in doing)
            or (person.state is State.CLOSED and Hold.DELETED not in doing),
            erased=closure.erased_at(person, visit.house) if person.state is State.CLOSED else 0,
        )


ROUTES = (
    Route("GET", "/organisations/<name>/users/<login>", show),
    Route("POST", "/organisations/<name>/users/<login>/suspend", suspend, again=show),
    Route("POST", "/organisations/<name>/users/<login>/resume", resume, again=show),
    Route("POST", "/organisations/<name>/users/<login>/plan", put_on, again=show),
    Route("POST", "/organisations/<name>/users/<login>/password", reset, again=show),
    Route("POST", "/organisations/<name>/users/<login>/delete", remove, again=show),
    Route("POST", "/organisations/<name>/users/<login>/restore", restore, again=show),
    Route("POST", "/organisations/<name>/users/<login>/group", join, again=show),
    Route("POST", "/organisations/<name>/users/<login>/reassign", reassign, again=show),
    Route("POST", "/organisations/<name>/users/<login>/release", release, again=show),
)
