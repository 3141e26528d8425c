"""The tree of a message, compared with the standard library where that can tell."""

import email
import email.message
import mmap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coserver.mail import mime
from coserver.mail.mime import Part
from coserver.mail.prepared import prepare
from coserver.store.files import stage


def kinds(part: Part) -> object:
    """The shape of a tree in few words."""
    name = f"{part.type.decode()}/{part.subtype.decode()}"
    if part.children:
        return (name, *(kinds(child) for child in part.children))
    return name if part.inner is None else (name, kinds(part.inner))


def std_kinds(message: email.message.Message) -> object:
    name = message.get_content_type()
    if message.is_multipart():
        return (name, *(std_kinds(child) for child in message.get_payload()))
    return name


def test_scan_when_boundaries_begin_alike_then_parts_them_by_whole_lines(mixed: bytes) -> None:
    assert kinds(mime.scan(mixed)) == (
        "multipart/mixed",
        ("multipart/alternative", "text/plain", "text/html"),
        ("message/rfc822", "text/plain"),
    )


def test_scan_when_done_then_offsets_cut_out_the_parts(mixed: bytes) -> None:
    message = mime.scan(mixed)
    alternative, enclosed = message.children
    plain, html = alternative.children
    assert mixed[plain.body : plain.end] == b"plain"
    assert mixed[html.start : html.body] == b'Content-Type: text/html; charset="utf-8"\r\n\r\n'
    assert mixed[html.body : html.end] == b"<p>html</p>"
    assert mixed[enclosed.body : enclosed.end] == b"Subject: inner\r\n\r\ninner text\r\n"
    assert enclosed.inner is not None
    assert mixed[enclosed.inner.body : enclosed.inner.end] == b"inner text\r\n"
    assert message.end == len(mixed)


def test_scan_when_lines_end_in_bare_lf_then_finds_the_same_tree(mixed: bytes) -> None:
    assert kinds(mime.scan(mixed.replace(b"\r\n", b"\n"))) == kinds(mime.scan(mixed))


@pytest.mark.parametrize(
    ("data", "tree"),
    [
        (b"", "text/plain"),
        (b"no header at all", "text/plain"),
        (b"\r\nbody alone", "text/plain"),
        (b"Content-Type: nonsense\r\n\r\nx", "text/plain"),
        (b"Content-Type: TEXT/HTML\r\n\r\nx", "text/html"),
        (b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--", "text/plain"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing of it", "text/plain"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx", ("multipart/mixed", "text/plain")),
        (b'Content-Type: multipart/mixed; boundary="b\r\n\r\n--b\r\n\r\nx\r\n--b--', ("multipart/mixed", "text/plain")),
        (
            b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\ny\r\n--b--",
            ("multipart/digest", ("message/rfc822", "text/plain")),
        ),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b--\r\n", ("multipart/mixed", "text/plain")),
        (b"Content-Type: multipart/mixed; boundary=b\0c\r\n\r\n--b\0c\r\n\r\nx", ("multipart/mixed", "text/plain")),
        (
            b'Content-Type: multipart/mixed; boundary="a\\"b"\r\n\r\n--a"b\r\n\r\nx',
            ("multipart/mixed", "text/plain"),
        ),
        (b"Content-Type: message/rfc822\r\n\r\nno header", ("message/rfc822", "text/plain")),
    ],
)
def test_scan_when_the_message_is_odd_or_broken_then_gives_what_can_be_read(data: bytes, tree: object) -> None:
    assert kinds(mime.scan(data)) == tree


def test_scan_when_the_end_boundary_is_missing_then_the_last_part_takes_the_rest() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\nand more"
    assert [data[child.body : child.end] for child in mime.scan(data).children] == [b"one", b"two\r\nand more"]


def test_scan_when_an_inner_end_is_missing_then_the_outer_boundary_ends_it(mixed: bytes) -> None:
    data = mixed.replace(b"--b1x--\r\n", b"")
    assert kinds(mime.scan(data)) == kinds(mime.scan(mixed))


@pytest.mark.parametrize("kind", ["multipart", "message"])
def test_scan_when_nested_2000_deep_then_stops_at_the_limit(kind: str) -> None:
    if kind == "message":
        data = b"Content-Type: message/rfc822\r\n\r\n" * 2000
    else:
        data = b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + b"".join(
            b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(2000)
        )
    depth, part = 0, mime.scan(data)
    while part.children or part.inner is not None:
        part = part.inner or part.children[0]
        depth += 1
    assert depth == mime.DEEPEST
    assert kinds(part) == "application/octet-stream"


@pytest.mark.parametrize("kind", ["multipart", "message"])
def test_scan_when_a_large_body_is_nested_then_it_is_not_read_again_and_again(kind: str) -> None:
    if kind == "message":
        head = b"Content-Type: message/rfc822\n\n" * 40
    else:
        head = b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + b"".join(
            b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(40)
        )
    depth, part = 0, mime.scan(head + b"line\r\n" * 1_000_000)
    while part.children or part.inner is not None:
        part = part.inner or part.children[0]
        depth += 1
    assert 8 < depth < 16
    assert kinds(part) == "application/octet-stream"


def test_scan_when_there_are_too_many_parts_then_the_last_takes_the_rest() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5000 + b"--b--\r\n"
    children = mime.scan(data).children
    assert len(children) <= mime.MOST_PARTS
    assert children[-1].end == len(data)


ATTACKS = {
    "blanks after a boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + (b"--b" + b" " * 5000) * 400,
    "lines like a boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bx\n" * 400_000,
    "blanks in an address": b"From: a" + b" " * 200_000 + b"\r\n\r\n",
    "commas in a route": b"From: <@" + b"," * 200_000 + b"\r\n\r\n",
    "open comments": b"From: " + b"(" * 200_000 + b"\r\n\r\n",
    "quotes": b'From: "' + b'\\"' * 100_000 + b"\r\n\r\n",
    "parameters": b"Content-Type: text/plain" + b";a=b" * 60_000 + b"\r\n\r\n",
    "blanks in parameters": b"Content-Type: text/plain;" + b" " * 200_000 + b"=\r\n\r\n",
    "a header without end": b"X: y\r\n" * 300_000,
    "one long name": b"a" * 2_000_000,
    "encoded words": b"Subject: " + b"=?a?q?" * 40_000 + b"\r\n\r\n",
    "folds": b"Subject: x" + b"\r\n " * 80_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_prepare_when_attacked_then_is_done_in_time(name: str) -> None:
    staged = stage(ATTACKS[name])
    before = time.process_time()
    made = prepare(staged)
    assert time.process_time() - before < 2
    assert len(made.envelope) + len(made.structure) < 5_000_000


def test_scan_when_the_message_lies_in_a_file_then_gives_the_same_tree(mixed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "message"
    path.write_bytes(mixed)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert mime.scan(mapped) == mime.scan(mixed)
        assert mime.lines(mapped, 0, len(mixed)) == mime.lines(mixed, 0, len(mixed)) == mixed.count(b"\n")


def test_lines_when_the_last_has_no_end_then_counts_it_too() -> None:
    assert [mime.lines(data, 0, len(data)) for data in (b"", b"a", b"a\r\n", b"a\r\nb")] == [0, 1, 1, 2]


PIECES = [
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"\r\n", b"--b\r\n",
    b"--b--\r\n", b"--b-\r\n", b"Content-Type: text/html; charset=x\r\n", b"From: a@b.c\r\n", b"text\r\n", b"\n",
    b"\r", b"--b", b"\0", b"\xff",
]  # fmt: skip


def _check(part: Part, data: bytes) -> None:
    assert 0 <= part.start <= part.body <= part.end <= len(data)
    for child in part.children:
        assert part.body <= child.start <= child.end <= part.end
        _check(child, data)
    if part.inner is not None:
        assert (part.inner.start, part.inner.end) == (part.body, part.end)
        _check(part.inner, data)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=40).map(b"".join))
@settings(max_examples=100, deadline=None)
def test_scan_when_any_bytes_then_offsets_lie_inside_each_other_and_nothing_is_raised(data: bytes) -> None:
    _check(mime.scan(data), data)


TEXTS = st.text("abc \n-é", max_size=40).map(lambda text: text.replace("--", "-"))


@st.composite
def built(draw: st.DrawFn, depth: int = 0) -> tuple[bytes, bytes]:
    """A well-formed part: its header and its body."""
    kind = draw(st.sampled_from(["plain", "html", "mixed", "message"])) if depth < 3 else "plain"
    if kind in ("plain", "html"):
        body = draw(TEXTS).encode().replace(b"\n", b"\r\n")
        return b"Content-Type: text/%b; charset=utf-8\r\n" % kind.encode(), body
    if kind == "message":
        header, body = draw(built(depth + 1))
        return b"Content-Type: message/rfc822\r\n", b"Subject: x\r\n" + header + b"\r\n" + body
    boundary = b"x" * (depth + 1)  # the outer one begins the inner one
    children = draw(st.lists(built(depth + 1), min_size=1, max_size=3))
    parts = [b"--%b\r\n%b\r\n%b\r\n" % (boundary, header, body) for header, body in children]
    return b"Content-Type: multipart/mixed; boundary=%b\r\n" % boundary, b"".join(parts) + b"--%b--\r\n" % boundary


@given(built())
@settings(max_examples=100, deadline=None)
def test_scan_when_well_formed_then_agrees_with_the_standard_library(made: tuple[bytes, bytes]) -> None:
    header, body = made
    data = b"From: a@b.c\r\n" + header + b"\r\n" + body
    assert kinds(mime.scan(data)) == std_kinds(email.message_from_bytes(data))
