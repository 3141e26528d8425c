"""The wildcards of LIST against a plain regular expression, and against patterns made to be slow."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.imap.session.patterns import Pattern
from coserver.model.errors import Malformed

PATTERNS = st.text("ab/*%", max_size=8)
NAMES = st.text("ab/", max_size=10)


@given(PATTERNS, NAMES)
def test_pattern_when_compared_with_a_regular_expression_then_matches_the_same(pattern: str, name: str) -> None:
    expected = re.compile("".join({"*": ".*", "%": "[^/]*"}.get(one, re.escape(one)) for one in pattern))
    assert Pattern(pattern).matches(name) == bool(expected.fullmatch(name))


@pytest.mark.parametrize(("pattern", "name"), [("inbox", "INBOX"), ("InBox/x", "INBOX/x"), ("IN%", "INBOX")])
def test_pattern_when_it_names_inbox_then_case_does_not_count(pattern: str, name: str) -> None:
    assert Pattern(pattern).matches(name)


def test_pattern_when_made_to_be_slow_then_is_not() -> None:
    began = time.process_time()
    assert not Pattern("*a" * 30 + "b").matches("a" * 7000)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("pattern", ["x" * 2001, "*a" * 31, "%/" * 31])
def test_pattern_when_too_long_then_is_malformed(pattern: str) -> None:
    with pytest.raises(Malformed):
        Pattern(pattern)
