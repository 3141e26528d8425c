"""What an organisation's owner sees of what was done in it, and what he does not."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import standing
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers
from tests.web.pages.in_organisations import founded

PAGE = "/organisations/club/activity"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


def lines(browser: Browser) -> list[str]:
    """The rows of the table without their moments, latest first."""
    found = re.findall(r"<tr>\s*<td>[^<]*</td>(.*?)</tr>", browser.answer.text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def test_activity_when_accounts_domains_and_tokens_change_then_told_with_what_it_concerns(front: Any) -> None:
    founded(front, "club", "alice", "bert")
    (alice,) = browsers(front, "alice")
    bert = "/organisations/club/users/bert@club.test"
    front.clock.seconds += 60
    alice.open(bert).send(f"{bert}/suspend")
    front.clock.seconds += 60
    alice.open("/organisations/club/domains").send("/organisations/club/domains", domain="club.example")
    front.clock.seconds += 60
    with front.store.read() as tx:
        account = standing.find(tx, "bert@club.test").account
    front.store.write(lambda tx: accounts.resume(tx, account))
    told = lines(alice.open(PAGE))
    assert told[0].endswith(" resumed bert@club.test the server itself")
    assert told[1].startswith("alice@example.test domain claimed club.example of club")
    assert told[2] == "alice@example.test suspended bert@club.test browser"
    assert any("account made bert@club.test" in each for each in told[3:])
    assert any("became owner of an organisation club" in each for each in told[3:])


def test_activity_when_people_do_what_they_do_then_it_is_not_told(front: Any) -> None:
    founded(front, "club", "alice", "bert")
    founded(front, "band", "alice", "carl")
    (alice,) = browsers(front, "alice")
    before = lines(alice.open(PAGE))
    bert = Browser(front)
    alice.open("/organisations/club/users/bert@club.test").send("/organisations/club/users/bert@club.test/password")
    (password,) = re.findall(r'class="secret">([a-z2-9-]+)<', alice.answer.text)
    front.clock.seconds += 60
    bert.log_in("bert@club.test", password).open("/documents").send("/documents/folder", name="secret plans")
    after = lines(alice.open(PAGE))
    assert after[: -len(before)] == ["alice@example.test password changed bert@club.test browser"]
    assert not [each for each in after if "carl" in each or "band" in each or "secret plans" in each]


def test_activity_when_not_the_owner_then_none(front: Any) -> None:
    founded(front, "club", "alice", "bert")
    (bob,) = browsers(front, "bob")
    assert bob.open(PAGE).status == 404
    assert bob.open("/organisations/nowhere/activity").status == 404
