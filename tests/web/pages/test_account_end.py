"""How somebody deletes his account by the portal, and gets it back (R64, R66, S24)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts, closure
from coserver.model.principal import State
from tests.office import Post
from tests.web.browser import Browser
from tests.web.pages.in_groups import made
from tests.web.pages.test_joining import page_of

LOGIN, EXTERNAL = "alice@example.test", "alice@elsewhere.test"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.store.write(lambda tx: closure.deletion.erase_those_of(tx, accounts.find(tx, "alice").id))
    front.store.write(lambda tx: accounts.set_external(tx, accounts.find(tx, "alice").id, EXTERNAL))
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def delete(browser: Browser, meant: str = LOGIN, password: str = "demo-alice-pass") -> Browser:
    return browser.open("/account/delete").send("/account/delete", meant=meant, password=password)


def state(front: Any, login: str = "alice") -> State:
    with front.store.read() as tx:
        return accounts.find(tx, login).state


def test_account_when_deleted_then_over_everywhere_and_back_by_the_password(front: Any, alice: Browser) -> None:
    """R64: confirmed by the login and the password typed; S24: undone by logging in."""
    other = Browser(front).log_in("alice")
    delete(alice)
    assert "Until Jan 29, 2027" in alice.text  # fourteen days
    assert state(front) is State.CLOSED
    assert other.open("/account").form("/log-in")
    assert front.ask("GET", "/drive/").status in (401, 403)
    back = Browser(front).log_in("alice")
    assert "You deleted it, and can still undo that." in back.text
    back.send("/restore/by-password", password="wrong")
    assert (back.status, state(front)) == (403, State.CLOSED)
    back = Browser(front).log_in("alice")
    back.send("/restore/by-password", password="demo-alice-pass")
    assert "Your account is there again" in back.text
    assert Browser(front).log_in("alice").path == "/"


def test_account_when_deleted_then_its_external_address_gets_the_code_that_undoes_it(
    front: Any, alice: Browser
) -> None:
    delete(alice)
    ((subject, text),) = Post(front).sent(EXTERNAL)
    assert subject == f"The account {LOGIN} was deleted"
    stranger = Browser(front).open(page_of(text))
    assert state(front) is State.CLOSED  # programs follow links
    stranger.send("/restore")
    assert (state(front), "is as it was" in stranger.text) == (State.ACTIVE, True)
    assert stranger.open(page_of(text)).send("/restore").status == 404


def test_deletion_when_looked_for_then_both_ways_lead_to_the_one_page(alice: Browser) -> None:
    """R64: My account, Delete; R66: Settings, General; C4."""
    for path in ("/account", "/settings"):
        alice.open(path)
        assert 'href="/account/delete"' in alice.answer.text
    assert alice.open("/account/delete").form("/account/delete")


@pytest.mark.parametrize(
    ("meant", "password"), [("alice", "demo-alice-pass"), ("", "demo-alice-pass"), (LOGIN, "wrong"), (LOGIN, "")]
)
def test_account_when_not_meant_or_not_his_then_it_stays(front: Any, alice: Browser, meant: str, password: str) -> None:
    delete(alice, meant, password)
    assert alice.status == 400
    assert state(front) is State.ACTIVE


def test_account_when_it_administers_others_then_each_group_is_named_first(front: Any, alice: Browser) -> None:
    """R58."""
    made(front, "chess", "alice", "bob")
    made(front, "alone", "alice")
    alice.open("/account/delete")
    assert "Hand each of them over, or delete it, first: chess" in alice.text
    assert not [form for form in alice.page.forms if form.action == "/account/delete"]
    mark = alice.open("/account").form("/account/profile").fields["mark"]
    typed = {"mark": mark, "login": LOGIN, "meant": LOGIN, "password": "demo-alice-pass"}
    alice.post("/account/delete", typed)
    assert alice.status == 403
    assert state(front) is State.ACTIVE


def test_account_when_the_operator_deleted_it_then_its_owner_does_not_undo_that(front: Any, alice: Browser) -> None:
    """S24: also where he had deleted it himself before."""
    delete(alice)
    with front.store.read() as tx:
        who = accounts.find(tx, "alice").id
    front.store.write(lambda tx: closure.close(tx, who))
    back = Browser(front).log_in("alice")
    assert "This account is closed" in back.text
    fields = {"login": "alice", "password": "demo-alice-pass"}
    assert Browser(front).open("/log-in").post("/restore/by-password", fields).status == 403
    ((_, text),) = Post(front).sent(EXTERNAL)
    assert Browser(front).open(page_of(text)).send("/restore").status == 404
    assert state(front) is State.CLOSED


def test_restore_when_the_account_is_not_deleted_or_time_is_over_then_nothing(front: Any, alice: Browser) -> None:
    fields = {"login": "alice", "password": "demo-alice-pass"}
    assert Browser(front).open("/log-in").post("/restore/by-password", fields).status == 403
    delete(alice)
    ((_, text),) = Post(front).sent(EXTERNAL)
    front.clock.seconds += 14 * 86_400 + 1
    assert Browser(front).open(page_of(text)).send("/restore").status == 404
    assert Browser(front).open("/log-in").post("/restore/by-password", fields).status == 403
