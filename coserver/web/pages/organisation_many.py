"""Many users of an organisation at once, from lines of CSV: tried first, so that nothing surprises (R25)."""

from coserver.accounts import managing, many, organisations
from coserver.accounts.many import Outcome
from coserver.model.errors import Malformed
from coserver.net.http.replies import Reply
from coserver.quota import plans
from coserver.web import rendering
from coserver.web.pages.organisations import asking
from coserver.web.routes import Route
from coserver.web.visit import Visit

_BYTES = 262_144  # of the form: 200 lines with long groups


def show(visit: Visit, name: str) -> Reply:
    """How the lines are written, and the form for them."""
    return _page(visit, name, [], _text(visit))


def go(visit: Visit, name: str) -> Reply:
    """What would become of each line; with `good`, what became of it."""
    house, text, asked = visit.house, _text(visit), asking(visit, name)
    with house.store.read() as tx:
        organisations.acting_for(tx, name, asked.by)
    rows = many.parse(text)
    if not rows:
        raise Malformed("There are no lines. Write one for each user: login,password[,plan[,group...]].")
    good = "good" in visit.form
    if good and len(rows) > many.MOST_REHEARSED:
        raise Malformed(f"At most {many.MOST_REHEARSED} lines can be taken at once: divide the file.")
    carry_out = many.add if good else many.rehearse
    return _page(visit, name, carry_out(house, rows, managing.ways(house, asked)), "" if good else text, good=good)


def _text(visit: Visit) -> str:
    chosen = visit.files.get("file", b"")
    if not chosen:
        return visit.typed("lines")
    try:
        return chosen.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("The file is not in UTF-8. Please save it as CSV in UTF-8.") from error


def _page(visit: Visit, name: str, outcomes: list[Outcome], text: str, *, good: bool = False) -> Reply:
    with visit.house.store.read() as tx:
        return rendering.page(
            visit,
            "organisations/many.html",
            org=organisations.acting_for(tx, name, visit.who.account),
            outcomes=outcomes,
            ready=sum(each.added for each in outcomes),
            text=text,
            good=good,
            most=many.MOST_REHEARSED,
            plans=plans.listed(tx),
        )


ROUTES = (
    Route("GET", "/organisations/<name>/many", show),
    Route("POST", "/organisations/<name>/many", go, again=show, most=_BYTES),
)
