"""Labels: how people find an event or contact in a list, out of any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.pim import labels
from coserver.pim.labels import LONGEST, NO_LABEL, Label

SERIES = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260102T090000Z\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Club\\, at\\nnight\r\nLOCATION:H\r\n all\r\nSTATUS:tentative\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)
CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ärger\\, Ada\r\nN:Ärger;Ada;;;\r\nitem1.EMAIL:A@Example.Test\r\nTEL:+49 1\r\n"
    "ORG:House;Yard\r\nEND:VCARD\r\n"
)


def test_series_when_an_instance_comes_first_then_the_label_is_that_of_the_series() -> None:
    assert labels.of("VEVENT", SERIES.encode()) == Label("Club, at night", "Hall", "TENTATIVE", "club, at night hall")


def test_card_when_read_then_found_by_names_addresses_and_numbers_and_sorted_without_case() -> None:
    label = labels.of("VCARD", CARD.encode())
    assert (label.title, label.detail, label.sort) == ("Ärger, Ada", "A@Example.Test", "ärger, ada")
    assert all(word in label.words for word in ("ada ärger", "house", "a@example.test", "+49 1"))


@pytest.mark.parametrize("component", ["VEVENT", "VTODO", "VJOURNAL"])
def test_label_when_nothing_of_the_kind_is_there_then_none(component: str) -> None:
    assert labels.of(component, CARD.encode()) == NO_LABEL


@given(st.sampled_from(["VEVENT", "VTODO", "VCARD"]), st.text(), st.binary(max_size=200))
def test_label_when_of_any_bytes_then_short_and_on_one_line(component: str, text: str, odd: bytes) -> None:
    inside = f"BEGIN:{component}\r\nFN:{text * 50}\r\nSUMMARY:{text * 50}\r\nSTATUS:{text}\r\n".encode(
        "utf-8", "replace"
    )
    whole = b"BEGIN:VCALENDAR\r\n" + inside + b"END:" + component.encode() + b"\r\nEND:VCALENDAR\r\n"
    for data in (inside, whole, odd):
        label = labels.of(component, data)
        for told in (label.title, label.detail, label.sort):
            assert len(told) <= LONGEST
            assert not any(ord(letter) < 32 for letter in told)
