"""The second factor: set up with a device, turned on, turned off, recovery codes made anew."""

from coserver.auth import cookies, second, totp
from coserver.net.http.replies import Reply
from coserver.store.tx import Tx
from coserver.web import pictures, rendering
from coserver.web.proofs import Proof, need_self
from coserver.web.routes import Route
from coserver.web.visit import Visit


def show(visit: Visit) -> Reply:
    """Whether it is on, and what can be done."""
    who = visit.who

    def look(tx: Tx) -> tuple[bool, int, bytes]:
        on = second.is_on(tx, who.account)
        return on, second.codes_left(tx, who.account), b"" if on else second.begin(tx, who.account)

    on, left, secret = visit.house.store.write(look)
    issuer = visit.house.config.server.domain
    return rendering.page(
        visit,
        "second-factor.html",
        on=on,
        left=left,
        secret=totp.spoken(secret) if secret else "",
        address=totp.address(secret, who.login, issuer) if secret else "",
        picture=pictures.square,
        off="off" in visit.query,
    )


def turn_on(visit: Visit) -> Reply:
    """Ask for codes from now on: every other login ends, and the recovery codes are shown this once."""
    who = visit.who

    def job(tx: Tx) -> list[str]:
        codes = second.turn_on(tx, who.account, visit.typed("code"))
        cookies.end_all(tx, who.account, but=who.id)
        return codes

    return rendering.page(visit, "recovery-codes.html", codes=visit.house.store.write(job))


def renew(visit: Visit, proof: Proof) -> Reply:
    """New recovery codes in place of the old ones."""
    need_self(visit, proof)
    account = visit.who.account
    codes = visit.house.store.write(lambda tx: second.note_down(tx, account))
    return rendering.page(visit, "recovery-codes.html", codes=codes)


def turn_off(visit: Visit, proof: Proof) -> Reply:
    """Ask for no codes any more."""
    need_self(visit, proof)
    account = visit.who.account
    visit.house.store.write(lambda tx: second.turn_off(tx, account))
    return rendering.redirect("/settings/second-factor?off=1")


ROUTES = (
    Route("GET", "/settings/second-factor", show),
    Route("POST", "/settings/second-factor/on", turn_on, again=show),
    Route("POST", "/settings/second-factor/codes", renew, again=show, proves=True),
    Route("POST", "/settings/second-factor/off", turn_off, again=show, proves=True),
)
