"""Signatures of mail that leaves: they hold for every message, and for no message that was changed."""

import hashlib
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import signing
from coserver.mail.signing import Key
from coserver.model.errors import Unusable

MESSAGE = (
    b"Received: from x\r\n\tby y; Thu, 1 Jan 2026 10:00:00 +0000\r\n"
    b"From: Alice <alice@example.test>\r\nTo: bob@elsewhere.test,\r\n carol@elsewhere.test\r\n"
    b"Subject:   one \t two  \r\nDate: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@example.test>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\nX-Mailer: some\r\n"
    b"\r\n"
    b"Hello  \t Bob \r\n.\r\n\r\n-- \r\nAlice\r\n\r\n\r\n"
)


@pytest.fixture(scope="module")
def key() -> Key:
    return Key("example.test", "s1", signing.secret())


@pytest.fixture(scope="module")
def checked(dkim: Any, key: Key) -> Any:
    records = {"s1._domainkey.example.test": signing.record(key.secret)}
    return lambda message: dkim.verified(message, records)


def sign(message: bytes, key: Key) -> bytes:
    return signing.signature(message, key, now=1_800_000_000) + message


def test_signature_when_made_then_it_holds_and_says_what_it_covers(dkim, key, checked) -> None:
    """R24: signed with the key of the domain, relaxed throughout, the whole body, no field left to be added."""
    signed = sign(MESSAGE, key)
    assert checked(signed) == "example.test"
    found = dkim.signature(signed)
    assert (found["d"], found["s"], found["t"], "l" in found) == ("example.test", "s1", "1800000000", False)
    names = found["h"].split(":")
    assert [names.count(each) for each in ("from", "to", "subject", "date", "message-id", "content-type")] == [2] * 6
    assert [names.count(each) for each in ("list-unsubscribe", "list-unsubscribe-post", "reply-to", "cc")] == [1] * 4
    assert not {"received", "return-path", "x-mailer", "dkim-signature"} & set(names)
    assert max(map(len, signed.split(b"\r\n\r\n")[0].split(b"\r\n"))) < 100


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"Hello", b"Hallo"),
        (b"Alice\r\n\r\n\r\n", b"Alice\r\nP.S.: pay here\r\n"),
        (b"Hello  \t Bob", b"HelloBob"),
        (b"\r\n.\r\n", b"\r\n"),
        (b"one \t two", b"three"),
        (b"alice@example.test", b"carol@example.test"),
        (b"Date: Thu,", b"From: carol@example.test\r\nDate: Thu,"),
        (b"Date: Thu,", b"List-Unsubscribe: <https://elsewhere.test/>\r\nDate: Thu,"),
        (b"Date: Thu,", b"Reply-To: mallory@elsewhere.test\r\nDate: Thu,"),
        (b"text/plain", b"text/html"),
        (b"Message-ID: <1@example.test>\r\n", b""),
        (b"d=example.test", b"d=elsewhere.test"),
        (b"t=1800000000", b"t=1900000000"),
    ],
)
def test_signature_when_the_message_is_changed_then_it_does_not_hold(key, checked, was: bytes, becomes: bytes) -> None:
    signed = sign(MESSAGE, key)
    assert signed.count(was) >= 1
    changed = signed.replace(was, becomes)
    assert checked(changed).startswith("(")


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"Received: from x", b"Received: from z by w\r\nReceived: from x"),
        (b"X-Mailer: some\r\n", b""),
        (b"Subject:   one \t two  \r\n", b"subject: one\r\n two\r\n"),
        (b"Alice\r\n\r\n\r\n", b"Alice\r\n"),
        (b"Hello  \t Bob \r\n", b"Hello Bob\r\n"),
    ],
)
def test_signature_when_only_blanks_or_traces_change_on_the_way_then_it_holds(
    key, checked, was: bytes, becomes: bytes
) -> None:
    assert checked(sign(MESSAGE, key).replace(was, becomes)) == "example.test"


def test_signature_when_the_body_is_that_of_the_rfc_then_so_is_its_canonical_form(dkim, key) -> None:
    """RFC 6376 3.4.5 and 3.4.4: the example, a body that is empty, one without a last line end."""
    for body, canonical in [
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
        (b"", b""),
        (b"\r\n \t\r\n", b""),
        (b"end", b"end\r\n"),
        (b"\r\n\r\nend \t ", b"\r\n\r\nend\r\n"),
    ]:
        found = dkim.signature(signing.signature(b"From: a@example.test\r\n\r\n" + body, key, now=0) + b"\r\n")
        assert b64decode(found["bh"]) == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize(
    "text", [b"x" * 300_000, b"\r\n" * 200_000 + b"end", b" \t \r\n" * 100_000, b"a \r\n" * 99_999]
)
def test_signature_when_the_body_is_taken_in_pieces_then_it_holds(key, checked, text: bytes) -> None:
    assert checked(sign(b"From: a@example.test\r\n\r\n" + text + b"\r\n", key)) == "example.test"


@given(
    st.lists(st.sampled_from([b"From: a@example.test", b"To: b", b"Subject :  x\t", b"X: y", b"subject: \r\n  z"])),
    st.lists(st.sampled_from([b"", b" ", b"\t", b"word", b"two  words ", b" x\ty", b"..", b"\xff\x00"])),
)
def test_signature_when_the_message_is_any_then_it_holds(dkim, key, checked, head, body) -> None:
    signed = sign(b"\r\n".join([*head, b"Date: now", b"", *body, b""]), key)
    assert checked(signed) == "example.test"
    assert dkim.verified(signed, {}) == "(no key)"


def test_record_when_a_key_is_made_then_it_is_of_2048_bits_and_the_private_half_is_not_in_it(key) -> None:
    text = signing.record(key.secret)
    assert text.startswith("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")
    assert text.rpartition("=")[2] not in key.secret
    assert "BEGIN" not in repr(key)


@pytest.mark.parametrize("kept", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"])
def test_signature_when_the_key_is_none_then_unusable_and_the_key_is_not_told(kept: str) -> None:
    with pytest.raises(Unusable) as caught:
        signing.signature(MESSAGE, Key("example.test", "s1", kept), now=0)
    assert "BEGIN" not in str(caught.value)
