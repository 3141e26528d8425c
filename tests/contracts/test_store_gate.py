"""The gate, the change log and the collections, as every engine of the store owes them."""

import pytest

from coserver.model.change import Change, ChangeKind
from coserver.model.errors import Denied, Exists, Missing, Stale
from coserver.model.item import Flag
from coserver.model.rights import PRESETS, Preset
from coserver.model.space import Collection, Tool
from coserver.store import blobs, changes, collections, housekeeping, items, lookup, spaces
from coserver.store.tx import Tx


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
