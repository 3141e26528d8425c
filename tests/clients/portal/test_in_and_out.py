"""A person signs up, confirms by the letter, logs in, changes the password, and leaves, by a browser."""

import email
import imaplib
import re
import time
from collections.abc import Callable
from email.policy import default
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(180)]
GOOD, BETTER = "velvet-Kayak-71", "other-Velvet-9x"


def letter_to(demo: Any, who: str, subject: str) -> str:
    """The text of the latest letter with that subject, as soon as it is in the INBOX."""
    deadline = time.monotonic() + 30
    with imaplib.IMAP4("127.0.0.1", demo.ports["imap"]) as mail:
        mail.login(who, demo.password(who))
        while time.monotonic() < deadline:
            mail.select()
            _, (found,) = mail.search(None, "SUBJECT", f'"{subject}"')
            if found:
                _, data = mail.fetch(found.split()[-1].decode(), "(RFC822)")
                message = email.message_from_bytes(data[0][1], policy=default)
                return str(message.get_body(("plain",)).get_content())
            mail.noop()
    pytest.fail(f"no letter {subject!r} for {who}")


def page_of(text: str) -> str:
    """The path of the link in a letter."""
    (link,) = re.findall(r"https://\S+", text)
    return "/" + str(link).partition("://")[2].partition("/")[2]


def sign_up(page: Page, demo: Any, login: str) -> None:
    """From the first page to the letter that bob gets, and what it asks for."""
    page.goto("/")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.get_by_label("Login").fill(login)
    page.get_by_label("Your name, as others see it").fill("New Comer")
    page.get_by_label("An address that you have already").fill("bob@example.test")
    page.locator("[name=password]").fill(GOOD)
    page.locator("[name=again]").fill(GOOD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(page_of(letter_to(demo, "bob", f"Confirm your account {login}")))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is confirmed")


def recover(page: Page, demo: Any, login: str) -> None:
    """By a letter to bob: another password, and in with it."""
    page.goto("/recover")
    page.get_by_label("Login").fill(login)
    with page.expect_navigation():
        page.get_by_role("button", name="Mail me a code").click()
    page.goto(page_of(letter_to(demo, "bob", f"A new password for {login}")))
    page.locator("[name=password]").fill(BETTER)
    page.locator("[name=again]").fill(BETTER)
    page.get_by_role("button", name="Save the new password").click()
    log_in(page, login, BETTER)
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


@pytest.mark.parametrize("scripts", [True, False])
def test_person_when_new_then_signs_up_confirms_logs_in_and_recovers(
    own_demo: Any, person: Callable[..., Page], scripts: bool
) -> None:
    """R1, R2, R6, R19-R24, R43: with JavaScript and without; `person` sees that nothing is asked of other servers."""
    login = "newcomer" if scripts else "newcomer2"
    page = person(java_script_enabled=scripts)
    sign_up(page, own_demo, login)
    log_in(page, login, GOOD)
    expect(page.get_by_role("contentinfo")).to_contain_text(f"You are logged in as {login}@example.test")
    (kept,) = page.context.cookies()
    assert (kept["name"], kept["secure"], kept["httpOnly"], kept["sameSite"], kept["expires"]) == (
        "__Host-sid", True, True, "Lax", -1,
    )  # fmt: skip
    page.get_by_role("button", name="Quit").click()
    assert page.context.cookies() == []
    recover(page, own_demo, login)


def test_person_when_at_two_computers_then_sees_both_and_ends_the_other(person: Callable[..., Page]) -> None:
    """R38, R40: the way back shows nothing."""
    here, there = (log_in(person(user_agent=name), "alice") for name in ("Desk/1", "Train/2"))
    here.get_by_role("link", name="Settings").click()
    here.get_by_role("listitem").filter(has_text="Train/2").get_by_role("button", name="End").click()
    expect(here.get_by_role("status")).to_have_text("Those logins have ended.")
    there.reload()
    expect(there.get_by_role("heading", level=1)).to_have_text("Welcome")
    with here.expect_navigation():  # who goes back before he is there goes nowhere
        here.get_by_role("button", name="Quit").click()
    expect(here.get_by_role("heading", level=1)).to_have_text("Good-bye")
    here.wait_for_load_state()
    here.go_back()
    expect(here.get_by_role("heading", level=1)).to_have_text("Log in")


def test_person_when_the_browser_speaks_german_then_so_do_the_pages(person: Callable[..., Page]) -> None:
    page = person(locale="de-DE")
    page.goto("/log-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    assert page.locator("html").get_attribute("lang") == "de"
