"""The calendar application over a real store, asked as a WSGI server asks it."""

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes
from xml.etree import ElementTree

import pytest

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.dav.radicale_app.application import CalendarApp
from coserver.groups import leaving, members, presets, shares
from coserver.groups.shares import Offer, Target
from coserver.mail import domains
from coserver.model.plan import Feature
from coserver.model.principal import Account, Group, Who
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.pim import books
from coserver.pim.books import Visitor
from coserver.quota import plans
from coserver.store import lookup
from coserver.store.engine import Store
from coserver.store.tx import Tx
from tests.clock import OwnClock

NAMESPACES = {
    "D": "DAV:",
    "C": "urn:ietf:params:xml:ns:caldav",
    "R": "urn:ietf:params:xml:ns:carddav",
    "S": "http://calendarserver.org/ns/",
    "I": "http://apple.com/ns/ical/",
}
_SPACES = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in NAMESPACES.items())


def xml(root: str, inside: str = "") -> bytes:
    """A body; prefixes D, C, R, S and I are declared."""
    return f'<?xml version="1.0" encoding="utf-8"?><{root} {_SPACES}>{inside}</{root}>'.encode()


def clark(name: str) -> str:
    """D:href as ElementTree writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def tree(self) -> Any:
        return ElementTree.fromstring(self.body)

    def condition(self) -> str:
        """The condition of a DAV error, without its namespace."""
        return str(self.tree[0].tag).rpartition("}")[2]

    @property
    def responses(self) -> dict[str, Any]:
        """href -> response element of a multistatus."""
        assert self.status == 207, self.body
        return {response.findtext(clark("D:href")): response for response in self.tree.iter(clark("D:response"))}

    def value(self, href: str, name: str) -> Any:
        """The element of a property that was found; None otherwise."""
        for propstat in self.responses[href].iter(clark("D:propstat")):
            if " 200 " in propstat.findtext(clark("D:status")):
                return propstat.find(f"{clark('D:prop')}/{clark(name)}")
        return None


class Client:
    """One account that asks the application."""

    def __init__(self, app: CalendarApp, account: Account, services: frozenset[Feature] = frozenset()) -> None:
        self.app = app
        self.account = account
        self.home = f"/dav/{account.login}/"
        self.services = services

    def ask(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> Answer:
        """One request; `path` is below the home unless it starts with a slash."""
        data = body.encode() if isinstance(body, str) else body
        whole = path if path.startswith("/") else self.home + quote(path)
        told: list[Any] = []
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "/dav",
            "PATH_INFO": unquote_to_bytes(whole.removeprefix("/dav")).decode("latin-1"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "wsgi.input": io.BytesIO(data),
            "wsgi.errors": io.StringIO(),
            "coserver.who": Who(self.account.id, self.account.login, Feature.CALDAV, 1, self.services),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items() if name != "Content_Type"},
        }
        if data:
            environ["CONTENT_LENGTH"] = str(len(data))
            environ["CONTENT_TYPE"] = headers.get("Content_Type", "text/calendar; charset=utf-8")
        pieces = self.app(environ, lambda status, found: told.append((status, found)))
        ((status, found),) = told
        answer = Answer(int(status.split()[0]), dict(found), b"".join(pieces))
        if method != "HEAD" and answer.status not in (204, 304):
            assert int(answer.headers["Content-Length"]) == len(answer.body)
        return answer

    def propfind(self, path: str, *names: str, depth: str = "0") -> Answer:
        """The properties of these names."""
        body = xml("D:propfind", "<D:prop>" + "".join(f"<{name}/>" for name in names) + "</D:prop>")
        return self.ask("PROPFIND", path, body, Depth=depth)

    def title(self, path: str) -> str:
        """The display name of a book."""
        (element,) = self.propfind(path, "D:displayname").tree.iter(clark("D:displayname"))
        return str(element.text)

    def privileges(self, path: str) -> set[str]:
        """What is held on a path, in the words of RFC 3744."""
        found = self.propfind(path, "D:current-user-privilege-set")
        return {one[0].tag.rpartition("}")[2] for one in found.tree.iter(clark("D:privilege"))}

    def sync(self, path: str, token: str = "") -> tuple[str, dict[str, int]]:
        """The new token, and what a sync report tells: name -> 200 or 404."""
        body = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
        found = self.report(path, "D:sync-collection", body)
        told = {
            unquote(href).rpartition("/")[2]: 404 if "404" in (response.findtext(clark("D:status")) or "") else 200
            for href, response in found.responses.items()
        }
        return str(found.tree.findtext(clark("D:sync-token"))), told

    def report(self, path: str, root: str, inside: str) -> Answer:
        """A report; `inside` may use the prefixes D, C, R, S and I."""
        return self.ask("REPORT", path, xml(root, inside), Depth="1")

    def tell(self, method: str, path: str, root: str, inside: str = "") -> Answer:
        """Any method with an XML body."""
        return self.ask(method, path, xml(root, inside))

    def put(self, path: str, body: bytes | str, **headers: str) -> Answer:
        return self.ask("PUT", path, body, **headers)

    def names(self, path: str) -> set[str]:
        """The last segments of what is right below a path."""
        found = self.propfind(path, "D:getetag", depth="1").responses
        return {unquote(href).rstrip("/").rpartition("/")[2] for href in found} - {path.strip("/")}

    def card(self, path: str, body: str) -> Answer:
        return self.ask("PUT", path, body, Content_Type="text/vcard; charset=utf-8")


class Estate:
    """A store with a domain, the application over it, and short ways to accounts and groups."""

    def __init__(self, folder: Path) -> None:
        self.clock = OwnClock()
        self.store = open_store(folder, clock=self.clock)
        self.app = CalendarApp(self.store, most_bytes=200_000, most_xml=1_000_000)

    def client(self, name: str, plan: str = "demo") -> Client:
        account = self.store.write(lambda tx: accounts.add(tx, accounts.New(name, "none", plan)))
        return Client(self.app, account)

    def group(self, name: str, administrator: Client, *others: Client) -> Group:
        made = self.store.write(lambda tx: members.create(tx, name, administrator=administrator.account.id))
        for each in others:
            self.store.write(lambda tx, each=each: members.add(tx, made.id, each.account.id))  # type: ignore[misc]
        return made

    def give(self, group: Group, client: Client, tool: Tool, preset: Preset) -> None:
        self.store.write(lambda tx: presets.give(tx, group.id, client.account.id, tool=tool, preset=preset))

    def share(self, group: Group, path: str, preset: Preset, *, of: Client, to: Client | None = None) -> str:
        """Share `calendar` or `calendar/a.ics` of a client; the segment of the calendar with its recipients."""

        def job(tx: Tx) -> str:
            target = _target(tx, of, path)
            shares.add(tx, None, target, Offer(group.id, None if to is None else to.account.id, preset))
            return f"shared-{target.collection.id}"

        return self.store.write(job)

    def unshare(self, group: Group, path: str, *, of: Client, to: Client | None = None) -> None:
        whom = None if to is None else to.account.id
        self.store.write(lambda tx: shares.remove(tx, None, _target(tx, of, path), through=group.id, to=whom))

    def join(self, group: Group, client: Client) -> None:
        self.store.write(lambda tx: members.add(tx, group.id, client.account.id))

    def leave(self, group: Group, client: Client) -> None:
        self.store.write(lambda tx: leaving.remove(tx, group.id, client.account.id))


def _target(tx: Tx, of: Client, path: str) -> Target:
    segment, _, name = path.partition("/")
    collection = books.find(tx, Visitor(of.account.id), segment).collection
    return Target(collection, lookup.find(tx, collection.id, name) if name else None)


@pytest.fixture(scope="session")
def calendar_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calendars") / "data"
    store = Store.open(folder, clock=OwnClock())
    offered = plans.parse(plans.bundled() + plans.bundled("plans-demo"))
    store.write(lambda tx: plans.publish(tx, offered))
    store.write(lambda tx: domains.add(tx, "example.test"))
    store.close()
    return folder


@pytest.fixture
def estate(calendar_template: Path, tmp_path: Path) -> Iterator[Estate]:
    shutil.copytree(calendar_template, tmp_path / "data")
    made = Estate(tmp_path / "data")
    yield made
    made.store.close()


@pytest.fixture
def alice(estate: Estate) -> Client:
    return estate.client("alice")
