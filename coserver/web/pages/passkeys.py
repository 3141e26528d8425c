"""Passkeys: made, listed and removed in the settings, and shown at the log-in in place of the password."""

from dataclasses import replace
from typing import Any

from coserver.accounts import undoing
from coserver.auth import cookies, passkeys
from coserver.auth.login import need_in_force
from coserver.model.errors import Denied
from coserver.model.principal import State
from coserver.net.http.replies import Reply
from coserver.store import acting
from coserver.store.tx import Tx
from coserver.web import rendering, sites
from coserver.web.pages import entering
from coserver.web.proofs import Proof, need_self
from coserver.web.routes import For, Route
from coserver.web.visit import Visit


def show(visit: Visit) -> Reply:
    """All of the account, and the way to another one."""
    with visit.house.store.read() as tx:
        mine = passkeys.of(tx, visit.who.account)
    site = sites.site_of(visit)
    return rendering.page(
        visit,
        "passkeys.html",
        passkeys=mine,
        site=site.name,
        web=site.origin,
        here=sites.is_at(visit, site),
        longest=passkeys.LONGEST_LABEL,
        saved=visit.query.get("saved", ""),
    )


def begin(visit: Visit, proof: Proof) -> Reply:
    """The page on which the browser is asked for a new one."""
    need_self(visit, proof)
    site, who = sites.site_of(visit), visit.who
    if not sites.is_at(visit, site):
        raise Denied(f"Passkeys are made at {site.origin} alone. Please open the portal there.")
    with visit.house.store.read() as tx:
        asked = passkeys.to_make(tx, site, who.account, who.login, who.display_name, cookie=who.id)
    return rendering.page(visit, "passkey-new.html", asked=asked, label=visit.typed("label").strip())


def make(visit: Visit) -> Reply:
    """Keep what the browser made."""
    site, who = sites.site_of(visit), visit.who
    label, answer = visit.typed("label"), visit.typed("answer")
    visit.house.store.write(lambda tx: passkeys.add(tx, site, who.account, label, answer, cookie=who.id))
    return rendering.redirect("/settings/passkeys?saved=made")


def remove(visit: Visit, which: int) -> Reply:
    """Forget one."""
    account = visit.who.account
    visit.house.store.write(lambda tx: passkeys.remove(tx, account, which))
    return rendering.redirect("/settings/passkeys?saved=removed")


def enter(visit: Visit) -> Reply:
    """Let in who shows one: it is password and second factor in one."""
    site, answer = sites.site_of(visit), visit.typed("answer")
    with visit.house.store.read() as tx:
        shown = passkeys.check(tx, site, answer)
        undone = shown.whose.state is State.CLOSED and undoing.can(tx, shown.whose.account)
    if undone:
        return rendering.page(visit, "restore-asked.html", 403, login=shown.whose.login)
    need_in_force(shown.whose)
    value = cookies.make()

    def job(tx: Tx) -> None:
        passkeys.take(tx, shown)
        entering.keep(tx, visit, shown.whose.account, value)

    with acting.by(replace(visit.actor, account=shown.whose.account, login=shown.whose.login)):
        visit.house.store.write(job)
    return entering.entered(visit, value)


def _again(visit: Visit, **_: Any) -> Reply:
    return show(visit)


ROUTES = (
    Route("GET", "/settings/passkeys", show),
    Route("POST", "/settings/passkeys/new", begin, again=show, proves=True),
    Route("POST", "/settings/passkeys", make, again=show),
    Route("POST", "/settings/passkeys/<int:which>/remove", remove, again=_again),
    Route("POST", "/log-in/passkey", enter, For.ALL, again=entering.show, paced=True),
)
