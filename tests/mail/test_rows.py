from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.mail import marks, messages, rows
from coserver.mail.faces import OWN
from coserver.mail.marks import Deed, Marking
from coserver.mail.rows import EVERY, Column
from coserver.model.item import Flag


@pytest.fixture
def filled(house, alice):
    """INBOX with uids 1 to 40 but the tens."""
    house.append(alice, *(house.new(b"Subject: %d\r\n\r\n" % n, stamp=n * 1000) for n in range(1, 41)))
    inbox = house.mailbox(alice)
    tens = [(n, n) for n in (10, 20, 30, 40)]
    house.store.write(lambda tx: marks.mark(tx, alice, inbox, tens, Marking(Deed.ADD, Flag.DELETED)))
    house.store.write(lambda tx: messages.expunge(tx, alice, inbox))
    return house


ENDS = st.integers(1, 45)


@st.composite
def apart(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    """Ranges that do not overlap, in no order, perhaps the last without end."""
    points = sorted(draw(st.sets(ENDS, max_size=40)))
    ranges: list[tuple[int, int | None]] = []
    while points:
        low = points.pop(0)
        high = points.pop(0) if points and draw(st.booleans()) else low
        ranges.append((low, high))
    if ranges and draw(st.booleans()):
        ranges[-1] = (ranges[-1][0], None)
    return draw(st.permutations(ranges))


@given(ranges=apart(), most=st.sampled_from([0, 2, 100]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_when_asked_by_any_ranges_then_gives_what_lies_in_them_by_uid(filled, alice, ranges, most) -> None:
    there = [n for n in range(1, 41) if n % 10]
    wanted = [n for n in there if any(low <= n and (high is None or n <= high) for low, high in ranges)]
    with filled.store.read() as tx, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_MOST_QUERIES", most)
        found = rows.rows(tx, filled.sight(alice), ranges, (Column.STAMP,))
    assert found == [(n, n * 1000) for n in wanted]


def test_rows_when_rendered_columns_are_asked_then_joins_them(filled, alice) -> None:
    with filled.store.read() as tx:
        ((uid, envelope, flags, size),) = rows.rows(
            tx, filled.sight(alice), [(7, 7)], (Column.ENVELOPE, Column.FLAGS, Column.SIZE)
        )
    assert (uid, flags, size) == (7, 0, len(b"Subject: 7\r\n\r\n"))
    assert b'"7"' in envelope


def test_rows_when_since_a_modseq_then_gives_what_changed_after_it(filled, alice) -> None:
    inbox = filled.mailbox(alice)
    filled.store.write(lambda tx: marks.mark(tx, alice, inbox, [(3, 5)], Marking(Deed.ADD, Flag.SEEN)))
    with filled.store.read() as tx:
        found = rows.rows(tx, filled.sight(alice), EVERY, (Column.FLAGS,), since=inbox.modseq)
    assert found == [(3, 1), (4, 1), (5, 1)]


@given(ranges=apart())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_when_since_and_ranges_are_given_then_both_count(filled, alice, ranges) -> None:
    with filled.store.read() as tx:
        inbox = filled.sight(alice)
        everything = rows.rows(tx, inbox, ranges, (Column.MODSEQ,))
        assert rows.rows(tx, inbox, ranges, (Column.MODSEQ,), since=1) == everything


def test_rows_when_since_is_given_then_the_index_on_modseq_serves(filled) -> None:
    """Every poll of every session asks this: once it read the whole mailbox."""
    with filled.store.read() as tx:
        statement = str(rows._changed(OWN, (Column.FLAGS,)).compile(compile_kwargs={"render_postcompile": True}))
        plan = tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", {"which": 1, "since": 1}).all()
    assert "ix_item_collection_id_modseq" in str(plan)


def test_select_answers_when_a_mailbox_is_opened_then_tell_its_state(filled, alice) -> None:
    inbox = filled.mailbox(alice)
    filled.store.write(
        lambda tx: marks.mark(tx, alice, inbox, [(1, 2)], Marking(Deed.ADD, Flag.SEEN, frozenset({"b", "$A"})))
    )
    with filled.store.read() as tx:
        assert rows.uids(tx, filled.sight(alice)) == [n for n in range(1, 41) if n % 10]
        assert rows.first_unseen(tx, filled.sight(alice)) == 3
        assert rows.keywords(tx, filled.sight(alice)) == ["$A", "b"]
        drafts = filled.sight(alice, "Drafts")
        assert (rows.uids(tx, drafts), rows.first_unseen(tx, drafts), rows.keywords(tx, drafts)) == ([], None, [])


def test_bodies_when_the_tx_is_closed_then_can_still_be_read(filled, alice) -> None:
    with filled.store.read() as tx:
        ((_, blob),) = rows.rows(tx, filled.sight(alice), [(9, 9)], (Column.BLOB,))
        bodies = rows.bodies(tx, [blob, blob])
    assert bodies[blob].read() == b"Subject: 9\r\n\r\n"


def test_latest_when_asked_for_then_from_the_highest_uid_down_without_what_is_withheld(filled, alice) -> None:
    there = [n for n in range(40, 0, -1) if n % 10]
    with filled.store.read() as tx:
        sight = filled.sight(alice)
        found = rows.latest(tx, sight, (Column.STAMP,), skip=2, most=5)
        assert [tuple(row) for row in found] == [(n, n * 1000) for n in there[2:7]]
        assert rows.latest(tx, sight, (Column.STAMP,), skip=100, most=5) == []
        blind = replace(sight, withheld={39: object(), 37: object()})
        assert [row[0] for row in rows.latest(tx, blind, (), skip=0, most=2)] == [38, 36]
