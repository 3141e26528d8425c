import pytest

from coserver.mail import texts
from coserver.mail.prepared import prepare
from coserver.mail.texts import Texts
from coserver.store.blobs import Bytes
from coserver.store.files import stage


def read(data: bytes) -> Texts:
    staged = stage(data)
    return Texts(Bytes(staged.size, staged.hash, data, None, 0), prepare(staged).parts)


def test_header_when_folded_and_encoded_then_is_what_people_read() -> None:
    found = read(b"Subject: =?utf-8?q?Gr=C3=BC?=\r\n =?utf-8?q?=C3=9Fe?= AN\r\n alle\r\n\r\nbody").header
    assert "subject: grüsse an alle" in found
    assert "body" not in found


def test_field_when_repeated_then_each_value_is_folded() -> None:
    assert read(b"X-A: One\r\nx-a: TWO\r\nX-B: 3\r\n\r\n").field("x-A") == ["one", "two"]


def test_body_when_read_twice_in_part_then_each_part_comes_again(mixed: bytes) -> None:
    found = read(mixed)
    first = next(found.body())
    everything = [text for text in found.body() if text]
    assert first == ""
    assert everything == ["plain", "<p>html</p>", "subject: inner\r\n\r\n", "inner text\r\n"]


def test_mime_when_parts_have_headers_then_gives_them(mixed: bytes) -> None:
    assert any('charset="utf-8"' in text for text in read(mixed).mime())


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"Content-Transfer-Encoding: uuencode", b"as it is"),
        (b"Content-Type: text/plain; charset=no-such", b"as it is"),
        (b"Content-Transfer-Encoding: base64", b"YXMgaXQgaXM"),
    ],
)
def test_body_when_the_encoding_is_odd_then_reads_what_it_can(header: bytes, body: bytes) -> None:
    assert list(read(header + b"\r\n\r\n" + body).body()) == ["as it is"]


def test_body_when_a_part_is_too_long_then_its_beginning_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "LONGEST", 5)
    assert list(read(b"\r\n0123456789").body()) == ["01234"]
