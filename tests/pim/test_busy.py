"""The busy calendar of a group follows the calendars of its members, and says nothing else of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.accounts import closure
from coserver.auth import profiles, standing
from coserver.groups import deletion, leaving
from coserver.model.change import ChangeKind
from coserver.model.plan import Feature
from coserver.model.principal import Profile
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.pim import books, busy, entries, homes, made, objects, periods, slots
from coserver.pim.books import Visitor
from coserver.quota import usage
from coserver.store import collections, lookup
from coserver.store.views import AVAILABILITY

NINE = int(datetime(2026, 3, 10, 9, tzinfo=UTC).timestamp())
HOUR, DAY = 3600, 86_400


def event(uid: str = "secret-uid", *more: str, start: str = "20260310T090000Z", changed: tuple[str, ...] = ()) -> bytes:
    """An event of an hour full of words that nobody else may see."""
    lines = (
        f"DTSTART:{start}", "DURATION:PT1H", "SUMMARY:secret-summary", "LOCATION:secret-place", "X-A:secret-x",
        "DESCRIPTION:secret-text", "ATTENDEE;CN=secret-name:mailto:secret@example.test", "CATEGORIES:secret-kind",
        "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:secret-alarm", "TRIGGER:-PT5M", "END:VALARM", *more,
    )  # fmt: skip
    parts = ["\r\n".join(lines), *changed]
    text = "".join(
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n{part}\r\nEND:VEVENT\r\n" for part in parts
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:secret-program\r\n{text}END:VCALENDAR\r\n".encode()


def put(estate: Any, account: Any, data: bytes, *, name: str = "one.ics", calendar: str = "calendar") -> int:
    """Keep an event in a calendar of the account's; its number."""
    known, staged = objects.read_calendar(data), estate.store.stage(data)

    def job(tx: Any) -> int:
        book = books.find(tx, Visitor(account.id), calendar)
        return int(entries.put(tx, account.id, book, name, staged=staged, known=known)[0].id)

    return int(estate.store.write(job))


def remove(estate: Any, account: Any, *, name: str = "one.ics") -> None:
    def job(tx: Any) -> None:
        book = books.find(tx, Visitor(account.id), "calendar")
        entries.remove(tx, account.id, book, lookup.find(tx, book.collection.id, name))

    estate.store.write(job)


def view_of(tx: Any, group: Any) -> Any:
    root = collections.root(tx, group.space, Tool.CALENDAR)
    (found,) = [one for one in collections.children(tx, root.id) if one.role == made.BUSY]
    return found


def said(estate: Any, group: Any) -> dict[int, str]:
    """What the calendar says, by the number of the event."""
    with estate.store.read() as tx:
        found = slots.listed(tx, view_of(tx, group))
        return {number: text.decode() for number, text in slots.texts(tx, found).items()}


def changed(estate: Any, group: Any, since: int) -> tuple[int, set[tuple[str, int]]]:
    with estate.store.read() as tx:
        view = view_of(tx, group)
        found = slots.since(tx, view, since)
        assert all(one.name == f"{one.item}.ics" for one in found)
        return view.modseq, {(str(one.kind), one.item) for one in found}


def availability(estate: Any, account: Any, calendar: str, value: str | None) -> None:
    def job(tx: Any) -> None:
        book = books.find(tx, Visitor(account.id), calendar)
        books.set_properties(tx, account.id, book, {AVAILABILITY: value})

    estate.store.write(job)


@pytest.fixture
def alice(estate: Any) -> Any:
    return estate.account("alice", "demo")


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.account("bob", "demo")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    return estate.group("team", alice, bob)


def test_follow_when_an_event_is_put_then_its_time_is_seen_and_no_word_of_it(estate: Any, bob: Any, team: Any) -> None:
    """R49"""
    number = put(estate, bob, event())
    (text,) = said(estate, team).values()
    assert "SUMMARY:Busy (bob)\r\n" in text
    assert "UID:coserver-busy-" in text
    assert "DTSTART:20260310T090000Z\r\n" in text
    assert "secret" not in text.lower()
    names = {line.partition(":")[0].partition(";")[0] for line in text.split("\r\n") if line}
    assert names <= {
        "BEGIN", "END", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "SUMMARY",
    }  # fmt: skip
    assert objects.read_calendar(text.encode()).ical_uid.endswith(f"-{number}")


@pytest.mark.parametrize(
    ("more", "seen"),
    [
        ((), True), (("TRANSP:OPAQUE",), True), (("TRANSP:TRANSPARENT",), False), (("STATUS:CANCELLED",), False),
        (("STATUS:TENTATIVE",), True), (("CLASS:CONFIDENTIAL",), True), (("CLASS:PRIVATE",), True),
    ],
)  # fmt: skip
def test_follow_when_an_event_has_a_state_or_class_then_it_is_seen_or_not(
    estate: Any, bob: Any, team: Any, more: tuple[str, ...], seen: bool
) -> None:
    """C12"""
    number = put(estate, bob, event("u", *more))
    found = said(estate, team)
    assert (number in found) is seen
    assert not any("CLASS" in text for text in found.values())
    put(estate, bob, event("u", "TRANSP:TRANSPARENT"))
    assert said(estate, team) == {}
    put(estate, bob, event("u"))
    assert set(said(estate, team)) == {number}


def test_settle_when_one_hides_what_is_private_then_it_goes_and_comes_back(estate: Any, bob: Any, team: Any) -> None:
    """C12"""
    private = put(estate, bob, event("a", "CLASS:PRIVATE"), name="a.ics")
    plain = put(estate, bob, event("b", "CLASS:CONFIDENTIAL"), name="b.ics")
    before, _ = changed(estate, team, 0)
    estate.store.write(lambda tx: standing.set_hides_private(tx, bob.id, hides=True))
    assert set(said(estate, team)) == {plain}
    later, found = changed(estate, team, before)
    assert found == {("gone", private)}
    assert set(said(estate, team)) == {plain}
    put(estate, bob, event("c", "CLASS:PRIVATE"), name="c.ics")
    assert set(said(estate, team)) == {plain}
    estate.store.write(lambda tx: standing.set_hides_private(tx, bob.id, hides=False))
    assert len(said(estate, team)) == 3
    assert ("changed", private) in changed(estate, team, later)[1]


def test_follow_when_an_event_changes_or_goes_then_the_log_says_so(estate: Any, bob: Any, team: Any) -> None:
    """R49"""
    number = put(estate, bob, event())
    start, _ = changed(estate, team, 0)
    put(estate, bob, event(start="20260311T090000Z"))
    later, found = changed(estate, team, start)
    assert found == {("changed", number)}
    assert "20260311T090000Z" in said(estate, team)[number]
    remove(estate, bob)
    assert changed(estate, team, later)[1] == {("gone", number)}
    assert said(estate, team) == {}


def test_settle_when_members_come_and_go_then_their_times_do(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """R17 R49"""
    carol = estate.account("carol", "demo")
    theirs, hers = put(estate, bob, event()), put(estate, carol, event())
    assert set(said(estate, team)) == {theirs}
    estate.join(team.id, carol.id)
    assert set(said(estate, team)) == {theirs, hers}
    before, _ = changed(estate, team, 0)
    estate.store.write(lambda tx: leaving.remove(tx, team.id, bob.id))
    assert set(said(estate, team)) == {hers}
    assert changed(estate, team, before)[1] == {("gone", theirs)}
    put(estate, bob, event("other"), name="two.ics")
    assert set(said(estate, team)) == {hers}
    estate.store.write(lambda tx: closure.erase(tx, carol.id, rest_days=0))
    assert said(estate, team) == {}
    assert ("gone", hers) in changed(estate, team, before)[1]


def test_settle_when_one_is_in_several_groups_then_each_has_its_own_entry(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    club = estate.group("club", alice, bob)
    put(estate, bob, event())
    uids = {objects.read_calendar(text.encode()).ical_uid for g in (team, club) for text in said(estate, g).values()}
    assert len(uids) == 2


def test_settle_when_a_name_changes_then_every_entry_says_the_new_one(estate: Any, bob: Any, team: Any) -> None:
    number = put(estate, bob, event())
    before, _ = changed(estate, team, 0)
    estate.store.write(lambda tx: profiles.put(tx, bob.id, Profile("Bob;", "Example, jr")))
    assert "SUMMARY:Busy (Bob\\; Example\\, jr)\r\n" in said(estate, team)[number]
    later, found = changed(estate, team, before)
    assert found == {("changed", number)}
    estate.store.write(lambda tx: profiles.put(tx, bob.id, Profile("Bob;", "Example, jr", "Example Ltd")))
    assert changed(estate, team, later) == (later, set())


def test_settle_when_availability_of_a_calendar_changes_then_it_counts_or_not(estate: Any, bob: Any, team: Any) -> None:
    """S18: the default calendar, unless one says otherwise."""
    first = put(estate, bob, event())
    visitor = Visitor(bob.id, frozenset({Feature.CALDAV}))
    estate.store.write(lambda tx: books.add(tx, visitor, "work", tool=Tool.CALENDAR, role="VEVENT", given={}))
    second = put(estate, bob, event("second"), calendar="work")
    assert set(said(estate, team)) == {first}
    availability(estate, bob, "work", busy.COUNTS)
    assert set(said(estate, team)) == {first, second}
    availability(estate, bob, "calendar", busy.COUNTS_NOT)
    assert set(said(estate, team)) == {second}
    put(estate, bob, event("third"), name="three.ics")
    assert set(said(estate, team)) == {second}
    availability(estate, bob, "calendar", None)
    assert len(said(estate, team)) == 3

    def drop(tx: Any) -> None:
        books.remove(tx, bob.id, books.find(tx, visitor, "work"))

    estate.store.write(drop)
    assert second not in said(estate, team)


def test_follow_when_an_event_moves_between_calendars_then_only_what_counts_is_seen(
    estate: Any, bob: Any, team: Any
) -> None:
    visitor = Visitor(bob.id, frozenset({Feature.CALDAV}))
    estate.store.write(lambda tx: books.add(tx, visitor, "work", tool=Tool.CALENDAR, role="VEVENT", given={}))
    number = put(estate, bob, event())
    before, _ = changed(estate, team, 0)

    def move(tx: Any, source: str, target: str) -> None:
        here, there = (books.find(tx, visitor, name) for name in (source, target))
        item = lookup.find(tx, here.collection.id, "one.ics")
        entries.move(tx, bob.id, here, item, target=there, name="one.ics")

    estate.store.write(partial(move, source="calendar", target="work"))
    assert said(estate, team) == {}
    assert changed(estate, team, before)[1] == {("gone", number)}
    estate.store.write(partial(move, source="work", target="calendar"))
    assert set(said(estate, team)) == {number}


def test_settle_when_a_group_was_deleted_and_restored_then_it_shows_what_is_now(
    estate: Any, bob: Any, team: Any
) -> None:
    """S32"""
    first = put(estate, bob, event())
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    second = put(estate, bob, event("second"), name="two.ics")
    remove(estate, bob)
    estate.store.write(lambda tx: deletion.restore(tx, "team"))
    assert set(said(estate, team)) == {second}
    assert first != second


def test_usage_when_much_is_shown_then_none_is_charged(estate: Any, bob: Any, team: Any) -> None:
    put(estate, bob, event())
    with estate.store.read() as tx:
        room = usage.room(tx, team.space, Tool.CALENDAR)
        (found,) = [book for book in homes.home(tx, Visitor(bob.id)) if book.collection.role == made.BUSY]
        assert (found.rights, found.kinds) == (Right.READ | Right.BUSY, ("VEVENT",))
    assert (room.items, room.bytes) == (0, 0)


# ---------------------------------------------------------------- against an independent calculation


@dataclass(frozen=True)
class Plan:
    """A made-up event: it begins so many hours after nine and recurs daily; some instances are otherwise."""

    offset: int
    count: int
    left_out: frozenset[int]
    moved: dict[int, int]
    freed: frozenset[int]
    transparent: bool
    cancelled: bool
    privacy: str

    def hours(self, *, hides: bool) -> set[int]:
        """The hours since nine of the tenth that it takes: the rules in short."""
        if hides and self.privacy == "PRIVATE":
            return set()
        taken = set()
        for day in range(self.count):
            if day in self.moved:
                taken.add(self.offset + 24 * day + self.moved[day])
            elif day not in self.left_out and day not in self.freed and not (self.transparent or self.cancelled):
                taken.add(self.offset + 24 * day)
        return taken

    def written(self, uid: str) -> bytes:
        def at(hours: int) -> str:
            return datetime.fromtimestamp(NINE + hours * HOUR, UTC).strftime("%Y%m%dT%H%M%SZ")

        more = [f"RRULE:FREQ=DAILY;COUNT={self.count}", f"CLASS:{self.privacy}"]
        more += [f"EXDATE:{at(self.offset + 24 * day)}" for day in sorted(self.left_out - self.moved.keys())]
        more += ["TRANSP:TRANSPARENT"] * self.transparent + ["STATUS:CANCELLED"] * self.cancelled
        others = []
        for day in range(self.count):
            begin = self.offset + 24 * day
            words = f"RECURRENCE-ID:{at(begin)}\r\nDURATION:PT1H\r\nSUMMARY:secret-changed\r\nLOCATION:secret-other"
            if day in self.moved:
                others.append(f"{words}\r\nDTSTART:{at(begin + self.moved[day])}")
            elif day in self.freed and day not in self.left_out:
                others.append(f"{words}\r\nDTSTART:{at(begin)}\r\nTRANSP:TRANSPARENT")
        return event(uid, *more, start=at(self.offset), changed=tuple(others))


DAYS = st.frozensets(st.integers(0, 3), max_size=2)
MOVES = st.dictionaries(st.integers(0, 3), st.integers(-3, 5), max_size=2)
CLASSES = st.sampled_from(["PUBLIC", "CONFIDENTIAL", "PRIVATE"])
PLANS = st.builds(
    Plan, st.integers(0, 6), st.integers(1, 4), DAYS, MOVES, DAYS, st.booleans(), st.booleans(), CLASSES
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=st.lists(PLANS, min_size=1, max_size=4), hides=st.booleans())
def test_view_when_calendars_are_random_then_it_says_what_a_short_calculation_says(
    estate: Any, plans: list[Plan], hides: bool
) -> None:
    """R49 C12: masking, privacy and transparency; and no word leaks."""
    alice = estate.account(f"a{next(NUMBERS)}", "demo")
    team = estate.group(f"g{next(NUMBERS)}", alice)
    estate.store.write(lambda tx: standing.set_hides_private(tx, alice.id, hides=hides))
    expected = set()
    for number, plan in enumerate(plans):
        put(estate, alice, plan.written(f"secret-{number}"), name=f"{number}.ics")
        expected |= plan.hours(hides=hides)
    texts = said(estate, team).values()
    assert not any("secret" in text.lower() for text in texts)
    span = (NINE - 10 * HOUR, NINE + 6 * DAY)
    found = [one for text in texts for one in periods.of(text.encode(), *span, need_time=lambda: None)]
    assert {(one.start - NINE) // HOUR for one in found} == expected
    assert {one.end - one.start for one in found} <= {HOUR}


NUMBERS = iter(range(1_000_000))


def test_since_when_a_client_follows_then_it_has_what_is_there(estate: Any, bob: Any, team: Any) -> None:
    client: dict[int, str] = {}
    token = 0
    deeds = [
        lambda: put(estate, bob, event("a"), name="a.ics"),
        lambda: put(estate, bob, event("b"), name="b.ics"),
        lambda: put(estate, bob, event("a", "TRANSP:TRANSPARENT"), name="a.ics"),
        lambda: put(estate, bob, event("a"), name="a.ics"),
        lambda: remove(estate, bob, name="b.ics"),
        lambda: estate.store.write(lambda tx: leaving.remove(tx, team.id, bob.id)),
        lambda: estate.join(team.id, bob.id),
    ]
    for deed in deeds:
        deed()
        now = said(estate, team)
        with estate.store.read() as tx:
            view = view_of(tx, team)
            for one in slots.since(tx, view, token):
                if one.kind is ChangeKind.GONE:
                    client.pop(one.item, None)
                else:
                    client[one.item] = now[one.item]
            token = view.modseq
        assert client == now
