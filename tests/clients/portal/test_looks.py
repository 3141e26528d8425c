"""Every page at every width, in light and dark: nothing to scroll sideways, nothing that a reader stumbles on."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from coserver.model.space import Tool
from coserver.web.helping import TOPICS
from coserver.web.index import PAGES
from coserver.web.pages.programs import DEVICES
from coserver.web.routes import For
from tests.clients.portal.conftest import AXE, WIDTHS, log_in
from tests.clients.programs.curl import put

pytestmark = [pytest.mark.needs("chromium", "curl"), pytest.mark.timeout(300)]
NO_PAGES = ("/mail/", "/.well-known/", "/autodiscover", "/Autodiscover", "/AutoDiscover")  # what programs read
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
    "/documents/at/<path:where>": ("/documents/at/Groups",),
    "/documents/file/<path:where>": (),  # no page
    "/documents/change/<path:where>": (f"/documents/change/{quote(LONG)}.txt",),
    "/calendar/day/<day>": ("/calendar/day/2026-11-24",),
    "/calendar/<int:book>/<int:event>": ("/calendar/<calendar>/<event>",),
    "/sharing/pick/<tool>": tuple(f"/sharing/pick/{tool}" for tool in Tool),
}


def shown(whom: For) -> list[str]:
    """The addresses of the pages for somebody; numbers are still to be filled in."""
    return sorted(
        path
        for route in PAGES
        if route.method == "GET" and not route.path.startswith((*NO_PAGES, "/lists/")) and route.open_to is whom
        if not route.path.endswith("/picture")  # no page
        for path in FILLED.get(route.path, (route.path.replace("<name>", TEAM).replace("<tool>", "documents"),))
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_when_drawn_then_fit_every_screen_and_every_reader(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path, scheme: Any
) -> None:
    """R1."""
    put(own_demo, "alice", f"/drive/{LONG}.txt", "x", home=tmp_path)
    put(own_demo, "alice", "/dav/alice@example.test/contacts/x.vcf", CARD, home=tmp_path)
    put(own_demo, "alice", "/dav/alice@example.test/calendar/x.ics", EVENT, home=tmp_path)
    stranger, alice = person(color_scheme=scheme), log_in(person(color_scheme=scheme), "alice")
    numbers = _numbers(alice)
    for page, whom in ((stranger, For.ALL), (alice, For.ALL), (alice, For.LOGGED_IN)):
        for template in shown(whom):
            path = functools.reduce(lambda whole, name: whole.replace(name, numbers[name]), numbers, template)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                answer = page.goto(path)
                assert answer is not None
                assert whom is For.ALL or answer.status == REFUSED.get(path, 200), path
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{path} is {wide} wide at {width}"
            assert _troubles(page) == [], path


def _numbers(page: Page) -> dict[str, str]:
    """Of a member, a folder and a file, as the pages name them."""

    def first(path: str, pattern: str) -> str:
        page.goto(path)
        return str(re.findall(pattern, page.content())[0])

    member = first(f"/groups/{TEAM}/members", rf"/groups/{TEAM}/members/([0-9]+)")
    folder = first("/sharing/pick/documents", r"/sharing/pick/documents/([0-9]+)")
    file = first(f"/sharing/pick/documents/{folder}", rf"/sharing/{folder}/([0-9]+)")
    book = first("/contacts", r'href="/contacts/([0-9]+)"')
    card = first(f"/contacts/{book}", rf"/contacts/{book}/([0-9]+)")
    calendar, event = first("/calendar/day/2026-11-24", r"/calendar/([0-9]+/[0-9]+)").split("/")
    return {
        "<int:which>": member, "<int:collection>": folder, "<int:item>": file, "<int:book>": book,
        "<int:card>": card, "<calendar>": calendar, "<event>": event,
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
