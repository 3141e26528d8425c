"""If headers and HTTP conditions: the grammar, and what each means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.dav.conditions import (
    Clause,
    Condition,
    Conditions,
    If,
    State,
    Tags,
    Verdict,
    judge,
    parse,
    parse_if,
    seconds,
)
from coserver.model.errors import Malformed

uris = st.text(st.sampled_from("abc:/-0123456789%.#"), min_size=1, max_size=20)
etags = st.builds(
    lambda weak, text: f'{weak}"{text}"', st.sampled_from(["", "W/"]), st.text(st.sampled_from("ab1- "), max_size=8)
)
conditions = st.builds(Condition, st.booleans(), uris, st.none()) | st.builds(
    Condition, st.booleans(), st.none(), etags
)
lists = st.lists(conditions, min_size=1, max_size=4).map(tuple)
untagged = st.lists(st.builds(Clause, st.none(), lists), min_size=1, max_size=4)
tagged = st.lists(st.builds(Clause, uris, lists), min_size=1, max_size=4)


def written(clauses: list[Clause]) -> str:
    pieces = []
    before: str | None = None
    for clause in clauses:
        if clause.resource != before:
            pieces.append(f"<{clause.resource}>")
            before = clause.resource
        inside = " ".join(
            ("Not " if one.negated else "") + (f"<{one.token}>" if one.token is not None else f"[{one.etag}]")
            for one in clause.conditions
        )
        pieces.append(f"({inside})")
    return " ".join(pieces)


@given(untagged | tagged)
def test_if_when_written_and_read_then_the_same(clauses: list[Clause]) -> None:
    assert parse_if(written(clauses)) == If(tuple(clauses))


@given(st.text(max_size=100) | st.text(st.sampled_from('<>()[]" Notabc:W/'), max_size=60))
def test_if_when_any_text_then_a_value_or_malformed(text: str) -> None:
    try:
        found = parse_if(text)
    except Malformed:
        return
    assert found.clauses
    assert found.holds(lambda _tag: State(False)) in (True, False)


@given(st.text(max_size=100) | st.text(st.sampled_from('"*,W/ab '), max_size=30))
def test_conditions_when_any_text_then_a_value_or_malformed(text: str) -> None:
    try:
        found = parse(lambda name: None if name == "If" else text)
    except Malformed:
        return
    assert judge(found, State(True, '"a"', 5), reading=True) in Verdict


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "()",
        "(<a>",
        "<a>",
        "<a> <b> (<c>)",
        "(<a>) <b> (<c>)",
        "(Not)",
        "(Not Not <a>)",
        "([a])",
        "<a> (<b>) <c>",
    ],
)
def test_if_when_it_does_not_follow_the_grammar_then_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse_if(text)


def test_if_when_endless_then_malformed() -> None:
    with pytest.raises(Malformed):
        parse_if("(<a>)" * 3000)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("(<held>)", True),
        ("(<other>)", False),
        ('(<held> ["now"])', True),
        ('(<held> ["then"])', False),
        ('(["then"]) (<held>)', True),
        ("(Not <other>)", True),
        ("(Not <DAV:no-lock>)", True),
        ("(<DAV:no-lock>)", False),
        ('(["then"]) (Not <DAV:no-lock>)', True),
        ('</there> (["far"])', True),
        ('</there> (["now"])', False),
        ('</there> (["now"]) (<x>) </here> (<held>)', True),
        ('(W/"now")', None),
    ],
)
def test_if_when_held_against_resources_then_true_of_the_one_it_names(text: str, holds: bool | None) -> None:
    here, there = State(True, '"now"', 0, frozenset({"held"})), State(True, '"far"')
    if holds is None:
        with pytest.raises(Malformed):
            parse_if(text)
        return
    assert parse_if(text).holds(lambda tag: there if tag == "/there" else here) is holds


def test_if_when_tokens_are_named_anywhere_then_all_are_shown() -> None:
    assert parse_if('</a> (<one> ["x"]) </b> (Not <two>)').tokens == {"one", "two"}


HERE = State(True, '"now"', 1_000_500)
NOWHERE = State(False)


@pytest.mark.parametrize(
    ("found", "state", "reading", "verdict"),
    [
        (Conditions(match=Tags(True)), HERE, False, Verdict.GO),
        (Conditions(match=Tags(True)), NOWHERE, False, Verdict.FAILED),
        (Conditions(match=Tags(False, frozenset({'"now"'}))), NOWHERE, False, Verdict.FAILED),
        (Conditions(match=Tags(False, frozenset({'"then"', '"now"'}))), HERE, False, Verdict.GO),
        (Conditions(match=Tags(False, frozenset({'W/"now"'}))), HERE, False, Verdict.FAILED),
        (Conditions(none_match=Tags(True)), HERE, False, Verdict.FAILED),
        (Conditions(none_match=Tags(True)), NOWHERE, False, Verdict.GO),
        (Conditions(none_match=Tags(False, frozenset({'W/"now"'}))), HERE, True, Verdict.NOT_MODIFIED),
        (Conditions(none_match=Tags(False, frozenset({'"then"'})), modified_since=9999), HERE, True, Verdict.GO),
        (
            Conditions(none_match=Tags(False, frozenset({'"now"'})), modified_since=9999),
            HERE,
            True,
            Verdict.NOT_MODIFIED,
        ),
        (Conditions(modified_since=1000), HERE, True, Verdict.NOT_MODIFIED),
        (Conditions(modified_since=999), HERE, True, Verdict.GO),
        (Conditions(modified_since=1000), HERE, False, Verdict.GO),
        (Conditions(unmodified_since=1000), HERE, False, Verdict.GO),
        (Conditions(unmodified_since=999), HERE, False, Verdict.FAILED),
        (Conditions(match=Tags(True), unmodified_since=999), HERE, False, Verdict.GO),
    ],
)
def test_judge_when_conditions_meet_a_resource_then_as_rfc_9110_orders(
    found: Conditions, state: State, reading: bool, verdict: Verdict
) -> None:
    assert judge(found, state, reading=reading) is verdict


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Fri, 13 Feb 2009 23:31:30 GMT", 1_234_567_890),
        ("Friday, 13-Feb-09 23:31:30 GMT", 1_234_567_890),
        ("Fri Feb 13 23:31:30 2009", 1_234_567_890),
        ("tomorrow", None),
        ("Fri, 13 Feb 99999 23:31:30 GMT", None),
        (None, None),
    ],
)
def test_seconds_when_a_date_or_not_then_seconds_or_none(text: str | None, found: int | None) -> None:
    assert seconds(text) == found
