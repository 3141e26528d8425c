"""Sign-up and recovery, with the letters that really go out (R19-R24)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.model.principal import State
from tests.office import Post
from tests.web.browser import Browser

GOOD = "velvet-Kayak-71"
EXTERNAL = "someone@elsewhere.test"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def browser(front: Any) -> Browser:
    return Browser(front)


@pytest.fixture
def post(front: Any) -> Post:
    return Post(front)


def page_of(text: str) -> str:
    """The path of the link in a letter."""
    (link,) = re.findall(r"https://\S+", text)
    return "/" + str(link).partition("://")[2].partition("/")[2]


def sign_up(browser: Browser, login: str = "newcomer", **other: str) -> Browser:
    typed = {"login": login, "external": EXTERNAL, "password": GOOD, "again": GOOD, "name": "New Comer", **other}
    return browser.open("/sign-up").send("/sign-up", **typed)


def test_sign_up_when_confirmed_by_the_letter_then_the_account_can_log_in(
    front: Any, browser: Browser, post: Post
) -> None:
    """R20, R21: free, and linked to an address that exists already."""
    sign_up(browser)
    assert browser.path.startswith("/sign-up/wait?login=newcomer%40example.test&")
    assert "It went at Jan 15, 2027" in browser.text  # R23
    assert "mark example.test as a wanted sender" in browser.text  # R24
    assert Browser(front).log_in("newcomer", GOOD).status == 403
    browser.open("/confirm").send("/confirm", token=f" {post.code(EXTERNAL)} ")
    assert "newcomer@example.test is yours" in browser.text
    browser.log_in("newcomer", GOOD)
    assert "newcomer@example.test" in browser.text


def test_letter_when_its_link_is_followed_then_the_code_stands_in_the_form_and_nothing_is_done_yet(
    front: Any, browser: Browser, post: Post
) -> None:
    """Programs follow links: only the button acts."""
    sign_up(browser)
    ((_, text),) = post.sent(EXTERNAL)
    path = page_of(text)
    assert path == f"/confirm?code={post.code(EXTERNAL)}"
    browser.open(path)
    with front.store.read() as tx:
        assert accounts.find(tx, "newcomer").state is State.PENDING
    browser.send("/confirm")
    assert "is yours" in browser.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"again": "other"}, "not the same"),
        ({"password": "short", "again": "short"}, "10 characters"),
        ({"password": "newcomer-newcomer", "again": "newcomer-newcomer"}, ""),
        ({"login": "alice"}, "There is an account alice@example.test already"),
        ({"login": "postmaster"}, ""),
        ({"login": "a b"}, "cannot be a login"),
        ({"login": "a@elsewhere.test"}, "elsewhere.test is not among our domains"),
        ({"external": "nowhere"}, ""),
        ({"name": "<script>alert(1)</script>\n"}, ""),
    ],
)
def test_sign_up_when_something_will_not_do_then_said_and_what_was_typed_stays(
    browser: Browser, post: Post, typed: dict[str, str], said: str
) -> None:
    """R44, C2, S26."""
    sign_up(browser, **typed)
    assert browser.status in (400, 403, 404, 409)
    assert said in browser.text
    fields = browser.form("/sign-up").fields
    assert fields["external"] == typed.get("external", EXTERNAL)
    assert fields["password"] == ""
    assert post.count(EXTERNAL) == 0
    assert "<script" not in browser.answer.text


def test_resend_when_asked_then_another_letter_and_the_same_words_for_everybody(
    front: Any, browser: Browser, post: Post
) -> None:
    """R23."""
    sign_up(browser)
    front.clock.seconds += 3600
    said = browser.send("/sign-up/resend").text
    assert post.count(EXTERNAL) == 2
    other = Browser(front).open("/sign-up/wait?login=nobody%40example.test").send("/sign-up/resend")
    assert other.text == said.replace("newcomer", "nobody")
    browser.send("/sign-up/resend")
    assert post.count(EXTERNAL) == 2  # too soon


def test_start_over_when_by_who_signed_up_then_the_name_is_free_and_by_others_not(
    front: Any, browser: Browser, post: Post
) -> None:
    """R22."""
    sign_up(browser, external="wrong@elsewhere.test")
    other = Browser(front).open("/sign-up/wait?login=newcomer").send("/sign-up/start-over", password="guessed-wrong")
    assert other.status == 403
    browser.send("/sign-up/start-over", password=GOOD)
    assert "its name is free again" in browser.text
    sign_up(browser)
    assert post.count(EXTERNAL) == 1
    mine = Browser(front).open("/sign-up/wait?login=alice").send("/sign-up/start-over", password="demo-alice-pass")
    assert mine.status == 403
    assert Browser(front).log_in("alice").sid


@pytest.mark.parametrize("wrong", ["", "x", "f" * 64, "\0", "é" * 300])
def test_confirm_when_the_code_is_none_then_said(browser: Browser, wrong: str) -> None:
    sign_up(browser)
    browser.open("/confirm").send("/confirm", token=wrong)
    assert browser.status == 404
    assert browser.form("/confirm").fields["token"] == wrong


def test_recovery_when_by_the_code_of_the_letter_then_another_password(
    front: Any, browser: Browser, post: Post
) -> None:
    sign_up(browser)
    browser.open("/confirm").send("/confirm", token=post.code(EXTERNAL))
    inside = Browser(front).log_in("newcomer", GOOD)
    browser.open("/recover").send("/recover", login="newcomer")
    said = browser.text
    browser.open(page_of(post.sent(EXTERNAL)[-1][1]))
    assert browser.form("/reset").fields["token"] == post.code(EXTERNAL)
    browser.send("/reset", password="other-Velvet-9", again="other-Velvet-8")
    assert browser.status == 400
    browser.send("/reset", password="other-Velvet-9", again="other-Velvet-9")
    assert "holds from now on" in browser.text
    assert inside.open("/settings").form("/log-in")
    assert Browser(front).log_in("newcomer", "other-Velvet-9").sid
    assert Browser(front).open("/recover").send("/recover", login="nobody").text == said


def test_deeds_without_a_login_when_one_address_asks_too_often_then_503_for_a_while(browser: Browser) -> None:
    told = []
    for _ in range(32):
        browser.open("/recover").send("/recover", login="nobody")
        told.append(browser.status)
    assert told == [200] * 30 + [503] * 2
    assert browser.answer.headers["retry-after"] == "30"
