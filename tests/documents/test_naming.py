"""Free names for what may not overwrite (S12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.documents import naming
from coserver.documents.paths import checked
from coserver.model.errors import Malformed

NAMES = st.text(st.characters(exclude_characters="/", exclude_categories=("Cs", "Cc")), min_size=1, max_size=300)


@pytest.mark.parametrize(
    ("name", "number", "said"),
    [
        ("letter.txt", 2, "letter (2).txt"),
        ("a.tar.gz", 3, "a.tar (3).gz"),
        (".profile", 2, ".profile (2)"),
        ("folder", 10, "folder (10)"),
        ("ends.", 2, "ends. (2)"),
        ("x." + "e" * 50, 2, "x." + "e" * 50 + " (2)"),
        ("n" * 251 + ".txt", 2, "n" * 247 + " (2).txt"),
        ("é" * 127, 2, "é" * 125 + " (2)"),
    ],
)
def test_numbered_when_asked_then_before_the_ending_and_short_enough(name: str, number: int, said: str) -> None:
    assert naming.numbered(name, number) == said


@given(NAMES, st.integers(0, 300), st.integers(1, 3))
def test_free_when_many_are_taken_then_the_name_is_free_fit_and_found_soon(name: str, count: int, step: int) -> None:
    """(S12) However names are taken: with gaps or without."""
    try:
        (name,) = checked([name])
    except Malformed:
        return
    taken = {name, *(naming.numbered(name, number) for number in range(2, count, step))}
    looks: list[str] = []

    def is_taken(one: str) -> bool:
        looks.append(one)
        return one in taken

    found = naming.free(name, is_taken)
    assert found not in taken
    assert checked([found]) == (found,)
    assert len(looks) <= 30
    if step == 1:
        assert found == naming.numbered(name, max(2, count))


@given(NAMES)
def test_free_when_nothing_is_taken_then_the_name_itself(name: str) -> None:
    assert naming.free(name, lambda _: False) == name
