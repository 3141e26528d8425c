"""The tokens of IMAP: only Malformed is raised, and what is written reads back as the same."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.imap import wire
from coserver.imap.wire import Cursor
from coserver.model.errors import Malformed

READS = [
    Cursor.astring, Cursor.string, Cursor.nstring, Cursor.literal, Cursor.atom, Cursor.number, Cursor.numbers,
    Cursor.mailbox, Cursor.flag, Cursor.flags, Cursor.date, Cursor.moment, Cursor.streamed, Cursor.text, Cursor.end,
]  # fmt: skip
TOKENS = st.lists(
    st.sampled_from(
        [b'"', b"\\", b"{3}\r\n", b"{3+}\r\n", b"~{1}\r\n", b"abc", b"NIL", b"(", b")", b" ", b"1", b"*", b":", b",",
         b"9999999999", b"1-Feb-2026", b'"01-Feb-2026 10:00:00 +0000"', b"\\Seen", b"&", b"-", b"&AOk-",
         b"\x00", b"\xff"]
    ) | st.binary(max_size=3), max_size=8,
).map(b"".join)  # fmt: skip


@given(read=st.sampled_from(READS), data=TOKENS)
def test_cursor_when_given_any_octets_then_raises_malformed_or_nothing(read, data: bytes) -> None:
    cursor = Cursor(data)
    with suppress(Malformed):
        read(cursor)
    assert 0 <= cursor.at <= len(data)


@given(st.binary(max_size=1200).filter(lambda text: b"\0" not in text))
def test_quoted_when_read_again_then_is_the_same(text: bytes) -> None:
    cursor = Cursor(wire.quoted(text))
    assert cursor.string() == text
    cursor.end()


@given(st.binary(max_size=100).filter(lambda text: b"\0" not in text))
def test_astring_when_read_again_then_is_the_same(text: bytes) -> None:
    cursor = Cursor(wire.astring(text))
    assert cursor.astring() == text
    cursor.end()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'"p\\"w"', b'p"w'),
        (b'"a\\\\"', b"a\\"),
        (b'"\\\\\\""', b'\\"'),
        (b'""', b""),
        (b"{5}\r\na\r\nb ", b"a\r\nb "),
        (b"{0}\r\n", b""),
        (b"{2+}\r\nhi", b"hi"),
        (b"a]b", b"a]b"),
        ('"é"'.encode(), "é".encode()),
    ],
)
def test_astring_when_written_in_each_way_then_gives_its_octets(raw: bytes, text: bytes) -> None:
    cursor = Cursor(raw)
    assert cursor.astring() == text
    assert cursor.ended


def test_literal_when_it_is_binary_then_may_hold_nul() -> None:
    assert Cursor(b"~{2}\r\n\0\1").literal() == b"\0\1"


@pytest.mark.parametrize("raw", [b'"open', b'"a\\b"', b"{9}\r\nshort", b"{1}\r\n\0", b"(", b"", b"%", b'"a\rb"'])
def test_astring_when_broken_then_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Cursor(raw).astring()


def test_nstring_when_nil_then_is_none_but_not_in_a_longer_word() -> None:
    assert Cursor(b"nil)").nstring() is None
    assert Cursor(b'"NIL"').nstring() == b"NIL"
    assert wire.nstring(None) == b"NIL"
    assert wire.nstring(b"x") == b'"x"'


# ---------------------------------------------------------------- sequence sets


@pytest.mark.parametrize(
    ("raw", "ranges"),
    [
        (b"1", ((1, 1),)),
        (b"2:4", ((2, 4),)),
        (b"4:2", ((2, 4),)),
        (b"3:*", ((3, None),)),
        (b"*:3", ((3, None),)),
        (b"1,3:5,9", ((1, 1), (3, 5), (9, 9))),
        (b"4294967295", (((1 << 32) - 1, (1 << 32) - 1),)),
    ],
)
def test_numbers_when_given_ranges_then_both_ends_are_in(raw: bytes, ranges: object) -> None:
    assert Cursor(raw).numbers() == ranges


@pytest.mark.parametrize("raw", [b"0", b"1:0", b"4294967296", b"a", b":", b",1", b"-1"])
def test_numbers_when_out_of_bounds_then_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Cursor(raw).numbers()


def test_numbers_when_there_are_too_many_parts_then_is_malformed() -> None:
    with pytest.raises(Malformed):
        Cursor(b",".join([b"1"] * 20_001)).numbers()


@given(st.sets(st.integers(1, 200), max_size=60))
def test_compact_when_read_again_then_names_the_same_numbers(numbers: set[int]) -> None:
    told = wire.compact(sorted(numbers))
    if not numbers:
        assert told == b""
        return
    ranges = Cursor(told).numbers()
    assert [number for low, high in ranges for number in range(low, high + 1)] == sorted(numbers)
    assert all(second[0] > first[1] + 1 for first, second in pairwise(ranges))


@given(st.lists(st.integers(1, 60), max_size=40))
def test_in_order_when_read_again_then_keeps_the_order(numbers: list[int]) -> None:
    told = wire.in_order(numbers)
    if numbers:
        ranges = Cursor(told).numbers()
        assert [number for low, high in ranges for number in range(low, high + 1)] == numbers


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize("raw", [b"1-Feb-2026", b'"1-Feb-2026"', b"01-feb-2026", b'" 1-FEB-2026"'])
def test_date_when_written_in_each_way_then_is_the_day(raw: bytes) -> None:
    assert Cursor(raw).date() == date(2026, 2, 1)


@pytest.mark.parametrize("raw", [b"30-Feb-2026", b"1-Foo-2026", b"0-Jan-2026", b"1-Jan-0000", b"2026-01-01"])
def test_date_when_there_is_no_such_day_then_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Cursor(raw).date()


def test_moment_when_it_has_a_zone_then_is_that_instant() -> None:
    found = Cursor(b'" 1-Feb-2026 10:00:00 -0130"').moment()
    assert found == datetime(2026, 2, 1, 10, tzinfo=timezone(-timedelta(hours=1, minutes=30)))


@pytest.mark.parametrize("raw", [b'"01-Feb-2026 25:00:00 +0000"', b'"01-Feb-2026 10:00:00 +9999"', b'"31-Jun-2026"'])
def test_moment_when_impossible_then_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Cursor(raw).moment()


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001
def test_internal_date_when_read_again_then_is_the_same_second(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert Cursor(wire.internal_date(int(moment.timestamp()) * 1000 + 999)).moment() == moment


# ---------------------------------------------------------------- names of mailboxes


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_utf7_when_read_again_then_is_the_same_name(name: str) -> None:
    encoded = wire.utf7(name)
    assert all(0x20 <= octet <= 0x7E for octet in encoded)
    assert wire.mailbox_name(encoded) == name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),  # RFC 3501 5.1.3
        (b"A&-B", "A&B"),
        (b"R&D", "R&D"),  # sent by clients that do not encode it
        (b"R&D-x", "R&D-x"),
        (b"&2D3eAA-", "😀"),
        ("Entwürfe".encode(), "Entwürfe"),
    ],
)
def test_mailbox_name_when_encoded_in_either_way_then_is_read(raw: bytes, name: str) -> None:
    assert wire.mailbox_name(raw) == name


def test_mailbox_name_when_neither_encoding_fits_then_is_malformed() -> None:
    with pytest.raises(Malformed):
        wire.mailbox_name(b"\xff\xfe")


@given(st.binary(max_size=60))
def test_mailbox_name_when_given_any_octets_then_can_be_told_again(raw: bytes) -> None:
    try:
        name = wire.mailbox_name(raw)
    except Malformed:
        return
    assert wire.mailbox_name(wire.utf7(name)) == name
