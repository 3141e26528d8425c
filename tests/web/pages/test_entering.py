"""In and out of the portal, as a browser goes through it."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import cookies, credentials
from coserver.model.plan import Feature
from coserver.store import journal
from tests.web.browser import OWN, Browser

MINUTE = 60


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def browser(front: Any) -> Browser:
    return Browser(front)


def id_of(front: Any, login: str) -> Any:
    with front.store.read() as tx:
        return accounts.find(tx, login).id


def test_log_in_when_password_is_right_then_home_and_one_cookie_that_ends_with_the_browser(browser: Browser) -> None:
    """R2: for this host alone, over TLS alone, for no script, not along with what others post; no date in it."""
    browser.open("/log-in").post("/log-in", {"login": "alice", "password": "demo-alice-pass", "to": "/"})
    assert (browser.status, browser.path) == (200, "/")
    assert "You are logged in as alice@example.test" in browser.text
    again = Browser(browser.front).open("/log-in")
    again.ask("POST", "/log-in", b"login=alice&password=demo-alice-pass", OWN)
    given = again.answer.headers["set-cookie"]
    assert given.partition(";")[2].strip() == "Path=/; Secure; HttpOnly; SameSite=Lax"
    assert given.startswith("__Host-sid=")
    assert len(given.partition(";")[0].partition("=")[2]) == 43  # 256 bits


@pytest.mark.parametrize(("who", "password"), [("alice", "wrong"), ("nobody", "wrong"), ("", ""), ("a\0b", "\0")])
def test_log_in_when_name_or_password_is_wrong_then_the_same_words_and_no_cookie(
    browser: Browser, who: str, password: str
) -> None:
    browser.open("/log-in").post("/log-in", {"login": who, "password": password})
    assert browser.status == 403
    assert "The login or the password is wrong." in browser.text
    assert browser.form("/log-in").fields["password"] == ""
    assert browser.sid == ""


def test_log_in_when_by_app_password_then_refused(front: Any, browser: Browser) -> None:
    made, alice = credentials.make(), id_of(front, "alice")
    front.store.write(lambda tx: credentials.add_app(tx, alice, made, label="", services=[Feature.IMAP]))
    browser.log_in("alice", made.text)
    assert browser.status == 403
    assert "App passwords are for programs" in browser.text


def test_log_in_when_over_the_network_in_clear_then_refused_before_the_password_is_tried(front: Any) -> None:
    """R35: the form may be seen, the password is not taken."""
    line = front.connect("192.0.2.7")
    body = b"login=alice&password=demo-alice-pass"
    head = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://house.test"}
    answer = line.request("POST", "/log-in", head, body, who=None)
    assert answer.status == 403
    assert "https://" in answer.text


def test_log_in_when_the_browser_refuses_cookies_then_told_what_to_do(front: Any) -> None:
    """R2."""
    browser = Browser(front, keeps_cookies=False).log_in("alice")
    assert browser.status == 403
    assert "allow cookies for this site" in browser.text


def test_log_in_when_it_came_in_between_then_leads_back_and_nowhere_else(front: Any) -> None:
    browser = Browser(front).open("/settings")
    assert browser.form("/log-in").fields["to"] == "/settings"
    browser.send("/log-in", login="alice", password="demo-alice-pass")
    assert browser.path == "/settings"
    for elsewhere in (
        "//evil.test/",
        "https://evil.test/",
        "/\\evil.test",
        "javascript:alert(1)",
        "/a\r\nX: y",
        "evil",
    ):
        other = Browser(front).open("/log-in")
        other.post("/log-in", {"login": "alice", "password": "demo-alice-pass", "to": elsewhere})
        assert other.path == "/"
        other.post("/log-in", {"login": "alice", "password": "demo-alice-pass"})
        other.ask("GET", "/log-in/done?to=%2F%2Fevil.test")
        assert other.answer.headers["location"] == "/"


def test_log_in_when_another_person_logs_in_by_the_same_browser_then_the_first_login_is_over(front: Any) -> None:
    """R39."""
    browser = Browser(front).log_in("alice")
    first = browser.sid
    browser.log_in("bob")
    assert "bob@example.test" in browser.text
    old = Browser(front)
    old.sid = first
    assert old.open("/settings").form("/log-in")
    assert browser.open("/settings").form("/settings")


def test_log_in_when_at_several_computers_then_each_stays_and_all_are_listed(front: Any) -> None:
    """R38."""
    here, there = (Browser(front, **{"User-Agent": name}).log_in("alice") for name in ("Reader/1", "Writer/2"))
    assert "Reader/1" in here.open("/settings").text
    assert "Writer/2" in here.text
    (end,) = [form for form in here.page.forms if form.action.endswith("/end")]
    here.send(end.action)
    assert "Those logins have ended." in here.text
    assert "Writer/2" not in here.text
    assert there.open("/settings").form("/log-in")


def test_page_when_idle_for_longer_than_set_then_the_very_words_and_a_new_log_in(front: Any, browser: Browser) -> None:
    """R36: exact text; R37: twenty minutes unless set otherwise."""
    browser.log_in("alice")
    front.clock.seconds += 20 * MINUTE - 1
    assert browser.open("/settings").form("/settings")
    front.clock.seconds += 20 * MINUTE
    browser.open("/settings")
    assert browser.status == 403
    assert "Session timeout. Please login again" in browser.text
    browser.send("/log-in", login="alice", password="demo-alice-pass")
    assert browser.path == "/settings"


def test_idle_when_set_then_holds_between_five_minutes_and_half_a_day(front: Any, browser: Browser) -> None:
    """R37."""
    browser.log_in("alice").open("/settings").send("/settings", minutes="5")
    assert "Your settings are saved." in browser.text
    front.clock.seconds += 5 * MINUTE
    assert "Session timeout" in browser.open("/").text or browser.open("/settings").form("/log-in")
    browser.log_in("alice").open("/settings")
    for wrong in ("4", "721", "-5", "", "5.5", "²", "9" * 50):
        browser.post("/settings", {**browser.form("/settings").fields, "minutes": wrong})
        assert browser.status == 400, wrong
        assert "minutes" in browser.form("/settings").fields
    browser.send("/settings", minutes="720")
    front.clock.seconds += 12 * 3600
    assert browser.open("/settings").form("/log-in")


def test_form_when_its_login_is_over_then_what_was_typed_comes_back_after_the_log_in(
    front: Any, browser: Browser
) -> None:
    """R36: the content is kept; a password that was typed is not."""
    browser.log_in("alice").open("/settings")
    form = browser.form("/settings")
    front.clock.seconds += 20 * MINUTE
    browser.post("/settings", {**form.fields, "minutes": "45"})
    assert "Session timeout. Please login again" in browser.text
    browser.send("/log-in", login="alice", password="demo-alice-pass")
    assert browser.form("/settings").fields["minutes"] == "45"
    browser.send("/settings")
    assert browser.form("/settings").fields["minutes"] == "45"
    assert "Your settings are saved." in browser.text


def test_form_when_its_login_is_over_then_no_password_or_code_of_it_stands_in_the_next_page(
    front: Any, browser: Browser
) -> None:
    browser.log_in("alice").open("/settings")
    form = browser.form("/settings/password")
    front.clock.seconds += 20 * MINUTE
    secrets = {name: f"secret-{name}" for name in ("password", "fresh", "again", "token", "code")}
    browser.post("/settings/password", {**form.fields, **secrets})
    assert "Session timeout. Please login again" in browser.text
    assert "secret-" not in browser.answer.text


def test_quit_when_pressed_then_over_on_both_sides_and_nothing_is_kept(front: Any, browser: Browser) -> None:
    """R40: destroyed here, forgotten there; the way back shows nothing."""
    browser.log_in("alice")
    assert browser.answer.headers["cache-control"] == "no-store"
    sid = browser.sid
    browser.send("/quit")
    assert browser.answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert browser.sid == ""
    browser.sid = sid
    assert browser.open("/settings").form("/log-in")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "http://house.test", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://house.test:8080"},
    ],
)
def test_post_when_from_elsewhere_then_refused_and_nothing_done(
    front: Any, browser: Browser, headers: dict[str, str]
) -> None:
    browser.log_in("alice").open("/settings")
    fields = {**browser.form("/settings").fields, "minutes": "99"}
    browser.post("/settings", fields, headers)
    assert browser.status == 403
    browser.post("/quit", {}, headers)
    assert browser.open("/settings").form("/settings").fields["minutes"] == "20"


def test_post_when_its_mark_is_of_another_login_then_refused(front: Any, browser: Browser) -> None:
    other = Browser(front).log_in("bob").open("/settings")
    browser.log_in("alice").open("/settings")
    for mark in ("", other.form("/settings").fields["mark"], "é"):
        browser.post("/settings", {"minutes": "99", "language": "", "mark": mark})
        assert browser.status == 403
    assert browser.open("/settings").form("/settings").fields["minutes"] == "20"


def test_login_when_the_account_is_suspended_or_closed_then_over_at_the_next_page(front: Any, browser: Browser) -> None:
    browser.log_in("alice")
    alice = id_of(front, "alice")
    front.store.write(lambda tx: accounts.suspend(tx, alice))
    assert browser.open("/settings").form("/log-in")
    front.store.write(lambda tx: accounts.resume(tx, alice))
    assert browser.open("/settings").form("/log-in")


def test_password_when_changed_then_other_logins_end_and_app_passwords_stay(front: Any, browser: Browser) -> None:
    """R43, S20."""
    other = Browser(front).log_in("alice")
    made, alice = credentials.make(), id_of(front, "alice")
    front.store.write(lambda tx: credentials.add_app(tx, alice, made, label="", services=[]))
    browser.log_in("alice").open("/settings")
    fresh = "velvet-Kayak-71"
    old_sid = browser.sid
    browser.send("/settings/password", password="demo-alice-pass", fresh=fresh, again=fresh)
    assert "Your password is changed." in browser.text
    assert browser.sid != old_sid
    assert other.open("/settings").form("/log-in")
    assert browser.open("/settings").form("/settings")
    assert front.ask("GET", "/drive/", {"Authorization": front.basic("alice", made.text)}).status == 200
    assert Browser(front).log_in("alice", fresh).sid
    assert Browser(front).log_in("alice").status == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"password": "wrong", "fresh": "velvet-Kayak-71", "again": "velvet-Kayak-71"}, "present password is wrong"),
        ({"password": "demo-alice-pass", "fresh": "velvet-Kayak-71", "again": "other"}, "not the same"),
        ({"password": "demo-alice-pass", "fresh": "short", "again": "short"}, "at least 10"),
        ({"password": "demo-alice-pass", "fresh": "alice-2026-alice", "again": "alice-2026-alice"}, ""),
        (
            {"password": "demo-bob-pass", "login": "bob", "fresh": "velvet-Kayak-71", "again": "velvet-Kayak-71"},
            "wrong",
        ),
    ],
)
def test_password_when_it_will_not_do_then_said_why_and_the_old_one_stays(
    front: Any, browser: Browser, typed: dict[str, str], said: str
) -> None:
    """R44, C2."""
    browser.log_in("alice").open("/settings").send("/settings/password", **typed)
    assert browser.status == 400
    assert said in browser.text
    for who in ("alice", "bob"):
        assert Browser(front).log_in(who).sid


def test_login_when_noted_then_the_log_tells_the_way_and_the_address(front: Any, browser: Browser) -> None:
    browser.log_in("alice")
    with front.store.read() as tx:
        acts = journal.listed(tx, accounts.find(tx, "alice").space)
    assert ("logged in", "web", "127.0.0.1") in [(str(a.kind), str(a.actor.way), a.actor.peer) for a in acts]


def test_logins_when_there_are_very_many_of_one_account_then_the_longest_unused_goes(front: Any) -> None:
    alice = id_of(front, "alice")
    for number in range(cookies.MOST + 5):
        front.clock.seconds += 1
        front.store.write(lambda tx, number=number: cookies.add(tx, alice, f"sid{number}", peer="", browser="x" * 999))
    with front.store.read() as tx:
        kept = cookies.of(tx, alice)
    assert len(kept) == cookies.MOST
    assert len(kept[0].browser) == cookies.LONGEST_BROWSER


def test_logins_when_half_a_day_old_then_swept(front: Any) -> None:
    alice = id_of(front, "alice")
    front.store.write(lambda tx: cookies.add(tx, alice, "sid", peer="", browser=""))
    front.clock.seconds += 12 * 3600
    front.store.write(cookies.sweep)
    with front.store.read() as tx:
        assert tx.execute(cookies._OF, {"account": alice}).all() == []
