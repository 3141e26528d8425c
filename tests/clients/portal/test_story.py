"""A person's whole story in one piece: from the sign-up to the deletion, by a browser, with mail that really leaves
and comes, and with the programs of both sides looking on.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in
from tests.clients.portal.test_in_and_out import GOOD, letter_to, page_of
from tests.clients.programs.curl import mkcol, put
from tests.clients.programs.imap import connected
from tests.clients.programs.rclone import Rclone
from tests.clients.programs.samples import event
from tests.clients.programs.vdirsyncer import Vdirsyncer
from tests.serving import PROGRAM, serve_again

pytestmark = [pytest.mark.needs("chromium", "rclone", "vdirsyncer", "curl"), pytest.mark.timeout(240)]
FRIEND, NEWCOMER = "friend@outside.test", "newcomer"


@pytest.fixture
def outside(demos: Callable[..., Any]) -> Any:
    """Another house, in which bob has an address of the domain outside.test."""
    running = demos()
    for words in (("domain", "add", "outside.test"), ("address", "add", FRIEND, "bob")):
        subprocess.run([PROGRAM, *words, "--data", str(running.data)], check=True, capture_output=True, timeout=60)
    return running


@pytest.fixture
def own_demo(demos: Callable[..., Any], outside: Any) -> Iterator[Any]:
    """The house of the story: what was a demo, served as an operator would, with its mail leaving for outside."""
    running = demos()
    serve_again(
        running,
        ("hold_outside = true", "hold_outside = false"),
        ('# smarthost = ""', f'smarthost = "127.0.0.1:{outside.ports["smtp"]}"'),
    )
    yield running
    running.stop()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_person_when_new_then_everything_until_the_deletion(
    own_demo: Any, outside: Any, person: Callable[..., Page], tmp_path: Path, *, scripts: bool
) -> None:
    """R1, R2, R14-R17, R19-R24, R47, R48, R52, R53, R56, R58, R64: with JavaScript and without."""
    page, bob = person(java_script_enabled=scripts), person(java_script_enabled=scripts)
    _sign_up(page, outside)
    _set_up(page, own_demo)
    _found(page, bob, own_demo)
    _share(page, own_demo, tmp_path)
    client = Rclone(own_demo, "bob", tmp_path / "bob")
    calendars = Vdirsyncer(own_demo, "bob", tmp_path / "calendars")
    calendars.fetch()
    assert "SUMMARY:Party" in calendars.held("cal")
    assert client.text(f"Shared/{NEWCOMER}@example.test/Plans/first.txt") == "the plan"
    client.refused("touch", f"drive:Shared/{NEWCOMER}@example.test/Plans/other.txt")
    with connected(own_demo, "bob") as line:
        assert any(b"Groups/chess" in each for each in line.list()[1])
    _take_back(page)
    calendars.fetch()
    assert "SUMMARY:Party" not in calendars.held("cal")
    assert client.listed("") == ["Drop/", "Groups/"]
    _leave(page, own_demo, outside)


def _sign_up(page: Page, outside: Any) -> None:
    """With an address elsewhere, confirmed by what arrives there."""
    page.goto("/sign-up")
    page.get_by_label("Login").fill(NEWCOMER)
    page.get_by_label("Your name, as others see it").fill("New Comer")
    page.get_by_label("An address that you have already").fill(FRIEND)
    page.locator("[name=password]").fill(GOOD)
    page.locator("[name=again]").fill(GOOD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(page_of(letter_to(outside, "bob", f"Confirm your account {NEWCOMER}")))
    page.get_by_role("button", name="Confirm").click()
    log_in(page, NEWCOMER, GOOD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def _set_up(page: Page, house: Any) -> None:
    """A program, by what the page says: its app password is what the programs of the newcomer log in with."""
    page.get_by_role("navigation", name="Portal").get_by_role("link", name="Programs").click()
    page.get_by_role("link", name="Another program").click()
    page.get_by_role("button", name="Make an app password").click()
    house.passwords[f"{NEWCOMER}@example.test"] = page.get_by_role("status").locator("code").inner_text()
    expect(page.get_by_role("main")).to_contain_text(str(house.ports["imaps"]))
    with connected(house, NEWCOMER) as line:
        assert line.select("INBOX")[0] == "OK"


def _found(page: Page, bob: Page, house: Any) -> None:
    """A group, which bob joins by the letter in his mailbox, having read what members see."""
    page.get_by_role("navigation", name="Portal").get_by_role("link", name="Groups").click()
    page.get_by_label("Name").fill("chess")
    page.get_by_role("button", name="Make the group").click()
    page.get_by_label("Mail address").fill("bob@example.test")
    page.get_by_role("button", name="Mail an invitation").click()
    expect(page.get_by_role("status")).to_have_text("The invitation is on its way.")
    bob.goto(page_of(letter_to(house, "bob", "Invitation to the group chess")))
    expect(bob.get_by_role("main")).to_contain_text(f"{NEWCOMER}@example.test invites bob@example.test")
    expect(bob.get_by_role("main")).to_contain_text("The members will see of you")
    bob.get_by_role("button", name="Join the group").click()
    expect(bob.get_by_role("heading", level=1)).to_have_text("Welcome to the group chess")
    page.reload()
    expect(page.get_by_role("table")).to_contain_text("bob@example.test")


def _share(page: Page, house: Any, home: Path) -> None:
    """A folder and an event that a program brought, with bob alone."""
    mkcol(house, NEWCOMER, "/drive/Plans", home=home)
    put(house, NEWCOMER, "/drive/Plans/first.txt", "the plan", home=home)
    put(house, NEWCOMER, f"/dav/{NEWCOMER}@example.test/calendar/party.ics", event("party", "Party"), home=home)
    put(house, NEWCOMER, f"/dav/{NEWCOMER}@example.test/calendar/work.ics", event("work", "Work"), home=home)
    for steps in (("a folder or a file", "/Plans"), ("a calendar or an event", "its entries", "Party")):
        page.goto("/sharing")
        for step in steps:
            page.get_by_role("main").get_by_role("link", name=step).first.click()
        page.get_by_label("With this member only").fill("bob")
        page.get_by_role("button", name="Share", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("It is shared")
        expect(page.get_by_role("listitem").filter(has_text="bob@example.test")).to_contain_text("read")


def _take_back(page: Page) -> None:
    """Both, one after the other."""
    for _ in range(2):
        page.goto("/sharing")
        page.get_by_role("listitem").filter(has_text="bob@example.test").first.get_by_role("link").click()
        page.get_by_role("button", name="Take back").click()
        expect(page.get_by_role("status")).to_contain_text("not shared like that any more")
    page.goto("/sharing")
    expect(page.get_by_role("main")).to_contain_text("You share nothing.")


def _leave(page: Page, house: Any, outside: Any) -> None:
    """The group first, since it has another member; then the account, and back within the time to undo it."""
    page.goto("/account/delete")
    page.get_by_role("main").get_by_role("link", name="chess").click()
    page.goto("/groups/chess/delete")
    page.get_by_label("To delete it, type its name: chess").fill("chess")
    with page.expect_navigation():
        page.get_by_role("button", name="Delete the group").click()
    page.goto("/settings")
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label(f"To delete it, type your login: {NEWCOMER}@example.test").fill(f"{NEWCOMER}@example.test")
    page.get_by_label("Present password").fill(GOOD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is deleted")
    assert page.context.cookies() == []
    with pytest.raises(Exception, match="closed"), connected(house, NEWCOMER):
        pytest.fail("a deleted account was let in")
    page.goto(page_of(letter_to(outside, "bob", f"The account {NEWCOMER}@example.test was deleted")))
    page.get_by_role("button", name="Restore my account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is there again")
    with connected(house, NEWCOMER) as line:
        assert line.select("INBOX")[0] == "OK"
