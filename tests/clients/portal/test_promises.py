"""What is promised to users, in a real browser: one test for a promise or two that belong together."""

import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in
from tests.clients.programs.curl import put
from tests.clients.programs.samples import event
from tests.serving import PROGRAM, serve_again

FRESH = re.compile("^New password")
pytestmark = [pytest.mark.needs("chromium", "curl"), pytest.mark.timeout(180)]


def told(page: Page) -> Any:
    """What the page says has been done."""
    return page.locator("div.done")


def operate(demo: Any, *words: str) -> None:
    """As the operator does, while it is served."""
    subprocess.run([PROGRAM, *words, "--data", str(demo.data)], check=True, capture_output=True, timeout=60)


def upload(page: Page, where: str, name: str, size: int = 4) -> None:
    """By the form of a folder."""
    page.goto(where)
    page.get_by_label("Files", exact=True).set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": b"x" * size}
    )
    page.get_by_role("button", name="Upload").click()


def test_help_when_asked_for_then_about_the_page_it_was_asked_on(person: Callable[..., Page]) -> None:
    """R18."""
    page = log_in(person(), "alice")
    for path, title in (("/mail", "Mail"), ("/groups", "Groups"), ("/programs", "Programs and devices")):
        page.goto(path)
        page.get_by_role("navigation", name="Portal").get_by_role("link", name="Help").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_promises_when_looked_up_then_there_without_a_login(person: Callable[..., Page]) -> None:
    """R19, R68: questions, security, what is kept, and whom to ask; everything else is the log-in."""
    page = person()
    page.goto("/help")
    for title in ("Questions and answers", "Security", "What is kept of you", "Contact"):
        page.get_by_role("main").get_by_role("link", name=title).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    for path in ("/mail", "/documents", "/settings"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_plan_when_it_is_full_then_refused_and_a_larger_one_counts_at_once(
    own_demo: Any, person: Callable[..., Page]
) -> None:
    """R28, R29, R31, R32: first an agreement for one account, then another plan."""
    page = log_in(person(), "carol")
    operate(own_demo, "account", "plan", "carol", "small")
    page.goto("/account/plan")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your plan: Small")
    upload(page, "/documents", "large.bin", 1_500_000)
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto("/documents")
    expect(page.get_by_role("link", name="large.bin", exact=True)).to_have_count(0)
    operate(own_demo, "account", "override", "carol", "documents_bytes", "2MB")
    upload(page, "/documents", "large.bin", 1_500_000)
    expect(told(page)).to_have_text("The files are there.")
    page.goto("/account/plan")
    expect(page.get_by_role("main")).to_contain_text("Something was agreed with you beside the plan")
    operate(own_demo, "account", "override", "carol", "--clear")
    operate(own_demo, "account", "plan", "carol", "big")
    upload(page, "/documents", "another.bin", 1_500_000)
    expect(told(page)).to_have_text("The files are there.")


def test_idle_time_when_it_is_over_then_the_very_words_and_what_was_typed_comes_back(
    own_demo: Any, person: Callable[..., Page]
) -> None:
    """R36, R37: an hour passes while the server stands still."""
    page = log_in(person(), "dave")
    page.goto("/settings")
    page.get_by_label("Log me out when I have done nothing for so many minutes").fill("30")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(told(page)).to_have_text("Your settings are saved.")
    page.goto("/groups")
    page.get_by_label("Name").fill("typed-before")
    own_demo.stop()
    _an_hour_passes(own_demo.data)
    serve_again(own_demo)
    page.get_by_role("button", name="Make the group").click()
    expect(page.get_by_role("status")).to_have_text("Session timeout. Please login again")
    page.get_by_label("Login").fill("dave")
    page.get_by_label("Password").fill("demo-dave-pass")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Name")).to_have_value("typed-before")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Members of typed-before")


def _an_hour_passes(data: Path) -> None:
    """For the logins of browsers."""
    with closing(sqlite3.connect(next(data.rglob("*.db")))) as store, store:
        store.execute("UPDATE cookie SET created = created - 3600000, seen = seen - 3600000")


def test_login_when_another_follows_in_the_same_browser_then_replaced(person: Callable[..., Page]) -> None:
    """R39."""
    page = log_in(person(), "alice")
    log_in(page, "bob")
    page.goto("/settings")
    expect(page.get_by_role("contentinfo")).to_contain_text("You are logged in as bob@example.test.")


def test_password_when_obvious_or_short_then_refused_and_its_age_is_shown(person: Callable[..., Page]) -> None:
    """R43-R46."""
    page = log_in(person(), "dave")
    page.goto("/settings")
    expect(page.locator("#password")).to_contain_text("It is 0 days old.")
    for wrong, why in (
        ("short", "too short"),
        ("dave@example.test", "easily guessed"),
        ("password1234", "first that are tried"),
    ):
        page.get_by_label("Present password").fill("demo-dave-pass")
        page.get_by_label(FRESH).fill(wrong)
        page.get_by_label("The new password once more").fill(wrong)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_role("alert")).to_contain_text(why)
    page.get_by_label("Present password").fill("demo-dave-pass")
    for name in (FRESH, "The new password once more"):
        page.get_by_label(name).fill("wide green river 7")
    page.get_by_role("button", name="Change the password").click()
    expect(told(page)).to_contain_text("Your password is changed.")


def test_group_when_rights_are_given_then_a_member_adds_and_before_reads_alone(
    own_demo: Any, person: Callable[..., Page]
) -> None:
    """R15, R47, R57."""
    operate(own_demo, "group", "add", "choir", "--admin", "alice")
    operate(own_demo, "group", "member", "add", "choir", "bob")
    alice, bob = log_in(person(), "alice"), log_in(person(), "bob")
    upload(alice, "/documents/at/Groups/choir", "score.txt")
    expect(told(alice)).to_have_text("The files are there.")
    bob.goto("/documents/at/Groups/choir")
    expect(bob.get_by_role("link", name="score.txt", exact=True)).to_be_visible()
    upload(bob, "/documents/at/Groups/choir", "mine.txt")
    expect(bob.get_by_role("alert")).to_be_visible()
    alice.goto("/groups/choir/rights")
    alice.get_by_role("link", name="Change what all members hold").click()
    alice.get_by_label("Documents").select_option("contribute")
    alice.get_by_role("button", name="Save").click()
    expect(told(alice)).to_have_text("The rights are changed.")
    upload(bob, "/documents/at/Groups/choir", "mine.txt")
    expect(told(bob)).to_have_text("The files are there.")


def test_drop_folder_when_a_file_is_laid_in_then_its_owner_alone_reads_it(person: Callable[..., Page]) -> None:
    """R51."""
    alice, bob = log_in(person(), "alice"), log_in(person(), "bob")
    bob.goto("/documents/at/Drop")
    bob.get_by_role("main").get_by_role("link", name="alice").first.click()
    upload(bob, bob.url, "letter.txt")
    expect(told(bob)).to_have_text("The files are there.")
    alice.goto("/documents/at/Received")
    expect(alice.get_by_role("link", name="letter.txt", exact=True)).to_be_visible()


def test_event_when_it_is_another_members_then_seen_as_busy(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path
) -> None:
    """R13, R49."""
    put(own_demo, "alice", "/dav/alice@example.test/calendar/secret.ics", event("secret", "Secret"), home=tmp_path)
    alice, bob = log_in(person(), "alice"), log_in(person(), "bob")
    for page, seen, unseen in ((alice, "Secret", "nothing of it"), (bob, "Busy", "Secret")):
        page.goto("/calendar/day/2026-03-10")
        expect(page.get_by_role("main")).to_contain_text(seen)
        expect(page.get_by_role("main")).not_to_contain_text(unseen)


def test_account_when_it_is_paid_for_then_its_owner_deletes_it_all_the_same(
    own_demo: Any, person: Callable[..., Page]
) -> None:
    """R64, R66, R67."""
    operate(own_demo, "account", "plan", "carol", "big")
    page = log_in(person(), "carol")
    page.goto("/account/delete")
    page.get_by_label("Password").fill("demo-carol-pass")
    page.get_by_label("login", exact=False).last.fill("carol@example.test")
    page.get_by_role("main").get_by_role("button").last.click()
    page.goto("/log-in")
    page.get_by_label("Login").fill("carol")
    page.get_by_label("Password").fill("demo-carol-pass")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("main")).to_contain_text("deleted")
