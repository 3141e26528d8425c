"""The stream cut into commands: chunking never matters, and what is held is bounded."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.imap.reader import BodyData, BodyEnd, BodyStart, Command, Continue, Limits, Reader, Refused

PIECES = st.sampled_from(
    [b"a NOOP\r\n", b"\r\n", b"\n", b"\r", b"{3}\r\nabc", b"{3+}\r\nabc", b"{0}\r\n", b"a APPEND x ", b"{5+}\r\nhello",
     b"~{4}\r\n\x00\x01\r\n", b" ", b"{99999+}\r\n", b"{99999}\r\n", b"a LOGIN ", b"{", b"}", b"+", b"\x00", b"x" * 40]
)  # fmt: skip
STREAMS = st.lists(PIECES | st.binary(max_size=5), max_size=25).map(b"".join)


def chunks(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


def read(pieces: list[bytes], limits: Limits | None = None) -> list[object]:
    """All events, with the octets of a message in one piece."""
    reader = Reader(limits or Limits(line=200, inline=300, body=1000))
    found: list[object] = []
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, BodyData) and found and isinstance(found[-1], BodyData):
                found[-1] = BodyData(found[-1].data + event.data)
            else:
                found.append(event)
    return found


@given(STREAMS, st.lists(st.integers(0, 2000), max_size=10))
def test_reader_when_chunked_in_any_way_then_tells_the_same(stream: bytes, cuts: list[int]) -> None:
    assert read(chunks(stream, cuts)) == read([stream])


@given(STREAMS)
def test_reader_when_fed_octet_by_octet_then_tells_the_same(stream: bytes) -> None:
    assert read([bytes([octet]) for octet in stream]) == read([stream])


def test_reader_when_lines_end_in_a_bare_newline_or_are_empty_then_commands_are_whole() -> None:
    assert read([b"\r\n\na NOOP\nb NOOP\r\n"]) == [Command(b"a NOOP"), Command(b"b NOOP")]


def test_reader_when_a_literal_waits_then_asks_for_it_and_keeps_it_inline() -> None:
    assert read([b"a LOGIN {3}\r\n", b"bob {4+}\r\n\r\n\r\n\r\n"]) == [
        Continue(),
        Command(b"a LOGIN {3}\r\nbob {4+}\r\n\r\n\r\n"),
    ]


def test_reader_when_a_message_is_appended_then_its_octets_are_passed_on() -> None:
    assert read([b"a APPEND INBOX (\\Seen) {5}\r\n", b"he", b"llo\r\n"]) == [
        Continue(),
        BodyStart(5),
        BodyData(b"hello"),
        BodyEnd(),
        Command(b"a APPEND INBOX (\\Seen) \x000\x00"),
    ]


def test_reader_when_several_messages_are_appended_then_each_has_its_mark() -> None:
    found = read([b"a append x {1+}\r\nA {2+}\r\nBB\r\n"])
    assert found[-1] == Command(b"a append x \x000\x00 \x001\x00")
    assert [event.data for event in found if isinstance(event, BodyData)] == [b"A", b"BB"]


def test_reader_when_the_name_of_the_mailbox_is_a_literal_then_it_is_no_message() -> None:
    found = read([b"a APPEND {5+}\r\nINBOX {3+}\r\nabc\r\n"])
    assert found == [BodyStart(3), BodyData(b"abc"), BodyEnd(), Command(b"a APPEND {5+}\r\nINBOX \x000\x00")]


@pytest.mark.parametrize("wait", [b"{1001}\r\n", b"{1001+}\r\n" + b"x" * 1001 + b"\r\n"])
def test_reader_when_a_message_is_too_large_then_refuses_it_and_goes_on(wait: bytes) -> None:
    refused, after = read([b"a APPEND x " + wait, b"b NOOP\r\n"])
    assert isinstance(refused, Refused)
    assert (refused.tag, refused.too_big, refused.fatal) == (b"a", True, False)
    assert after == Command(b"b NOOP")


def test_reader_when_nobody_is_logged_in_then_no_message_is_taken() -> None:
    (refused,) = read([b"a APPEND x {1}\r\n"], Limits())
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("wait", [b"{301}\r\n", b"{301+}\r\n" + b"x" * 301 + b" pw\r\n"])
def test_reader_when_literals_are_too_large_then_what_they_hold_is_no_command(wait: bytes) -> None:
    refused, after = read([b"a LOGIN " + wait + b"b NOOP\r\n"])
    assert isinstance(refused, Refused)
    assert refused.tag == b"a"
    assert after == Command(b"b NOOP")


def test_reader_when_a_literal_holds_commands_then_they_are_not_run() -> None:
    found = read([b"a LOGIN {14+}\r\nz DELETE INBOX x\r\n"])
    assert len(found) == 1
    assert isinstance(found[0], Command)


def test_reader_when_a_line_never_ends_then_gives_up_with_little_in_memory() -> None:
    reader = Reader(Limits(line=100))
    events = [event for _ in range(1000) for event in reader.feed(b"x" * 50)]
    assert len(events) == 1
    assert events[0].fatal
    assert len(reader._buffer) <= 150


def test_reader_when_a_line_is_too_long_then_says_so_in_one_piece_as_in_many() -> None:
    line = b"a " + b"x" * 300 + b"\r\nb NOOP\r\n"
    assert read([line]) == read(chunks(line, [150]))
    assert [type(event) for event in read([line])] == [Refused]


def test_reader_when_cleared_then_nothing_sent_before_counts() -> None:
    reader = Reader(Limits(body=10))
    reader.feed(b"a STARTTLS\r\nb LOGIN alice secret")
    reader.clear()
    assert reader.feed(b"\r\nc NOOP\r\n") == [Command(b"c NOOP")]
    assert reader.limits.body == 10


def test_reader_when_a_line_holds_nul_then_refuses_the_command() -> None:
    refused, after = read([b"a NO\0OP\r\nb NOOP\r\n"])
    assert isinstance(refused, Refused)
    assert after == Command(b"b NOOP")


def test_messages_when_together_too_large_then_refused_before_they_are_sent() -> None:
    reader = Reader(Limits(body=10))
    (started, *_) = reader.feed(b"a APPEND x {6}\r\n"), reader.feed(b"123456")
    assert started[-1] == BodyStart(6)
    (refused,) = reader.feed(b" {5}\r\n")
    assert isinstance(refused, Refused)
    assert refused.too_big
