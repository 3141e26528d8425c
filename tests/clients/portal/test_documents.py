"""Files that come and go by a browser: chosen or dropped, with and without scripts, seen by another program."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.portal.conftest import log_in
from tests.clients.programs.rclone import Rclone

pytestmark = [pytest.mark.needs("chromium", "rclone"), pytest.mark.timeout(180)]
DROP = """(form, name) => {
  const moved = new DataTransfer();
  moved.items.add(new File(["dropped"], name));
  form.dispatchEvent(new DragEvent("drop", {dataTransfer: moved, bubbles: true, cancelable: true}));
}"""

SCALED = """() => new Promise((done) => {
  const field = document.querySelector("input[type=file]");
  const look = () => field.files[0].type === "image/jpeg" ? done() : setTimeout(look, 20);
  look();
})"""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_files_when_chosen_then_come_whole_and_go_back_as_they_were(
    own_demo: Any, person: Callable[..., Page], tmp_path: Path, *, scripts: bool
) -> None:
    page = log_in(person(java_script_enabled=scripts), "alice")
    large = tmp_path / f"large {scripts}.bin"
    large.write_bytes(bytes(range(256)) * 40_000)
    small = tmp_path / f"größe {scripts}.txt"
    small.write_text("hello", "utf-8")
    page.get_by_role("navigation", name="Portal").get_by_role("link", name="Documents").click()
    page.get_by_label("Files", exact=True).set_input_files([large, small])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status")).to_have_text("The files are there.")
    rclone = Rclone(own_demo, "alice", tmp_path / "rclone")
    rclone.run("copy", f"drive:{large.name}", str(tmp_path / "back"))
    assert (tmp_path / "back" / large.name).read_bytes() == large.read_bytes()
    with page.expect_download() as loading:
        page.get_by_role("link", name=small.name, exact=True).click()
    assert loading.value.suggested_filename == small.name
    assert Path(loading.value.path()).read_text("utf-8") == "hello"


def test_file_when_dropped_then_there_and_a_second_one_of_its_name_is_refused(person: Callable[..., Page]) -> None:
    page = log_in(person(), "bob")
    page.goto("/documents")
    for _ in range(2):
        page.locator("form.drop").evaluate(DROP, "dropped.txt")
        page.wait_for_selector("[role=status]:visible, [role=alert]:visible")
        page.wait_for_load_state()  # the script that hears the next drop
    expect(page.get_by_role("alert")).to_contain_text("There is a file dropped.txt already.")


def test_picture_when_too_large_then_scaled_by_the_browser(person: Callable[..., Page]) -> None:
    """S17."""
    page = log_in(person(), "bob")
    page.goto("/account")
    page.evaluate(
        """async () => {
          const canvas = document.createElement("canvas");
          canvas.width = 2000; canvas.height = 1000;
          canvas.getContext("2d").fillRect(0, 0, 900, 900);
          const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
          const chosen = new DataTransfer();
          chosen.items.add(new File([blob], "me.png", {type: "image/png"}));
          const field = document.querySelector("input[type=file]");
          field.files = chosen.files;
          field.dispatchEvent(new Event("change"));
        }"""
    )
    page.evaluate(SCALED)  # not wait_for_function: its second look is an eval, which the pages' policy forbids
    page.get_by_role("button", name="Save the picture").click()
    expect(page.get_by_role("status")).to_have_text("Your picture is saved.")
    shown = page.get_by_alt_text("Your picture")
    assert shown.evaluate("picture => [picture.naturalWidth, picture.naturalHeight]") == [512, 256]
