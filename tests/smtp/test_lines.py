"""The byte stream cut into lines and text: chunking never matters, and there is one end only."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.smtp.lines import AUTH_LIMIT, TEXT_LINE_LIMIT, Fault, Lines, Purity, Text

PIECES = st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"a", b"\0", b"word", b"\r\n.\r\n", b"\r\n..", b"\r\n."])
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)


def chunks(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


def read_lines(pieces: list[bytes], limit: int = AUTH_LIMIT) -> list[bytes]:
    lines, found = Lines(), []
    for piece in pieces:
        lines.feed(piece)
        while (line := lines.line(limit)) is not None:
            found.append(line)
    return found


def read_text(pieces: list[bytes], limit: int = 1 << 30) -> tuple[bytes, bool, Fault | None, bytes]:
    """The text, whether its end was found, the fault, and what stands after the end."""
    lines = Lines()
    text = Text(lines, limit)
    found, rest = b"", b""
    for piece in pieces:
        if text.done:
            rest += piece
            continue
        lines.feed(piece)
        found += text.read()
    return found, text.done, text.fault, lines.take(1 << 30) + rest if text.done else b""


@given(STREAMS, st.lists(st.integers(0, 500), max_size=8))
def test_lines_when_chunked_in_any_way_then_are_the_same(stream: bytes, cuts: list[int]) -> None:
    assert read_lines(chunks(stream, cuts)) == read_lines([stream])


@given(STREAMS, st.lists(st.integers(0, 500), max_size=8), st.integers(1, 6))
def test_lines_when_overlong_then_any_chunking_gives_the_same(stream: bytes, cuts: list[int], limit: int) -> None:
    whole = read_lines([stream], limit)
    assert read_lines(chunks(stream, cuts), limit) == whole
    assert all(len(line) <= limit + 1 for line in whole)


def test_line_when_it_ends_in_a_bare_newline_then_it_has_not_ended() -> None:
    assert read_lines([b"NOOP\nQUIT\rRSET\r\n"]) == [b"NOOP\nQUIT\rRSET"]


def test_line_when_endless_then_memory_stays_bounded() -> None:
    lines = Lines()
    for _ in range(200):
        lines.feed(b"x" * 10_000)
        assert lines.line() is None
        assert len(lines) <= AUTH_LIMIT + 10_000
    lines.feed(b"\r\nNOOP\r\n")
    found = lines.line()
    assert found is not None
    assert len(found) == AUTH_LIMIT + 1
    assert lines.line() == b"NOOP"


@given(STREAMS, st.lists(st.integers(0, 500), max_size=8))
def test_text_when_chunked_in_any_way_then_is_the_same(stream: bytes, cuts: list[int]) -> None:
    data = stream + b"\r\n.\r\nQUIT\r\n"
    text, done, fault, rest = read_text(chunks(data, cuts))
    whole, all_done, whole_fault, whole_rest = read_text([data])
    assert (done, fault, rest) == (all_done, whole_fault, whole_rest)
    assert done
    assert fault or text == whole


@given(st.lists(st.text("ab.", max_size=6), max_size=8))
def test_text_when_stuffed_as_a_client_does_then_comes_out_as_it_was(written: list[str]) -> None:
    message = "".join(f"{line}\r\n" for line in written).encode()
    stuffed = "".join(f"{'.' if line.startswith('.') else ''}{line}\r\n" for line in written).encode()
    assert read_text([stuffed + b".\r\nrest"]) == (message, True, None, b"rest")


SMUGGLED = [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n", b"\r.\r\n", b"\r\n\0.\r\n"]


@pytest.mark.parametrize("end", SMUGGLED)
def test_text_when_a_false_end_is_smuggled_then_it_does_not_end_and_the_message_is_refused(end: bytes) -> None:
    inner = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nfalse\r\n.\r\n"
    stream = b"Subject: a\r\n\r\nreal" + end + inner + b"QUIT\r\n"
    _, done, fault, rest = read_text([stream])
    assert (done, rest) == (True, b"QUIT\r\n")
    assert fault is Fault.UNCLEAN


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"a\rb", Fault.UNCLEAN),
        (b"a\nb", Fault.UNCLEAN),
        (b"a\r\r\nb", Fault.UNCLEAN),
        (b"a\n\r\nb", Fault.UNCLEAN),
        (b"a\0b", Fault.UNCLEAN),
        (b"x" * (TEXT_LINE_LIMIT + 1), Fault.LONG_LINE),
        (b"x" * TEXT_LINE_LIMIT, None),
        (b"x" * 5000 + b"\r\n" + b"y" * 60_000, None),
    ],
)
@pytest.mark.parametrize("step", [3000, 1 << 20])
def test_text_when_it_holds_what_no_server_may_pass_on_then_has_a_fault(
    data: bytes, fault: Fault | None, step: int
) -> None:
    stream = b"Subject: a\r\n\r\n" + data + b"\r\n.\r\n"
    pieces = [stream[start : start + step] for start in range(0, len(stream), step)]
    text, done, found, _ = read_text(pieces)
    assert (done, found) == (True, fault)
    if fault is None:
        assert text == stream[:-3]


def test_text_when_larger_than_the_limit_then_is_read_to_its_end_and_refused() -> None:
    line = b"x" * 98 + b"\r\n"
    assert read_text([line * 11, b".\r\nQUIT\r\n"], 1000) == (line * 0, True, Fault.TOO_BIG, b"QUIT\r\n")
    assert read_text([line * 10, b".\r\n"], 1000)[2] is None


def test_text_when_a_line_never_ends_then_memory_stays_bounded() -> None:
    lines = Lines()
    text = Text(lines, 1 << 30)
    for _ in range(100):
        lines.feed(b"x" * 50_000)
        text.read()
        assert len(lines) < 2 * TEXT_LINE_LIMIT
    lines.feed(b"\r\n.\r\n")
    text.read()
    assert text.done
    assert text.fault is Fault.LONG_LINE


@given(STREAMS, st.lists(st.integers(0, 500), max_size=8))
def test_purity_when_chunked_in_any_way_then_judges_the_same(stream: bytes, cuts: list[int]) -> None:
    def judged(pieces: list[bytes]) -> bool:
        purity = Purity()
        for piece in pieces:
            purity.look(piece)
        purity.close()
        return purity.fault is not None

    bare = stream.replace(b"\r\n", b"")
    assert judged(chunks(stream, cuts)) == judged([stream]) == any(bad in bare for bad in (b"\r", b"\n", b"\0"))
