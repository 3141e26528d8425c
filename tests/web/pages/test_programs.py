"""Programs and devices: a page for each, and the app passwords made there (S20, S21)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import credentials
from coserver.quota import subscriptions
from coserver.web.pages.programs import DEVICES
from tests.web.browser import Browser

SHOWN = re.compile(r"\b[a-z2-7]{8}(?:-[a-z2-7]{5,7}){4}\b")


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


@pytest.mark.parametrize("name", DEVICES)
def test_device_when_set_up_then_shows_the_settings_and_makes_a_password_once(
    front: Any, alice: Browser, name: str
) -> None:
    alice.open(f"/programs/{name}")
    assert "alice@example.test" in alice.text
    action = f"/programs/{name}/password"
    alice.send(action)
    (made,) = set(SHOWN.findall(alice.text))
    with front.store.read() as tx:
        found = credentials.match_app(tx, accounts.find(tx, "alice").id, made)
    assert found is not None
    assert found.services == frozenset(DEVICES[name].services)
    alice.open(f"/programs/{name}")
    assert not SHOWN.search(alice.text)


def test_app_password_when_taken_away_then_opens_nothing_any_more(front: Any, alice: Browser) -> None:
    alice.open("/programs/drive").send("/programs/drive/password")
    (made,) = set(SHOWN.findall(alice.text))
    basic = {"Authorization": front.basic("alice", made)}
    assert front.ask("GET", "/drive/", basic).status == 200
    alice.open("/programs")
    assert "WEBDAV" in alice.text
    (action,) = [form.action for form in alice.page.forms if "revoke" in form.action]
    bob = Browser(front).log_in("bob").open("/settings")
    bob.post(action, bob.form("/settings").fields)
    assert bob.status == 404
    assert front.ask("GET", "/drive/", basic).status == 200
    alice.send(action)
    assert "opens nothing any more" in alice.text
    assert front.ask("GET", "/drive/", basic).status == 401
    alice.post(action, alice.open("/settings").form("/settings").fields)
    assert alice.status == 404


def test_app_passwords_when_there_are_very_many_then_no_more_are_made(front: Any, alice: Browser) -> None:
    def fill(tx: Any) -> None:
        account = accounts.find(tx, "alice").id
        for _ in range(credentials.MOST_APPS):
            credentials.add_app(tx, account, credentials.make(), label="", services=[])

    front.store.write(fill)
    alice.open("/programs/other").send("/programs/other/password")
    assert alice.status == 403
    assert "take away one" in alice.text


def test_device_when_there_is_no_such_then_404(alice: Browser) -> None:
    for name in ("toaster", "..", "%3Cscript%3E"):
        alice.ask("GET", f"/programs/{name}")
        assert alice.status == 404


def test_device_when_the_plan_lacks_a_service_then_says_so(front: Any, alice: Browser) -> None:
    """R29."""
    alice.open("/programs/thunderbird")
    assert "Your plan does not have" not in alice.text
    front.store.write(lambda tx: subscriptions.override(tx, accounts.find(tx, "alice").id, "imap", value=False))
    alice.open("/programs/thunderbird")
    assert "Your plan does not have IMAP" in alice.text
