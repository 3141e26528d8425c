"""The behaviour every engine of the store owes, from outside."""

import threading

import pytest

from coserver.model.change import Notice
from coserver.model.errors import Locked, Missing
from coserver.model.ids import Modseq
from coserver.store import blobs, collections, housekeeping, items
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

    def test_notice_when_mail_was_queued_for_elsewhere_says_so_once_it_is_durable(self, bench):
        told: list[Notice] = []
        bench.store.subscribe(told.append)
        with pytest.raises(ZeroDivisionError):
            bench.store.write(lambda tx: tx.queued() or 1 // 0)
        bench.store.write(lambda tx: tx.queued())
        assert told == [Notice(None, Modseq(0), frozenset(), frozenset(), outgoing=True)]

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
