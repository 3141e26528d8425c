"""Filling in cards: what is no common field is never lost, whatever is typed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.errors import Denied, Malformed
from coserver.pim import contact, filling, objects
from coserver.pim.contact import Contact

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
LINES = (
    "ORG:House;Department\r\n", "X-A;TYPE=x:1;2,\\,\r\n", "g.TEL;TYPE=CELL:+1 2\r\n",
    "TEL;TYPE=FAX;VALUE=uri:tel:+3\r\n",
    "ADR:;;S;;;;\r\n", "N:Last;First;Mid\r\n", "FN:First Last\r\n", "KEY:data:x\r\n",
)  # fmt: skip
CARD = f"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u\r\n{''.join(LINES)}END:VCARD\r\n".encode()
TYPED = st.text(max_size=40)


@given(TYPED, TYPED, st.lists(TYPED, max_size=5), TYPED)
def test_fields_when_written_then_read_as_they_were_typed(first: str, last: str, mails: list[str], note: str) -> None:
    typed = Contact(first=first, last=last, organisation="x", mails=tuple(mails), note=note)
    written = filling.changed(CARD, typed, now=NOW)
    read = contact.read(written)
    assert (read.first, read.last) == (contact.tidy(first), contact.tidy(last))
    assert read.organisation == "x"
    assert objects.read_card(written).ical_uid == "u"
    again = replace(read, shown_as="" if read.shown_as == read.whole else read.shown_as)
    assert filling.changed(written, again, now=NOW) == written
    for kept in ("ORG:x;Department", "X-A;TYPE=x:1;2,\\,", "KEY:data:x", "VERSION:4.0"):
        assert f"{kept}\r\n".encode() in written


def test_lines_when_their_values_move_then_each_keeps_its_parameters() -> None:
    before = contact.read(CARD)
    written = filling.changed(CARD, replace(before, phones=("+3", "+4")), now=NOW)
    assert b"TEL;TYPE=FAX;VALUE=uri:tel:+3\r\n" in written
    assert b"g.TEL;TYPE=CELL:+4\r\n" in written
    assert contact.read(filling.changed(CARD, replace(before, phones=("+3",)), now=NOW)).phones == ("+3",)


@pytest.mark.parametrize(("version", "told"), [("3.0", b"BDAY:1990-12-31\r\n"), ("4.0", b"BDAY:19901231\r\n")])
def test_birthday_when_typed_then_written_as_the_version_has_it(version: str, told: bytes) -> None:
    card = CARD.replace(b"4.0", version.encode())
    assert told in filling.changed(card, replace(contact.read(card), birthday="1990-12-31"), now=NOW)


def test_birthday_when_the_card_has_no_whole_one_then_it_stays() -> None:
    card = CARD.replace(b"KEY", b"BDAY:--1231\r\nKEY")
    assert b"BDAY:--1231\r\n" in filling.changed(card, contact.read(card), now=NOW)


def test_card_when_new_then_one_that_is_taken() -> None:
    name, data = filling.made(Contact(organisation="Club; a"), now=NOW)
    assert objects.read_card(data).ical_uid == name.removesuffix(".vcf")
    assert b"FN:Club\\; a\r\nN:;;;;\r\nORG:Club\\; a\r\nREV:20261124T020000Z\r\nEND:VCARD\r\n" in data


@pytest.mark.parametrize(
    "bad", [b"", b"BEGIN:VCARD\r\nVERSION:2.1\r\nEND:VCARD\r\n", b"VERSION:3.0\r\nVERSION:2.1\r\n"]
)
def test_card_when_not_understood_then_refused(bad: bytes) -> None:
    with pytest.raises(Denied):
        filling.changed(bad, Contact(first="x"), now=NOW)


@pytest.mark.parametrize("typed", [Contact(), Contact(first="x" * 3000), Contact(first="x", note="x" * 30_000)])
def test_fields_when_impossible_then_refused(typed: Contact) -> None:
    with pytest.raises(Malformed):
        filling.changed(CARD, typed, now=NOW)


@given(st.binary(max_size=200))
def test_bytes_when_any_then_they_give_a_contact(data: bytes) -> None:
    assert contact.read(data).called is not None
    assert contact.read(b"BEGIN:VCARD\r\n" + data).picture == ""
