"""Documents by the portal: the drive with the same rights, names and room, and files that come and go in a browser."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from coserver.accounts import accounts, plan_changes
from tests.web.browser import OWN, Browser
from tests.web.pages.in_groups import browsers, made

BOUNDARY = "----somewhere"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def form(mark: str, *files: tuple[str, bytes], **fields: str) -> bytes:
    """A form with files as a browser sends it (RFC 7578)."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in {"mark": mark, **fields}.items()
    ]
    for name, data in files:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def upload(browser: Browser, *files: tuple[str, bytes], where: str = "", **fields: str) -> Browser:
    """Choose these files on the page of a folder, and send them."""
    at = f"/at{where}" if where else ""
    mark = browser.open(f"/documents{at}").form(f"/documents/upload{where}").fields["mark"]
    return sent(browser, form(mark, *files, **fields), where)


def sent(browser: Browser, body: bytes, where: str = "") -> Browser:
    headers = {**OWN, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    browser.ask("POST", f"/documents/upload{where}", body, headers)
    if browser.status == 303:
        browser.open(browser.answer.headers["location"])
    return browser


def test_files_when_uploaded_then_on_the_drive_and_back_as_they_were(front: Any, alice: Browser) -> None:
    large = bytes(range(256)) * 2000  # half a megabyte, more than stays in memory
    upload(alice, ("größe & <b>.txt", b"hello"), ("large.bin", large), ("empty", b""))
    assert "The files are there." in alice.text
    assert "größe & <b>.txt 5 bytes" in alice.text
    assert "<b>.txt" not in alice.answer.text
    assert front.ask("GET", "/drive/large.bin").body == large
    alice.ask("GET", f"/documents/file/{quote('größe & <b>.txt')}")
    assert alice.answer.body == b"hello"
    assert alice.answer.headers["content-type"] == "application/octet-stream"
    assert alice.answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%26%20%3Cb%3E.txt"
    )
    alice.ask("GET", "/documents/file/large.bin")
    assert alice.answer.body == large
    assert front.spool() == []


def test_file_when_its_name_is_taken_then_replaced_only_if_asked_for(front: Any, alice: Browser) -> None:
    upload(alice, ("a.txt", b"old"))
    upload(alice, ("a.txt", b"new"))
    assert alice.status == 409
    assert "There is a file a.txt already." in alice.text
    assert front.ask("GET", "/drive/a.txt").body == b"old"
    upload(alice, ("a.txt", b"new"), replace="1")
    assert front.ask("GET", "/drive/a.txt").body == b"new"
    assert front.spool() == []


@pytest.mark.parametrize("name", ["C:\\\\fakepath\\\\a.txt", "../../a.txt", "x/y/a.txt"])
def test_file_when_its_name_is_a_path_then_the_last_of_it_counts(front: Any, alice: Browser, name: str) -> None:
    upload(alice, (name, b"x"))
    assert front.ask("GET", "/drive/a.txt").body == b"x"


@pytest.mark.parametrize("name", ["..", ".", "x" * 300, "Groups", "Shared"])
def test_file_when_its_name_will_not_do_then_refused(front: Any, alice: Browser, name: str) -> None:
    upload(alice, (name, b"x"))
    assert alice.status in (400, 403, 409)
    assert front.spool() == []


def test_file_when_there_is_no_room_then_said_with_what_is_there_and_nothing_is_left(
    front: Any, alice: Browser
) -> None:
    """R29."""
    front.store.write(lambda tx: plan_changes.override(tx, accounts.find(tx, "alice").id, "documents_bytes", 100_000))
    upload(alice, ("fits", b"x" * 60_000), ("too.much", b"y" * 200_000), ("not.tried", b"z"))
    assert alice.status == 409
    assert "No room for documents in your subscription" in alice.text
    alice.open("/documents")
    assert "fits 60 kB" in alice.text
    assert "too.much" not in alice.text
    assert "not.tried" not in alice.text
    assert "60 kB of 100 kB" in alice.text
    assert front.spool() == []


def test_upload_when_not_from_our_page_or_not_logged_in_then_nothing_is_taken(front: Any, alice: Browser) -> None:
    alice.open("/documents")
    mark = alice.form("/documents/upload").fields["mark"]
    sent(alice, form("", ("a.txt", b"x")))
    assert alice.status == 403
    assert "not made for this login" in alice.text
    after = form("", ("a.txt", b"x")).replace(b"--\r\n", b"\r\n") + form(mark)
    assert sent(alice, after).status == 403  # the mark has to come first
    evil = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Origin": "https://evil.test"}
    alice.ask("POST", "/documents/upload", form(mark, ("a.txt", b"x")), evil)
    assert alice.status == 403
    stranger = Browser(front)
    sent(stranger, form(mark, ("a.txt", b"x")))
    assert stranger.status == 403
    assert "You are not logged in any more." in stranger.text
    assert front.ask("GET", "/drive/a.txt").status == 404
    assert front.spool() == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"mark=x"),
        ("multipart/form-data", b"x"),
        (f"multipart/form-data; boundary={BOUNDARY}", b"no boundary at all"),
        (f"multipart/form-data; boundary={BOUNDARY}", form("", ("a", b"x"))[:-20]),
        (f"multipart/form-data; boundary={BOUNDARY}", form("", **{f"f{n}": "x" for n in range(500)})),
        (f"multipart/form-data; boundary={BOUNDARY}", form("", long="x" * 70_000)),
    ],
)
def test_upload_when_it_is_no_whole_form_then_said(front: Any, alice: Browser, kind: str, body: bytes) -> None:
    alice.ask("POST", "/documents/upload", body, {**OWN, "Content-Type": kind})
    assert alice.status in (400, 403)
    assert front.spool() == []


def test_upload_when_the_browser_goes_in_the_middle_then_nothing_is_left(front: Any, alice: Browser) -> None:
    mark = alice.open("/documents").form("/documents/upload").fields["mark"]
    body = form(mark, ("a.bin", b"x" * 2_000_000))
    headers = {
        **OWN, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Cookie": f"__Host-sid={alice.sid}",
        "Host": "house.test",
    }  # fmt: skip
    line = front.connect()
    line.send(front.head("POST", "/documents/upload", headers, body, who=None) + body[:1_500_000])
    assert front.spool()
    line.channel.connectionLost(None)
    assert front.spool() == []
    assert front.ask("GET", "/drive/a.bin").status == 404


def test_upload_when_it_takes_longer_than_one_may_be_idle_then_that_was_use(front: Any, alice: Browser) -> None:
    """R36, R37: twenty minutes without use end a login, an hour of sending does not."""
    mark = alice.open("/documents").form("/documents/upload").fields["mark"]
    body = form(mark, ("a.bin", b"x" * 400_000))
    headers = {
        **OWN, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Cookie": f"__Host-sid={alice.sid}",
        "Host": "house.test",
    }  # fmt: skip
    line = front.connect()
    line.send(front.head("POST", "/documents/upload", headers, body, who=None))
    for start in range(0, len(body), 100_000):
        line.send(body[start : start + 100_000])
        front.clock.seconds += 15 * 60
    assert line.answer().status == 303
    assert alice.open("/documents").form("/documents/upload")
    assert "a.bin" in alice.text


def test_folder_when_made_renamed_and_deleted_then_on_the_drive_too(front: Any, alice: Browser) -> None:
    alice.open("/documents").send("/documents/folder", name="Plans & <i>")
    assert "The folder is made." in alice.text
    (inside,) = re.findall(r'href="(/documents/at/Plans[^"]+)"', alice.answer.text)
    alice.open(inside)
    assert "This folder is empty." in alice.text
    alice.send(f"/documents/folder{quote('/Plans & <i>')}", name="Deep")
    upload(alice, ("a.txt", b"x"), where=quote("/Plans & <i>"))
    alice.open(f"/documents/change{quote('/Plans & <i>')}").send(
        f"/documents/rename{quote('/Plans & <i>')}", name="Plans"
    )
    assert front.ask("GET", "/drive/Plans/a.txt").body == b"x"
    alice.open("/documents/change/Plans")
    assert "The folder goes with the 2 things in it" in alice.text
    alice.send("/documents/remove/Plans")
    assert "It is deleted." in alice.text
    assert front.ask("GET", "/drive/Plans/a.txt").status == 404


@pytest.mark.parametrize(("name", "status"), [("", 400), ("a/b", 400), ("..", 400), ("Groups", 403), ("a.txt", 409)])
def test_folder_when_its_name_will_not_do_then_said_and_what_was_typed_stays(
    alice: Browser, name: str, status: int
) -> None:
    upload(alice, ("a.txt", b"x"))
    alice.open("/documents").send("/documents/folder", name=name)
    assert alice.status == status
    assert alice.form("/documents/folder").fields["name"] == name


def test_rename_when_the_name_is_taken_then_both_stay(front: Any, alice: Browser) -> None:
    upload(alice, ("a.txt", b"a"), ("b.txt", b"b"))
    alice.open("/documents/change/a.txt").send("/documents/rename/a.txt", name="b.txt")
    assert alice.status == 412
    assert [front.ask("GET", f"/drive/{name}").body for name in ("a.txt", "b.txt")] == [b"a", b"b"]


def test_group_when_looked_at_then_its_rights_and_its_room_count(front: Any, alice: Browser) -> None:
    """R47, R57."""
    made(front, "chess", "alice", "bob")
    upload(alice, ("rules.txt", b"x"), where="/Groups/chess")
    (bob,) = browsers(front, "bob")
    bob.open("/documents/at/Groups/chess")
    assert "rules.txt" in bob.text
    upload(bob, ("mine.txt", b"x"), where="/Groups/chess")
    assert bob.status == 403
    assert "its administrator can give you the right" in bob.text
    bob.open("/documents/change/Groups/chess/rules.txt").send("/documents/remove/Groups/chess/rules.txt")
    assert bob.status == 403
    for path in ("/documents/change/Groups", "/documents/change/Groups/chess"):
        assert bob.open(path).status == 404
    (eve,) = browsers(front, "eve")
    for kind in ("at", "file", "change"):
        assert eve.open(f"/documents/{kind}/Groups/chess/rules.txt").status == 404


def test_list_when_long_then_leaf_by_leaf(front: Any, alice: Browser) -> None:
    for number in range(70):
        assert front.ask("PUT", f"/drive/f{number:03}.txt", None, b"x").status == 201
    alice.open("/documents")
    assert "f000.txt" in alice.text
    assert "f069.txt" not in alice.text
    assert "f069.txt" in alice.open("/documents?page=3").text
