"""Programs set up by what the portal gives: Thunderbird by the address alone, a profile for devices of Apple."""

import imaplib
import plistlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.clients.portal.conftest import log_in
from tests.clients.programs import thunderbird

pytestmark = [pytest.mark.needs("chromium", "thunderbird", "openssl"), pytest.mark.timeout(180)]
SSL = 3  # nsMsgSocketType


def app_password(page: Page, device: str) -> str:
    page.goto(f"/programs/{device}")
    page.get_by_role("button", name="Make an app password").click()
    return page.get_by_role("status").locator("code").inner_text()


def test_thunderbird_when_it_knows_the_address_alone_then_finds_everything_and_logs_in(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path
) -> None:
    """With the app password of the page."""
    made = app_password(log_in(person(), "alice"), "thunderbird")
    settings = {
        "mailnews.auto_config_url": f"https://127.0.0.1:{own_demo.ports['https']}/mail/config-v1.1.xml?emailaddress=x@",
        "network.dns.localDomains": "example.test",
    }
    with thunderbird.driven(tmp_path, settings) as line:
        for host in ("127.0.0.1", "example.test"):
            thunderbird.trust(line, own_demo, host)
        address = "alice@example.test"
        assert thunderbird.found(line, "Alice Example", address, made) == {
            "source": "xml",
            "incoming": ["imap", "example.test", own_demo.ports["imaps"], SSL, address],
            "outgoing": ["smtp", "example.test", own_demo.ports["submissions"], SSL, address],
        }
        assert "INBOX" in thunderbird.mailboxes(line)


def test_profile_when_loaded_then_signed_by_the_server_and_its_password_opens_mail(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path
) -> None:
    page = log_in(person(), "alice")
    page.goto("/programs/apple")
    with page.expect_download() as loading:
        page.get_by_role("button", name="Load the profile").click()
    assert loading.value.suggested_filename == "coserver.mobileconfig"
    ran = subprocess.run(
        ["openssl", "smime", "-verify", "-inform", "DER", "-in", str(loading.value.path()),
         "-CAfile", str(own_demo.certificate), "-purpose", "any"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    mail, *_ = plistlib.loads(ran.stdout)["PayloadContent"]
    assert mail["IncomingMailServerPortNumber"] == own_demo.ports["imaps"]
    with imaplib.IMAP4("127.0.0.1", own_demo.ports["imap"]) as line:
        line.login(mail["IncomingMailServerUsername"], mail["IncomingPassword"])
    page.goto("/programs")
    page.get_by_role("listitem").filter(has_text="iPhone").get_by_role("button", name="Take away").click()
    with imaplib.IMAP4("127.0.0.1", own_demo.ports["imap"]) as line, pytest.raises(imaplib.IMAP4.error):
        line.login(mail["IncomingMailServerUsername"], mail["IncomingPassword"])
