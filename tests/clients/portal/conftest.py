"""Chromium on the portal of a running server, with its certificate looked at and nothing else from the network."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (360, 768, 1280)
expect.set_options(timeout=20_000)  # a loaded machine is slow, not wrong


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture
def portal(own_demo: Any) -> str:
    """Where it is."""
    return f"https://127.0.0.1:{own_demo.ports['https']}"


@pytest.fixture
def person(chromium: Browser, portal: str) -> Iterator[Callable[..., Page]]:
    """Makes browsers of their own, each with one page; nothing may come from elsewhere or break a policy."""
    with contextlib.ExitStack() as stack:
        strangers: list[str] = []
        complaints: list[str] = []

        def make(**options: Any) -> Page:
            context = chromium.new_context(base_url=portal, ignore_https_errors=True, **options)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.on("request", lambda one: None if one.url.startswith(portal) else strangers.append(one.url))
            page.on("console", lambda one: complaints.append(one.text) if "Content Security" in one.text else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield make
        assert strangers == []
        assert complaints == []


def log_in(page: Page, who: str, password: str = "") -> Page:
    """By the page for it."""
    page.goto("/log-in")
    page.get_by_label("Login").fill(who)
    page.get_by_label("Password").fill(password or f"demo-{who}-pass")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    return page
