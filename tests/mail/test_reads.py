"""\\Seen in mailboxes of others: everybody's own, in the modseqs of the mailbox (S33)."""

import pytest

from coserver.mail import counts, mailboxes, marks, messages, reads, rows
from coserver.mail.marks import Deed, Marking
from coserver.mail.rows import EVERY, Column
from coserver.model.item import Flag
from coserver.model.rights import Preset, Privacy

ONE, TWO, THREE = (b"Subject: %d\r\n\r\ntext\r\n" % n for n in (1, 2, 3))
TEAM, WORK = "Groups/team", "Shared/alice@example.test/Work"


@pytest.fixture
def shared(house, alice, bob):
    """Three messages in Work of alice, which bob may read, and three in the mailbox of their group."""
    house.group("team", alice, bob)
    house.store.write(lambda tx: mailboxes.create(tx, alice, "Work"))
    house.share(alice, "Work", to=bob)
    for name in ("Work", TEAM):
        house.append(alice, ONE, TWO, THREE, mailbox=name)
    return house


def see(house, account, name: str, uids=EVERY, deed: Deed = Deed.ADD, **more):
    box = house.mailbox(account, name)
    return house.store.write(lambda tx: marks.mark(tx, account, box, uids, Marking(deed, Flag.SEEN), **more))


def seen(house, account, name: str, since: int = 0) -> dict[int, int]:
    with house.store.read() as tx:
        return dict(rows.rows(tx, house.sight(account, name), EVERY, (Column.FLAGS,), since=since))


def unseen(house, account, name: str) -> int:
    with house.store.read() as tx:
        found = mailboxes.find(tx, account, name)
        counted = counts.of(tx, account, [found])[found.collection.id]
        flags = rows.rows(tx, house.sight(account, name), EVERY, (Column.FLAGS,))
    assert counted.messages == len(flags)
    assert counted.unseen == sum(not one & Flag.SEEN for _, one in flags)
    return counted.unseen


@pytest.mark.parametrize(("of_alice", "of_bob"), [("Work", WORK), (TEAM, TEAM)])
def test_seen_when_one_has_read_then_the_other_has_not(shared, alice, bob, of_alice, of_bob) -> None:
    see(shared, bob, of_bob, [(2, 3)])
    see(shared, alice, of_alice, [(1, 1)])
    assert seen(shared, bob, of_bob) == {1: 0, 2: 1, 3: 1}
    assert seen(shared, alice, of_alice) == {1: 1, 2: 0, 3: 0}
    assert (unseen(shared, bob, of_bob), unseen(shared, alice, of_alice)) == (1, 2)


def test_seen_when_taken_back_then_it_is_unread_again(shared, bob) -> None:
    see(shared, bob, WORK)
    see(shared, bob, WORK, [(1, 2)], Deed.REMOVE)
    assert seen(shared, bob, WORK) == {1: 0, 2: 0, 3: 1}
    assert unseen(shared, bob, WORK) == 2
    see(shared, bob, WORK, [(2, 2)])
    assert unseen(shared, bob, WORK) == 1


def test_seen_when_one_reads_then_the_mailbox_has_a_step_and_only_he_has_a_change(shared, alice, bob) -> None:
    """(RFC 7162 3.1) One line of modseqs for all: who did nothing sees a new HIGHESTMODSEQ and no message."""
    before = shared.mailbox(bob, WORK).modseq
    marked = see(shared, bob, WORK, [(2, 2)])
    after = shared.mailbox(bob, WORK).modseq
    assert after > before
    assert [one.modseq for one in marked.items] == [after]
    assert seen(shared, bob, WORK, since=before) == {2: 1}
    assert seen(shared, alice, "Work", since=before) == {}
    assert seen(shared, bob, WORK, since=after) == {}
    assert see(shared, bob, WORK, [(2, 2)]).items[0].modseq == after  # nothing to do, nothing stamped
    assert shared.mailbox(bob, WORK).modseq == after


def test_seen_when_unchanged_since_then_ones_own_reading_counts_and_not_anothers(shared, alice, bob) -> None:
    before = shared.mailbox(bob, WORK).modseq
    see(shared, bob, WORK, [(1, 1)])
    assert see(shared, bob, WORK, deed=Deed.REMOVE, unchanged_since=before).modified == [1]
    assert see(shared, alice, "Work", unchanged_since=before).modified == []


def test_seen_when_both_change_at_once_then_each_finds_what_changed(shared, alice, bob) -> None:
    before = shared.mailbox(bob, WORK).modseq
    work = shared.mailbox(alice, "Work")
    shared.store.write(lambda tx: marks.mark(tx, alice, work, [(1, 1)], Marking(Deed.ADD, Flag.SEEN | Flag.FLAGGED)))
    see(shared, bob, WORK, [(3, 3)])
    assert seen(shared, bob, WORK, since=before) == {1: 4, 3: 1}
    assert seen(shared, alice, "Work") == {1: 5, 2: 0, 3: 0}


def test_seen_when_a_message_moves_inside_the_space_then_what_was_read_stays_read(shared, alice, bob) -> None:
    shared.store.write(lambda tx: mailboxes.create(tx, alice, "Work/Old"))
    see(shared, bob, WORK, [(1, 2)])
    work, old = shared.mailbox(alice, "Work"), shared.mailbox(alice, "Work/Old")
    shared.store.write(lambda tx: messages.move(tx, alice, work, [(2, 3)], old))
    assert seen(shared, bob, f"{WORK}/Old") == {1: 1, 2: 0}
    assert (unseen(shared, bob, WORK), unseen(shared, bob, f"{WORK}/Old")) == (0, 1)


def test_seen_when_a_message_is_expunged_then_the_count_holds(shared, alice, bob) -> None:
    see(shared, bob, WORK, [(1, 2)])
    work = shared.mailbox(alice, "Work")
    shared.store.write(lambda tx: marks.mark(tx, alice, work, [(1, 1)], Marking(Deed.ADD, Flag.DELETED)))
    shared.store.write(lambda tx: messages.expunge(tx, alice, work))
    assert unseen(shared, bob, WORK) == 1


def test_seen_when_messages_are_put_there_then_they_are_read_by_their_sender(shared, alice, bob) -> None:
    """(RFC 4314 4)"""
    shared.share(alice, "Work", Preset.CONTRIBUTE, to=bob)
    shared.append(bob, shared.new(ONE, Flag.SEEN | Flag.FLAGGED), mailbox=WORK)
    shared.append(bob, shared.new(TWO, Flag.SEEN))
    inbox, work = shared.mailbox(bob), shared.mailbox(bob, WORK)
    shared.store.write(lambda tx: messages.copy(tx, bob, inbox, EVERY, work))
    assert seen(shared, bob, WORK) == {1: 0, 2: 0, 3: 0, 4: 5, 5: 1}
    assert seen(shared, alice, "Work") == {1: 0, 2: 0, 3: 0, 4: 4, 5: 0}
    shared.store.write(lambda tx: messages.copy(tx, bob, work, [(4, 4)], inbox))
    assert seen(shared, bob, "INBOX") == {1: 1, 2: 5}


def test_seen_when_a_message_is_withheld_then_it_counts_for_nobody_who_inherits(shared, alice, bob) -> None:
    """(R13)"""
    see(shared, bob, WORK, [(1, 1)])
    items = shared.append(alice, shared.new(ONE, Flag.DELETED), mailbox="Work")
    with shared.store.read() as tx:
        first = marks.picking.by_uids(tx, shared.sight(alice, "Work"), [(1, 1)])[0].kept
    for item in (*items, first):
        shared.store.write(lambda tx, item=item: messages.withhold(tx, alice, item, Privacy.PRIVATE))
    assert unseen(shared, bob, WORK) == 2
    assert unseen(shared, alice, "Work") == 4
    with shared.store.read() as tx:
        found = mailboxes.find(tx, bob, WORK)
        counted = counts.of(tx, bob, [found])[found.collection.id]
    assert (counted.messages, counted.deleted, counted.size) == (2, 0, len(TWO + THREE))


def test_counts_when_nothing_was_read_then_none(house, bob) -> None:
    with house.store.read() as tx:
        assert reads.counts(tx, bob) == {}
        assert reads.of(tx, bob, []) == {}


def test_seen_when_changes_are_asked_for_then_two_indexes_serve(shared, bob) -> None:
    """Every poll of every session asks this: it must not read the whole mailbox."""
    statement = rows._changed(shared.sight(bob, WORK).face, (Column.FLAGS,))
    with shared.store.read() as tx:
        text = str(statement.compile(compile_kwargs={"render_postcompile": True}))
        names = {"which": 1, "account": 1, "since": 1}
        compiled = statement.compile()
        values = {key: names.get(key, value) for key, value in compiled.params.items()}
        plan = str(tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all())
    assert "ix_item_collection_id_modseq" in plan
    assert "ix_seen_by_account_id_collection_id_modseq_seen" in plan
    assert "SCAN item" not in plan
