"""Settings: the password, how long the portal waits (R37), language, time zone, where one is logged in (R38)."""

from dataclasses import replace

from coserver.accounts import renewing
from coserver.auth import cookies, credentials, passkeys, preferences, second
from coserver.model.errors import Malformed
from coserver.model.letter import LetterKind
from coserver.net.http.replies import Reply
from coserver.store.tx import Tx
from coserver.web import agents, rendering, sid, speech
from coserver.web.pages.entering import begin
from coserver.web.proofs import Proof, need_self
from coserver.web.routes import Route
from coserver.web.visit import Visit

_DAY = 86_400_000  # milliseconds


def show(visit: Visit) -> Reply:
    """All of them."""
    who = visit.who
    with visit.house.store.read() as tx:
        chosen = preferences.get(tx, who.account)
        browsers = cookies.of(tx, who.account)
        changed = credentials.password_set(tx, who.account) or tx.now
        on = second.is_on(tx, who.account)
        keys = len(passkeys.of(tx, who.account))
        age = (tx.now - changed) // _DAY
    minutes = visit.typed("minutes") or str(chosen.idle_minutes)
    return rendering.page(
        visit,
        "settings.html",
        minutes=minutes,
        shortest=preferences.SHORTEST,
        longest=preferences.LONGEST,
        chosen=chosen,
        languages=speech.NAMES,
        zone=visit.typed("zone") or chosen.zone,
        zones=preferences.zones(),
        browsers=browsers,
        second_factor=on,
        passkeys=keys,
        called=agents.called,
        age=age,
        saved=visit.query.get("saved", ""),
    )


def prefer(visit: Visit) -> Reply:
    """Keep the idle time, the language and the time zone."""
    typed = visit.typed("minutes").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6):
        raise Malformed("Please give the time without use in whole minutes.")
    language = visit.typed("language")
    zone, account = visit.typed("zone").strip(), visit.who.account

    def job(tx: Tx) -> None:
        chosen = replace(preferences.get(tx, account), idle_minutes=int(typed), zone=zone)
        preferences.put(tx, account, replace(chosen, language=language if language in speech.NAMES else ""))

    visit.house.store.write(job)
    return rendering.redirect("/settings?saved=preferences")


def choose_letters(visit: Visit) -> Reply:
    """Keep which letters are to come: those that are ticked."""
    unwanted = frozenset(each for each in LetterKind if not visit.typed(each))
    account = visit.who.account
    visit.house.store.write(
        lambda tx: preferences.put(tx, account, replace(preferences.get(tx, account), unwanted=unwanted))
    )
    return rendering.redirect("/settings?saved=preferences")


def end(visit: Visit, which: int) -> Reply:
    """End one login of a browser."""
    who = visit.who
    visit.house.store.write(lambda tx: cookies.end(tx, who.account, which))
    return rendering.redirect("/settings?saved=ended")


def end_others(visit: Visit) -> Reply:
    """End every login but this."""
    who = visit.who
    visit.house.store.write(lambda tx: cookies.end_all(tx, who.account, but=who.id))
    return rendering.redirect("/settings?saved=ended")


def change(visit: Visit, proof: Proof) -> Reply:
    """Another password: every other login of a browser ends, app passwords stay (S20)."""
    need_self(visit, proof)
    if visit.typed("fresh") != visit.typed("again"):
        raise Malformed("The two new passwords are not the same. Please type them once more.")
    renewing.change(visit.house, visit.who.account, visit.typed("fresh"))
    value = cookies.make()
    begin(visit, visit.who.account, value)
    return rendering.redirect("/settings?saved=password", headers=(sid.setting(value),))


ROUTES = (
    Route("GET", "/settings", show),
    Route("POST", "/settings", prefer, again=show),
    Route("POST", "/settings/letters", choose_letters, again=show),
    Route("POST", "/settings/password", change, again=show, proves=True),
    Route("POST", "/settings/browsers/<int:which>/end", end),
    Route("POST", "/settings/browsers/end-others", end_others),
)
