"""A hostile message in a real browser: what it says is read, nothing runs, nothing is loaded."""

from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in
from tests.clients.programs.imap import connected, put
from tests.web.pages.test_mail_message import HOSTILE

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_message_when_it_is_hostile_then_read_and_nothing_else(
    own_demo: Any, person: Callable[..., Page], *, scripts: bool
) -> None:
    """What is asked of other servers, and what a policy had to stop, fails at the end of `person`."""
    with connected(own_demo, "alice") as program:
        put(program, "INBOX", HOSTILE.replace(b"\n", b"\r\n"))
        page = log_in(person(java_script_enabled=scripts), "alice")
        page.get_by_role("navigation", name="Portal").get_by_role("link", name="Mail").click()
        page.get_by_role("link", name="unread: Prize").first.click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_text("Käse")).to_be_visible()
        expect(frame.get_by_alt_text("Logo")).to_be_attached()
        assert frame.locator("body").locator("form, script, iframe, object, style").count() == 0
        program.select("INBOX")
        assert program.search(None, "UNSEEN") == ("OK", [b""])
        with page.expect_download() as loading:
            page.get_by_role("link", name="evïl.html").click()
        assert loading.value.suggested_filename.endswith("evïl.html")
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("status")).to_have_text("The message is deleted.")
        program.noop()
        assert program.search(None, "SUBJECT", "Prize") == ("OK", [b""])


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_message_when_written_then_in_the_other_ones_mail_program(
    own_demo: Any, person: Callable[..., Page], *, scripts: bool
) -> None:
    page = log_in(person(java_script_enabled=scripts), "alice")
    page.get_by_role("navigation", name="Portal").get_by_role("link", name="Mail").click()
    page.get_by_role("main").get_by_role("button", name="Write").click()
    page.locator("input[name=to]").fill("bob@example.test")
    page.get_by_label("Subject").fill(f"Größe {scripts}")
    page.get_by_label("Text").fill("Hello\n\nBob")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("The message is sent.")
    with connected(own_demo, "bob") as program:
        program.select("INBOX")
        _, (found,) = program.search(None, "HEADER", "Subject", str(scripts))
        _, told = program.fetch(found.split()[-1], "(BODY[])")
        assert message_from_bytes(told[0][1], policy=policy.default)["Subject"] == f"Größe {scripts}"
