"""The pictures of the portal that `make docs` puts into its page: the demo, looked at in Chromium.

`python docs/pictures.py` starts a demo of its own on a folder that is gone afterwards, has alice and bob do what
people do in their first hour, and draws the pages into `docs/pictures/`.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.clients.portal.conftest import CHROMIUM, QUIET, log_in  # noqa: E402 -- not installed, found by the path above
from tests.conftest import start_demo  # noqa: E402

INTO = ROOT / "docs" / "pictures"
DESK, TELEPHONE = {"width": 1100, "height": 760}, {"width": 390, "height": 760}


def begun(browser: Browser, portal: str, who: str, size: dict[str, int]) -> Page:
    """Somebody with a window of that size, logged in."""
    context = browser.new_context(base_url=portal, ignore_https_errors=True, viewport=size, locale="en-GB")
    page = context.new_page()
    return log_in(page, who) if who else page


def draw(page: Page, name: str, path: str) -> None:
    """A page as it is seen without scrolling."""
    page.goto(path)
    page.screenshot(path=INTO / f"{name}.png")


def send(page: Page, button: str) -> None:
    """The form of a page, and wait for what comes of it."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def found_a_group(alice: Page) -> None:
    """With bob in it, invited."""
    alice.goto("/groups")
    alice.get_by_label("Name").fill("choir")
    send(alice, "Make the group")
    alice.get_by_label("Mail address").fill("bob@example.test")
    send(alice, "Mail an invitation")


def keep_documents(alice: Page) -> None:
    """A folder, which bob may read, and files."""
    alice.goto("/documents")
    alice.get_by_label("Name", exact=True).fill("Programme")
    send(alice, "Make the folder")
    for name, size in (("Spring concert.odt", 48_000), ("Poster.png", 320_000), ("Seating plan.ods", 21_000)):
        alice.goto("/documents")
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": b"x" * size}
        alice.get_by_label("Files", exact=True).set_input_files(file)
        send(alice, "Upload")
    alice.goto("/sharing/pick/documents")
    alice.get_by_role("main").get_by_role("link", name="Programme").first.click()
    alice.get_by_label("With this member only").fill("bob")
    send(alice, "Share")


def write(bob: Page) -> None:
    """Letters to alice."""
    for subject in ("Rehearsal on Thursday", "The new poster", "Who brings the stands?"):
        bob.goto("/mail/write")
        bob.locator("input[name=to]").fill("alice@example.test")
        bob.get_by_label("Subject").fill(subject)
        bob.get_by_label("Text").fill(f"Hello Alice,\n\n{subject.lower()}: let us talk about it tomorrow.\n\nBob")
        send(bob, "Send")


def plan(alice: Page) -> None:
    """Events of this month, and whom they are with."""
    today = datetime.now(UTC).date()
    alice.goto("/calendar")
    for number, title in enumerate(("Rehearsal", "Dentist", "Concert")):
        day = today.replace(day=5) + timedelta(days=7 * number)
        alice.goto(f"/calendar/day/{day}")
        alice.get_by_role("link", name="A new event on this day").click()
        alice.get_by_label("Title").fill(title)
        alice.get_by_label("at", exact=True).fill(f"{10 + number}:00")
        alice.get_by_label("ends at").fill(f"{12 + number}:00")
        send(alice, "Save")


def main() -> None:
    """Start, live, draw."""
    INTO.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = start_demo(Path(folder) / "data")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        try:
            live(browser, f"https://127.0.0.1:{demo.ports['https']}")
        finally:
            browser.close()
            demo.stop()


def live(browser: Browser, portal: str) -> None:
    """The first hour of two people, and its pictures."""
    alice, bob = (begun(browser, portal, who, DESK) for who in ("alice", "bob"))
    found_a_group(alice)
    keep_documents(alice)
    write(bob)
    plan(alice)
    stranger, away = begun(browser, portal, "", DESK), begun(browser, portal, "alice", TELEPHONE)
    for page, name, path in (
        (stranger, "sign-up", "/sign-up"),
        (alice, "home", "/"),
        (alice, "programs", "/programs"),
        (alice, "thunderbird", "/programs/thunderbird"),
        (alice, "members", "/groups/choir/members"),
        (alice, "rights", "/groups/choir/rights"),
        (alice, "sharing", "/sharing"),
        (alice, "mail", "/mail"),
        (alice, "documents", "/documents"),
        (alice, "calendar", "/calendar"),
        (alice, "settings", "/settings"),
        (away, "telephone-home", "/"),
        (away, "telephone-mail", "/mail"),
    ):
        draw(page, name, path)


if __name__ == "__main__":
    main()
