"""A browser for tests: keeps its cookie, follows redirects, and sends the forms of the page it shows."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

HOST = "house.test"
PATIENCE = 60  # seconds that a browser waits for an answer
OWN = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Form:
    """A form of a page: where it goes, and what stands in its fields."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.told: list[str] = []
        self.open: str = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag in ("input", "textarea", "select") and self.forms:
            self.open = given.get("name", "")
            self.forms[-1].fields[self.open] = given.get("value", "")
        elif tag == "option" and "selected" in given:
            self.forms[-1].fields[self.open] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self.told.append(data)
        if self.lasttag == "textarea" and self.forms and data.strip():
            self.forms[-1].fields[self.open] = data


class Browser:
    """One browser on one front."""

    def __init__(self, front: Any, *, keeps_cookies: bool = True, **headers: str) -> None:
        self.front = front
        self.sid = ""
        self.keeps_cookies = keeps_cookies
        self.headers = headers
        self.path = ""
        self.answer: Any = None
        self.page = _Reader()

    # ------------------------------------------------------------ what people do

    def open(self, path: str) -> "Browser":
        """Look at a page."""
        self.ask("GET", path)
        while self.answer.status == 303:
            self.ask("GET", self.answer.headers["location"])
        return self

    def send(self, action: str, **typed: str) -> "Browser":
        """Fill in the form of this page that goes there, and send it."""
        (form, *_) = [each for each in self.page.forms if each.action == action]
        assert typed.keys() <= form.fields.keys(), f"the form has {sorted(form.fields)}"
        self.post(action, {**form.fields, **typed})
        return self

    def post(self, path: str, fields: dict[str, str], headers: dict[str, str] = OWN) -> "Browser":
        """Send fields, whatever the page says."""
        self.ask("POST", path, urlencode(fields).encode(), headers)
        if self.answer.status == 303:
            self.open(self.answer.headers["location"])
        return self

    def log_in(self, who: str, password: str = "") -> "Browser":
        """By the page for it."""
        return self.open("/log-in").send("/log-in", login=who, password=password or f"demo-{who}-pass")

    # ------------------------------------------------------------ what they see

    @property
    def status(self) -> int:
        return int(self.answer.status)

    @property
    def text(self) -> str:
        """The words of the page, without its marks."""
        return " ".join(" ".join(self.page.told).split())

    def form(self, action: str) -> Form:
        """The form that goes there."""
        (form, *_) = [each for each in self.page.forms if each.action == action]
        return form

    # ------------------------------------------------------------ inside

    def ask(self, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        told = {"Host": HOST, **self.headers, **(headers or {})}
        if self.sid:
            told["Cookie"] = f"__Host-sid={self.sid}"
        if body:
            told.setdefault("Content-Type", "application/x-www-form-urlencoded")
        line = self.front.connect()
        line.send(self.front.head(verb, path, told, body, who=None) + body)
        if not line.transport.value():  # a guess before makes this one wait
            self.front.reactor.advance(PATIENCE)
        self.answer = line.answer(head=verb == "HEAD")
        line.channel.connectionLost(Failure(ConnectionDone()))
        self.path = path
        given = self.answer.headers.get("set-cookie", "")
        if given and self.keeps_cookies:
            self.sid = given.partition("=")[2].partition(";")[0]
        self.page = _Reader()
        if self.answer.headers.get("content-type", "").startswith("text/html"):
            self.page.feed(self.answer.text)
