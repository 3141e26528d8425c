"""Every route of the portal held to the same promises; one that is not in the table fails."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coserver.accounts.opening import open_store
from coserver.web.index import PAGES
from coserver.web.routes import Route
from tests.clock import OwnClock
from tests.front import Front
from tests.web.browser import OWN, Browser
from tests.web.table import INSIDE, OPEN, PROGRAMS, TABLE

FOREIGN = {"POST /lists/<token>"}  # programs post there, and a token is all it takes
FILES = {**OWN, "Content-Type": "multipart/form-data; boundary=b"}  # a form that is taken as it comes
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n'
PROMISED = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def path(route: Route) -> str:
    found = route.path
    for held, value in TABLE[name(route)][1].items():
        found = found.replace(held, value)
    return found


def of(method: str, *kinds: str) -> list[Any]:
    """The routes of a method and kind, as parameters."""
    found = [each for each in PAGES if each.method == method and TABLE.get(name(each), ("",))[0] in kinds]
    return [pytest.param(each, id=name(each)) for each in found]


@pytest.fixture(scope="module")
def front(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One for all: nothing here may change anything."""
    folder = tmp_path_factory.mktemp("routes") / "data"
    shutil.copytree(seeded, folder)
    made = Front(open_store(folder, clock=OwnClock()))
    yield made
    made.store.close()


@pytest.fixture
def stranger(front: Any) -> Browser:
    front.reactor.advance(60)  # the pace of one address
    return Browser(front)


def test_routes_when_listed_then_each_is_in_the_table() -> None:
    assert sorted(TABLE) == sorted(name(each) for each in PAGES)


@pytest.mark.parametrize("route", of("GET", OPEN, INSIDE, PROGRAMS))
def test_page_when_answered_then_with_every_promise_in_its_head(stranger: Browser, route: Route) -> None:
    """Nothing is kept, framed, guessed at, or loaded from elsewhere; no script stands in a page."""
    for verb in ("GET", "HEAD"):
        stranger.ask(verb, path(route))
        headers = stranger.answer.headers
        kept = {"referrer-policy"} if headers["referrer-policy"].endswith("no-referrer") else set()
        assert {key: headers[key] for key in PROMISED.keys() - kept} == {
            key: value for key, value in PROMISED.items() if key not in kept
        }
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "access-control-allow-origin" not in headers
    stranger.ask("GET", path(route))
    if TABLE[name(route)][0] == PROGRAMS:
        return
    for forbidden in ("<script>", " style=", " onclick", "http://", "//cdn"):
        assert forbidden not in stranger.answer.text.replace("http://house.test/", "")


@pytest.mark.parametrize("route", of("GET", INSIDE))
def test_page_when_asked_for_without_a_login_then_it_is_the_log_in(stranger: Browser, route: Route) -> None:
    """R19."""
    stranger.open(path(route))
    assert stranger.form("/log-in").fields["to"] == path(route)
    stranger.sid = "x" * 43
    assert stranger.open(path(route)).form("/log-in")


@pytest.mark.parametrize("route", of("POST", OPEN, INSIDE))
def test_deed_when_sent_by_another_site_then_refused(front: Any, stranger: Browser, route: Route) -> None:
    alice = Browser(front).log_in("alice")
    for who in (stranger, alice):
        who.ask("POST", path(route), b"a=b", {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"})
        if name(route) not in FOREIGN:
            assert who.status == 403
            assert "not sent from a page of this server" in who.text


@pytest.mark.parametrize("route", of("POST", INSIDE))
def test_deed_when_without_login_or_mark_then_not_done(front: Any, stranger: Browser, route: Route) -> None:
    stranger.ask("POST", path(route), b"a=b", FILES if route.files else OWN)
    assert stranger.status == 403 if route.files else stranger.form("/log-in")
    alice = Browser(front).log_in("alice")
    alice.ask("POST", path(route), FORM if route.files else b"a=b", FILES if route.files else OWN)
    assert alice.status == 403
    assert "not made for this login" in alice.text


@pytest.mark.parametrize("route", of("POST", OPEN, INSIDE))
def test_form_when_endless_or_full_of_fields_then_refused(front: Any, stranger: Browser, route: Route) -> None:
    if route.files:
        alice = Browser(front).log_in("alice")
        for endless in (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * (1 << 21),
            b"--b\r\n" * 500,
        ):
            alice.ask("POST", path(route), endless, FILES)
            assert alice.status in (400, 403)
        return
    stranger.ask("POST", path(route), b"x" * (route.most + 1), OWN)
    assert stranger.status == 413
    stranger.ask("POST", path(route), b"&".join(b"a=b" for _ in range(500)), OWN)
    assert stranger.status == 400


@pytest.mark.parametrize("digits", [19, 40, 5000])
@pytest.mark.parametrize("route", [each for each in PAGES if "<int:" in each.path], ids=name)
def test_path_when_its_number_is_longer_than_any_then_404(front: Front, route: Route, digits: int) -> None:
    alice = Browser(front).log_in("alice")
    odd = re.sub("<int:[a-z]+>", "9" * digits, route.path).replace("<name>", "team").replace("<path:path>", "x")
    alice.ask(route.method, odd, b"" if route.method == "GET" else b"a=b", OWN)
    assert alice.status == 404


@pytest.mark.parametrize(
    ("typed", "above"),
    [
        ("/quit", "/"),
        ("/organisations/club/users/bob@example.test/suspend", "/organisations/club/users/bob@example.test"),
        ("/organisations/a%0D%0Ab/users", "/organisations/a%0D%0Ab"),
        ("/organisations/club/users", "/organisations/club"),
    ],
)
def test_page_when_it_is_only_written_to_and_its_address_is_asked_then_on_with_the_one_above(
    stranger: Browser, typed: str, above: str
) -> None:
    stranger.ask("GET", typed)
    assert (stranger.status, stranger.answer.headers["location"]) == (303, above)


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "OPTIONS"])
def test_page_when_asked_by_another_method_then_405_that_names_those_there_are(stranger: Browser, verb: str) -> None:
    stranger.ask(verb, "/log-in")
    assert (stranger.status, stranger.answer.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(
    "odd", ["/nowhere", "/%00", "/settings/browsers/x/end", "/../log-in", "/static/x", "/static/../door.py"]
)
def test_path_when_it_is_none_then_404_as_a_page(stranger: Browser, odd: str) -> None:
    stranger.ask("GET", odd)
    assert stranger.status == 404
    assert stranger.answer.headers["content-security-policy"]


def test_asset_when_asked_for_then_cached_for_ever_under_its_digest(stranger: Browser) -> None:
    stranger.open("/log-in")
    (style,) = re.findall(r'href="(/static/[^"]+/portal\.css)"', stranger.answer.text)
    stranger.ask("GET", style)
    assert stranger.answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert stranger.answer.headers["content-type"] == "text/css; charset=utf-8"
    stranger.ask("GET", style.replace("/static/", "/static/0"))
    assert stranger.status == 404
