"""Letters of the house."""

import logging
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from coserver.accounts import letters
from coserver.accounts.letters import Letter
from coserver.mail import domains, mailboxes, rows, sights
from coserver.mail.rows import EVERY, Column
from coserver.model.errors import Malformed, Missing, NoRoom
from coserver.model.ids import BlobId
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import blobs, outbox
from coserver.store.schema.store import outbox as outbox_table
from coserver.store.schema.store import outbox_recipient


def send(estate: Any, letter: Letter, by: Any) -> bool:
    made = letters.ready(estate.store, letter)
    return estate.store.write(lambda tx: letters.post(tx, made, by=by.id))


def inbox(estate: Any, account: Any) -> list[bytes]:
    with estate.store.read() as tx:
        found = rows.rows(tx, sights.of(tx, account.id, mailboxes.inbox(tx, account.id)), EVERY, (Column.BLOB,))
        return [rows.bodies(tx, [blob])[blob].read() for _, blob in found]


def outgoing(estate: Any) -> list[tuple[str, str, bytes]]:
    """Recipient, envelope sender and bytes of all that waits to leave."""
    joined = select(outbox_recipient.c.recipient, outbox_table.c.sender, outbox_table.c.blob_id).join(
        outbox_table, outbox_table.c.id == outbox_recipient.c.outbox_id
    )
    with estate.store.read() as tx:
        return [
            (row.recipient, row.sender, blobs.open_(tx, BlobId(row.blob_id)).read()) for row in tx.execute(joined).all()
        ]


def parsed(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_post_when_the_address_is_ours_then_it_lies_in_that_inbox(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    assert send(estate, Letter("bob+news@Example.TEST", "Grüße", "Zeile eins\nZeile zwei äöü\n"), alice)
    (data,) = inbox(estate, bob)
    assert data.startswith(b"Return-Path: <>\r\n")
    message = parsed(data)
    assert message["Subject"] == "Grüße"
    assert (message["From"], message["To"]) == ("postmaster@example.test", "bob+news@example.test")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.timestamp() == estate.clock.seconds
    assert message["Message-ID"].endswith("@example.test>")
    assert message.get_content_type() == "multipart/alternative"
    assert message.get_body(("plain",)).get_content().splitlines() == ["Zeile eins", "Zeile zwei äöü"]
    assert (inbox(estate, alice), outgoing(estate)) == ([], [])


def test_ready_when_composed_then_html_says_the_same_and_fetches_nothing(estate):
    """R24: plain text and HTML; what people chose to be called is text in both."""
    alice = estate.account("alice")
    text = 'Hello <b>"you"</b> & me,\nsecond line\n\n    0123abcd\n\nSee https://example.test/?a=1&b=2 now.\n'
    send(estate, Letter("x@elsewhere.test", "<i>Group</i>", text), alice)
    ((_, _, data),) = outgoing(estate)
    message = parsed(data)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == text
    page = message.get_body(("html",)).get_content().replace("\r\n", "\n")
    assert "<title>&lt;i&gt;Group&lt;/i&gt;</title>" in page
    assert "<p>Hello &lt;b&gt;&quot;you&quot;&lt;/b&gt; &amp; me,<br>\nsecond line</p>" in page
    assert "<pre>    0123abcd</pre>" in page
    assert '<a href="https://example.test/?a=1&amp;b=2">' in page
    assert not re.search(r"<(?:img|script|link|iframe)|src=|url\(", page)
    assert max(map(len, data.split(b"\r\n"))) <= 78


@given(st.text(max_size=300))
def test_page_when_the_text_is_any_then_no_tag_of_it_survives(text):
    page = letters._page(Letter("x@y.test", text, text))
    allowed = r"</?(?:!DOCTYPE html|html[^<>]*|head|meta charset=\"utf-8\"|title|body[^<>]*|p|pre|br|a[^<>]*)>"
    assert not re.search("<", re.sub(allowed, "", page))


def test_post_when_it_is_for_an_owner_then_it_reaches_his_account_whatever_became_of_its_address(estate):
    """S27: letters of the house arrive while a domain rests, and when it is gone and somebody else's."""
    alice = estate.account("alice")
    estate.store.write(lambda tx: domains.add(tx, "corp.test"))
    dave = estate.account("dave@corp.test")
    estate.store.write(lambda tx: domains.remove(tx, "corp.test"))
    letter = Letter("dave@corp.test", "s", "t\n")
    assert send(estate, letter.for_owner(dave.id), alice)
    assert not send(estate, letter, alice)
    estate.clock.seconds += 30 * 86_400
    estate.store.write(domains.sweep)
    assert send(estate, letter.for_owner(dave.id), alice)
    assert (len(inbox(estate, dave)), outgoing(estate)) == (2, [])
    assert send(estate, letter, alice)
    assert [to for to, _, _ in outgoing(estate)] == ["dave@corp.test"]


def test_post_when_the_address_is_elsewhere_then_it_waits_in_the_outbox_without_a_sender_to_bounce_to(estate):
    alice = estate.account("alice")
    assert send(estate, Letter("Someone@Elsewhere.Test", "Hello", "Text\n"), alice)
    ((recipient, sender, data),) = outgoing(estate)
    assert (recipient, sender) == ("Someone@elsewhere.test", "")
    assert data.isascii()
    assert b"\r\n" in data
    assert b"\n" not in data.replace(b"\r\n", b"")
    with estate.store.read() as tx:
        assert outbox.count(tx) == {outbox.DUE: 1}


def test_post_when_the_address_is_international_then_the_message_says_so_to_servers(estate):
    alice = estate.account("alice")
    send(estate, Letter("jörg@bücher.test", "Hello", "Text\n"), alice)
    ((recipient, _, data),) = outgoing(estate)
    assert recipient == "jörg@xn--bcher-kva.test"
    assert "To: <jörg@xn--bcher-kva.test>".encode() in data
    with estate.store.read() as tx:
        assert tx.execute(select(outbox_table.c.smtputf8)).scalar_one() == 1


def test_post_when_the_tx_comes_to_nothing_then_there_is_no_letter(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    made = [letters.ready(estate.store, Letter(to, "s", "t\n")) for to in ("bob@example.test", "x@elsewhere.test")]

    def job(tx):
        for each in made:
            letters.post(tx, each, by=alice.id)
        raise Missing("the deed was refused")

    with pytest.raises(Missing):
        estate.store.write(job)
    assert (inbox(estate, bob), outgoing(estate)) == ([], [])


def test_post_when_the_mailbox_is_full_then_there_is_a_little_room_above(estate):
    """S15: a warning can be read where it is about."""
    alice, carol = estate.account("alice"), estate.account("carol", "small")
    estate.store.write(lambda tx: usage.charge(tx, carol.space, Tool.MAIL, bytes=1_000_000, items=1))
    assert send(estate, Letter("carol@example.test", "s", "text\n"), alice)
    with pytest.raises(NoRoom):
        estate.store.write(lambda tx: usage.charge(tx, carol.space, Tool.MAIL, bytes=1, items=1))


def test_post_when_that_room_is_full_too_then_the_deed_is_done_and_the_log_says_so(estate, caplog):
    caplog.set_level(logging.INFO)
    alice, carol = estate.account("alice"), estate.account("carol", "small")
    long = Letter("carol@example.test", "s", "a line of some length\n" * 60_000)
    assert not send(estate, long, alice)
    assert inbox(estate, carol) == []
    assert [each.fields["why"] for each in caplog.records if each.message == "letter-lost"] == ["there is no room"]


def test_post_when_nobody_has_the_address_then_the_log_says_so(estate, caplog):
    caplog.set_level(logging.INFO)
    alice = estate.account("alice")
    assert not send(estate, Letter("nobody1@example.test", "s", "t\n"), alice)
    assert "letter-lost" in [each.message for each in caplog.records]


def test_ready_when_the_subject_holds_line_ends_then_no_field_is_smuggled_in(estate):
    estate.account("alice")
    made = letters.ready(estate.store, Letter("x@elsewhere.test", "one\r\nBcc: bob@example.test\r\n\r\nbody", "t\n"))
    message = parsed(made.prepared.staged.read())
    assert message["Bcc"] is None
    assert message["Subject"] == "one Bcc: bob@example.test body"


def test_ready_when_it_is_made_twice_then_the_two_can_be_told_apart(estate):
    letter = Letter("x@elsewhere.test", "s", "t\n")
    first, second = (letters.ready(estate.store, letter).prepared.staged.read() for _ in range(2))
    assert parsed(first)["Message-ID"] != parsed(second)["Message-ID"]


@pytest.mark.parametrize(
    "address",
    ["", "x", "@elsewhere.test", "x@", "a b@elsewhere.test", "a@b@elsewhere.test", "<x@elsewhere.test>", ".x@y.test",
     "x..y@z.test", "x@y.test\r\nBcc: z@y.test", "x\0@y.test", "x@-y.test", "\udcff@y.test", '"x"@y.test',
     "x" * 65 + "@y.test", "x@" + "a." * 130 + "test"],
)  # fmt: skip
def test_split_when_mail_cannot_be_sent_there_then_malformed(address):
    with pytest.raises(Malformed):
        letters.split(address)


@given(st.text(max_size=80))
def test_split_when_given_anything_then_an_address_or_malformed(text):
    try:
        local, host = letters.split(text)
    except Malformed:
        return
    assert letters.split(f"{local}@{host}") == (local, host)


def test_split_when_it_is_an_address_then_the_domain_is_in_its_kept_form():
    assert letters.split(" Alice.B@Elsewhere.TEST. ") == ("Alice.B", "elsewhere.test")
