"""Who wrote messages and about what, as lines for people."""

from coserver.mail import mailboxes, senders
from coserver.mail.senders import Sent
from coserver.store import lookup


def test_of_when_heads_are_odd_then_lines_are_short_and_printable(house, alice) -> None:
    texts = [
        b"From: =?utf-8?q?Z=C3=BC?= <z@example.net>\r\nSubject: a\r\n b\r\n\r\nSubject: no\r\n",
        b"Subject: " + b"x" * 1000 + b"\r\n\r\n",
        b"no fields at all",
    ]
    for text in texts:
        house.append(alice, text)
    with house.store.read() as tx:
        found = senders.of(tx, lookup.list_(tx, mailboxes.inbox(tx, alice).id))
    assert found == [Sent(1, "Zü <z@example.net>", "a b"), Sent(2, "", "x" * 150), Sent(3, "", "")]
