"""Help: from every page to what is said about it, with the figures that count (R18, R23, R32, R68)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.store import journal
from coserver.web.helping import TOPICS, about
from tests.web.browser import Browser


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        ("/", "start"), ("/sign-up/wait", "sign-up"), ("/log-in", "log-in"), ("/recover", "log-in"),
        ("/settings/second-factor", "log-in"), ("/groups/team/members", "groups"), ("/sharing", "sharing"),
        ("/documents", "documents"), ("/account/plan", "account"), ("/programs", "programs"), ("/nowhere", "start"),
    ],
)  # fmt: skip
def test_page_when_help_is_asked_for_then_about_that_page(front: Any, path: str, topic: str) -> None:
    """R18."""
    browser = Browser(front).log_in("alice")
    browser.ask("GET", path)
    (link,) = re.findall(r'<a href="(/help/[a-z-]+)"[^>]*>Help</a>', browser.answer.text)
    assert link == f"/help/{topic}" == f"/help/{about(path)}"
    assert browser.open(link).status == 200


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_topic_when_opened_then_said_and_leads_to_all_others(front: Any, topic: str, language: str) -> None:
    """R68."""
    browser = Browser(front, **{"Accept-Language": language}).open(f"/help/{topic}")
    others = set(re.findall(r'<a href="/help/([a-z-]+)"', browser.answer.text))
    assert others | {topic} == set(TOPICS)
    assert browser.status == 200


def test_contact_and_promises_when_read_then_with_what_counts_here(front: Any) -> None:
    """R23, R32, C3."""
    browser = Browser(front)
    assert "postmaster@example.test" in browser.open("/help/contact").text
    assert f"for {journal.DAYS} days" in browser.open("/help/privacy").text
    assert "For 14 days you get it back" in browser.open("/help/account").text
    assert "can be restored for 30 days" in browser.open("/help/groups").text
    assert browser.open("/help/nothing").status == 404


def test_questions_when_read_then_one_for_each_promise_that_is_kept_by_now(front: Any) -> None:
    """R68: what is still to come (import and export, backups, payment, chat) is promised nowhere."""
    browser = Browser(front).open("/help/questions")
    asked = re.findall(r'<dt id="r([0-9]+)">', browser.answer.text)
    to_come = {4, 7, 8, 10, 11, 12, 27, 33, 34, 50}
    assert sorted(map(int, asked)) == sorted(set(range(1, 69)) - to_come)
    for word in ("Bitcoin", "credit card", "chat", "backup"):
        assert word not in browser.text
