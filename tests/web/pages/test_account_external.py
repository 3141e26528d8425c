"""Another external address: it counts when its owner has shown that he reads it (R21)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import standing
from tests.office import Post
from tests.web.browser import Browser
from tests.web.pages.test_joining import page_of

OLD, NEW = "old@elsewhere.test", "new+tag@elsewhere.test"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.store.write(lambda tx: accounts.set_external(tx, accounts.find(tx, "alice").id, OLD))
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def external(front: Any, login: str = "alice") -> str:
    with front.store.read() as tx:
        found = standing.find(tx, login)
    assert found is not None
    return found.external


def ask(browser: Browser, address: str = NEW, password: str = "demo-alice-pass") -> Browser:
    return browser.open("/account/external").send("/account/external", external=address, password=password)


def letter(front: Any, to: str) -> str:
    return page_of(Post(front).sent(to)[-1][1])


def test_address_when_its_letter_is_answered_then_it_counts_and_the_former_one_is_told(
    front: Any, alice: Browser
) -> None:
    ask(alice)
    assert "A letter is on its way to new+tag@elsewhere.test." in alice.text
    assert external(front) == OLD
    alice.open(letter(front, NEW)).send("/account/external/confirm")
    assert "Your external address is changed." in alice.text
    assert external(front) == NEW
    ((subject, text),) = Post(front).sent(OLD)
    assert subject == "The external address of alice@example.test"
    assert NEW not in text  # who had the account before is not to learn where its owner is now
    alice.open(letter(front, NEW)).send("/account/external/confirm")
    assert alice.status == 404  # good once


@pytest.mark.parametrize(
    ("address", "password", "status"),
    [
        (NEW, "wrong", 400),
        ("no address", "demo-alice-pass", 400),
        ("Alice@example.test", "demo-alice-pass", 400),
        ("a@b@c", "demo-alice-pass", 400),
    ],
)
def test_address_when_it_will_not_do_then_said_and_no_letter(
    front: Any, alice: Browser, address: str, password: str, status: int
) -> None:
    ask(alice, address, password)
    assert alice.status == status
    assert alice.form("/account/external").fields["external"] == address
    assert Post(front).outgoing() == []


def test_code_when_for_another_address_or_account_then_good_for_nothing(front: Any, alice: Browser) -> None:
    ask(alice)
    page = letter(front, NEW)
    alice.open(page).send("/account/external/confirm", address="other@elsewhere.test")
    assert alice.status == 404
    bob = Browser(front).log_in("bob")
    bob.open(page).send("/account/external/confirm")
    assert bob.status == 404
    assert (external(front), external(front, "bob")) == (OLD, "")
    alice.open(page).send("/account/external/confirm")
    assert external(front) == NEW


def test_letters_when_asked_for_again_and_again_then_bounded(front: Any, alice: Browser) -> None:
    for _ in range(10):
        ask(alice)
        front.clock.seconds += 61
    assert alice.status == 503
    assert Post(front).count(NEW) == 5
