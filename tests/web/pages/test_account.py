"""My account by the portal: what others see of one (R52), and what that looks like to them."""

import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import profiles
from coserver.mail import addresses
from coserver.mail.addresses import Kind
from tests.web.browser import OWN, Browser
from tests.web.pages.in_groups import browsers, made, number


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def png(side: int = 8, *more: bytes) -> bytes:
    """A whole PNG of one colour, with further chunks."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\x20\x40\x80" * side) * side)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def upload(browser: Browser, data: bytes, name: str = "me.png") -> Browser:
    """Send the form of the picture, as a browser does (RFC 7578)."""
    mark = browser.open("/account").form("/account/picture").fields["mark"]
    body = (
        f'--b\r\nContent-Disposition: form-data; name="mark"\r\n\r\n{mark}\r\n'
        f'--b\r\nContent-Disposition: form-data; name="picture"; filename="{name}"\r\n\r\n'
    ).encode() + data + b"\r\n--b--\r\n"  # fmt: skip
    browser.ask("POST", "/account/picture", body, {**OWN, "Content-Type": "multipart/form-data; boundary=b"})
    if browser.status == 303:
        browser.open(browser.answer.headers["location"])
    return browser


def test_profile_when_saved_then_the_members_of_his_groups_see_it_and_nobody_else(front: Any, alice: Browser) -> None:
    """R52."""
    made(front, "chess", "bob", "alice")
    alice.open("/account").send("/account/profile", first="Alice", last=" O'Hara ", organisation="<i>Looking Glass</i>")
    assert "Your profile is saved." in alice.text
    assert alice.form("/account/profile").fields["last"] == "O'Hara"
    (bob,) = browsers(front, "bob")
    bob.open("/groups/chess/members")
    assert "Alice O'Hara <i>Looking Glass</i> Change alice@example.test" in bob.text
    assert "<i>Looking" not in bob.answer.text
    assert "profile changed first, last, organisation browser 127.0.0.1" in alice.open("/account/activity").text


@pytest.mark.parametrize("odd", ["x" * 201, "two\nlines", "\x07"])
def test_profile_when_a_name_will_not_do_then_said_and_the_rest_that_was_typed_stays(alice: Browser, odd: str) -> None:
    alice.open("/account").send("/account/profile", first=odd, organisation="Looking Glass")
    assert alice.status == 400
    assert alice.form("/account/profile").fields["organisation"] == "Looking Glass"


def test_picture_when_uploaded_then_shown_without_what_the_camera_wrote(front: Any, alice: Browser) -> None:
    """S17: and only an image ever comes back."""
    body = b"comment\0taken at home"
    note = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    upload(alice, png(8, note))
    assert "Your picture is saved." in alice.text
    alice.ask("GET", "/account/picture")
    assert alice.answer.headers["content-type"] == "image/png"
    assert alice.answer.body == png(8)
    alice.open("/account")
    alice.post("/account/picture", {**alice.form("/account/picture").fields, "none": "1"})
    alice.ask("GET", "/account/picture")
    assert alice.status == 404


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (b"<html><script>alert(1)</script>", "me.png", 400),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "me.svg", 400),
        (b"GIF89a", "me.gif", 400),
        (b"", "", 400),
        (png(513), "me.png", 413),
        (png(8)[:-12], "me.png", 400),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 160_000, "me.png", 413),
    ],
)
def test_picture_when_it_is_none_or_too_large_then_said_and_the_old_one_stays(
    front: Any, alice: Browser, data: bytes, name: str, status: int
) -> None:
    upload(alice, png(4))
    upload(alice, data, name)
    assert alice.status == status
    with front.store.read() as tx:
        assert profiles.of(tx, accounts.find(tx, "alice").id).picture == png(4)


def test_address_when_chosen_for_a_group_then_its_members_see_that_one(front: Any, alice: Browser) -> None:
    """S17."""
    made(front, "chess", "bob", "alice")
    made(front, "choir", "bob", "alice")
    assert "Which address your groups see" not in alice.open("/account").text
    front.store.write(
        lambda tx: addresses.add(tx, accounts.find(tx, "alice").id, "queen", "example.test", kind=Kind.ALIAS)
    )
    alice.open("/account")
    (form,) = [each for each in alice.page.forms if each.fields.get("group") == "chess"]
    alice.post("/account/shown", {**form.fields, "address": "queen@example.test"})
    (bob,) = browsers(front, "bob")
    assert "queen@example.test" in bob.open("/groups/chess/members").text
    assert "queen@example.test" not in bob.open("/groups/choir/members").text
    for odd in ("bob@example.test", "x", "a@b@c"):
        alice.open("/account").post("/account/shown", {**form.fields, "address": odd})
        assert alice.status in (400, 404)
    alice.open("/account").post("/account/shown", {**form.fields, "group": "team-of-others"})
    assert alice.status == 404


def test_private_events_when_hidden_then_kept(front: Any, alice: Browser) -> None:
    """C12."""
    alice.open("/account")
    mark = alice.form("/account/private").fields["mark"]
    alice.post("/account/private", {"mark": mark, "private": "nothing"})
    alice.open("/account")
    assert 'value="nothing" checked' in alice.answer.text
    assert "profile changed private events: nothing" in alice.open("/account/activity").text
    assert number(front, "alice")
