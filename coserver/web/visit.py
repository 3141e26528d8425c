"""One request as pages see it: who asks, for what, with which form; and in which words he is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from coserver.accounts.house import House
from coserver.auth.cookies import Cookie
from coserver.model.act import Actor, Way
from coserver.model.errors import HouseError, Unknown


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request says of the browser that sends it; `sid` is the cookie's value as it came, or empty.

    `by_itself`: an open page asked for it, and no person, so that it is no use of the login (R36). `last` names what
    it heard last (the header Last-Event-ID, HTML standard 9.2.4).
    """

    peer: str
    secure: bool
    host: str
    browser: str
    languages: str
    sid: str
    by_itself: bool = False
    last: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request.

    `mark` goes into every form of the page and comes back with it. `half` is a login whose second factor is still to
    come, which opens nothing else. `at` is when it came, in milliseconds since 1970. `body` is what was sent, for pages
    that read more than forms.
    """

    house: House
    caller: Caller
    method: str
    path: str
    language: str
    mark: str
    at: int = 0
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    body: bytes = b""
    cookie: Cookie | None = None
    half: Cookie | None = None
    error: HouseError | None = None

    @property
    def who(self) -> Cookie:
        """The login of the browser, where the page is for those who are logged in."""
        if self.cookie is None:
            raise Unknown("Please log in.")
        return self.cookie

    @property
    def actor(self) -> Actor:
        """Whom the log names."""
        if self.cookie is None:
            return Actor(None, "", Way.WEB, self.caller.peer)
        return Actor(self.cookie.account, self.cookie.login, Way.WEB, self.caller.peer)

    def typed(self, name: str) -> str:
        """What stands in a field of the form; empty if it is not there."""
        return self.form.get(name, "")

    def failed(self, error: HouseError) -> "Visit":
        """The same visit, whose page says what is wrong."""
        return replace(self, error=error)
