"""Which page belongs to a path: the one table, and the door to Werkzeug's matching.

Invariant: a page is reached by the methods it was registered for alone, and by a login unless it says otherwise.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import IntegerConverter, Map, Rule

from coserver.documents.files import Admission
from coserver.model.errors import HouseError, Missing
from coserver.net.http.replies import Reply
from coserver.net.sending import Download
from coserver.store.files import Staged
from coserver.store.tx import Tx
from coserver.web.later import Later
from coserver.web.live import Concern
from coserver.web.visit import Visit

Found = Reply | Download | Later | Concern
Page = Callable[..., Found]
FORM = 65_536  # bytes of a form without files


class For(Enum):
    """Whom a page is for."""

    ALL = "all"
    LOGGED_IN = "logged in"


@dataclass(frozen=True, slots=True)
class Files:
    """What becomes of each file of a form, by its name: whether it may come, and how it is kept, in its tx."""

    admit: Callable[[Tx, Visit, Mapping[str, Any], str], Admission]
    keep: Callable[[Tx, Visit, Mapping[str, Any], str, Staged], object]


@dataclass(frozen=True, slots=True)
class Route:
    """One page or deed.

    `again` shows a form anew, with what was typed and what was wrong with it. `proves` names the fields of login and
    password that are verified before the page is made, which gets what came of it as `proof`. `foreign`: it is also
    posted to by programs, and asks for nothing but what is in its path. `paced`: one address can ask for it so often a
    minute. `most` are the bytes that a form may have; one with `files` is taken as it comes, and the page is made at
    the end, with what was wrong as its error. `outward`: it waits for name servers of others, and does so on threads
    that nothing else waits for.
    """

    method: str
    path: str
    page: Page
    open_to: For = For.LOGGED_IN
    again: Page | None = None
    proves: bool = False
    foreign: bool = False
    paced: bool = False
    most: int = FORM
    files: Files | None = None
    outward: bool = False


class WrongMethod(HouseError):
    """There is such a page, and it is not for this method; the text lists those that it is for."""


class _Number(IntegerConverter):
    """A number of the store, which has 63 bits; a longer one is no page."""

    regex = r"\d{1,18}"


class Placed(Protocol):
    """What stands at a path, for a method."""

    @property
    def method(self) -> str:
        """As HTTP writes it."""

    @property
    def path(self) -> str:
        """What of it varies stands between angle brackets."""


P = TypeVar("P", bound=Placed)


class Routes(Generic[P]):
    """All pages of the portal, or all operations of the API."""

    def __init__(self, routes: Iterable[P]) -> None:
        self.all = tuple(routes)
        rules = [
            Rule(each.path, methods=[each.method], endpoint=number, strict_slashes=False)
            for number, each in enumerate(self.all)
        ]
        self._matching = Map(rules, merge_slashes=False, redirect_defaults=False, converters={"int": _Number}).bind(
            "portal"
        )

    def find(self, method: str, path: str) -> tuple[P, Mapping[str, Any]]:
        """The route of a request, and what its path holds.

        Raises:
            Missing: there is no such page.
            WrongMethod: it cannot be asked so.
        """
        try:
            number, values = self._matching.match(path, "GET" if method == "HEAD" else method)
        except MethodNotAllowed as error:
            raise WrongMethod(", ".join(sorted(error.valid_methods or ()))) from error
        except HTTPException as error:
            raise Missing(
                "There is no such page. Calendars and contacts are at /dav/, documents at /drive/."
            ) from error
        return self.all[number], values

    def above(self, path: str) -> str:
        """The nearest page above one that is only written to, for who asks for its address: after a form went wrong,
        the address bar holds where it was sent to."""
        while path != "/":
            path = path.rpartition("/")[0] or "/"
            try:
                self.find("GET", path)
            except (Missing, WrongMethod):
                continue
            return path
        return path
