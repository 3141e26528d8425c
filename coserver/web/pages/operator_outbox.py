"""The outbox as the operator sees it: what waits to leave, for whom and why; never what stands in it."""

from collections.abc import Callable

from coserver.accounts import operators
from coserver.net.http.replies import Reply
from coserver.store import outbox
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.leaves import fetched
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 50  # recipients on a page


def show(visit: Visit) -> Reply:
    """Those that are tried next come first."""
    with visit.house.store.read() as tx:
        operators.need(tx, visit.house, visit.who.account)
        found = fetched(visit, lambda skip, most: outbox.some(tx, skip=skip, most=most), most=_MOST)
        return rendering.page(visit, "operator/outbox.html", found=found)


def again(visit: Visit, which: int) -> Reply:
    """The page, where a deed was refused."""
    return show(visit)


def hurry(visit: Visit, which: int) -> Reply:
    """Try one now."""
    return _do(visit, which, "tried", outbox.hurry)


def give_up(visit: Visit, which: int) -> Reply:
    """Try one no more; its sender is told."""
    return _do(visit, which, "given-up", outbox.give_up)


def _do(visit: Visit, which: int, what: str, deed: Callable[[Tx, int], None]) -> Reply:
    def job(tx: Tx) -> None:
        operators.need(tx, visit.house, visit.who.account)
        deed(tx, which)

    visit.house.store.write(job)
    return rendering.redirect(f"/operator/outbox?done={what}")


ROUTES = (
    Route("GET", "/operator/outbox", show),
    Route("POST", "/operator/outbox/<int:which>/try", hurry, again=again),
    Route("POST", "/operator/outbox/<int:which>/give-up", give_up, again=again),
)
