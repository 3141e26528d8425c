"""Help: a page about each part of the portal, questions and answers, and what is promised (R18, R23, R32, R68, C3)."""

from coserver.auth import cookies, passwords
from coserver.groups import deletion
from coserver.model.errors import Missing
from coserver.net.http.replies import Reply
from coserver.store import journal
from coserver.web import rendering
from coserver.web.helping import TOPICS
from coserver.web.routes import For, Route
from coserver.web.visit import Visit

_DAY = 86_400_000  # milliseconds
_HOUR = 3_600_000


def contents(visit: Visit) -> Reply:
    """All topics."""
    return rendering.page(visit, "help/contents.html", topics=TOPICS)


def show(visit: Visit, topic: str) -> Reply:
    """One of them; whatever figure stands in it is the one that counts here."""
    if topic not in TOPICS:
        raise Missing("There is no help about that.")
    house = visit.house
    return rendering.page(
        visit,
        f"help/{topic}.html",
        topics=TOPICS,
        contact=f"postmaster@{house.config.server.domain}",
        life=house.life,
        journal_days=journal.DAYS,
        group_days=deletion.KEPT // _DAY,
        login_hours=cookies.LONGEST // _HOUR,
        shortest=passwords.SHORTEST,
    )


ROUTES = (
    Route("GET", "/help", contents, For.ALL),
    Route("GET", "/help/<topic>", show, For.ALL),
)
