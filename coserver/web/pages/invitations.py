"""The answer to an invitation: what others will see stands before it (S16, R52, R53)."""

from coserver.accounts import inviting
from coserver.groups import invitations
from coserver.model.errors import HouseError, Missing
from coserver.net.http.replies import Reply
from coserver.web import rendering
from coserver.web.routes import For, Route
from coserver.web.visit import Visit


def show(visit: Visit) -> Reply:
    """Who invites to what; where there is no code in the address, the field for one."""
    code = (visit.typed("token") or visit.query.get("code", "")).strip()
    asked = inviter = None
    if code and visit.error is None:
        try:
            with visit.house.store.read() as tx:
                asked = invitations.find(tx, code)
                inviter = inviting.login_of(tx, asked.by)
        except HouseError as error:
            visit = visit.failed(error)
    return rendering.page(visit, "invitation.html", code=code, asked=asked, inviter=inviter)


def accept(visit: Visit) -> Reply:
    """Join the account that has the invited address; who has none yet signs up first (C10)."""
    code = visit.typed("token").strip()
    try:
        asked, account = visit.house.store.write(lambda tx: inviting.accept(tx, code))
    except Missing as error:
        with visit.house.store.read() as tx:
            pending = invitations.find(tx, code)
        return rendering.page(visit.failed(error), "invitation-first.html", code=code, asked=pending)
    mine = visit.cookie is not None and visit.cookie.account == account.account
    return rendering.page(visit, "invitation-done.html", asked=asked, login=account.login, mine=mine)


def decline(visit: Visit) -> Reply:
    """Answer no."""
    code = visit.typed("token").strip()
    asked = visit.house.store.write(lambda tx: invitations.decline(tx, code))
    return rendering.page(visit, "invitation-declined.html", asked=asked)


ROUTES = (
    Route("GET", "/invitation", show, For.ALL, paced=True),
    Route("POST", "/invitation", accept, For.ALL, again=show, paced=True),
    Route("POST", "/invitation/decline", decline, For.ALL, again=show, paced=True),
)
