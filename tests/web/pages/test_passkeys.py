"""Passkeys, from making one in the settings to logging in with it, and to losing the device."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from coserver.accounts import accounts, closure
from coserver.auth import passkeys, second, standing, totp
from tests.passkey_device import PRESENT, Device
from tests.web.browser import Browser

SITE = "https://house.test"
NEW = "/settings/passkeys/new"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


def asked(browser: Browser) -> str:
    """What the page puts to the browser."""
    (found,) = re.findall(r'data-asked="([^"]*)"', browser.answer.text)
    return unescape(found)


def with_passkey(front: Any, who: str = "alice", label: str = "Telephone") -> tuple[Browser, Device]:
    browser = Browser(front).log_in(who).open("/settings/passkeys")
    browser.send(NEW, label=label, password=f"demo-{who}-pass")
    device = Device(SITE)
    browser.send("/settings/passkeys", answer=json.dumps(device.make(asked(browser))))
    front.clock.seconds += 1
    return browser, device


def show(front: Any, device: Device, page: str = "/log-in") -> Browser:
    browser = Browser(front).open(page)
    return browser.send("/log-in/passkey", answer=json.dumps(device.show(asked(browser))))


def test_passkey_when_made_then_it_logs_in_without_password_and_is_listed(front: Any) -> None:
    browser, device = with_passkey(front, label="<b>My</b> telephone")
    assert "The passkey is made." in browser.text
    assert "<b>My</b> telephone" in browser.text  # as text
    assert "never used" in browser.text
    other = show(front, device, "/settings")
    assert other.path == "/settings"  # on to what was wanted
    assert "1 passkey opens your account" in other.text
    assert "used last" in browser.open("/settings/passkeys").text
    told = other.open("/account/activity").text
    assert "passkey made" in told


def test_passkey_when_there_is_a_second_factor_then_it_is_both(front: Any) -> None:
    """S21: programs go on needing app passwords."""
    _, device = with_passkey(front)
    with front.store.read() as tx:
        alice = standing.find(tx, "alice").account
    front.store.write(lambda tx: second.turn_on(tx, alice, totp.code(second.begin(tx, alice), tx.now)))
    assert show(front, device).open("/settings").path == "/settings"


def test_passkey_when_asked_for_without_the_password_then_none_is_made(front: Any) -> None:
    browser = Browser(front).log_in("alice").open("/settings/passkeys")
    browser.send(NEW, label="Telephone", password="wrong")
    assert (browser.status, "The present password is wrong." in browser.text) == (400, True)
    assert browser.form(NEW).fields["label"] == "Telephone"
    browser.send(NEW, label="Telephone", password="demo-bob-pass")
    assert browser.status == 400


def test_page_for_a_new_one_when_answered_in_another_login_then_refused(front: Any) -> None:
    browser = Browser(front).log_in("alice").open("/settings/passkeys")
    browser.send(NEW, label="x", password="demo-alice-pass")
    answer = json.dumps(Device(SITE).make(asked(browser)))
    other = Browser(front).log_in("bob").open("/settings/passkeys")
    other.post("/settings/passkeys", {"mark": other.form(NEW).fields["mark"], "label": "x", "answer": answer})
    assert (other.status, "Please try once more" in other.text) == (403, True)
    assert "You have none yet." in other.text


def test_passkey_when_shown_twice_or_by_a_device_that_did_not_ask_then_refused(front: Any) -> None:
    _, device = with_passkey(front)
    browser = Browser(front).open("/log-in")
    answer = json.dumps(device.show(asked(browser)))
    browser.send("/log-in/passkey", answer=answer)
    assert browser.open("/settings").path == "/settings"
    again = Browser(front).open("/log-in").send("/log-in/passkey", answer=answer)
    assert (again.status, again.sid) == (400, "")
    assert again.form("/log-in/passkey")  # another try, with another question
    device.flags = PRESENT
    assert show(front, device).status == 400
    assert show(front, Device(SITE)).status == 403


@pytest.mark.parametrize("answer", ["", "null", "[]", "x" * 5000, '{"response": {"clientDataJSON": "AAAA"}}'])
def test_answer_when_it_is_none_then_the_log_in_again(front: Any, answer: str) -> None:
    browser = Browser(front).open("/log-in").send("/log-in/passkey", answer=answer)
    assert browser.status == 400
    assert "is no passkey for this server" in browser.text
    assert browser.form("/log-in")


def test_form_that_timed_out_when_its_owner_shows_a_passkey_then_it_is_there_again(front: Any) -> None:
    """R36."""
    browser, device = with_passkey(front)
    front.clock.seconds += 3600
    browser.post("/groups", {"mark": "x", "name": "choir"})
    browser.send("/log-in/passkey", answer=json.dumps(device.show(asked(browser))))
    assert browser.form("/groups").fields["name"] == "choir"


def test_passkey_when_removed_then_it_opens_nothing(front: Any) -> None:
    browser, device = with_passkey(front)
    with front.store.read() as tx:
        (one,) = passkeys.of(tx, standing.find(tx, "alice").account)
    bob = Browser(front).log_in("bob").open("/settings")
    bob.post(f"/settings/passkeys/{one.id}/remove", {"mark": bob.form("/settings").fields["mark"]})
    assert bob.status == 404
    browser.send(f"/settings/passkeys/{one.id}/remove")
    assert "The passkey is removed." in browser.text
    assert "not known here any more" in show(front, device).text


def test_account_when_it_is_not_served_then_its_passkey_says_why(front: Any) -> None:
    _, device = with_passkey(front)
    with front.store.read() as tx:
        alice = standing.find(tx, "alice").account
    front.store.write(lambda tx: accounts.suspend(tx, alice))
    refused = show(front, device)
    assert (refused.status, "This account is suspended" in refused.text) == (403, True)
    front.store.write(lambda tx: accounts.resume(tx, alice))
    assert show(front, device).open("/settings").path == "/settings"


def test_account_when_closed_by_its_owner_then_its_passkey_leads_to_undoing_it(front: Any) -> None:
    _, device = with_passkey(front, "bob")
    with front.store.read() as tx:
        bob = standing.find(tx, "bob").account
    front.store.write(lambda tx: closure.close(tx, bob))
    refused = show(front, device)
    assert refused.status == 403
    assert refused.sid == ""


def test_log_in_when_at_another_name_of_the_server_then_no_passkeys_and_the_settings_say_where(front: Any) -> None:
    elsewhere = Browser(front, Host="10.0.0.1")
    assert 'name="answer"' not in elsewhere.open("/log-in").answer.text
    assert 'autocomplete="username"' in elsewhere.answer.text
    here = Browser(front).open("/log-in")
    assert 'autocomplete="username webauthn"' in here.answer.text
    elsewhere.sid = Browser(front).log_in("alice").sid
    elsewhere.open("/settings/passkeys")
    assert f"at {SITE} alone" in elsewhere.text
