"""Every page at every width, in light and dark: nothing to scroll sideways, nothing that a reader stumbles on."""

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.auth import second, totp
from coserver.clock import SystemClock
from coserver.model.space import Tool
from coserver.store.tx import Tx
from coserver.web.helping import TOPICS
from coserver.web.index import PAGES
from coserver.web.pages.programs import DEVICES
from coserver.web.routes import For
from tests.clients.portal.conftest import AXE, WIDTHS, log_in
from tests.clients.programs.curl import put
from tests.conftest import start_demo
from tests.serving import serve_again
from tests.web.pages.in_mail import kept
from tests.web.pages.in_organisations import founded
from tests.web.pages.test_mail_message import HOSTILE

pytestmark = [pytest.mark.needs("chromium", "curl"), pytest.mark.timeout(600)]
NO_PAGES = ("/mail/config", "/.well-known/", "/autodiscover", "/Autodiscover", "/AutoDiscover")  # what programs read
TEAM = "team"  # a group of the demo
LONG = "a long name of a file " * 5
CARD = f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x\r\nFN:{LONG}\r\nN:{'x' * 200};;;;\r\nNOTE:{LONG}\r\nEND:VCARD\r\n"
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:20260101T000000Z\r\n"
    f"DTSTART:20261124T100000Z\r\nRRULE:FREQ=DAILY\r\nSUMMARY:{'x' * 200}\r\nLOCATION:{LONG}\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
REFUSED = {f"/groups/{TEAM}/take-over": 404}  # it is not offered to anybody
FILLED = {
    "/help/<topic>": tuple(f"/help/{topic}" for topic in TOPICS),
    "/programs/<name>": tuple(f"/programs/{name}" for name in DEVICES),
    "/organisations/<name>": ("/organisations/club",),
    "/organisations/<name>/many": ("/organisations/club/many",),
    "/organisations/<name>/users/<login>": ("/organisations/club/users/newcomer@club.test",),
    "/organisations/<name>/domains": ("/organisations/club/domains",),
    "/organisations/<name>/domains/<host>": ("/organisations/club/domains/club.test",),
    "/operator/accounts/<login>": ("/operator/accounts/bob@example.test",),
    "/organisations/<name>/activity": ("/organisations/club/activity",),
    "/organisations/<name>/tokens": ("/organisations/club/tokens",),
    "/mail/<int:mailbox>/<int:uid>/html": (),  # no pages
    "/mail/<int:mailbox>/<int:uid>/whole": (),
    "/mail/<int:mailbox>/<int:uid>/part/<number>": (),
    "/documents/at/<path:where>": ("/documents/at/Groups",),
    "/documents/file/<path:where>": (),  # no page
    "/documents/change/<path:where>": (f"/documents/change/{quote(LONG)}.txt",),
    "/calendar/day/<day>": ("/calendar/day/2026-11-24",),
    "/calendar/<int:book>/<int:event>": ("/calendar/<calendar>/<event>",),
    "/calendar/<int:book>/new": ("/calendar/<calendar>/new?day=2026-11-24",),
    "/calendar/<int:book>/<int:event>/edit": ("/calendar/<calendar>/<event>/edit",),
    "/sharing/pick/<tool>": tuple(f"/sharing/pick/{tool}" for tool in Tool),
}


def shown(whom: For) -> list[str]:
    """The addresses of the pages for somebody; numbers are still to be filled in."""
    return sorted(
        path
        for route in PAGES
        if route.method == "GET"
        and not route.path.startswith((*NO_PAGES, "/lists/", "/live"))
        and route.open_to is whom
        if not route.path.endswith("/picture")  # no page
        for path in FILLED.get(route.path, (route.path.replace("<name>", TEAM).replace("<tool>", "documents"),))
    )


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One in which alice owns an organisation with a domain and a user, and carol is the operator."""
    data = tmp_path_factory.mktemp("looks") / "data"
    running = start_demo(data)
    running.stop()
    store = open_store(data, clock=SystemClock())
    front = SimpleNamespace(store=store)
    founded(front, "club", "alice", "newcomer")
    kept(front, "alice", HOSTILE)
    codes = store.write(_second_factor)
    store.close()
    serve_again(running, ("# operators = []", 'operators = ["carol"]'))
    running.codes = codes
    yield running
    running.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_when_drawn_then_fit_every_screen_and_every_reader(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path, scheme: Any
) -> None:
    """R1."""
    put(own_demo, "alice", f"/drive/{LONG}.txt", "x", home=tmp_path)
    put(own_demo, "alice", "/dav/alice@example.test/contacts/x.vcf", CARD, home=tmp_path)
    put(own_demo, "alice", "/dav/alice@example.test/calendar/x.ics", EVENT, home=tmp_path)
    stranger, alice = person(color_scheme=scheme), log_in(person(color_scheme=scheme), "alice")
    carol = log_in(person(color_scheme=scheme), "carol")
    carol.get_by_label("Code").fill(own_demo.codes.pop())
    carol.get_by_role("main").get_by_role("button", name="Log in").click()
    numbers = _numbers(alice)
    inside = shown(For.LOGGED_IN)
    operation = [path for path in inside if path.startswith("/operator")]
    for page, whom, all_ in (
        (stranger, For.ALL, shown(For.ALL)),
        (alice, For.ALL, shown(For.ALL)),
        (alice, For.LOGGED_IN, [path for path in inside if path not in operation]),
        (carol, For.LOGGED_IN, operation),
    ):
        for template in all_:
            path = functools.reduce(lambda whole, name: whole.replace(name, numbers[name]), numbers, template)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                answer = page.goto(path)
                assert answer is not None
                assert whom is For.ALL or answer.status == REFUSED.get(path, 200), path
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{path} is {wide} wide at {width}"
            assert _troubles(page) == [], path


def _second_factor(tx: Tx) -> list[str]:
    """Turn it on for carol; her recovery codes."""
    carol = accounts.find(tx, "carol").id
    return second.turn_on(tx, carol, totp.code(second.begin(tx, carol), tx.now))


def _numbers(page: Page) -> dict[str, str]:
    """Of a member, a folder and a file, as the pages name them."""

    def first(path: str, pattern: str) -> str:
        page.goto(path)
        return str(re.findall(pattern, page.content())[0])

    member = first(f"/groups/{TEAM}/members", rf"/groups/{TEAM}/members/([0-9]+)")
    folder = first("/sharing/pick/documents", r"/sharing/pick/documents/([0-9]+)")
    file = first(f"/sharing/pick/documents/{folder}", rf"/sharing/{folder}/([0-9]+)")
    mailbox, message = first("/mail", r"/mail/([0-9]+)/[0-9]+"), first("/mail", r"/mail/[0-9]+/([0-9]+)")
    book = first("/contacts", r'href="/contacts/([0-9]+)"')
    card = first(f"/contacts/{book}", rf"/contacts/{book}/([0-9]+)")
    calendar, event = first("/calendar/day/2026-11-24", r"/calendar/([0-9]+/[0-9]+)").split("/")
    return {
        "<int:which>": member, "<int:collection>": folder, "<int:item>": file, "<int:mailbox>": mailbox,
        "<int:uid>": message, "<int:book>": book, "<int:card>": card, "<calendar>": calendar, "<event>": event,
    }  # fmt: skip


def _troubles(page: Page) -> list[str]:
    """What axe calls serious or worse."""
    page.context.grant_permissions([])
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run()")
    return [
        f"{one['id']}: {one['help']} ({one['nodes'][0]['html']})"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
