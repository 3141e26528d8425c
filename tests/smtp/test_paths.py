"""Envelope addresses and the parameters after them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.errors import Malformed
from coserver.smtp.paths import NULL, Path, forward_path, mailbox, reverse_path, split


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("alice@example.test", Path("alice", "example.test")),
        ("Alice.B+tag@EXAMPLE.test.", Path("Alice.B+tag", "example.test")),
        ('"a b"@example.test', Path("a b", "example.test")),
        ('"a\\"b"@example.test', Path('a"b', "example.test")),
        ('"plain"@example.test', Path("plain", "example.test")),
        ("u%evil@example.test", Path("u%evil", "example.test")),
        ("alice@[127.0.0.1]", Path("alice", "[127.0.0.1]")),
        ("alice@[IPv6:::1]", Path("alice", "[ipv6:::1]")),
        ("jürgen@exämple.test", Path("jürgen", "exämple.test")),
    ],
)
def test_mailbox_when_well_formed_then_gives_its_parts(text: str, path: Path) -> None:
    assert mailbox(text) == path


@pytest.mark.parametrize(
    "text",
    ["", "alice", "@example.test", "alice@", "a b@example.test", ".a@example.test", "a..b@x", "a@-x", "a@x..y",
     "a@x\r\n", "a@x>", "(" * 20_000 + "a@x", "a@" + "x" * 300, "a" * 70 + "@x", '"a@x'],
)  # fmt: skip
def test_mailbox_when_not_an_address_then_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        mailbox(text)


@given(st.text(max_size=60))
def test_paths_when_given_anything_then_raise_only_malformed(text: str) -> None:
    for read in (mailbox, reverse_path, forward_path, lambda given: split(given, "FROM")):
        with suppress(Malformed):
            read(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20))
def test_path_when_written_and_read_again_then_is_the_same(local: str) -> None:
    path = Path(local, "example.test")
    assert mailbox(str(path)) == path


def test_reverse_path_when_empty_then_is_the_null_sender() -> None:
    assert reverse_path("") is NULL
    assert str(NULL) == ""


def test_forward_path_when_postmaster_stands_alone_then_has_no_domain() -> None:
    assert forward_path("PostMaster") == Path("postmaster", "")


def test_paths_when_a_source_route_is_given_then_it_is_dropped() -> None:
    assert forward_path("@a.test,@b.test:alice@example.test") == Path("alice", "example.test")


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("FROM:<a@b>", ("a@b", "")),
        ("from: <a@b> SIZE=1 BODY=7BIT", ("a@b", "SIZE=1 BODY=7BIT")),
        ("FROM:<>", ("", "")),
        ('FROM:<"a>b"@x> SIZE=1', ('"a>b"@x', "SIZE=1")),
    ],
)
def test_split_when_well_formed_then_parts_path_and_parameters(argument: str, found: tuple[str, str]) -> None:
    assert split(argument, "FROM") == found


@pytest.mark.parametrize("argument", ["", "a@b", "TO:<a@b>", "FROM:a@b", "FROM:<a@b", "FROM:<a@b>SIZE=1", "FROM <a@b>"])
def test_split_when_keyword_or_brackets_are_missing_then_is_malformed(argument: str) -> None:
    with pytest.raises(Malformed):
        split(argument, "FROM")


def test_path_when_it_has_letters_beyond_ascii_then_is_international() -> None:
    assert Path("jürgen", "x").international
    assert not Path("a", "x").international
