import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coserver.mail import mime, structure


def rendered(data: bytes) -> bytes:
    return structure.structure(data, mime.scan(data))


def parse(text: bytes) -> object:
    """Wire bytes as nested lists; strings as bytes, NIL as None, numbers as int."""
    stack: list[list[object]] = [[]]
    position = 0
    token = re.compile(rb'\(|\)|"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r\n|(NIL)|(\d+)| ')
    while position < len(text):
        match = token.match(text, position)
        assert match is not None, text[position : position + 40]
        position = match.end()
        if match[0] == b"(":
            stack.append([])
        elif match[0] == b")":
            done = stack.pop()
            stack[-1].append(done)
        elif match[2]:
            stack[-1].append(text[position : position + int(match[2])])
            position += int(match[2])
        elif match[0] != b" ":
            quoted = re.sub(rb"\\(.)", rb"\1", match[1]) if match[1] is not None else None
            stack[-1].append(quoted if quoted is not None else None if match[3] else int(match[4]))
    assert len(stack) == 1
    (value,) = stack[0]
    return value


def basic(value: list) -> list:
    """What BODY leaves of a BODYSTRUCTURE, done on the parsed form: the oracle of `structure.body`."""
    if isinstance(value[0], list):
        children = [one for one in value if isinstance(one, list)]
        count = next(n for n, one in enumerate(value) if not isinstance(one, list))
        return [basic(child) for child in children[:count]] + [value[count]]
    kind = (value[0].lower(), value[1].lower())
    if kind == (b"message", b"rfc822"):
        return [*value[:8], basic(value[8]), value[9]]
    return value[: 8 if kind[0] == b"text" else 7]


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (b"\r\nhello\r\n", b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 1 NIL NIL NIL NIL)'),
        (
            b'Content-Type: Image/PNG; Name="a b.png"\r\nContent-Transfer-Encoding: BASE64\r\nContent-ID: <1>\r\n'
            b"Content-Description: a picture\r\nContent-MD5: Q2hlY2s=\r\nContent-Language: en, de\r\n"
            b'Content-Location: x\r\nContent-Disposition: Inline; filename="a b.png"\r\n\r\nAAAA\r\n',
            b'("image" "png" ("name" "a b.png") "<1>" "a picture" "base64" 6 "Q2hlY2s=" '
            b'("inline" ("filename" "a b.png")) ("en" "de") "x")',
        ),
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Language: en\r\n"
            b"Content-Disposition: attachment\r\n\r\n",
            b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 0 0 NIL ("attachment" NIL) "en" NIL)',
        ),
        (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
            b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 1 NIL NIL NIL NIL) '
            b'"mixed" ("boundary" "b") NIL NIL NIL)',
        ),
        (
            b"Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nx\r\ny",
            b'("message" "rfc822" NIL NIL NIL "7bit" 18 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) '
            b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 2 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)',
        ),
        (
            "Content-Type: text/plain; name=grün\r\n\r\n".encode(),
            '("text" "plain" ("name" {5}\r\ngrün) NIL NIL "7bit" 0 0 NIL NIL NIL NIL)'.encode(),
        ),
    ],
)
def test_structure_when_rendered_then_follows_the_grammar(data: bytes, sent: bytes) -> None:
    assert rendered(data) == sent


def test_body_when_made_from_a_structure_then_has_no_extension_data() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: inline\r\n\r\nx\r\n--b--\r\n"
    assert structure.body(rendered(data)) == (
        b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 1) "mixed")'
    )  # fmt: skip


def test_body_when_messages_are_enclosed_then_agrees_with_the_oracle(mixed: bytes) -> None:
    sent = rendered(mixed)
    assert parse(structure.body(sent)) == basic(parse(sent))


PIECES = [
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"\r\n", b"\r\n--b\r\n",
    b"Content-Disposition: attachment; filename*0=\"a)(\"; b=c\r\n", b"Content-Type: text/html; charset=x\r\n",
    b"From: \"(\" <a@b.c>\r\n", b"Content-Language: a, b\r\n", b"Content-ID: \xff\r\n", b"--b--\r\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=30).map(b"".join))
@settings(max_examples=100, deadline=None)
def test_structure_when_any_bytes_then_it_parses_and_its_body_is_the_same_without_extensions(data: bytes) -> None:
    sent = rendered(data)
    assert b"\0" not in sent
    assert parse(structure.body(sent)) == basic(parse(sent))


def test_body_when_a_structure_is_as_deep_as_may_be_then_is_made() -> None:
    sent = rendered(b"Content-Type: message/rfc822\r\n\r\n" * 200)
    assert structure.body(sent).count(b'"message" "rfc822"') == mime.DEEPEST
