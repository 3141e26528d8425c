"""How somebody deletes his account (R64, R66), and gets it back while there is time."""

from dataclasses import replace

from coserver.accounts import undoing
from coserver.auth import standing
from coserver.groups import belonging, members
from coserver.model.errors import Denied, HouseError, Malformed
from coserver.model.principal import State
from coserver.net.http.replies import Reply
from coserver.quota import subscriptions
from coserver.web import rendering, sid
from coserver.web.proofs import Proof, is_in_state, need_self
from coserver.web.routes import For, Route
from coserver.web.visit import Visit

_NAMED = 20  # groups that are named on the page


def ask(visit: Visit) -> Reply:
    """What goes, what stands in the way, and until when it can be undone."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        depending, number = belonging.depending(tx, who, most=_NAMED)
        alone = [] if depending else members.administered(tx, who)
        agreed = subscriptions.terms(tx, who)
    return rendering.page(
        visit,
        "account/delete.html",
        depending=depending,
        more=number - len(depending),
        alone=alone,
        paid_until=agreed.paid_until,
        days=visit.house.life.undo_days,
    )


def delete_(visit: Visit, proof: Proof) -> Reply:
    """Delete it: the password and the login typed say that it is meant."""
    need_self(visit, proof)
    if visit.typed("meant").strip() != visit.who.login:
        raise Malformed("Please type your whole login, so that nothing is deleted by mistake.")
    until = undoing.delete_(visit.house, visit.who.account)
    return rendering.page(
        replace(visit, cookie=None), "account/deleted.html", headers=sid.ending(), login=visit.who.login, until=until
    )


def look(visit: Visit) -> Reply:
    """Where the code that undoes it is handed in."""
    return rendering.page(visit, "restore.html", code=visit.typed("token") or visit.query.get("code", ""))


def restore_by(visit: Visit) -> Reply:
    """Undo it by the code."""
    found = visit.house.store.write(lambda tx: undoing.restore_by(tx, visit.typed("token").strip()))
    return rendering.page(visit, "restored.html", login=found.login)


def restore(visit: Visit, proof: Proof) -> Reply:
    """Undo it by the password."""
    if not is_in_state(proof, State.CLOSED):
        raise proof if isinstance(proof, HouseError) else Denied("This account is not deleted: please log in.")
    with visit.house.store.read() as tx:
        found = standing.find(tx, visit.typed("login"))
    if found is None:
        raise Denied("This account cannot be restored here: please contact the administrator.")
    done = visit.house.store.write(lambda tx: undoing.restore(tx, found.account))
    return rendering.page(visit, "restored.html", login=done.login)


ROUTES = (
    Route("GET", "/account/delete", ask),
    Route("POST", "/account/delete", delete_, again=ask, proves=True),
    Route("GET", "/restore", look, For.ALL),
    Route("POST", "/restore", restore_by, For.ALL, again=look, paced=True),
    Route("POST", "/restore/by-password", restore, For.ALL, proves=True, paced=True),
)
