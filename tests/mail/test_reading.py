"""A message as people read it: texts, names, pictures, and bounds."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import mime, parts, reading


class Held:
    """Bytes as the store gives them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, start: int, length: int) -> bytes:
        return self.data[start : start + length]


def held(text: str | bytes) -> tuple[Any, bytes]:
    data = (text if isinstance(text, bytes) else text.encode()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return Held(data), parts.pack(mime.scan(data))


PIECES = (
    b"--m\r\n", b"Content-Type: ", b"multipart/mixed; boundary=m", b"text/html", b"\r\n", b"message/rfc822", b"--m--",
    b"name*=utf-8''%", b"\xff", b"Content-Disposition: attachment; ", b"filename=", b"\0", b'"', b"Content-ID: <x>",
)  # fmt: skip
BOTH = """From: =?utf-8?q?J=C3=B6rg?= <j@x.test>
To: a@x.test,
 b@x.test
Subject: =?utf-8?b?S8Okc2U=?=\t\x07here
Date: Mon, 1 Feb 2027 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

K=E4se
--a
Content-Type: text/html

<b>K</b>
--a--
--m
Content-Type: message/rfc822

Subject: inner

inner text
--m
Content-Type: text/plain
Content-Disposition: attachment; filename="C:\\\\dir\\\\note.txt"

note
--m
Content-Type: application/pdf; name="=?utf-8?q?=C3=BC.pdf?="
Content-Transfer-Encoding: base64

AAAA
--m--
"""


def test_message_when_it_has_both_texts_then_each_is_found_and_the_rest_is_attached() -> None:
    data, packed = held(BOTH)
    head = reading.heading(data)
    assert (head.senders, head.to, head.subject) == ("Jörg <j@x.test>", "a@x.test, b@x.test", "Käse here")
    told = reading.contents(data, packed)
    assert told.plain == reading.Body("Käse", cut=False)
    assert told.html is not None
    assert told.html.text.strip() == "<b>K</b>"
    assert [(each.number, each.name, each.type) for each in told.attached] == [
        ("2", "2.eml", "message/rfc822"), ("3", "note.txt", "text/plain"), ("4", "ü.pdf", "application/pdf"),
    ]  # fmt: skip


def test_text_when_it_is_long_then_its_beginning_and_that_it_is_cut() -> None:
    told = reading.contents(*held(b"Subject: x\n\n" + b"y" * (reading.MOST_TEXT + 1)))
    assert told.plain == reading.Body("y" * reading.MOST_TEXT, cut=True)


def test_pictures_when_they_are_large_or_none_then_left_out() -> None:
    def part(name: str, type_: str, size: int) -> str:
        head = f"--m\nContent-Type: {type_}\nContent-ID: <{name}>\n\n"
        return head + "x" * size + "\n"

    whole = "Content-Type: multipart/related; boundary=m\n\n" + "".join(
        [part("a", "image/png", 10), part("b", "image/svg+xml", 10), part("c", "image/gif", reading.MOST_PICTURE + 1)]
        + [part(f"d{n}", "image/jpeg", reading.MOST_PICTURE - 10) for n in range(6)]
    )
    found = reading.pictures(*held(whole + "--m--\n"))
    assert found["a"] == ("image/png", b"x" * 10)
    assert set(found) == {"a", "d0", "d1", "d2", "d3"}


def test_attachment_when_there_is_no_such_part_then_none() -> None:
    data, packed = held(BOTH)
    assert reading.attachment(data, packed, "4") is not None
    for number in ("", "0", "1", "9", "2.1", "x", "1.1.1"):
        assert reading.attachment(data, packed, number) is None


def test_name_when_it_turns_the_direction_of_writing_then_without_that() -> None:
    data, packed = held("Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEfdp.exe\n\nx")
    (attached,) = reading.contents(data, packed).attached
    assert attached.name == "a fdp.exe"


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_message_whatever_it_is_then_nothing_is_raised(data: bytes) -> None:
    source, packed = held(data)
    reading.heading(source)
    for each in reading.contents(source, packed).attached:
        assert "/" not in each.name
        reading.attachment(source, packed, each.number)
    reading.pictures(source, packed)
