"""The domains of an organisation: claimed, proved, looked at in the DNS, and the addresses in them (R26)."""

from coserver.accounts import accounts, addressing, claiming, organisations, zones
from coserver.auth import standing
from coserver.groups import members
from coserver.mail import addresses, claims, domains, keys, zone
from coserver.mail.addresses import Address, Kind
from coserver.mail.claims import Claim
from coserver.model.act import ActKind
from coserver.model.errors import Missing
from coserver.model.plan import Capacity
from coserver.net.http.replies import Reply
from coserver.quota import plans
from coserver.store import journal, spaces
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.leaves import fetched
from coserver.web.pages.organisations import asking
from coserver.web.routes import Route
from coserver.web.visit import Visit

_ACTS = 30
_ABOUT = (
    ActKind.CLAIMED, ActKind.UNCLAIMED, ActKind.PROVED, ActKind.KEY_MADE, ActKind.KEY_USED, ActKind.DOMAIN_REMOVED,
    ActKind.DOMAIN_RESTORED,
)  # fmt: skip


def show(visit: Visit, name: str) -> Reply:
    """Those there are, those that are claimed with the record that proves them, and the form for another one."""
    with visit.house.store.read() as tx:
        org = organisations.acting_for(tx, name, visit.who.account)
        acts = journal.of_kinds(tx, spaces.of(tx, org.owner).id, _ABOUT, most=_ACTS)
        return rendering.page(
            visit,
            "organisations/domains.html",
            org=org,
            held=[(each, each.removed + domains.REST if each.removed else 0) for each in domains.of(tx, org.id)],
            claimed=claims.of(tx, org.id),
            allowed=plans.plan_of(tx, org.owner).capacities[Capacity.DOMAINS],
            acts=[each for each in acts if each.detail.endswith(f" of {org.name}")],
        )


def again(visit: Visit, name: str, host: str) -> Reply:
    """The same, after something with one of them was refused."""
    return show(visit, name)


def claim(visit: Visit, name: str) -> Reply:
    """Claim one; the page tells the record that proves it."""
    claiming.claim(visit.house, asking(visit, name), visit.typed("domain").strip())
    return _led(name, "claimed")


def check(visit: Visit, name: str) -> Reply:
    """Look for the record of a claim now."""
    found = claiming.check(visit.house, asking(visit, name), visit.typed("domain"))
    return _led(name, "waiting" if isinstance(found, Claim) else "proved")


def withdraw(visit: Visit, name: str) -> Reply:
    """Claim it no more."""
    claiming.withdraw(visit.house, asking(visit, name), visit.typed("domain"))
    return _led(name, "withdrawn")


def look(visit: Visit, name: str, host: str) -> Reply:
    """One domain: who gets its mail, and what the DNS should say."""
    return _domain(visit, name, host, ())


def compare(visit: Visit, name: str, host: str) -> Reply:
    """The same with what the DNS says now."""
    _own(visit, name, host)
    return _domain(visit, name, host, tuple(zones.check(visit.house, host)))


def rotate(visit: Visit, name: str, host: str) -> Reply:
    """A new key for signatures; asked again, look whether its record is there."""
    _own(visit, name, host)
    used = zones.rotate(visit.house, host, at_once=False).used
    return _led_to(name, host, "rotated" if used else "rotating")


def remove(visit: Visit, name: str, host: str) -> Reply:
    """Take no more mail for it (S27)."""
    claiming.remove(visit.house, asking(visit, name), host)
    return _led(name, "removed")


def restore(visit: Visit, name: str, host: str) -> Reply:
    """Bring it back."""
    claiming.restore(visit.house, asking(visit, name), host)
    return _led(name, "restored")


def give(visit: Visit, name: str, host: str) -> Reply:
    """Another address for one of the users."""
    me, local = visit.who.account, visit.typed("local").strip()

    def job(tx: Tx) -> None:
        claiming.own(tx, asking(visit, name), host)
        addressing.give(tx, accounts.lasting(tx, visit.typed("login").strip()).id, f"{local}@{host}", by=me)

    visit.house.store.write(job)
    return _led_to(name, host, "given")


def take(visit: Visit, name: str, host: str) -> Reply:
    """Take an address away."""
    me, local = visit.who.account, visit.typed("local")

    def job(tx: Tx) -> None:
        claiming.own(tx, asking(visit, name), host)
        addressing.take(tx, f"{local}@{host}", by=me)

    visit.house.store.write(job)
    return _led_to(name, host, "taken")


def catch(visit: Visit, name: str, host: str) -> Reply:
    """Who gets mail for names that nobody has; nobody, where none is typed."""
    me, login = visit.who.account, visit.typed("reader").strip()

    def job(tx: Tx) -> None:
        claiming.own(tx, asking(visit, name), host)
        addressing.catch(tx, host, accounts.lasting(tx, login).id if login else None, by=me)

    visit.house.store.write(job)
    return _led_to(name, host, "caught" if login else "not-caught")


def _own(visit: Visit, name: str, host: str) -> None:
    with visit.house.store.read() as tx:
        claiming.own(tx, asking(visit, name), host)


def _domain(visit: Visit, name: str, host: str, checked: tuple[zones.Checked, ...]) -> Reply:
    me = visit.who.account
    with visit.house.store.read() as tx:
        org = organisations.acting_for(tx, name, me)
        held = claiming.own(tx, asking(visit, name), host)
        if held.removed:
            raise Missing(f"{held.name} was removed. Restore it on the page of the domains.")
        found = fetched(visit, lambda skip, most: addressing.some(tx, held.name, by=me, skip=skip, most=most))
        caught = addresses.catch_all(tx, held.name)
        rows = [(each, _reader(tx, each)) for each in found.these]
        reader = "" if caught is None else _reader(tx, caught)
        waiting = keys.prepared(tx, held.name) is not None
    records = zones.records(visit.house, held.name)
    return rendering.page(
        visit,
        "organisations/domain.html",
        org=org,
        host=held.name,
        leaf=found,
        rows=rows,
        reader=reader,
        waiting=waiting,
        records=records,
        checked=checked,
        zone=zone.text(records),
    )


def _reader(tx: Tx, found: Address) -> str:
    if found.kind is Kind.GROUP:
        return members.get(tx, found.principal).name
    row = standing.get(tx, found.principal)
    return "" if row is None else row.login


def _led(name: str, what: str) -> Reply:
    return rendering.redirect(f"/organisations/{name}/domains?done={what}")


def _led_to(name: str, host: str, what: str) -> Reply:
    return rendering.redirect(f"/organisations/{name}/domains/{host}?done={what}")


ROUTES = (
    Route("GET", "/organisations/<name>/domains", show),
    Route("POST", "/organisations/<name>/domains", claim, again=show),
    Route("POST", "/organisations/<name>/domains/check", check, again=show, outward=True),
    Route("POST", "/organisations/<name>/domains/withdraw", withdraw, again=show),
    Route("GET", "/organisations/<name>/domains/<host>", look),
    Route("POST", "/organisations/<name>/domains/<host>/compare", compare, again=look, outward=True),
    Route("POST", "/organisations/<name>/domains/<host>/rotate", rotate, again=look, outward=True),
    Route("POST", "/organisations/<name>/domains/<host>/remove", remove, again=again),
    Route("POST", "/organisations/<name>/domains/<host>/restore", restore, again=again),
    Route("POST", "/organisations/<name>/domains/<host>/address", give, again=look),
    Route("POST", "/organisations/<name>/domains/<host>/address/remove", take, again=look),
    Route("POST", "/organisations/<name>/domains/<host>/catch-all", catch, again=look),
)
