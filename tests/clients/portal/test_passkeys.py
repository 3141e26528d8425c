"""Passkeys in a real browser, whose device is Chromium's own virtual one."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.clients.portal.conftest import log_in

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
OPTIONS = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}


class Device:
    """A device at a page's browser; `agrees` is whether its owner shows his finger."""

    def __init__(self, page: Page, *, agrees: bool = True) -> None:
        self._line = page.context.new_cdp_session(page)
        self._line.send("WebAuthn.enable")
        options = {**OPTIONS, "isUserVerified": agrees, "automaticPresenceSimulation": True}
        self.id = self._line.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def agree(self, agrees: bool) -> None:
        self._line.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": agrees})

    @property
    def held(self) -> list[dict[str, Any]]:
        return self._line.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]


@pytest.fixture
def page(chromium: Browser, own_demo: Any) -> Iterator[Page]:
    """A browser at the name by which people reach the portal: passkeys are for names, not for addresses."""
    here = f"https://localhost:{own_demo.ports['https']}"
    context = chromium.new_context(base_url=here, ignore_https_errors=True)
    made = context.new_page()
    made.set_default_timeout(30_000)
    yield made
    context.close()


def make(page: Page) -> None:
    page.get_by_role("link", name="Look at them").click()
    page.get_by_label("What you call it").fill("My telephone")
    page.get_by_label("Present password").fill("demo-alice-pass")
    with page.expect_navigation():
        page.get_by_role("button", name="Go on").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Make the passkey").click()


def test_person_when_with_a_passkey_then_logs_in_without_a_password(page: Page) -> None:
    device = Device(page)
    log_in(page, "alice")
    page.get_by_role("link", name="Settings").click()
    make(page)
    expect(page.get_by_role("status").first).to_contain_text("The passkey is made.")
    expect(page.get_by_role("listitem").filter(has_text="My telephone")).to_contain_text("never used")
    (held,) = device.held
    assert (held["isResidentCredential"], held["rpId"]) == (True, "localhost")
    with page.expect_navigation():
        page.get_by_role("button", name="Quit").click()
    device.agree(False)
    page.goto("/log-in")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("No passkey was chosen.")).to_be_visible()
    device.agree(True)
    with page.expect_navigation(url="**/"):
        page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("contentinfo")).to_contain_text("alice@example.test")
    page.goto("/settings/passkeys")
    expect(page.get_by_role("listitem").filter(has_text="My telephone")).to_contain_text("used last")
