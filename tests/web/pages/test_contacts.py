"""Contacts by the portal: the same cards that programs see, changed without losing what the form does not know."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made

CARD = {"Content-Type": "text/vcard"}
BOOK = "/dav/alice@example.test/contacts"
BOB = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:bob-1\r\nFN:Bob Müller\r\nN:Müller;Bob;M.;Dr.;\r\n"
    "item1.EMAIL;TYPE=HOME,INTERNET:bob@home.test\r\nEMAIL;TYPE=WORK:bob@work.test\r\nitem1.X-ABLabel:den\r\n"
    "ADR;TYPE=HOME:box;flat;Old\\, St.;Town;;123;Land\r\nX-SPECIAL;A=1:kept \\; as it\r\n  is\r\n"
    "NOTE:one\\, two\\nthree\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\nBDAY:19900102\r\nEND:VCARD\r\n"
)


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.serve_calendars()
    made(front, "chess", "alice", "bob")
    assert put(front, "bob.vcf", BOB) == 201
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def put(front: Any, name: str, text: str, who: str = "alice") -> int:
    return int(front.ask("PUT", f"{BOOK}/{name}", CARD, text.encode(), who=who).status)


def link(browser: Browser, text: str) -> str:
    """Where the link of that text leads."""
    found = re.findall(rf'<a[^>]*href="([^"]+)"[^>]*>(?:<strong>)?{re.escape(text)}', browser.answer.text)
    assert found, browser.text
    return str(found[0])


def book(browser: Browser, title: str = "Contacts</strong>") -> str:
    return link(browser.open("/contacts"), title)


def card(browser: Browser, name: str = "Bob Müller") -> str:
    return link(browser.open(book(browser)), name)


def test_card_when_shown_then_with_every_common_field(alice: Browser) -> None:
    alice.open(card(alice))
    for told in ("bob@home.test", "bob@work.test", "Old, St., Town, 123, Land", "1990-01-02", "one, two three"):
        assert told in alice.text
    assert 'src="data:image/jpeg;base64,/9j/4AAQ"' in alice.answer.text


def test_card_when_saved_untouched_then_only_its_revision_is_new(front: Any, alice: Browser) -> None:
    at = card(alice)
    alice.open(f"{at}/edit").send(f"{at}/edit")
    assert "It is saved." in alice.text
    kept = front.ask("GET", f"{BOOK}/bob.vcf").text
    assert re.sub(r"REV:[0-9]{8}T[0-9]{6}Z\r\n", "", kept) == BOB


def test_card_when_fields_change_then_the_others_stay_and_the_program_is_told(front: Any, alice: Browser) -> None:
    at = card(alice)
    before = front.ask("GET", f"{BOOK}/bob.vcf").headers["etag"]
    typed = {"last": "Kühn; a, b\\c", "mail-0": "new@home.test", "place-0-1": "City", "note": "x\r\ny; z"}
    alice.open(f"{at}/edit").send(f"{at}/edit", **typed)
    answer = front.ask("GET", f"{BOOK}/bob.vcf")
    assert answer.headers["etag"] != before
    for line in (
        "UID:bob-1", "VERSION:3.0", "N:Kühn\\; a\\, b\\\\c;Bob;M.;Dr.;", "FN:Bob Kühn\\; a\\, b\\\\c",
        "item1.EMAIL;TYPE=HOME,INTERNET:new@home.test", "EMAIL;TYPE=WORK:bob@work.test", "item1.X-ABLabel:den",
        "ADR;TYPE=HOME:box;flat;Old\\, St.;City;;123;Land", "X-SPECIAL;A=1:kept \\; as it\r\n  is",
        "NOTE:x\\ny\\; z", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ", "BDAY:19900102",
    ):  # fmt: skip
        assert f"{line}\r\n" in answer.text, answer.text
    assert alice.form(f"{at}/remove")
    assert "Bob Kühn; a, b\\c" in alice.text


def test_card_when_a_program_changed_it_meanwhile_then_both_are_shown_and_nothing_is_lost(
    front: Any, alice: Browser
) -> None:
    at = card(alice)
    alice.open(f"{at}/edit")
    other = BOB.replace("bob@work.test", "phone@work.test")
    assert put(front, "bob.vcf", other) == 204
    alice.send(f"{at}/edit", first="Robert")
    assert alice.status == 412
    assert "Somebody changed this contact meanwhile." in alice.text
    assert "phone@work.test" in alice.text
    assert alice.form(f"{at}/edit").fields["first"] == "Robert"
    assert front.ask("GET", f"{BOOK}/bob.vcf").text == other
    alice.send(f"{at}/edit")
    assert "FN:Robert Müller" in front.ask("GET", f"{BOOK}/bob.vcf").text


def test_contact_when_made_then_programs_have_it_and_when_deleted_not(front: Any, alice: Browser) -> None:
    at = book(alice)
    alice.open(f"{at}/new").send(f"{at}/new", first="Ünal", last="O'Hara", **{"mail-0": "u@x.test"}, note="a\r\nb")
    assert "The contact is made." in alice.text
    report = front.ask("PROPFIND", BOOK, {"Depth": "1"}).text
    (name,) = [each for each in re.findall(r"/contacts/([^<]+\.vcf)", report) if each != "bob.vcf"]
    kept = front.ask("GET", f"{BOOK}/{name}").text
    for line in ("VERSION:3.0", "FN:Ünal O'Hara", "N:O'Hara;Ünal;;;", "EMAIL:u@x.test", "NOTE:a\\nb"):
        assert f"{line}\r\n" in kept
    assert re.search(r"\r\nREV:20270115T[0-9]{6}Z\r\nEND:VCARD\r\n$", kept)
    there = link(alice.open(at), "Ünal")
    alice.open(there).send(f"{there}/remove")
    assert "It is deleted." in alice.text
    assert front.ask("GET", f"{BOOK}/{name}").status == 404


def test_contact_when_empty_or_impossible_then_the_form_says_so(alice: Browser) -> None:
    at = book(alice)
    alice.open(f"{at}/new").send(f"{at}/new", note="only a note")
    assert alice.status == 400
    assert alice.form(f"{at}/new").fields["note"].strip() == "only a note"
    alice.send(f"{at}/new", first="A", birthday="1990-02-30")
    assert alice.status == 400


def test_book_when_long_then_leaf_by_leaf_in_the_order_of_names_and_searched(front: Any, alice: Browser) -> None:
    for number in range(60, 0, -1):
        text = f"UID:u{number}\r\nFN:name {number:03}\r\nN:;;;;\r\nEMAIL:m{number}@x.test\r\n"
        assert put(front, f"n{number}.vcf", f"BEGIN:VCARD\r\nVERSION:3.0\r\n{text}END:VCARD\r\n") == 201
    at = book(alice)
    alice.open(at)
    assert "61 contacts" in alice.text
    assert re.findall("name 0[0-9]{2}", alice.text) == [f"name {each:03}" for each in range(1, 50)]
    assert "name 060" in alice.open(f"{at}?page=2").text
    alice.open(f"{at}?q=M1%40X")
    assert "1 contact" in alice.text
    assert "name 001" in alice.text
    assert "page=2" in alice.open(f"{at}?q=name").answer.text
    assert "q=name&amp;page=2" in alice.answer.text
    assert "Nothing was found." in alice.open(f"{at}?q=nobody").text


def test_names_when_they_are_scripts_then_text(front: Any, alice: Browser) -> None:
    bad = "<script>alert(1)</script>"
    fields = "".join(f"{name}:{bad}\r\n" for name in ("FN", "ORG", "EMAIL", "TEL", "NOTE", "BDAY"))
    places = f"N:{bad};{bad};;;\r\nADR:;;{bad};{bad};;;{bad}\r\nPHOTO;VALUE=uri:javascript:alert(1)\r\n"
    assert put(front, "x.vcf", f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x\r\n{fields}{places}END:VCARD\r\n") == 201
    at = card(alice, "&lt;script&gt;")
    for path in (at.rpartition("/")[0], at, f"{at}/edit", f"{book(alice)}?q=<script>"):
        alice.open(path)
        assert alice.status == 200
        assert "<script>" not in alice.answer.text
        assert "javascript:" not in alice.answer.text
        assert "&lt;script&gt;" in alice.answer.text


def test_card_when_of_somebody_else_then_as_if_it_were_not_there(front: Any, alice: Browser) -> None:
    at = card(alice)
    alice.open(f"{at}/edit")
    state = alice.form(f"{at}/edit").fields["state"]
    (carol,) = browsers(front, "carol")
    own = book(carol)
    number = at.rpartition("/")[2]
    missing = carol.open("/contacts/999999").text
    assert carol.status == 404
    for path in (at, at.rpartition("/")[0], f"{at}/edit", f"{at.rpartition('/')[0]}/new"):
        assert carol.open(path).text == missing
    assert carol.open(f"{own}/{number}").status == 404
    mark = carol.open(f"{own}/new").form(f"{own}/new").fields["mark"]
    for path in (f"{at}/edit", f"{at}/remove", f"{own}/{number}/edit", f"{own}/{number}/remove"):
        carol.post(path, {"mark": mark, "state": state, "first": "Evil"})
        assert carol.status == 404
    assert front.ask("GET", f"{BOOK}/bob.vcf").text == BOB


def test_book_when_shared_to_read_then_without_forms_and_posts_are_refused(front: Any, alice: Browser) -> None:
    at = card(alice)
    folder = at.rpartition("/")[0]
    state = alice.open(f"{at}/edit").form(f"{at}/edit").fields["state"]
    page = folder.replace("/contacts/", "/sharing/")
    alice.open(page).send(f"{page}/add", group="chess", to="", preset="read")
    (bob,) = browsers(front, "bob")
    assert f'href="{folder}"' in bob.open("/contacts").answer.text
    assert f"{folder}/new" not in bob.open(folder).answer.text
    bob.open(at)
    assert "You can read this contact and not change it." in bob.text
    assert f"{at}/remove" not in bob.answer.text
    assert (bob.open(f"{at}/edit").status, bob.open(f"{folder}/new").status) == (403, 403)
    mark = bob.open("/groups").form("/groups").fields["mark"]
    for path in (f"{at}/edit", f"{at}/remove", f"{folder}/new"):
        bob.post(path, {"mark": mark, "state": state, "first": "Evil"})
        assert bob.status == 403
    assert front.ask("GET", f"{BOOK}/bob.vcf").text == BOB
    alice.open(page).send(f"{page}/add", group="chess", to="", preset="edit")
    bob.open(f"{at}/edit").send(f"{at}/edit", organisation="Club")
    assert "ORG:Club\r\n" in front.ask("GET", f"{BOOK}/bob.vcf").text


def test_members_when_the_house_makes_their_cards_then_read_only(front: Any, alice: Browser) -> None:
    people = book(alice, "Members of chess")
    assert f"{people}/new" not in alice.open(people).answer.text
    someone = re.findall(rf'href="({people}/[0-9]+)"', alice.answer.text)[0]
    assert "You can read this contact and not change it." in alice.open(someone).text
    assert alice.open(f"{someone}/edit").status == 403
    mark = alice.open("/groups").form("/groups").fields["mark"]
    alice.post(f"{someone}/remove", {"mark": mark, "state": "x"})
    assert alice.status == 403


def test_card_when_of_vcard_2_then_shown_and_not_changed(front: Any, alice: Browser) -> None:
    old = "BEGIN:VCARD\r\nVERSION:2.1\r\nUID:o\r\nN:Old;Card\r\nFN:Old Card\r\nTEL;HOME:1\r\nEND:VCARD\r\n"
    assert put(front, "old.vcf", old) == 201
    at = card(alice, "Old Card")
    assert "vCard 2.1" in alice.open(at).text
    alice.open(f"{at}/edit").send(f"{at}/edit", first="New")
    assert alice.status == 403
    assert front.ask("GET", f"{BOOK}/old.vcf").text == old
