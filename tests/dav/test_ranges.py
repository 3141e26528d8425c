"""Ranges of a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.dav.ranges import Part, Unsatisfiable, parts, still_fits


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None),
        ("bytes=0-0", [Part(0, 1)]),
        ("bytes=5-", [Part(5, 10)]),
        ("bytes=-3", [Part(7, 10)]),
        ("bytes=-30", [Part(0, 10)]),
        ("bytes=2-99", [Part(2, 10)]),
        ("bytes=0-1, 4-5,-1", [Part(0, 2), Part(4, 6), Part(9, 10)]),
        ("bytes=20-30, 0-1", [Part(0, 2)]),
        ("lines=1-2", None),
        ("bytes=5-2", Unsatisfiable),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("bytes=10-", Unsatisfiable),
        ("bytes=-0", Unsatisfiable),
        ("bytes=" + "0-1," * 60 + "0-1", None),
        ("bytes=0-9,0-9,0-9", None),
    ],
)
def test_parts_when_asked_then_those_of_a_file_of_ten_bytes(header: str | None, found: object) -> None:
    if found is Unsatisfiable:
        with pytest.raises(Unsatisfiable):
            parts(header, 10)
    else:
        assert parts(header, 10) == found


@given(st.text(max_size=60) | st.text(st.sampled_from("bytes=0123456789-, "), max_size=40), st.integers(0, 1000))
def test_parts_when_any_text_then_inside_the_file(text: str, size: int) -> None:
    for header in (text, f"bytes={text}"):
        try:
            found = parts(header, size)
        except Unsatisfiable:
            continue
        assert all(0 <= part.start < part.end <= size for part in found or ())


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        (None, True),
        ('"now"', True),
        ('"then"', False),
        ('W/"now"', False),
        ("Fri, 13 Feb 2009 23:31:30 GMT", True),
        ("Fri, 13 Feb 2009 23:31:31 GMT", False),
        ("garbage", False),
    ],
)
def test_still_fits_when_if_range_names_it_or_not(header: str | None, fits: bool) -> None:
    assert still_fits(header, '"now"', 1_234_567_890_123) is fits
