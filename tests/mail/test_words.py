import pytest

from coserver.mail import words
from coserver.mail.headers import fields

PACKED = words.pack(
    fields(
        b'From: "Alice Example" <alice@example.test>\r\nTo: bob@example.test\r\nTo: Carol <carol@example.test>\r\n'
        b"Message-ID: <One@example.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\0 an alle\r\n\r\n"
    )
)


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        ("from", "ALICE", True),
        ("from", "alice@EXAMPLE", True),
        ("from", "bob", False),
        ("to", "carol", True),
        ("subject", "GRÜSSE", True),
        ("subject", "grüße  an", True),
        ("subject", "alice", False),
        ("cc", "a", False),
        ("cc", "", True),
        ("bcc", "\0", False),
        ("message-id", "<one@", True),
    ],
)
def test_words_when_looked_for_then_fields_are_kept_apart(name: str, wanted: str, found: bool) -> None:
    assert words.hold(PACKED, name, words.needle(wanted)) is found


def test_needle_when_it_cannot_be_encoded_then_is_still_bytes() -> None:
    assert words.needle("\ud800") == b"?"
