"""Open pages in a real browser: what comes from outside is there by itself, and nobody loses what he is typing."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in
from tests.clients.programs.imap import connected, put

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


def deliver(demo: Any, who: str, subject: str) -> None:
    """By a mail program."""
    with connected(demo, who) as program:
        put(program, "INBOX", f"Subject: {subject}\r\nFrom: <x@example.test>\r\n\r\nText.\r\n".encode())


def test_mailbox_when_mail_comes_then_the_open_page_shows_it(own_demo: Any, person: Callable[..., Page]) -> None:
    page = log_in(person(), "alice")
    with page.expect_response(lambda one: "/live?" in one.url):
        page.goto("/mail")
    deliver(own_demo, "alice", "first of all")
    expect(page.get_by_role("link", name="first of all")).to_be_visible()
    page.get_by_label("Search in INBOX").fill("half typed")
    deliver(own_demo, "alice", "second of all")
    expect(page.get_by_role("status").filter(has_text="has changed meanwhile")).to_be_visible()
    expect(page.get_by_label("Search in INBOX")).to_have_value("half typed")
    expect(page.get_by_role("link", name="second of all")).to_have_count(0)
    page.get_by_role("link", name="Show the page anew").click()
    expect(page.get_by_role("link", name="second of all")).to_be_visible()


def test_home_when_a_group_takes_somebody_in_then_the_open_page_shows_it(person: Callable[..., Page]) -> None:
    """Rights changed: the stream ends, another begins, and the page is up to date."""
    page, other = log_in(person(), "alice"), log_in(person(), "alice")
    with page.expect_response(lambda one: "/live?" in one.url):
        page.goto("/")
    other.goto("/groups")
    other.get_by_label("Name").fill("opened-meanwhile")
    with other.expect_navigation():
        other.get_by_role("button", name="Make the group").click()
    expect(page.get_by_role("link", name="opened-meanwhile")).to_be_visible()


def test_page_when_its_login_is_ended_elsewhere_then_it_is_the_log_in(person: Callable[..., Page]) -> None:
    """R38."""
    page = log_in(person(), "alice")
    with page.expect_response(lambda one: "/live?" in one.url):
        page.goto("/documents")
    other = log_in(person(), "alice")
    other.goto("/settings")
    other.get_by_role("button", name="End all others").click()
    expect(page.get_by_label("Password")).to_be_visible(timeout=60_000)
