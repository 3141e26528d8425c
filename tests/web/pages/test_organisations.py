"""Organisations by the portal: founded, with users, handed over and ended (R25)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts, managing, organisations
from coserver.accounts.managing import Asking
from tests.office import Post
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, number
from tests.web.pages.in_organisations import founded


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


def shown_once(browser: Browser) -> str:
    """The password on the page."""
    (found,) = re.findall(r'class="secret">([a-z2-9-]+)<', browser.answer.text)
    return str(found)


def test_organisation_when_founded_then_its_users_log_in_with_the_password_that_was_shown_once(front: Any) -> None:
    """R25."""
    (alice,) = browsers(front, "alice")
    alice.open("/organisations").send("/organisations", name="club")
    assert "The organisation is founded." in alice.text
    alice.send("/organisations/club/users", login="newcomer", display="<i>New</i> Comer", plan="demo")
    assert "The account newcomer@example.test is made." in alice.text
    password = shown_once(alice)
    assert "<i>New</i> Comer" in alice.text  # as text
    assert password not in alice.open("/organisations/club").answer.text
    newcomer = Browser(front).log_in("newcomer", password)
    assert "It runs your account" in newcomer.open("/organisations").text
    assert newcomer.open("/organisations/club").status == 403
    assert "1 user" in alice.open("/organisations").text


@pytest.mark.parametrize(
    ("login", "plan", "status", "said"),
    [
        ("bob", "demo", 409, "bob"),
        ("carol@elsewhere.test", "demo", 404, "elsewhere.test"),
        ("billing", "demo", 403, "reserved"),
        ("fred", "palace", 404, "palace"),
        ("<b>", "demo", 400, "login"),
    ],
)
def test_user_when_he_cannot_be_then_said_and_nobody_is_made(
    front: Any, login: str, plan: str, status: int, said: str
) -> None:
    founded(front)
    (alice,) = browsers(front, "alice")
    alice.open("/organisations/club").send("/organisations/club/users", login=login, plan=plan)
    assert alice.status == status
    assert said in alice.text
    assert alice.form("/organisations/club/users").fields["login"] == login
    with front.store.read() as tx:
        assert managing.some(tx, Asking("club"), skip=0, most=9) == ([], 0)


def test_users_when_there_are_as_many_as_the_plan_allows_then_no_more(front: Any) -> None:
    founded(front, "pair", "eve")
    (eve,) = browsers(front, "eve")
    for name in ("one", "two"):
        eve.open("/organisations/pair").send("/organisations/pair/users", login=f"{name}@pair.test", plan="demo")
        assert eve.status == 200
    eve.send("/organisations/pair/users", login="three@pair.test", plan="demo")
    assert eve.status == 403
    assert "allows 2 accounts" in eve.text
    assert "2 of 2 users that your plan allows." in eve.text


def test_users_when_there_are_many_then_shown_leaf_by_leaf(front: Any) -> None:
    founded(front, "club", "alice", *(f"user-{n:02}" for n in range(23)))
    (alice,) = browsers(front, "alice")
    alice.open("/organisations/club")
    assert "user-19@club.test" in alice.text
    assert "user-20@club.test" not in alice.text
    assert "user-22@club.test" in alice.open("/organisations/club?page=2").text


def test_organisation_when_one_has_nothing_to_do_with_it_then_there_is_none(front: Any) -> None:
    founded(front, "club", "alice", "bert")
    (eve,) = browsers(front, "eve")
    for page in ("", "/many", "/domains", "/domains/club.test", "/users/bert@club.test"):
        said = eve.open(f"/organisations/club{page}").text
        assert eve.status == 404
        assert eve.open(f"/organisations/nowhere{page}").text.replace("nowhere", "club") == said


def test_account_when_asked_by_mail_then_it_reads_what_that_means_and_comes_when_it_agrees(front: Any) -> None:
    """S35."""
    founded(front)
    alice, bob = browsers(front, "alice", "bob")
    alice.open("/organisations/club").send("/organisations/club/invite", account="bob")
    assert "bob@example.test is to come asked by you" in alice.text
    link = answer(front, "bob")
    bob.open(link)
    assert "The organisation club asks to run the account bob@example.test." in bob.text
    assert bob.text.index("can suspend the account") < bob.text.index("I agree")
    bob.send("/transfer")
    assert "bob@example.test belongs to the organisation club now" in bob.text
    assert bob.open(link).status == 404
    assert "bob@example.test" in alice.open("/organisations/club").text
    bob.open("/organisations").send("/organisations/leave")
    assert "The owner of the organisation is asked by mail." in bob.text
    alice.open(answer(front, "alice"))
    assert "The holder of the account bob@example.test asks to leave the organisation club" in alice.text
    alice.send("/transfer")
    with front.store.read() as tx:
        assert organisations.running(tx, accounts.find(tx, "bob").id) is None


def test_account_when_asked_then_it_can_say_no_and_the_owner_can_take_it_back(front: Any) -> None:
    founded(front)
    alice, bob = browsers(front, "alice", "bob")
    alice.open("/organisations/club").send("/organisations/club/invite", account="bob")
    bob.open(answer(front, "bob")).send("/transfer/decline")
    assert "Nothing changes." in bob.text
    alice.open("/organisations/club").send("/organisations/club/invite", account="dave")
    link = answer(front, "dave")
    alice.send("/organisations/club/withdraw", account="dave@example.test")
    assert "It is taken back." in alice.text
    assert Browser(front).open(link).status == 404


def test_organisation_when_handed_over_then_the_former_owner_has_no_say_and_an_empty_one_can_be_deleted(
    front: Any,
) -> None:
    founded(front, "club", "alice", "bert")
    (alice,) = browsers(front, "alice")
    alice.open("/organisations/club").send("/organisations/club/hand-over", login="bob")
    assert alice.status == 403  # none of its own
    alice.send("/organisations/club/remove")
    assert "has 1 accounts and the domains club.test" in alice.text
    alice.send("/organisations/club/hand-over", login="bert@club.test")
    assert "The organisation has another owner now." in alice.text
    assert alice.open("/organisations/club").status == 404
    alice.open("/organisations").send("/organisations", name="second").send("/organisations/second/remove")
    assert "The organisation is deleted." in alice.text


def answer(front: Any, login: str) -> str:
    """The address in the latest letter."""
    text = Post(front).letters(number(front, login))[-1][1]  # type: ignore[arg-type]
    (found,) = re.findall(r"^ {4}\S+?(/transfer\?code=\S+)$", text, re.MULTILINE)
    return str(found)
