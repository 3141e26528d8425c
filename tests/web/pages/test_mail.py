"""Mail in the browser: mailboxes, lists and searching."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.groups import members, shares
from coserver.groups.shares import Offer, Target
from coserver.mail import mailboxes
from coserver.model.item import Flag
from coserver.model.rights import Preset
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made
from tests.web.pages.in_mail import PLAIN, kept


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def test_mail_when_opened_then_the_inbox_the_latest_first_with_what_is_unread(front: Any, alice: Browser) -> None:
    kept(front, "alice", PLAIN.replace(b"Tea", b"=?utf-8?q?K=C3=A4se?="), flags=Flag.SEEN | Flag.FLAGGED)
    number, _ = kept(front, "alice", PLAIN)
    alice.open("/mail")
    assert alice.path == f"/mail/{number}"
    assert alice.text.index("Tea") < alice.text.index("Käse")
    assert "unread: Tea Carol <carol@elsewhere.test>" in alice.text
    assert "flagged" in alice.text
    assert "1 unread" in alice.text
    for name in ("Drafts", "Sent", "Junk", "Trash", "Archive"):
        assert name in alice.text


def test_mailbox_when_there_is_much_in_it_then_shown_leaf_by_leaf(front: Any, alice: Browser) -> None:
    for n in range(27):
        number, _ = kept(front, "alice", PLAIN.replace(b"Tea", b"No %02d" % n))
    alice.open(f"/mail/{number}")
    assert "No 26" in alice.text
    assert "No 01" not in alice.text
    assert "No 01" in alice.open(f"/mail/{number}?page=2").text
    assert "No 26" in alice.open(f"/mail/{number}?page=x").text


def test_script_when_it_stands_in_a_header_then_shown_as_text(front: Any, alice: Browser) -> None:
    evil = b"<script>alert(1)</script>"
    number, uid = kept(front, "alice", b"From: %b\r\nTo: %b\r\nSubject: %b\r\n\r\n%b\r\n" % (evil, evil, evil, evil))
    for page in (f"/mail/{number}", f"/mail/{number}/{uid}", f"/mail/{number}?q=%3Cscript%3E"):
        alice.open(page)
        assert "<script>" not in alice.answer.text
        assert evil.decode() in alice.text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tea", True),
        ("FIVE", True),
        ("carol@elsewhere", True),
        ("nothing+of+it", False),
        ("at+five", True),
        ('"(\\', False),
        ("%00", False),
    ],
)
def test_search_when_words_stand_in_a_message_then_found(front: Any, alice: Browser, words: str, found: bool) -> None:
    number, _ = kept(front, "alice")
    kept(front, "alice", PLAIN.replace(b"Tea", b"Other").replace(b"five", b"six").replace(b"arol", b"laus"))
    alice.open(f"/mail/{number}?q={words}")
    assert alice.status == 200
    assert ("1 message found." if found else "0 messages found.") in alice.text
    assert ("Tea" in alice.text) is found


def test_mailbox_when_it_is_another_ones_then_there_is_none(front: Any, alice: Browser) -> None:
    number, uid = kept(front, "alice")
    (bob,) = browsers(front, "bob")
    mark = bob.open("/groups").form("/groups").fields["mark"]
    for page in ("", f"/{uid}", f"/{uid}/html", f"/{uid}/whole", f"/{uid}/part/1", "?q=tea"):
        said = bob.open(f"/mail/{number}{page}").text
        assert bob.status == 404
        assert "Tea" not in said
        assert bob.open(f"/mail/999999{page}").text == said
    for deed, typed in (("mark", {"deed": "flag"}), ("move", {"to": str(number)}), ("delete", {})):
        bob.post(f"/mail/{number}/{uid}/{deed}", {"mark": mark, **typed})
        assert bob.status == 404
    assert "Tea" in alice.open(f"/mail/{number}").text


def test_mail_of_groups_and_of_others_when_one_may_read_it_then_listed_and_read(front: Any, alice: Browser) -> None:
    made(front, "chess", "alice", "bob")
    group, _ = kept(front, "alice", PLAIN.replace(b"Tea", b"Round one"), "Groups/chess")

    def share(tx: Any) -> int:
        who, bob = accounts.find(tx, "alice"), accounts.find(tx, "bob")
        box = mailboxes.find(tx, who.id, "Archive").collection
        shares.add(tx, who.id, Target(box), Offer(members.find(tx, "chess").id, bob.id, Preset.READ))
        return int(box.id)

    shared = front.store.write(share)
    _, uid = kept(front, "alice", PLAIN.replace(b"Tea", b"Old"), "Archive")
    (bob,) = browsers(front, "bob")
    bob.open("/mail/others")
    assert "Groups/chess" in bob.text
    assert "Shared/alice@example.test/Archive" in bob.text
    assert "Round one" in bob.open(f"/mail/{group}").text
    bob.open(f"/mail/{shared}/{uid}")
    assert "At five?" in bob.text
    assert "Mark as unread" in bob.text  # his own
    actions = {each.action for each in bob.page.forms}
    assert not actions & {f"/mail/{shared}/{uid}/move", f"/mail/{shared}/{uid}/delete"}
    mark = bob.form(f"/mail/{shared}/{uid}/mark").fields["mark"]
    bob.post(f"/mail/{shared}/{uid}/delete", {"mark": mark})
    assert bob.status == 403
    assert "Old" in alice.open(f"/mail/{shared}").text
