import pytest

from coserver.mail import words
from coserver.mail.headers import fields
from coserver.model.search import Where

PACKED = words.pack(
    fields(
        b'From: "Alice Example" <alice@example.test>\r\nTo: bob@example.test\r\nTo: Carol <carol@example.test>\r\n'
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\0 an alle\r\n\r\n"
    )
)


@pytest.mark.parametrize(
    ("where", "wanted", "found"),
    [
        (Where.FROM, "ALICE", True),
        (Where.FROM, "alice@EXAMPLE", True),
        (Where.FROM, "bob", False),
        (Where.TO, "carol", True),
        (Where.SUBJECT, "GRÜSSE", True),
        (Where.SUBJECT, "grüße  an", True),
        (Where.SUBJECT, "alice", False),
        (Where.CC, "a", False),
        (Where.CC, "", True),
        (Where.BCC, "\0", False),
    ],
)
def test_words_when_looked_for_then_fields_are_kept_apart(where: Where, wanted: str, found: bool) -> None:
    assert words.hold(PACKED, where, words.needle(wanted)) is found


def test_needle_when_it_cannot_be_encoded_then_is_still_bytes() -> None:
    assert words.needle("\ud800") == b"?"
