"""IMAPClient against the real process over TLS: an ordinary session, and IDLE."""

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

MESSAGE = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <sender@example.net>\r\nTo: reader@example.net\r\n"
    b"Date: Sun, 1 Feb 2026 12:00:00 +0000\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Message-ID: <1@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=C3=BC=C3=9Fe aus dem Text\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"
)


@pytest.fixture
def connect(demo: Any) -> Iterator[Callable[[], IMAPClient]]:
    """Makes clients that are logged in."""
    context = ssl.create_default_context(cafile=str(demo.certificate))
    made: list[IMAPClient] = []

    def one() -> IMAPClient:
        client = IMAPClient("127.0.0.1", port=demo.ports["imaps"], ssl_context=context, timeout=30)
        made.append(client)
        client.login("carol", demo.password("carol"))
        return client

    yield one
    for client in made:
        client.logout()


@pytest.fixture
def client(connect: Callable[[], IMAPClient]) -> Iterator[IMAPClient]:
    """One with an empty mailbox of its own."""
    made = connect()
    made.create_folder("Büro & Co")
    yield made
    made.delete_folder("Büro & Co")


def test_imapclient_when_it_works_through_a_mailbox_then_all_is_as_it_left_it(client: IMAPClient) -> None:
    names = [name for _, _, name in client.list_folders()]
    assert {"INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive", "Groups/team", "Büro & Co"} <= set(names)
    assert client.find_special_folder(b"\\Trash") == "Trash"
    client.append("Büro & Co", MESSAGE, flags=[b"\\Flagged", b"$Work"])
    told = client.select_folder("Büro & Co")
    assert told[b"EXISTS"] == 1
    (uid,) = client.search(["SUBJECT", "Grüße"], charset="UTF-8")
    assert client.search(["BODY", "GRÜSSE AUS"], charset="UTF-8") == [uid]
    answer = client.fetch([uid], ["FLAGS", "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[]", "RFC822.SIZE"])[uid]
    assert answer[b"BODY[]"] == MESSAGE
    assert answer[b"RFC822.SIZE"] == len(MESSAGE)
    assert answer[b"ENVELOPE"].message_id == b"<1@example.net>"
    assert answer[b"BODYSTRUCTURE"].is_multipart
    assert b"$Work" in answer[b"FLAGS"]
    assert set(client.add_flags([uid], [b"\\Answered"])[uid]) >= {b"\\Answered", b"\\Flagged", b"$Work"}
    client.move([uid], "Trash")
    assert client.folder_status("Büro & Co", ["MESSAGES"])[b"MESSAGES"] == 0
    client.select_folder("Trash")
    found = client.search(["HEADER", "Message-ID", "<1@example.net>"])
    client.delete_messages(found)
    client.uid_expunge(found)
    assert client.search(["UID", found[0]]) == []


def test_imapclient_when_another_adds_a_message_then_idle_tells_it(
    client: IMAPClient, connect: Callable[[], IMAPClient]
) -> None:
    client.select_folder("Büro & Co")
    client.idle()
    connect().append("Büro & Co", MESSAGE)
    assert (1, b"EXISTS") in client.idle_check(timeout=5)
    client.idle_done()


def test_imapclient_when_it_starts_tls_then_the_login_is_taken(demo: Any) -> None:
    context = ssl.create_default_context(cafile=str(demo.certificate))
    with IMAPClient("127.0.0.1", port=demo.ports["imap"], ssl=False, timeout=30) as client:
        client.starttls(context)
        client.login("carol", demo.password("carol"))
        assert client.namespace().personal[0] == ("", "/")


def test_imapclient_when_the_password_is_wrong_then_is_told_so(demo: Any) -> None:
    context = ssl.create_default_context(cafile=str(demo.certificate))
    with (
        IMAPClient("127.0.0.1", port=demo.ports["imaps"], ssl_context=context, timeout=30) as client,
        pytest.raises(LoginError, match="password is wrong"),
    ):
        client.login("carol", "not this one")
