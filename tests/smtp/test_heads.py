"""What is read of the head of a message and what is put before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.smtp import heads
from coserver.smtp.heads import Head


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("alice@example.test", ["alice@example.test"]),
        ("Alice <alice@example.test>", ["alice@example.test"]),
        ('"Alice, B <bob@x>" <alice@example.test>', ["alice@example.test"]),
        ("a@x, B <b@x>,c@x", ["a@x", "b@x", "c@x"]),
        ("(bob@x) alice@example.test (a (nested) one)", ["alice@example.test"]),
        ("friends: a@x, b@x;, c@x", ["a@x", "b@x", "c@x"]),
        ("alice@example.test <eve@evil.test>", ["eve@evil.test"]),
        ("<alice@example.test> <eve@evil.test>", ["alice@example.test", "eve@evil.test"]),
        ('"a b"@x', ['"a b"@x']),
        ("nobody", ["nobody"]),
        ("", []),
        ("(((((", []),
        ("<" * 5, ["<<<<"]),
        ("friends:;", []),
    ],
)
def test_addresses_when_read_then_give_every_addr_spec(value: str, found: list[str]) -> None:
    assert heads.addresses(value) == found


@given(st.text('ab@<>(),;:"\\ .', max_size=80))
def test_addresses_when_given_anything_then_do_not_fail(value: str) -> None:
    assert all(heads.addresses(value))


def test_addresses_when_comments_are_nested_deep_then_no_stack_runs_out() -> None:
    assert heads.addresses("(" * 50_000 + ")" * 50_000 + "a@x") == ["a@x"]


def test_values_when_a_field_is_folded_and_repeated_then_all_are_given_unfolded() -> None:
    head = b"FROM: a@x\r\nSubject: x\r\n from: no\r\nfrom :\r\n b@x\r\n\r\n"
    assert heads.values(head, b"from") == ["a@x", "b@x"]
    assert heads.names(head) == [b"from", b"subject", b"from"]


def test_loops_when_more_than_fifty_received_then_says_so() -> None:
    assert not heads.loops(b"Received: x\r\n" * 50)
    assert heads.loops(b"Received: x\r\n" * 51)


def test_completion_when_date_and_id_are_missing_then_adds_them() -> None:
    added = heads.completion(b"From: a@x\r\n\r\n", now=0, message_id="1@x")
    assert added == b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@x>\r\n"
    assert heads.completion(b"date: x\r\nmessage-id: y\r\n\r\n", now=0, message_id="1@x") == b""


@given(st.lists(st.sampled_from([b"A: b\r\n", b"\r\n", b"x", b"\r", b"\n"]), max_size=12), st.integers(1, 5))
def test_head_when_chunked_in_any_way_then_is_the_same(parts: list[bytes], step: int) -> None:
    data = b"".join(parts)

    def read(pieces: list[bytes]) -> tuple[bytes, bool, bytes]:
        head, rest = Head(), b""
        for piece in pieces:
            rest += piece if head.done else head.feed(piece)
        return bytes(head), head.done, rest

    assert read([data[at : at + step] for at in range(0, len(data), step)]) == read([data])
    assert read([data])[0] + read([data])[2] == data
