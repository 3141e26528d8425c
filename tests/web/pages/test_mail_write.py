"""Writing in the browser: sent by the same rules as from a mail program, with a copy in Sent."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.mail import mailboxes, rows, sights
from coserver.mail.rows import EVERY, Column
from coserver.model.item import Flag
from coserver.quota import subscriptions
from tests.office import Post
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers
from tests.web.pages.in_mail import PLAIN, flags_of, kept

WRITE = "/mail/write"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def held(front: Any, login: str, name: str = "INBOX") -> list[Any]:
    """The messages of a mailbox, parsed."""
    with front.store.read() as tx:
        who = accounts.find(tx, login).id
        sight = sights.of(tx, who, mailboxes.find(tx, who, name).collection)
        blobs = [blob for _, blob in rows.rows(tx, sight, EVERY, (Column.BLOB,))]
        found = rows.bodies(tx, blobs)
        return [message_from_bytes(found[blob].read(), policy=policy.default) for blob in blobs]


def test_message_when_sent_then_delivered_queued_and_kept_as_from_a_mail_program(front: Any, alice: Browser) -> None:
    alice.open(WRITE).send(
        WRITE,
        to='"Doe, Bob" <bob@example.test>; carol@example.test',
        cc="who@elsewhere.test",
        bcc="dave@example.test",
        subject="Käse\r\nBcc: evil@evil.test",
        text="Grüße\n.\nFrom here",
    )
    assert "The message is sent." in alice.text
    (message,) = held(front, "bob")
    assert message["Subject"] == "Käse Bcc: evil@evil.test"
    assert message["From"] == "alice@example.test"
    assert message["To"] == '"Doe, Bob" <bob@example.test>, carol@example.test'
    assert message["Bcc"] is None
    assert re.fullmatch(r"<\S+@localhost>|<\S+@\S+>", message["Message-ID"])
    assert message["Date"].datetime.timestamp() == front.clock.seconds
    assert message.get_content() == "Grüße\r\n.\r\nFrom here\r\n"
    assert len(held(front, "carol")) == len(held(front, "dave")) == 1
    assert [(to, sender) for to, sender, _ in Post(front).outgoing()] == [("who@elsewhere.test", "alice@example.test")]
    (copy,) = held(front, "alice", "Sent")
    assert copy["Message-ID"] == message["Message-ID"]
    assert flags_of(front, "alice", 1, "Sent") == Flag.SEEN
    assert "sent" in alice.open("/account/activity").text


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"to": ""}, 400, "to whom the message goes"),
        ({"to": "bob"}, 400, "'bob' is no mail address."),
        ({"to": "bob@example.test, <b>@x"}, 400, ""),
        ({"to": "a b@example.test"}, 400, ""),
        ({"to": "nobody@example.test"}, 403, "nobody@example.test: "),
        ({"to": "bob@example.test, nobody@example.test"}, 403, "nobody@example.test: "),
        ({"to": "x" * 300 + "@example.test"}, 400, "it is too long"),
        ({"to": "bob@example.test", "subject": "x" * 501}, 400, "500"),
        ({"to": "bob@example.test", "sender": "bob@example.test"}, 400, "one of your addresses"),
        ({"to": ", ".join(f"x{n}@elsewhere.test" for n in range(1001))}, 400, ""),
    ],
)
def test_message_when_it_cannot_be_sent_then_to_nobody_and_what_was_typed_stays(
    front: Any, alice: Browser, typed: dict[str, str], status: int, said: str
) -> None:
    alice.open(WRITE).send(WRITE, **{"text": "a <b>\nc", **typed})
    assert alice.status == status
    assert said in alice.text
    assert alice.form(WRITE).fields["to"] == typed["to"]
    assert "a &lt;b&gt;\nc" in alice.answer.text
    assert held(front, "bob") == held(front, "alice", "Sent") == []
    assert Post(front).outgoing() == []


def test_answer_when_written_then_refers_to_the_message_and_marks_it(front: Any, alice: Browser) -> None:
    before = PLAIN.replace(
        b"Subject: Tea",
        b"Subject: Tea\r\nMessage-ID: <one@x.test>\r\nReferences: <zero@x.test>\r\nCc: Bob <bob@example.test>, "
        b"dave@example.test\r\nReply-To: carol@example.test",
    )
    number, uid = kept(front, "alice", before)
    alice.open(f"/mail/{number}/{uid}").open(f"{WRITE}?all={number}/{uid}")
    form = alice.form(WRITE).fields
    assert (form["to"], form["subject"]) == ("carol@example.test", "Re: Tea")
    assert form["cc"] == '"Bob" <bob@example.test>, dave@example.test'
    assert "> At five?" in alice.text
    alice.send(WRITE, text="Yes")
    (message,) = held(front, "bob")
    assert message["In-Reply-To"] == "<one@x.test>"
    assert message["References"] == "<zero@x.test> <one@x.test>"
    assert len(held(front, "carol")) == 1
    assert flags_of(front, "alice", uid) == Flag.SEEN | Flag.ANSWERED
    alice.open(f"{WRITE}?forward={number}/{uid}")
    assert alice.form(WRITE).fields["subject"] == "Fwd: Tea"
    assert alice.form(WRITE).fields["to"] == ""


def test_answer_when_the_message_is_another_ones_then_there_is_none(front: Any, alice: Browser) -> None:
    number, uid = kept(front, "alice")
    (bob,) = browsers(front, "bob")
    for odd in (f"{number}/{uid}", "1/999", "x/y", "1", "9" * 30 + "/1"):
        assert bob.open(f"{WRITE}?reply={odd}").status == 404
        assert "Tea" not in bob.text
    mark = bob.open(WRITE).form(WRITE).fields["mark"]
    bob.post(WRITE, {"mark": mark, "to": "carol@example.test", "text": "x", "reply": f"{number}/{uid}"})
    assert bob.status == 404
    assert held(front, "carol") == []


def test_message_when_the_plan_does_not_hold_sending_then_said_so(front: Any, alice: Browser) -> None:
    """R30."""
    front.store.write(lambda tx: subscriptions.override(tx, accounts.find(tx, "alice").id, "smtp", value=False))
    alice.open(WRITE).send(WRITE, to="bob@example.test", text="x")
    assert alice.status == 403
    assert "subscription does not include" in alice.text
    assert held(front, "bob") == []
