"""What is promised to those who run accounts, and about plans and the time an account lives, in a real browser."""

import imaplib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in
from tests.clients.portal.test_in_and_out import GOOD, letter_to, recover, sign_up
from tests.clients.portal.test_promises import operate, told, upload
from tests.serving import serve_again

DAY = 86_400_000  # in milliseconds
pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(180)]


def send(page: Page, button: str) -> None:
    """One of the forms of a page."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=button).click()


def found(page: Page, name: str) -> None:
    """An organisation."""
    page.goto("/organisations")
    page.get_by_label("Name").fill(name)
    send(page, "Found the organisation")
    expect(told(page)).to_contain_text("The organisation is founded.")


def answer(demo: Any, who: str, password: str) -> str:
    """What a mail program is told that logs in."""
    with imaplib.IMAP4("127.0.0.1", demo.ports["imap"]) as mail:
        try:
            return mail.login(who, password)[0]
        except imaplib.IMAP4.error as error:
            return str(error)


def test_organisation_when_one_has_it_then_its_users_are_made_suspended_and_deleted_there(
    own_demo: Any, person: Callable[..., Page]
) -> None:
    """R25: seen by a mail program each time."""
    page = log_in(person(), "alice")
    found(page, "club")
    form = page.locator("form[action='/organisations/club/users']")
    form.get_by_label("Login").fill("trainee")
    form.get_by_label("First and last name").fill("Trainee")
    form.get_by_label("Plan").select_option("small")
    send(page, "Add the user")
    password = page.locator("code.secret").inner_text()
    assert answer(own_demo, "trainee", password) == "OK"
    page.get_by_role("link", name="trainee@example.test").click()
    send(page, "Suspend the account")
    assert "suspended" in answer(own_demo, "trainee", password)
    send(page, "End the suspension")
    assert answer(own_demo, "trainee", password) == "OK"
    send(page, "Make a new password")
    assert "AUTHENTICATIONFAILED" in answer(own_demo, "trainee", password)
    password = page.locator("code.secret").inner_text()
    assert answer(own_demo, "trainee", password) == "OK"
    page.get_by_label("To delete the account, type its login").fill("trainee@example.test")
    send(page, "Delete the account")
    assert "closed" in answer(own_demo, "trainee", password)


def test_domain_when_it_is_proved_in_the_dns_then_addresses_of_it_get_mail(
    own_demo: Any, person: Callable[..., Page], name_server: Any
) -> None:
    """R26: the record is looked for in a name server."""
    serve_again(own_demo, ("# servers = []", f'servers = ["{name_server.place}"]'))
    page = log_in(person(), "alice")
    found(page, "firm")
    page.goto("/organisations/firm/domains")
    page.get_by_label("Domain").fill("corp.test")
    send(page, "Claim the domain")
    place, proof = (page.locator("dd code").nth(one).inner_text() for one in (0, 2))
    send(page, "Look for the record")
    expect(page.get_by_role("main")).to_contain_text("The record is not there yet.")
    name_server.zone[place, "TXT"] = (proof,)
    send(page, "Look for the record")
    expect(told(page)).to_contain_text("The domain is proved")
    page.goto("/organisations/firm/domains/corp.test")
    send(page, "Look what stands there now")
    expect(page.get_by_role("region", name="Records")).to_contain_text("missing")
    page.get_by_label("Another address").fill("sales")
    page.get_by_label("Login of the user who gets its mail").fill("alice")
    send(page, "Give the address")
    write(log_in(person(), "bob"), "sales@corp.test")
    assert "to sales" in letter_to(own_demo, "alice", "An order")


def write(page: Page, to: str) -> None:
    """A letter."""
    page.goto("/mail/write")
    page.locator("input[name=to]").fill(to)
    page.get_by_label("Subject").fill("An order")
    page.get_by_label("Text").fill("A letter to sales.")
    send(page, "Send")


def test_feature_when_a_plan_lacks_it_then_the_page_and_the_program_say_so(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path
) -> None:
    """R30."""
    plans = tmp_path / "plans.toml"
    shown = (Path("conf") / "plans.toml").read_text("utf-8")
    head, free = shown.partition("[free]")[:2]
    body = shown.partition("[free]")[2].partition("[standard]")[0]
    plans.write_text(head + free.replace("free", "drive") + body.replace('"imap", "smtp", ', ""), "utf-8")
    operate(own_demo, "plan", "load", str(plans))
    assert answer(own_demo, "carol", "demo-carol-pass") == "OK"
    operate(own_demo, "account", "plan", "carol", "drive")
    assert "[AUTHORIZATIONFAILED] Your subscription does not include" in answer(own_demo, "carol", "demo-carol-pass")
    page = log_in(person(), "carol")
    page.goto("/account/plan")
    for name, said in (("Read mail with a program (IMAP)", "no"), ("The drive (WebDAV)", "yes")):
        expect(page.get_by_role("row", name=name).get_by_role("cell").first).to_have_text(said)
    upload(page, "/documents", "kept.txt")
    expect(told(page)).to_have_text("The files are there.")


def test_thing_when_shared_otherwise_in_two_groups_then_each_member_holds_the_union(
    own_demo: Any, person: Callable[..., Page]
) -> None:
    """R54, R55: and what is private in it stays back in both."""
    for group, *members in (("choir", "bob", "carol"), ("chess", "carol")):
        operate(own_demo, "group", "add", group, "--admin", "alice")
        for each in members:
            operate(own_demo, "group", "member", "add", group, each)
    alice = log_in(person(), "alice")
    alice.goto("/documents")
    alice.get_by_label("Name", exact=True).fill("Plans")
    send(alice, "Make the folder")
    for name in ("open.txt", "own.txt"):
        upload(alice, "/documents/at/Plans", name)
        expect(told(alice)).to_have_text("The files are there.")
    alice.goto("/sharing/pick/documents")
    alice.get_by_role("main").get_by_role("link", name="Plans").first.click()
    for group, may in (("choir", "read"), ("chess", "contribute")):
        alice.get_by_label("Through the group").select_option(group)
        alice.get_by_label("What may be done with it").select_option(may)
        send(alice, "Share")
        expect(told(alice)).to_contain_text("It is shared")
    alice.goto(alice.url.replace("/sharing/", "/sharing/pick/documents/").partition("?")[0])
    alice.get_by_role("main").get_by_role("link", name="own.txt").click()
    send(alice, "Make it private")
    at = "/documents/at/Shared/alice@example.test/Plans"
    for name, done in (("bob", False), ("carol", True)):
        page = log_in(person(), name)
        page.goto(at)
        expect(page.get_by_role("link", name="open.txt", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="own.txt", exact=True)).to_have_count(0)
        upload(page, at, f"from-{name}.txt")
        expect(told(page) if done else page.get_by_role("alert")).to_be_visible()


def test_account_when_nobody_uses_it_then_warned_suspended_and_brought_back_by_its_owner(
    own_demo: Any, person: Callable[..., Page]
) -> None:
    """R65: half a year passes while the server stands still, and then two months."""
    serve_again(own_demo, ('# expiring_plans = ["free"]', 'expiring_plans = ["demo"]'))
    page = person()
    sign_up(page, own_demo, "forgetful")
    passes(own_demo, 160)
    assert "To keep it, log in" in letter_to(own_demo, "bob", "Your account forgetful@example.test will end")
    passes(own_demo, 70)
    assert "ask for a new password" in letter_to(own_demo, "bob", "Your account forgetful@example.test is suspended")
    log_in(page, "forgetful", GOOD)
    expect(page.get_by_role("main")).to_contain_text("suspended since it was not used for long")
    recover(page, own_demo, "forgetful")


def passes(demo: Any, days: int) -> None:
    """So many days, for the one who does not come."""
    demo.stop()
    with closing(sqlite3.connect(next(demo.data.rglob("*.db")))) as store, store:
        store.execute(
            "UPDATE account SET created = created - ?, since = since - ?, used = max(0, used - ?) "
            "WHERE login LIKE 'forgetful@%'",
            (days * DAY,) * 3,
        )
        store.execute("UPDATE disuse SET first = first - ?", (days * DAY,))
    serve_again(demo)
