"""Names of hosts in their one form."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.hosts import a_labels


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Example.TEST", "example.test"),
        ("BÜCHER.test", "xn--bcher-kva.test"),
        ("bu\u0308cher。test", "xn--bcher-kva.test"),
        ("Straße.test", "xn--strae-oqa.test"),
        ("STRAẞE.test", "xn--strae-oqa.test"),
        ("κόσμος.test", "xn--vxaejmc7c.test"),
        ("ΚΌΣΜΟΣ.test", "xn--vxaejoc4c.test"),
        ("strasse.test", "strasse.test"),
    ],
)
def test_a_labels_when_names_are_held_apart_by_registries_then_they_stay_apart(name: str, kept: str) -> None:
    """Mail for straße.test went to whoever has strasse.test."""
    assert a_labels(name) == kept


@pytest.mark.parametrize(
    "name", ["cor\u200dp.test", "cor\u200cp.test", "ß" * 60 + ".test", "x" * 64, "a..b", "ü\u2488.b"]
)
def test_a_labels_when_it_cannot_be_a_name_then_says_so(name: str) -> None:
    with pytest.raises(UnicodeError):
        a_labels(name)


@given(st.text(alphabet=st.characters() | st.sampled_from("ßςẞ.。"), max_size=80))
def test_a_labels_when_given_anything_then_ascii_that_stays_as_it_is_or_an_error(name: str) -> None:
    with contextlib.suppress(UnicodeError):
        kept = a_labels(name)
        assert kept.isascii()
        assert kept == kept.lower()
