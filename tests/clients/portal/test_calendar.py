"""An event planned in a real browser, as khal gets it; and one that khal made, changed in the browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in
from tests.clients.programs.khal import agenda, khal
from tests.clients.programs.vdirsyncer import Vdirsyncer

pytestmark = [pytest.mark.needs("chromium", "vdirsyncer", "khal"), pytest.mark.timeout(120)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_event_when_planned_in_the_browser_then_in_the_program_and_back(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path, *, scripts: bool
) -> None:
    page, title = log_in(person(java_script_enabled=scripts), "alice"), f"Frühstück {scripts}"
    page.goto("/calendar/day/2026-03-09")
    page.get_by_role("link", name="A new event on this day").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("at", exact=True).fill("10:00")
    page.get_by_label("ends at").fill("11:00")
    page.get_by_label("Repeats").select_option("daily")
    page.get_by_label("until (empty: without end)").fill("2026-03-11")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("The event is made.")

    program = Vdirsyncer(own_demo, "alice", tmp_path / "vdirsyncer")
    program.fetch()
    folder = program.folder / "cal" / "calendar"
    assert len([line for line in agenda(folder) if line.startswith(f"11:00-12:00 {title}")]) == 3  # typed in UTC
    khal(folder, "new", "2026-05-04", "12:00", "13:00", f"Lunch {scripts}")
    program.sync()

    page.goto("/calendar?month=2026-05")
    page.get_by_role("link", name=f"Lunch {scripts}").click()
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Where").fill("Süd")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("It is saved.")
    program.sync()
    assert any("LOCATION:Süd" in each.read_text() for each in folder.glob("*.ics"))
    page.get_by_role("button", name=f"Delete Lunch {scripts}").click()
    expect(page.get_by_role("status")).to_have_text("It is deleted.")
    program.sync()
    assert not any(f"Lunch {scripts}" in each.read_text() for each in folder.glob("*.ics"))
