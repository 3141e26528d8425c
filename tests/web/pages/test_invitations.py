"""The answer to an invitation by the portal: what others will see stands before it (S16, R52, R53, C10)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.office import Post
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made, number, role
from tests.web.pages.test_joining import GOOD, page_of, sign_up

FRIEND = "friend@elsewhere.test"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    made(front)
    return front


@pytest.fixture
def post(front: Any) -> Post:
    return Post(front)


def invite(front: Any, address: str) -> None:
    (alice,) = browsers(front, "alice")
    alice.open("/groups/chess/members").send("/groups/chess/invite", address=address)


def link(text: str) -> str:
    return page_of(text)


def test_invitation_when_accepted_then_he_has_read_what_members_see_and_is_one(front: Any, post: Post) -> None:
    """R52, R53: whoever is logged in, it joins the account that has the address."""
    invite(front, "bob@example.test")
    ((_, text),) = post.letters(number(front, "bob"))  # type: ignore[arg-type]
    stranger = Browser(front).open(link(text))
    assert "alice@example.test invites bob@example.test to join the group chess." in stranger.text
    assert stranger.text.index("The members will see of you: last and first name") < stranger.text.index("Join the")
    assert role(front, "bob") is None  # to look is not to accept
    (eve,) = browsers(front, "eve")
    eve.open(link(text)).send("/invitation")
    assert "bob@example.test is a member now." in eve.text
    assert (role(front, "bob"), role(front, "eve")) == ("member", None)
    assert "was accepted already" in stranger.open(link(text)).text


def test_invitation_when_there_is_no_account_yet_then_it_stays_good_over_the_sign_up(front: Any, post: Post) -> None:
    """C10: from the letter to the membership, in a browser that never logged in before."""
    invite(front, FRIEND)
    ((_, text),) = post.sent(FRIEND)
    browser = Browser(front).open(link(text)).send("/invitation")
    assert browser.status == 404
    assert "The invitation stays good." in browser.text
    (sign,) = [part for part in browser.answer.text.split('"') if part.startswith("/sign-up?external=")]
    assert browser.open(sign).form("/sign-up").fields["external"] == FRIEND
    sign_up(browser, external=FRIEND)
    browser.open("/confirm").send("/confirm", token=post.code(FRIEND))
    browser.log_in("newcomer", GOOD).open(link(text)).send("/invitation")
    assert "newcomer@example.test is a member now." in browser.text
    assert role(front, "newcomer") == "member"
    assert "Look at the group" in browser.text


def test_invitation_when_declined_then_good_for_nothing(front: Any, post: Post) -> None:
    invite(front, FRIEND)
    ((_, text),) = post.sent(FRIEND)
    browser = Browser(front).open(link(text)).send("/invitation/decline")
    assert "You are not a member of the group chess." in browser.text
    assert "was declined already" in browser.open(link(text)).text


@pytest.mark.parametrize("wrong", ["x", "f" * 64, "%00", "é", "<script>"])
def test_invitation_when_the_code_is_none_then_said(front: Any, wrong: str) -> None:
    browser = Browser(front).open("/invitation")
    assert browser.form("/invitation").fields == {"code": "", "": ""} or "code" in browser.form("/invitation").fields
    browser.open(f"/invitation?code={wrong.replace('é', '%C3%A9').replace('<', '%3C').replace('>', '%3E')}")
    assert browser.status == 404
    assert "There is no such invitation" in browser.text
    assert "<script>" not in browser.answer.text
