"""Texts of others in documents."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.accounts.setup.texts import element, exact, leaf, shown
from coserver.model.errors import Malformed
from tests.web.here import TEXTS


@pytest.mark.parametrize(
    ("text", "most", "told"),
    [
        ("Example", 7, "Example"),
        ("Example", 6, "Examp…"),
        ("Two words", 5, "Two…"),
        ("  a\r\n\tb\x00\ud800c\u2028d ", 20, "a b c d"),
        ("\x07", 5, ""),
    ],
)
def test_shown_when_a_text_does_not_fit_then_it_is_made_to(text, most, told) -> None:
    assert shown(text, most) == told


@given(TEXTS, st.integers(1, 40))
def test_shown_when_a_text_is_any_then_xml_takes_it_and_it_is_no_longer(text, most) -> None:
    told = shown(text, most)
    assert len(told) <= most
    assert exact(told) == told


@given(TEXTS)
def test_leaf_when_a_text_is_any_then_it_is_read_back_or_refused(text) -> None:
    try:
        made = leaf("a", text, b=text)
    except Malformed:
        return
    read = ElementTree.fromstring(made.encode())
    assert (read.text or "", read.get("b")) == (text, text)


def test_element_when_it_holds_others_then_they_stand_in_it() -> None:
    assert element("a", leaf("b", 1), element("c"), d='"<') == "<a d='\"&lt;'><b>1</b><c></c></a>"
