"""The behaviour every engine of the store owes, from outside."""

import threading

import pytest

from coserver.model.change import Change, ChangeKind, Notice
from coserver.model.errors import Denied, Exists, Locked, Missing, Stale
from coserver.model.ids import Modseq
from coserver.model.item import Flag
from coserver.model.rights import PRESETS, Preset
from coserver.model.space import Collection, Tool
from coserver.store import blobs, changes, collections, housekeeping, items, lookup, spaces
from coserver.store.engine import Store
from coserver.store.tx import Tx

SIZES = [0, 1, 32 * 1024, 32 * 1024 + 1, 300 * 1024, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1]


class TestBytes:
    @pytest.mark.parametrize("size", SIZES)
    def test_bytes_when_kept_come_back_after_a_restart(self, bench, noise, size):
        root = bench.root()
        data = noise(size)
        (item,) = bench.put(root, bench.new(data, "file"))
        bench.reopen()
        with bench.store.read() as tx:
            kept = blobs.open_(tx, item.blob)
        assert kept.read() == data
        assert kept.read(size // 2, 10) == data[size // 2 : size // 2 + 10]
        assert kept.sound()

    @pytest.mark.parametrize("size", SIZES)
    def test_bytes_when_they_arrive_in_pieces_are_the_same(self, bench, noise, size):
        root, data = bench.root(), noise(size)
        incoming = bench.store.incoming()
        for start in range(0, size, 70_000):
            incoming.write(data[start : start + 70_000])
        (item,) = bench.put(root, items.New(incoming.finish(), name="file"))
        with bench.store.read() as tx:
            assert blobs.open_(tx, item.blob).read() == data
        assert list(bench.store.files.spool.iterdir()) == []

    def test_bytes_when_discarded_leave_no_spool(self, bench, noise):
        incoming = bench.store.incoming()
        incoming.write(noise(400_000))
        assert len(list(bench.store.files.spool.iterdir())) == 1
        incoming.discard()
        incoming.discard()
        assert list(bench.store.files.spool.iterdir()) == []

    def test_bytes_when_equal_are_kept_once_in_a_space_and_apart_between_spaces(self, bench, noise):
        first, second = bench.root(), bench.root()
        data = noise(50_000)
        a, b = bench.put(first, bench.new(data, "a"), bench.new(data, "b"))
        (c,) = bench.put(second, bench.new(data, "c"))
        assert a.blob == b.blob != c.blob
        bench.remove(first, [a])
        with bench.store.read() as tx:
            assert blobs.open_(tx, b.blob).read() == data
        bench.remove(first, [b])
        with bench.store.read() as tx, pytest.raises(Missing):
            blobs.open_(tx, b.blob)
        assert bench.faults() == []

    def test_bytes_when_deleted_while_read_stay_readable_for_the_reader(self, bench, noise):
        root, data = bench.root(), noise(9_000_000)
        gone = bench.put(root, bench.new(data, "big"), bench.new(data[:100_000], "middle"))
        with bench.store.read() as tx:
            held = [blobs.open_(tx, item.blob) for item in gone]
        bench.remove(root, gone)
        housekeeping.compact(bench.store, everything=True)
        assert [kept.sound() for kept in held] == [True, True]

    @pytest.mark.parametrize("size", [1_000, 100_000, 9_000_000])
    def test_bytes_when_deleted_are_gone_from_the_disk_after_housekeeping(self, bench, noise, size):
        root, data = bench.root(), noise(size)
        secret = data[100:200]
        (stays,) = bench.put(root, bench.new(noise(size, 2), "stays"))
        gone = bench.put(root, bench.new(data, "gone"))
        bench.store.checkpoint()
        assert secret in bench.bytes_on_disk()
        bench.remove(root, gone)
        housekeeping.compact(bench.store, everything=True)
        bench.store.checkpoint()
        assert secret not in bench.bytes_on_disk()
        with bench.store.read() as tx:
            assert blobs.open_(tx, stays.blob).sound()
        assert bench.faults() == []

    def test_segment_when_a_quarter_is_dead_is_compacted_by_itself_and_removed_after_the_grace(self, bench, noise):
        root = bench.root()
        kept = bench.put(root, *(bench.new(noise(50_000, n), f"f{n}") for n in range(8)))
        bench.remove(root, kept[:3])
        assert housekeeping.keep_house(bench.store).bytes_freed == 0
        bench.clock.seconds += 61
        assert housekeeping.keep_house(bench.store).bytes_freed == 400_000
        assert bench.faults() == []

    def test_segment_when_little_is_dead_is_left_until_a_day_has_passed(self, bench, noise):
        root = bench.root()
        kept = bench.put(root, *(bench.new(noise(50_000, n), f"f{n}") for n in range(8)))
        bench.remove(root, kept[:1])
        bench.clock.seconds += 3_600
        housekeeping.keep_house(bench.store)
        assert [bench.store.files.segment_size(number) for number in bench.store.files.segments()] == [400_000]
        bench.clock.seconds += 86_400
        housekeeping.keep_house(bench.store)
        bench.clock.seconds += 61
        housekeeping.keep_house(bench.store)
        assert [bench.store.files.segment_size(number) for number in bench.store.files.segments()] == [350_000]


class TestTransactions:
    def test_job_when_it_raises_leaves_nothing(self, bench, noise):
        root = bench.root()

        def job(tx: Tx) -> None:
            new = [bench.new(noise(size), f"{size}") for size in (10, 50_000)]
            items.add(tx, root, new, grant=bench.grant(root), charge=bench.charge(root, 50_010, 2))
            raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011 -- the very one that was raised
            bench.store.write(job)
        assert bench.listed(root) == []
        assert bench.now(root) == root
        bench.put(root, bench.new(noise(60_000), "after"))
        assert bench.faults() == []

    def test_jobs_when_one_of_a_group_fails_keep_the_others(self, bench):
        root = bench.root()
        started = threading.Event()
        may_go_on = threading.Event()

        def hold(_tx: Tx) -> None:
            started.set()
            may_go_on.wait(10)

        held = bench.store.submit(hold)
        started.wait(10)

        def job(number: int):
            def deed(tx: Tx) -> None:
                new = bench.new(b"x" * number, f"f{number}")
                items.add(tx, root, [new], grant=bench.grant(root), charge=bench.charge(root, number, 1))
                if number % 2:
                    raise KeyError(number)

            return deed

        futures = [bench.store.submit(job(number)) for number in range(20)]
        may_go_on.set()
        held.result(10)
        failed = [number for number, future in enumerate(futures) if future.exception(10) is not None]
        assert failed == list(range(1, 20, 2))
        assert sorted(item.size for item in bench.listed(root)) == list(range(0, 20, 2))
        assert bench.faults() == []

    def test_tx_when_lent_commits_at_the_end_and_undoes_on_error(self, bench):
        root = bench.root()

        def put(tx: Tx, name: str) -> None:
            items.add(tx, root, [bench.new(b"12", name)], grant=bench.grant(root), charge=bench.charge(root, 2, 1))

        with bench.store.writing() as tx:
            put(tx, "kept")
            with bench.store.read() as inner:
                assert inner is tx
            bench.store.write(lambda same: put(same, "also kept"))

        def lose() -> None:
            with bench.store.writing() as tx:
                put(tx, "lost")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            lose()
        assert [item.name for item in bench.listed(root)] == ["also kept", "kept"]

    def test_snapshot_when_others_write_stays_as_it_was(self, bench):
        root = bench.root()
        with bench.store.read() as tx:
            before = collections.get(tx, root.id)
            thread = threading.Thread(target=bench.put, args=(root, bench.new(b"1", "one")))
            thread.start()
            thread.join()
            assert collections.get(tx, root.id) == before
        assert bench.now(root).items == 1

    def test_notice_when_a_job_commits_names_what_changed_and_comes_before_the_answer(self, bench):
        root = bench.root()
        told: list[Notice] = []
        stop = bench.store.subscribe(told.append)
        bench.put(root, bench.new(b"1", "one"))
        assert [(one.space, one.collections) for one in told] == [(root.space, frozenset({root.id}))]
        assert told[0].modseq == bench.now(root).modseq
        with pytest.raises(ZeroDivisionError):
            bench.store.write(lambda tx: tx.stamp(root.id, root.space) // 0)
        stop()
        bench.put(root, bench.new(b"2", "two"))
        assert len(told) == 1

    def test_notice_when_only_rights_changed_names_the_principals(self, bench):
        told: list[Notice] = []
        bench.store.subscribe(told.append)
        bench.store.write(lambda tx: tx.tell(7))
        assert told == [Notice(None, Modseq(0), frozenset(), frozenset({7}))]

    def test_folder_when_served_already_is_refused(self, bench):
        with pytest.raises(Locked, match="Another coserver process"):
            Store.open(bench.folder, clock=bench.clock)

    def test_writers_when_many_work_at_once_lose_nothing(self, bench):
        root = bench.root()

        def work(which: int) -> None:
            for number in range(20):
                bench.put(root, bench.new(f"{which}-{number}".encode(), f"{which}-{number}"))

        threads = [threading.Thread(target=work, args=(which,)) for which in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert bench.now(root).items == 160
        modseqs = sorted(item.modseq for item in bench.listed(root))
        assert modseqs == list(range(root.modseq + 2, root.modseq + 162)) or len(set(modseqs)) == 160


class TestGate:
    def test_add_when_the_name_is_taken_says_so_and_keeps_the_old(self, bench):
        root = bench.root()
        (old,) = bench.put(root, bench.new(b"old", "name"))
        with pytest.raises(Exists):
            bench.put(root, bench.new(b"new", "other"), bench.new(b"new", "name"))
        assert bench.listed(root) == [old]

    def test_add_when_grant_or_charge_do_not_fit_stops(self, bench):
        root, other = bench.root(), bench.root()
        new = [bench.new(b"12345", "name")]
        wrong = [
            (bench.grant(other), bench.charge(root, 5, 1)),
            (bench.grant(root, PRESETS[Preset.READ]), bench.charge(root, 5, 1)),
            (bench.grant(root), bench.charge(other, 5, 1)),
            (bench.grant(root), bench.charge(root, 4, 1)),
            (bench.grant(root), bench.charge(root, 5, 0)),
        ]
        for grant, charge in wrong:
            with pytest.raises(RuntimeError):
                bench.store.write(
                    lambda tx, grant=grant, charge=charge: items.add(tx, root, new, grant=grant, charge=charge)
                )
        assert bench.listed(root) == []

    def test_replace_when_done_keeps_id_and_name_and_gives_up_the_old_bytes(self, bench):
        root = bench.root()
        (old,) = bench.put(root, bench.new(b"old", "name"))
        new = bench.new(b"longer", "name")

        def job(tx: Tx):
            return items.replace(
                tx, old, new, collection=root, grant=bench.grant(root), charge=bench.charge(root, 3, 0)
            )

        replaced = bench.store.write(job)
        assert (replaced.id, replaced.name, replaced.size) == (old.id, "name", 6)
        assert replaced.blob != old.blob
        assert bench.listed(root) == [replaced]
        assert bench.now(root).bytes == 6
        assert bench.faults() == []

    def test_own_rights_when_the_item_is_anothers_are_not_enough(self, bench):
        root = bench.root()
        mine, theirs = bench.put(root, bench.new(b"a", "mine", author=7), bench.new(b"b", "theirs", author=8))
        grant = bench.grant(root, PRESETS[Preset.CONTRIBUTE], who=7)
        back = bench.charge(root, -1, -1)
        with pytest.raises(Denied, match="yourself"):
            bench.store.write(lambda tx: items.remove(tx, root, [theirs], grant=grant, charge=back))
        bench.store.write(lambda tx: items.remove(tx, root, [mine], grant=grant, charge=back))
        assert bench.listed(root) == [theirs]

    def test_messages_when_added_get_rising_uids_that_are_never_used_again(self, bench):
        inbox = bench.root(Tool.MAIL)
        first = bench.put(inbox, bench.new(b"1"), bench.new(b"2"))
        bench.remove(inbox, first)
        second = bench.put(inbox, bench.new(b"3"))
        assert [item.uid for item in first + second] == [1, 2, 3]
        assert bench.now(inbox).uidnext == 4

    def test_flags_when_marked_move_the_counters(self, bench):
        inbox = bench.root(Tool.MAIL)
        a, b, _ = bench.put(inbox, bench.new(b"1"), bench.new(b"2"), bench.new(b"3"))
        assert bench.now(inbox).unseen == 3
        marks = [(a, Flag.SEEN, ""), (b, Flag.SEEN | Flag.DELETED, "$Junk")]
        step = bench.store.write(lambda tx: items.mark(tx, inbox, marks, grant=bench.grant(inbox)))
        now = bench.now(inbox)
        assert (now.unseen, now.deleted, now.modseq) == (1, 1, step)
        assert [(item.flags, item.keywords) for item in bench.listed(inbox)] == [
            (Flag.SEEN, ""),
            (Flag.SEEN | Flag.DELETED, "$Junk"),
            (Flag(0), ""),
        ]
        with bench.store.read() as tx:
            assert [item.uid for item in lookup.changed_since(tx, inbox.id, step - 1)] == [1, 2]
        assert bench.faults() == []

    def test_copy_when_inside_the_space_shares_the_bytes_and_outside_has_its_own(self, bench, noise):
        source, near, far = bench.root(), None, bench.root()
        near = _folder(bench, source, "near")
        kept = bench.put(source, *(bench.new(noise(size), f"{size}") for size in (10, 50_000, 9_000_000)))
        total = sum(item.size for item in kept)
        for target in (near, far):
            bench.store.write(
                lambda tx, target=target: items.copy(
                    tx, kept, target, grant=bench.grant(target), charge=bench.charge(target, total, 3)
                )
            )
        assert [item.blob for item in bench.listed(near)] == [item.blob for item in bench.listed(source)]
        bench.remove(source, kept)
        for target in (near, far):
            with bench.store.read() as tx:
                assert all(blobs.open_(tx, item.blob).sound() for item in bench.listed(target))
        assert bench.faults() == []

    def test_move_when_inside_the_space_keeps_ids_and_tells_the_source(self, bench):
        inbox = bench.root(Tool.MAIL)
        trash = _folder(bench, inbox, "Trash")
        bench.put(trash, bench.new(b"0"))
        one, two = bench.put(inbox, bench.new(b"1"), bench.new(b"2"))
        here, there = items.Place(inbox, bench.grant(inbox)), items.Place(trash, bench.grant(trash))
        (moved,) = bench.store.write(lambda tx: items.move(tx, [one], here, there))
        assert (moved.id, moved.uid, moved.collection) == (one.id, 2, trash.id)
        assert bench.listed(inbox) == [two]
        with bench.store.read() as tx:
            assert changes.expunged_since(tx, inbox.id, inbox.modseq) == [1]
        assert bench.faults() == []

    def test_move_when_it_renames_leaves_the_old_name_gone(self, bench):
        root = bench.root()
        (item,) = bench.put(root, bench.new(b"1", "old"))
        place = items.Place(root, bench.grant(root))
        before = bench.now(root).modseq
        bench.store.write(lambda tx: items.move(tx, [item], place, place, names=["new"]))
        assert _told(bench, root, before) == [(ChangeKind.CHANGED, "new"), (ChangeKind.GONE, "old")]
        assert bench.now(root).items == 1

    def test_move_when_between_spaces_books_both(self, bench):
        source, target = bench.root(), bench.root()
        (item,) = bench.put(source, bench.new(b"123", "name"))
        here, there = items.Place(source, bench.grant(source)), items.Place(target, bench.grant(target))
        proofs = [bench.charge(target, 3, 1), bench.charge(source, -3, -1)]
        bench.store.write(lambda tx: items.move(tx, [item], here, there, charges=proofs))
        assert (bench.now(source).items, bench.now(target).items) == (0, 1)
        assert bench.faults() == []


class TestChanges:
    def test_changes_when_asked_since_a_modseq_tell_the_last_state_of_each(self, bench):
        root = bench.root()
        a, b = bench.put(root, bench.new(b"1", "a"), bench.new(b"2", "b"))
        before = bench.now(root).modseq
        bench.put(root, bench.new(b"3", "c"))
        bench.remove(root, [a])
        bench.remove(root, [b])
        bench.put(root, bench.new(b"4", "b"))
        assert _told(bench, root, before) == [
            (ChangeKind.CHANGED, "b"),
            (ChangeKind.CHANGED, "c"),
            (ChangeKind.GONE, "a"),
        ]
        assert _told(bench, root, bench.now(root).modseq) == []
        assert _told(bench, root, 0) == [(ChangeKind.CHANGED, "b"), (ChangeKind.CHANGED, "c")]

    def test_changes_when_the_log_was_trimmed_ask_old_clients_to_start_afresh(self, bench):
        root = bench.root()
        kept = bench.put(root, *(bench.new(b"%d" % number, f"f{number}") for number in range(5)))
        marks = []
        for item in kept:
            marks.append(bench.now(root).modseq)
            bench.remove(root, [item])
        assert bench.store.write(lambda tx: changes.trim(tx, root.space, keep=2)) == 3
        with pytest.raises(Stale):
            _told(bench, root, marks[2])
        assert len(_told(bench, root, marks[3])) == 2
        with pytest.raises(Stale):
            _told(bench, root, bench.now(root).modseq + 1)
        assert bench.store.write(lambda tx: changes.trim(tx, root.space, keep=2)) == 0


class TestCollections:
    def test_tree_when_built_is_found_by_name_and_parent(self, bench):
        root = bench.root()
        a = _folder(bench, root, "a")
        b = _folder(bench, a, "b")
        with bench.store.read() as tx:
            assert [one.name for one in collections.tree(tx, root.space, Tool.DOCUMENTS)] == ["", "a", "b"]
            assert collections.find(tx, a.id, "b") == b
            assert collections.find(tx, a.id, "c") is None
            assert [one.name for one in collections.children(tx, root.id)] == ["a"]
            with pytest.raises(Missing):
                collections.get(tx, 10_000)
        with pytest.raises(Exists):
            _folder(bench, root, "a")

    def test_rename_when_a_tree_moves_takes_everything_along(self, bench):
        root = bench.root()
        a, b = _folder(bench, root, "a"), _folder(bench, root, "b")
        below = _folder(bench, a, "below")
        before = bench.now(root).modseq
        (item,) = bench.put(below, bench.new(b"1", "file"))
        bench.store.write(lambda tx: collections.rename(tx, a, parent=b, name="a2", grant=bench.grant(a)))
        assert bench.listed(below) == [item]
        assert bench.now(a).parent == b.id
        assert _told(bench, root, before) == [(ChangeKind.GONE, "a/")]
        with pytest.raises(Denied, match="into itself"):
            bench.store.write(lambda tx: collections.rename(tx, b, parent=below, name="b", grant=bench.grant(b)))

    def test_remove_when_a_tree_goes_gives_back_all_of_it(self, bench, noise):
        root = bench.root()
        a = _folder(bench, root, "a")
        below = _folder(bench, a, "below")
        bench.put(a, bench.new(noise(100), "1"), bench.new(noise(100), "2"))
        bench.put(below, bench.new(noise(60_000), "3"))
        with bench.store.read() as tx:
            assert collections.weigh(tx, a) == (60_200, 3)
        back = bench.charge(a, -60_200, -3)
        bench.store.write(lambda tx: collections.remove(tx, a, grant=bench.grant(a), charge=back))
        with bench.store.read() as tx:
            assert collections.children(tx, root.id) == []
        assert bench.faults() == []
        nothing = bench.charge(root, 0, 0)
        with pytest.raises(Denied, match="root"):
            bench.store.write(lambda tx: collections.remove(tx, root, grant=bench.grant(root), charge=nothing))

    def test_ids_when_a_collection_is_gone_are_never_given_again(self, bench):
        root = bench.root()
        a = _folder(bench, root, "a")
        back = bench.charge(a, 0, 0)
        bench.store.write(lambda tx: collections.remove(tx, a, grant=bench.grant(a), charge=back))
        assert _folder(bench, root, "a").id > a.id

    def test_property_when_set_and_removed_is_told(self, bench):
        root = bench.root()
        for value in ("blue", "green", None):
            before = bench.now(root).modseq
            bench.store.write(
                lambda tx, value=value: collections.set_property(tx, root, "colour", value, grant=bench.grant(root))
            )
            with bench.store.read() as tx:
                assert collections.properties(tx, root.id).get("colour") == value
            assert bench.now(root).modseq > before

    def test_recent_when_told_only_rises(self, bench):
        inbox = bench.root(Tool.MAIL)
        for first, then in ((5, 5), (3, 5), (9, 9)):
            bench.store.write(lambda tx, first=first: collections.told_recent(tx, inbox, first=first))
            assert bench.now(inbox).recent == then

    def test_space_when_removed_leaves_no_byte(self, bench, noise):
        root = bench.root()
        inbox = bench.root(Tool.MAIL, root.space)
        data = [noise(size, size) for size in (2_000, 50_000, 9_000_000)]
        bench.put(root, *(bench.new(one, f"{len(one)}") for one in data))
        bench.put(inbox, bench.new(data[0]))
        bench.store.write(lambda tx: spaces.remove(tx, root.space))
        housekeeping.compact(bench.store, everything=True)
        bench.store.checkpoint()
        disk = bench.bytes_on_disk()
        assert [one[50:150] in disk for one in data] == [False, False, False]
        assert bench.faults() == []
        with bench.store.read() as tx, pytest.raises(Missing):
            spaces.get(tx, root.space)


def _folder(bench, parent: Collection, name: str) -> Collection:
    return bench.store.write(lambda tx: collections.add(tx, parent, name, grant=bench.grant(parent)))


def _told(bench, collection: Collection, since: int) -> list[tuple[ChangeKind, str | None]]:
    with bench.store.read() as tx:
        told: list[Change] = changes.since(tx, collections.get(tx, collection.id), since)
    return sorted((change.kind, change.name) for change in told)
