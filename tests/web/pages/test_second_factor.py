"""The second factor, from setting it up to losing the device (S21)."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import credentials, totp
from coserver.store import journal
from tests.web.browser import Browser


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


class Device:
    """An authenticator: it knows the key that a page showed."""

    def __init__(self, front: Any, browser: Browser) -> None:
        self._front = front
        (self.key,) = re.findall(r"(?:[a-z2-7]{4} ){7}[a-z2-7]{4}", browser.text)

    def code(self, *, later: int = 0) -> str:
        now = int((self._front.clock.seconds + later) * 1000)
        return totp.code(base64.b32decode(self.key.replace(" ", "").upper()), now)


def set_up(front: Any) -> tuple[Browser, Device, list[str]]:
    browser = Browser(front).log_in("alice").open("/settings/second-factor")
    device = Device(front, browser)
    browser.send("/settings/second-factor/on", code=device.code())
    assert "Note these codes down now" in browser.text
    codes = re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", browser.text)
    assert len(set(codes)) == 10
    front.clock.seconds += 60  # a code is good once
    return browser, device, codes


def half_way(front: Any) -> Browser:
    browser = Browser(front).log_in("alice")
    assert browser.form("/log-in/code")
    return browser


def test_factor_when_on_then_the_log_in_takes_a_code_too(front: Any) -> None:
    """S21."""
    _, device, _ = set_up(front)
    browser = half_way(front)
    half = browser.sid
    for path in ("/settings", "/settings/second-factor"):
        assert Browser(front).open(path).form("/log-in")
        other = Browser(front)
        other.sid = half
        assert other.open(path).form("/log-in")  # it opens nothing else
    browser.send("/log-in/code", code=device.code())
    assert "You are logged in as alice@example.test" in browser.text
    assert browser.sid != half
    other = Browser(front)
    other.sid = half
    assert other.open("/settings").form("/log-in")


def test_factor_when_on_then_the_password_opens_no_service_and_app_passwords_do(front: Any) -> None:
    """S21: also where the password was in use just before."""
    made = credentials.make()
    front.store.write(lambda tx: credentials.add_app(tx, accounts.find(tx, "alice").id, made, label="", services=[]))
    assert front.ask("GET", "/drive/").status == 200
    browser, _, _ = set_up(front)
    refused = front.ask("GET", "/drive/")
    assert refused.status == 403
    assert "app password" in refused.text
    assert front.ask("GET", "/drive/", {"Authorization": front.basic("alice", made.text)}).status == 200
    browser.open("/settings/second-factor").send("/settings/second-factor/off", password="demo-alice-pass")
    assert "The second factor is off." in browser.text
    assert front.ask("GET", "/drive/").status == 200
    assert Browser(front).log_in("alice").path == "/"
    with front.store.read() as tx:
        told = [str(act.kind) for act in journal.listed(tx, accounts.find(tx, "alice").space)]
    assert {"second factor turned on", "second factor turned off"} <= set(told)


def test_code_when_used_before_or_wrong_then_refused_and_after_some_one_waits(front: Any) -> None:
    """RFC 6238 5.2: good once; guessing is slow, whatever process one guesses at."""
    _, device, _ = set_up(front)
    good = device.code()
    half_way(front).send("/log-in/code", code=good)
    browser = half_way(front).send("/log-in/code", code=good)
    assert browser.status == 403
    assert "This code is not right" in browser.text
    for _ in range(4):
        browser.send("/log-in/code", code="000000")
    browser.send("/log-in/code", code=device.code(later=30))
    assert browser.status == 503
    assert "Too many wrong codes. Please try again in 30 seconds." in browser.text
    front.clock.seconds += 30
    browser.send("/log-in/code", code=device.code())
    assert browser.path == "/"


def test_recovery_code_when_the_device_is_lost_then_good_once_each(front: Any) -> None:
    browser, _, codes = set_up(front)
    half_way(front).send("/log-in/code", code=codes[0].upper().replace("-", " "))
    assert half_way(front).send("/log-in/code", code=codes[0]).status == 403
    inside = half_way(front).send("/log-in/code", code=codes[1]).open("/settings/second-factor")
    assert "8 recovery codes are left." in inside.text
    inside.send("/settings/second-factor/codes", password="demo-alice-pass")
    fresh = re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", inside.text)
    assert not set(fresh) & set(codes)
    assert half_way(front).send("/log-in/code", code=codes[2]).status == 403
    assert browser.open("/settings").form("/settings")


def test_code_when_too_late_after_the_password_then_from_the_beginning(front: Any) -> None:
    _, device, _ = set_up(front)
    browser = half_way(front)
    front.clock.seconds += 600
    browser.send("/log-in/code", code=device.code())
    assert browser.form("/log-in")
    assert Browser(front).open("/log-in/code").path == "/log-in"


def test_factor_when_first_code_is_wrong_or_password_is_then_nothing_changes(front: Any) -> None:
    browser = Browser(front).log_in("alice").open("/settings/second-factor")
    device = Device(front, browser)
    browser.send("/settings/second-factor/on", code="000000")
    assert browser.status == 403
    assert Device(front, browser).key == device.key
    assert Browser(front).log_in("alice").path == "/"
    browser.send("/settings/second-factor/on", code=device.code())
    for deed in ("off", "codes"):
        browser.open("/settings/second-factor").send(f"/settings/second-factor/{deed}", password="wrong")
        assert browser.status == 400
        browser.post(
            f"/settings/second-factor/{deed}",
            {**browser.form("/settings/second-factor/off").fields, "login": "bob", "password": "demo-bob-pass"},
        )
        assert browser.status == 400
    assert half_way(front)


def test_other_logins_when_it_is_turned_on_then_end(front: Any) -> None:
    other = Browser(front).log_in("alice")
    browser, _, _ = set_up(front)
    assert other.open("/settings").form("/log-in")
    assert browser.open("/settings").form("/settings")


def test_kept_form_when_the_login_takes_a_code_then_comes_back_all_the_same(front: Any) -> None:
    """R36."""
    browser, device, _ = set_up(front)
    fields = browser.open("/settings").form("/settings").fields
    front.clock.seconds += 1200
    browser.post("/settings", {**fields, "minutes": "45"})
    browser.send("/log-in", login="alice", password="demo-alice-pass")
    browser.send("/log-in/code", code=device.code())
    assert browser.form("/settings").fields["minutes"] == "45"
