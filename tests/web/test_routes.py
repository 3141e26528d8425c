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

OPEN, INSIDE = "for all", "for those who are logged in"
PROGRAMS = "for programs, before anybody logged in"
# what each is, and values for what its path holds
TABLE: dict[str, tuple[str, dict[str, str]]] = {
    "GET /": (OPEN, {}),
    "GET /sign-up": (OPEN, {}),
    "POST /sign-up": (OPEN, {}),
    "GET /sign-up/wait": (OPEN, {}),
    "POST /sign-up/resend": (OPEN, {}),
    "POST /sign-up/start-over": (OPEN, {}),
    "GET /confirm": (OPEN, {}),
    "POST /confirm": (OPEN, {}),
    "GET /log-in": (OPEN, {}),
    "POST /log-in": (OPEN, {}),
    "GET /log-in/done": (OPEN, {}),
    "GET /log-in/code": (OPEN, {}),
    "POST /log-in/code": (OPEN, {}),
    "POST /quit": (OPEN, {}),
    "GET /recover": (OPEN, {}),
    "POST /recover": (OPEN, {}),
    "GET /reset": (OPEN, {}),
    "POST /reset": (OPEN, {}),
    "GET /settings": (INSIDE, {}),
    "POST /settings": (INSIDE, {}),
    "POST /settings/password": (INSIDE, {}),
    "POST /settings/browsers/<int:which>/end": (INSIDE, {"<int:which>": "1"}),
    "POST /settings/browsers/end-others": (INSIDE, {}),
    "GET /settings/second-factor": (INSIDE, {}),
    "POST /settings/second-factor/on": (INSIDE, {}),
    "POST /settings/second-factor/codes": (INSIDE, {}),
    "POST /settings/second-factor/off": (INSIDE, {}),
    "GET /programs": (INSIDE, {}),
    "GET /programs/<name>": (INSIDE, {"<name>": "thunderbird"}),
    "POST /programs/<name>/password": (INSIDE, {"<name>": "thunderbird"}),
    "POST /programs/apple/profile": (INSIDE, {}),
    "POST /programs/passwords/<int:which>/revoke": (INSIDE, {"<int:which>": "1"}),
    "GET /groups": (INSIDE, {}),
    "POST /groups": (INSIDE, {}),
    "GET /groups/<name>": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/members": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/members/<int:which>/picture": (INSIDE, {"<name>": "team", "<int:which>": "1"}),
    "POST /groups/<name>/invite": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/uninvite": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/members/<int:which>": (INSIDE, {"<name>": "team", "<int:which>": "1"}),
    "POST /groups/<name>/members/<int:which>/role": (INSIDE, {"<name>": "team", "<int:which>": "1"}),
    "POST /groups/<name>/members/<int:which>/remove": (INSIDE, {"<name>": "team", "<int:which>": "1"}),
    "GET /groups/<name>/rights": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/rights/<int:which>": (INSIDE, {"<name>": "team", "<int:which>": "1"}),
    "POST /groups/<name>/rights/<int:which>": (INSIDE, {"<name>": "team", "<int:which>": "1"}),
    "GET /groups/<name>/mail": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/mail/copies": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/mail/posting": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/mail/address": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/mail/held/<int:number>/release": (INSIDE, {"<name>": "team", "<int:number>": "1"}),
    "POST /groups/<name>/mail/held/<int:number>/discard": (INSIDE, {"<name>": "team", "<int:number>": "1"}),
    "GET /groups/<name>/activity": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/leave": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/leave": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/hand-over": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/hand-over": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/take-over": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/take-over": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/refuse": (INSIDE, {"<name>": "team"}),
    "GET /groups/<name>/delete": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/delete": (INSIDE, {"<name>": "team"}),
    "POST /groups/<name>/restore": (INSIDE, {"<name>": "team"}),
    "GET /invitation": (OPEN, {}),
    "POST /invitation": (OPEN, {}),
    "POST /invitation/decline": (OPEN, {}),
    "GET /account": (INSIDE, {}),
    "POST /account/profile": (INSIDE, {}),
    "POST /account/picture": (INSIDE, {}),
    "GET /account/picture": (INSIDE, {}),
    "POST /account/shown": (INSIDE, {}),
    "POST /account/private": (INSIDE, {}),
    "GET /account/plan": (INSIDE, {}),
    "GET /account/activity": (INSIDE, {}),
    "GET /account/external": (INSIDE, {}),
    "POST /account/external": (INSIDE, {}),
    "GET /account/external/confirm": (INSIDE, {}),
    "POST /account/external/confirm": (INSIDE, {}),
    "GET /account/delete": (INSIDE, {}),
    "POST /account/delete": (INSIDE, {}),
    "GET /restore": (OPEN, {}),
    "POST /restore": (OPEN, {}),
    "POST /restore/by-password": (OPEN, {}),
    "GET /sharing": (INSIDE, {}),
    "GET /sharing/pick/<tool>": (INSIDE, {"<tool>": "calendar"}),
    "GET /sharing/pick/<tool>/<int:collection>": (INSIDE, {"<tool>": "calendar", "<int:collection>": "1"}),
    "GET /sharing/<int:collection>": (INSIDE, {"<int:collection>": "1"}),
    "POST /sharing/<int:collection>/add": (INSIDE, {"<int:collection>": "1"}),
    "POST /sharing/<int:collection>/remove": (INSIDE, {"<int:collection>": "1"}),
    "GET /sharing/<int:collection>/<int:item>": (INSIDE, {"<int:collection>": "1", "<int:item>": "1"}),
    "POST /sharing/<int:collection>/<int:item>/add": (INSIDE, {"<int:collection>": "1", "<int:item>": "1"}),
    "POST /sharing/<int:collection>/<int:item>/remove": (INSIDE, {"<int:collection>": "1", "<int:item>": "1"}),
    "POST /sharing/<int:collection>/<int:item>/private": (INSIDE, {"<int:collection>": "1", "<int:item>": "1"}),
    "GET /organisations": (INSIDE, {}),
    "POST /organisations": (INSIDE, {}),
    "POST /organisations/leave": (INSIDE, {}),
    "GET /organisations/<name>": (INSIDE, {"<name>": "club"}),
    **{
        f"POST /organisations/<name>/{deed}": (INSIDE, {"<name>": "club"})
        for deed in ("users", "invite", "withdraw", "hand-over", "remove", "many", "domains", "domains/check")
    },
    "POST /organisations/<name>/domains/withdraw": (INSIDE, {"<name>": "club"}),
    "GET /organisations/<name>/many": (INSIDE, {"<name>": "club"}),
    "GET /organisations/<name>/users/<login>": (INSIDE, {"<name>": "club", "<login>": "bob@example.test"}),
    **{
        f"POST /organisations/<name>/users/<login>/{deed}": (INSIDE, {"<name>": "club", "<login>": "bob@example.test"})
        for deed in (
            "suspend",
            "resume",
            "plan",
            "password",
            "delete",
            "restore",
            "group",
            "reassign",
            "release",
        )
    },
    "GET /organisations/<name>/domains": (INSIDE, {"<name>": "club"}),
    "GET /organisations/<name>/domains/<host>": (INSIDE, {"<name>": "club", "<host>": "club.test"}),
    **{
        f"POST /organisations/<name>/domains/<host>/{deed}": (INSIDE, {"<name>": "club", "<host>": "club.test"})
        for deed in ("compare", "rotate", "remove", "restore", "address", "address/remove", "catch-all")
    },
    "GET /organisations/<name>/tokens": (INSIDE, {"<name>": "club"}),
    "POST /organisations/<name>/tokens": (INSIDE, {"<name>": "club"}),
    "POST /organisations/<name>/tokens/<int:which>/revoke": (INSIDE, {"<name>": "club", "<int:which>": "1"}),
    "GET /operator": (INSIDE, {}),
    "POST /operator/throttle/lift": (INSIDE, {}),
    "GET /operator/outbox": (INSIDE, {}),
    "POST /operator/outbox/<int:which>/try": (INSIDE, {"<int:which>": "1"}),
    "POST /operator/outbox/<int:which>/give-up": (INSIDE, {"<int:which>": "1"}),
    "GET /operator/accounts": (INSIDE, {}),
    "GET /operator/accounts/<login>": (INSIDE, {"<login>": "bob@example.test"}),
    **{
        f"POST /operator/accounts/<login>/{deed}": (INSIDE, {"<login>": "bob@example.test"})
        for deed in (
            "suspend",
            "resume",
            "plan",
            "override",
            "forget-second-factor",
            "delete",
            "restore",
            "password",
            "end",
        )
    },
    "GET /operator/plans": (INSIDE, {}),
    "POST /operator/plans": (INSIDE, {}),
    "GET /operator/organisations": (INSIDE, {}),
    "POST /operator/organisations": (INSIDE, {}),
    "POST /operator/organisations/owner": (INSIDE, {}),
    "GET /transfer": (OPEN, {}),
    "POST /transfer": (OPEN, {}),
    "POST /transfer/decline": (OPEN, {}),
    "GET /documents": (INSIDE, {}),
    "GET /documents/at/<path:where>": (INSIDE, {"<path:where>": "x"}),
    "GET /documents/file/<path:where>": (INSIDE, {"<path:where>": "x"}),
    "POST /documents/folder": (INSIDE, {}),
    "POST /documents/folder/<path:where>": (INSIDE, {"<path:where>": "x"}),
    "POST /documents/upload": (INSIDE, {}),
    "POST /documents/upload/<path:where>": (INSIDE, {"<path:where>": "x"}),
    "GET /documents/change/<path:where>": (INSIDE, {"<path:where>": "x"}),
    "POST /documents/rename/<path:where>": (INSIDE, {"<path:where>": "x"}),
    "POST /documents/remove/<path:where>": (INSIDE, {"<path:where>": "x"}),
    "GET /mail": (INSIDE, {}),
    "GET /mail/others": (INSIDE, {}),
    "GET /mail/write": (INSIDE, {}),
    "POST /mail/write": (INSIDE, {}),
    "GET /mail/<int:mailbox>": (INSIDE, {"<int:mailbox>": "1"}),
    **{
        f"GET /mail/<int:mailbox>/<int:uid>{more}": (INSIDE, {"<int:mailbox>": "1", "<int:uid>": "1"})
        for more in ("", "/html", "/whole")
    },
    "GET /mail/<int:mailbox>/<int:uid>/part/<number>": (
        INSIDE,
        {"<int:mailbox>": "1", "<int:uid>": "1", "<number>": "1"},
    ),
    **{
        f"POST /mail/<int:mailbox>/<int:uid>/{deed}": (INSIDE, {"<int:mailbox>": "1", "<int:uid>": "1"})
        for deed in ("mark", "move", "delete")
    },
    "GET /calendar": (INSIDE, {}),
    "GET /calendar/list": (INSIDE, {}),
    "GET /calendar/all": (INSIDE, {}),
    "GET /calendar/day/<day>": (INSIDE, {"<day>": "2026-11-24"}),
    "GET /calendar/<int:book>/<int:event>": (INSIDE, {"<int:book>": "1", "<int:event>": "1"}),
    "GET /calendar/<int:book>/new": (INSIDE, {"<int:book>": "1"}),
    "POST /calendar/<int:book>/new": (INSIDE, {"<int:book>": "1"}),
    "GET /calendar/<int:book>/<int:event>/edit": (INSIDE, {"<int:book>": "1", "<int:event>": "1"}),
    "POST /calendar/<int:book>/<int:event>/edit": (INSIDE, {"<int:book>": "1", "<int:event>": "1"}),
    "POST /calendar/<int:book>/<int:event>/remove": (INSIDE, {"<int:book>": "1", "<int:event>": "1"}),
    "GET /contacts": (INSIDE, {}),
    "GET /contacts/<int:book>": (INSIDE, {"<int:book>": "1"}),
    "GET /contacts/<int:book>/<int:card>": (INSIDE, {"<int:book>": "1", "<int:card>": "1"}),
    "GET /contacts/<int:book>/new": (INSIDE, {"<int:book>": "1"}),
    "POST /contacts/<int:book>/new": (INSIDE, {"<int:book>": "1"}),
    "GET /contacts/<int:book>/<int:card>/edit": (INSIDE, {"<int:book>": "1", "<int:card>": "1"}),
    "POST /contacts/<int:book>/<int:card>/edit": (INSIDE, {"<int:book>": "1", "<int:card>": "1"}),
    "POST /contacts/<int:book>/<int:card>/remove": (INSIDE, {"<int:book>": "1", "<int:card>": "1"}),
    "GET /mail/config-v1.1.xml": (PROGRAMS, {}),
    "GET /.well-known/autoconfig/mail/config-v1.1.xml": (PROGRAMS, {}),
    "GET /.well-known/user-agent-configuration.json": (PROGRAMS, {}),
    "GET /autodiscover/autodiscover.xml": (PROGRAMS, {}),
    "POST /autodiscover/autodiscover.xml": (PROGRAMS, {}),
    "GET /autodiscover/autodiscover.json": (PROGRAMS, {}),
    "GET /autodiscover/autodiscover.json/v1.0/<address>": (PROGRAMS, {"<address>": "x@example.test"}),
    "GET /Autodiscover/Autodiscover.xml": (PROGRAMS, {}),
    "POST /Autodiscover/Autodiscover.xml": (PROGRAMS, {}),
    "GET /Autodiscover/Autodiscover.json": (PROGRAMS, {}),
    "GET /Autodiscover/Autodiscover.json/v1.0/<address>": (PROGRAMS, {"<address>": "x@example.test"}),
    "GET /AutoDiscover/AutoDiscover.xml": (PROGRAMS, {}),
    "POST /AutoDiscover/AutoDiscover.xml": (PROGRAMS, {}),
    "GET /AutoDiscover/AutoDiscover.json": (PROGRAMS, {}),
    "GET /AutoDiscover/AutoDiscover.json/v1.0/<address>": (PROGRAMS, {"<address>": "x@example.test"}),
    "GET /help": (OPEN, {}),
    "GET /help/<topic>": (OPEN, {"<topic>": "start"}),
    "GET /live": (INSIDE, {}),
    "GET /lists/<token>": (OPEN, {"<token>": "x"}),
    "POST /lists/<token>": (OPEN, {"<token>": "x"}),
}
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
