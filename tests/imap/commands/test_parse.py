"""The grammar of commands: total, bounded, and the values it makes."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.imap.commands import values
from coserver.imap.commands.parse import parse, tag_of
from coserver.imap.commands.search import BadCharsetError
from coserver.imap.commands.values import Part, Result, Section
from coserver.model import search
from coserver.model.errors import Malformed
from coserver.model.item import Flag

WORDS = st.sampled_from(
    [b"FETCH", b"STORE", b"SEARCH", b"UID", b"LIST", b"APPEND", b"SELECT", b"STATUS", b"COPY", b"ENABLE", b"ID",
     b"CREATE", b"LSUB", b"RETURN", b"(", b")", b"[", b"]", b"<0.5>", b"BODY", b"BODY.PEEK[", b"HEADER.FIELDS", b"1:*",
     b"$", b"*", b"%", b"FLAGS", b"+FLAGS", b"\\Seen", b"ALL", b"NOT", b"OR", b"SUBJECT", b"CHARSET", b"UTF-8",
     b"{2}\r\nab", b"\x000\x00", b'"q"', b"INBOX", b"(USE (", b"CHANGEDSINCE", b"UNCHANGEDSINCE", b"MODSEQ", b"SINCE",
     b"1-Feb-2026", b"NIL", b"SAVE", b"STATUS", b"MESSAGES", b"BINARY.SIZE[", b"1.2.MIME", b"~{1}\r\n\x00"]
)  # fmt: skip
LINES = st.lists(WORDS | st.binary(max_size=4), max_size=12).map(lambda words: b"a " + b" ".join(words))
TIGHT = st.lists(WORDS | st.binary(max_size=2), max_size=12).map(lambda words: b"a " + b"".join(words))


@given(LINES | TIGHT | st.binary(max_size=80))
def test_parse_when_given_any_octets_then_raises_malformed_or_nothing(raw: bytes) -> None:
    tag_of(raw)
    with suppress(Malformed, BadCharsetError):
        parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"a SEARCH " + b"(" * 5000 + b"ALL" + b")" * 5000,
        b"a SEARCH " + b"NOT " * 5000 + b"ALL",
        b"a SEARCH " + b"OR ALL " * 5000 + b"ALL",
        b"a SEARCH" + b" ALL" * 5000,
        b"a FETCH 1 (" + b"FLAGS " * 5000 + b")",
        b"a FETCH 1 BODY[HEADER.FIELDS (" + b"x " * 5000 + b"y)]",
        b'a LIST "" (' + b"x " * 5000 + b"y)",
        b"a ID (" + b'"x" "y" ' * 5000 + b")",
    ],
)
def test_parse_when_a_command_is_nested_or_repeated_without_end_then_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "command"),
    [
        (b"noop", values.Plain("NOOP")),
        (b"Login {5}\r\nalice \"p\\\"w\"", values.Login("alice", 'p"w')),
        (b"AUTHENTICATE plain =", values.Authenticate("PLAIN", b"=")),
        (b"ENABLE CONDSTORE imap4rev2", values.Enable(("CONDSTORE", "IMAP4REV2"))),
        (b"ID NIL", values.Identify(())),
        (b'ID ("name" "x" "os" NIL)', values.Identify((("name", "x"), ("os", "")))),
        (b"SELECT inbox (CONDSTORE)", values.Select("inbox", readonly=False, condstore=True)),
        (b"EXAMINE &AOk-", values.Select("é", readonly=True)),
        (b"CREATE x (USE (\\sent))", values.Create("x", "\\Sent")),
        (b"RENAME a b", values.Rename("a", "b")),
        (b"GETQUOTA \"\"", values.OneName("GETQUOTA", "")),
        (b"STATUS x (messages UIDNEXT)", values.Status("x", ("MESSAGES", "UIDNEXT"))),
        (b"LSUB \"\" *", values.List("", ("*",), frozenset({"SUBSCRIBED"}), lsub=True)),
        (
            b'list (subscribed) "" ("a" %) return (status (messages) children)',
            values.List(
                "", ("a", "%"), frozenset({"SUBSCRIBED"}), frozenset({"STATUS", "CHILDREN"}), ("MESSAGES",),
                extended=True,
            ),
        ),
        (
            b'APPEND x (\\Seen \\Recent Word) " 1-Feb-2026 10:00:00 +0000" \x000\x00',
            values.Append(
                "x", (values.Message(0, Flag.SEEN, frozenset({"Word"}),
                datetime(2026, 2, 1, 10, tzinfo=UTC)),)),
        ),
        (b"FETCH 1:* fast", values.Fetch(((1, None),), ("FLAGS", "INTERNALDATE", "RFC822.SIZE"), (), by_uid=False)),
        (b"UID FETCH $ FLAGS", values.Fetch(None, ("UID", "FLAGS"), (), by_uid=True)),
        (
            b"FETCH 2 (BODY[1.2.HEADER.FIELDS (a B)]<0.5> BINARY.PEEK[3])",
            values.Fetch(
                ((2, 2),), (),
                (
                    Section("BODY", (1, 2), Part.FIELDS, (b"a", b"B"), (0, 5)),
                    Section("BINARY", (3,), Part.ALL, peek=True),
                ),
                by_uid=False,
            ),
        ),
        (b"FETCH 1 FLAGS (CHANGEDSINCE 0)", values.Fetch(((1, 1),), ("FLAGS", "MODSEQ"), (), False, 0)),
        (b"STORE 1 -FLAGS.SILENT \\Seen Word",
         values.Store(((1, 1),), "-", Flag.SEEN, frozenset({"Word"}), True, False)),
        (b"STORE 1 (UNCHANGEDSINCE 7) FLAGS ()", values.Store(((1, 1),), "", Flag(0), frozenset(), False, False, 7)),
        (b"UID MOVE 1,3 x", values.Transfer(((1, 1), (3, 3)), "x", by_uid=True, move=True)),
        (b"UID EXPUNGE $", values.Expunge(None, by_uid=True, saved=True)),
        (
            b"SEARCH RETURN (MIN SAVE) CHARSET us-ascii NOT 1:2 (SEEN FROM x)",
            values.Search(
                search.And(
                    (
                        search.Not(search.Numbers(((1, 2),))),
                        search.And((search.Flagged(Flag.SEEN), search.Text(search.Where.FROM, "x"))),
                    )
                ),
                frozenset({Result.MIN, Result.SAVE}),
                by_uid=False,
            ),
        ),
    ],
    ids=lambda value: value[:20].decode() if isinstance(value, bytes) else "",
)  # fmt: skip
def test_parse_when_given_a_command_then_makes_its_value(raw: bytes, command: object) -> None:
    assert parse(b"a1 " + raw) == values.Tagged(b"a1", command)


@pytest.mark.parametrize(
    "raw",
    [
        b"NOOP", b"a", b"a NOOP x", b"+ NOOP", b"a UID SELECT x", b"a FETCH 0 FLAGS", b"a FETCH 1 ()x",
        b"a FETCH 1 BODY[0]", b"a FETCH 1 BODY[MIME]", b"a FETCH 1 BINARY[HEADER]", b"a FETCH 1 BODY[]<5>",
        b"a FETCH 1 BODY[]<0.0>", b"a STORE 1 FLAGS \\Odd", b"a STORE 1 *FLAGS (\\Seen)", b"a APPEND x {1}\r\na",
        b"a SEARCH", b"a SEARCH KEYWORD", b"a SEARCH SINCE yesterday", b"a SEARCH CHARSET UTF-8",
        b"a SELECT x (QRESYNC)", b"a CREATE x (USE (\\Sent \\Trash))", b'a LIST "" * RETURN', b"a STATUS x ()",
        b"a MYRIGHTS", b"a SETACL x y", b'a SETACL x "" lrs', b'a DELETEACL x " "', b"a LISTRIGHTS x", b"a GETACL x y",
    ],
)  # fmt: skip
def test_parse_when_a_command_is_broken_then_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)
