"""Who organises a meeting in the calendars of others, as bytes (S34)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.pim import lines, organisers
from coserver.pim.organisers import Organiser

LINE = 'ORGANIZER;SENT-BY="mailto:bob@example.test":mailto:alice@example.test'
MINE = frozenset({"bob@example.test", "bobby@example.test"})
FRESH = Organiser(LINE, "alice@example.test", MINE, by="bob@example.test", invited="alice@example.test")
KEPT = Organiser("ORGANIZER;CN=Alice:mailto:alice@example.test", "alice@example.test", MINE)


def event(*inside: str, end: str = "\r\n") -> bytes:
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:a", "DTSTART:20260102T100000Z")
    return end.join([*head, *inside, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def organisers_in(data: bytes) -> list[str]:
    calendar = lines.parse(data)
    assert calendar is not None
    named = [line for part in calendar.parts for line in part.lines if line.name == "ORGANIZER"]
    return ["".join(f";{name}={value}" for name, value in line.params) + f":{line.value}" for line in named]


GUEST = "ATTENDEE:mailto:carol@example.test"


@pytest.mark.parametrize(
    "said",
    [
        (), ("ORGANIZER:mailto:bob@example.test",), ("organizer;CN=Bob:MAILTO:BOBBY@example.test",),
        ("ORGANIZER;CN=x:mailto:bo\r\n b@example.test",), ("ORGANIZER:mailto:bob",),
    ],
)  # fmt: skip
def test_applied_when_the_writer_or_nobody_organises_then_the_owner_does_and_nothing_else_changes(
    said: tuple[str, ...],
) -> None:
    """(S34) Some programs write the name of their account, which is no address at all."""
    sent = event(GUEST, *said, "SUMMARY:x", "X-ANY;A=b: c")
    done = organisers.applied(sent, FRESH)
    assert organisers_in(done) == [LINE.removeprefix("ORGANIZER")]
    assert all(len(line) <= lines.WIDEST for line in done.split(b"\r\n"))
    written = lines.folded(LINE)
    assert done.replace(written, b"") == event(GUEST, "SUMMARY:x", "X-ANY;A=b: c")


@pytest.mark.parametrize(
    "inside",
    [
        ("SUMMARY:no attendees", "ORGANIZER:mailto:bob@example.test"),
        (GUEST, "ORGANIZER:mailto:dave@elsewhere.test"),
        ("ATTENDEE:mailto:Alice@example.test", GUEST, "ORGANIZER:mailto:bob@example.test"),
        (GUEST, "ORGANIZER;SENT-BY=\"mailto:bobby@example.test\":mailto:alice@example.test"),
        ("SUMMARY:x", "BEGIN:VALARM", GUEST, "ORGANIZER:mailto:bob@example.test", "END:VALARM"),
    ],
)  # fmt: skip
def test_applied_when_it_is_not_the_writers_to_say_then_the_bytes_stay(inside: tuple[str, ...]) -> None:
    """(S34) No attendees, a meeting of a third, the owner's invitation, one that says it rightly, an alarm."""
    sent = event(*inside)
    assert organisers.applied(sent, FRESH) is sent


def test_applied_when_the_owner_is_named_without_a_sender_then_who_writes_is_added() -> None:
    sent = event(GUEST, "ORGANIZER;CN=Alice:mailto:alice@example.test")
    (said,) = organisers_in(organisers.applied(sent, FRESH))
    assert said == ';CN=Alice;SENT-BY="mailto:bob@example.test":mailto:alice@example.test'
    assert organisers.applied(sent, KEPT) is sent


def test_applied_when_instances_were_changed_then_each_that_has_attendees_is_put_right() -> None:
    """RFC 6638 3.2.4.2: the same organiser in all of them."""
    more = b"BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID:20260103T100000Z\r\nDTSTART:20260103T110000Z\r\n"
    first = event(GUEST, "ORGANIZER:mailto:bob@example.test", "RRULE:FREQ=DAILY").removesuffix(b"END:VCALENDAR\r\n")
    sent = first + more + GUEST.encode() + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert organisers_in(organisers.applied(sent, KEPT)) == [";CN=Alice:mailto:alice@example.test"] * 2


def test_applied_when_lines_end_with_lf_alone_then_it_is_put_right_too() -> None:
    done = organisers.applied(event(GUEST, "ORGANIZER:mailto:bob@example.test", end="\n"), KEPT)
    assert organisers_in(done) == [";CN=Alice:mailto:alice@example.test"]


@given(st.lists(st.sampled_from([
    "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", GUEST, "ORGANIZER:mailto:bob@example.test", "ORGANIZER",
    " folded", "", "SUMMARY:x", "END:VCALENDAR", "BEGIN:VTODO", "END:VTODO", ":", "\u00fc;:",
]), max_size=30))  # fmt: skip
def test_applied_when_any_lines_then_only_organisers_change_and_again_nothing(inside: list[str]) -> None:
    sent = event(*inside)
    done = organisers.applied(sent, KEPT)
    assert organisers.applied(done, KEPT) is done
    written = lines.folded(KEPT.line)
    kept = [line for line in sent.split(b"\r\n") if not line.startswith(b"ORGANIZER:")]
    left = [line for line in done.replace(written, b"").split(b"\r\n") if not line.startswith(b"ORGANIZER:")]
    if b"\r\n folded" not in sent:
        assert left == kept
