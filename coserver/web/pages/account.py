"""My account: who one is to others (R52), under which addresses, and what stands around that."""

from collections.abc import Callable

from coserver.accounts import appearing, organisations, pictures
from coserver.auth import profiles, standing
from coserver.groups import members
from coserver.mail import addresses
from coserver.mail.addresses import Kind
from coserver.model.errors import Malformed, Missing
from coserver.net.http.replies import Reply
from coserver.pim import people
from coserver.quota import plans
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

_PERSONAL = (Kind.PRIMARY, Kind.ALIAS)  # of the addresses: those of an office are nobody's face
TEXTS = ("first", "last", "organisation")
_ROOM = 65_536  # bytes around a picture in its form


def show(visit: Visit) -> Reply:
    """All of it."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        told, mine, shown = profiles.of(tx, who), addresses.of(tx, who), people.shown(tx, who)
        personal = [each for each in mine if each.kind in _PERSONAL]
        found = standing.get(tx, who)
        return rendering.page(
            visit,
            "account/account.html",
            texts=appearing.texts(told) | {name: visit.form[name] for name in TEXTS if name in visit.form},
            pictured=bool(told.picture),
            most=pictures.MOST_PIXELS,
            addresses=mine,
            personal=personal,
            groups=[(each, shown.get(each.id, "")) for each in members.groups_of(tx, who)] if personal[1:] else [],
            external="" if found is None else found.external,
            hides=standing.hides_private(tx, who),
            plan=plans.plan_of(tx, who),
            running=organisations.running(tx, who),
        )


def tell(visit: Visit) -> Reply:
    """Other names, another organisation."""
    told = {name: visit.typed(name).strip() for name in TEXTS}
    return _kept(visit, "profile", lambda tx: appearing.tell(tx, visit.who.account, told))


def put_picture(visit: Visit) -> Reply:
    """Another picture; without one chosen, none."""
    data = visit.files.get("picture", b"")
    if not data and "none" not in visit.form:
        raise Malformed("Please choose a picture first.")
    kept, media = pictures.kept(data) if data else (b"", "")
    return _kept(visit, "picture", lambda tx: appearing.show(tx, visit.who.account, media=media, picture=kept))


def picture(visit: Visit) -> Reply:
    """The own picture."""
    with visit.house.store.read() as tx:
        found = profiles.of(tx, visit.who.account)
    if not found.picture:
        raise Missing("There is no picture.")
    return Reply(200, (("Content-Type", found.media), *rendering.HEADERS), found.picture)


def choose(visit: Visit) -> Reply:
    """Which address the members of a group see (S17)."""
    group, address = visit.typed("group"), visit.typed("address")
    return _kept(visit, "shown", lambda tx: appearing.choose(tx, visit.who.account, group, address))


def hide(visit: Visit) -> Reply:
    """Whether private events are seen as busy, or not at all (C12)."""
    hides = visit.typed("private") == appearing.NOTHING
    return _kept(visit, "private", lambda tx: appearing.hide(tx, visit.who.account, hides=hides))


def _kept(visit: Visit, what: str, deed: Callable[[Tx], None]) -> Reply:
    visit.house.store.write(deed)
    return rendering.redirect(f"/account?saved={what}")


ROUTES = (
    Route("GET", "/account", show),
    Route("POST", "/account/profile", tell, again=show),
    Route("POST", "/account/picture", put_picture, again=show, most=pictures.MOST_BYTES + _ROOM),
    Route("GET", "/account/picture", picture),
    Route("POST", "/account/shown", choose, again=show),
    Route("POST", "/account/private", hide, again=show),
)
