"""Coming under an organisation and leaving it: the answer to what was mailed, and asking to leave (S35)."""

from coserver.accounts import organisations, transfers, wishes
from coserver.accounts.wishes import Kind, Side
from coserver.auth import standing
from coserver.mail import domains
from coserver.model.errors import HouseError
from coserver.net.http.replies import Reply
from coserver.web import rendering
from coserver.web.routes import For, Route
from coserver.web.visit import Visit


def show(visit: Visit) -> Reply:
    """What is asked and what it means; where there is no code in the address, the field for one."""
    code = (visit.typed("token") or visit.query.get("code", "")).strip()
    asked, name, login, chooses = None, "", "", False
    if code:
        try:
            with visit.house.store.read() as tx:
                asked = wishes.find(tx, code)
                found = organisations.get(tx, asked.organisation)
                row = standing.get(tx, asked.account)
                name, login = found.name, "" if row is None else row.login
                own = {each.name for each in domains.of(tx, found.id)}
                leaves = asked.kind is Kind.LEAVE and asked.side is Side.ORGANISATION
                chooses = leaves and login.rpartition("@")[2] in own
        except HouseError as error:
            asked, visit = None, visit if visit.error is not None else visit.failed(error)
    return rendering.page(
        visit, "transfer/answer.html", code=code, asked=asked, name=name, login=login, chooses=chooses
    )  # fmt: skip


def accept(visit: Visit) -> Reply:
    """Agree."""
    done = transfers.accept(visit.house, visit.typed("token").strip(), visit.typed("anew").strip())
    return rendering.page(visit, "transfer/done.html", done=done)


def decline(visit: Visit) -> Reply:
    """Say no."""
    code = visit.typed("token").strip()
    visit.house.store.write(lambda tx: transfers.decline(tx, code))
    return rendering.page(visit, "transfer/done.html", done=None)


ROUTES = (
    Route("GET", "/transfer", show, For.ALL, paced=True),
    Route("POST", "/transfer", accept, For.ALL, again=show, paced=True),
    Route("POST", "/transfer/decline", decline, For.ALL, again=show, paced=True),
)
