"""Views, exceptions and privacy, as every engine of the store owes them."""

import pytest

from coserver.model.change import ChangeKind
from coserver.model.errors import Denied
from coserver.model.item import Flag
from coserver.model.rights import PRESETS, Grant, Preset, Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.store import changes, collections, items, lookup, shown, spaces


class TestShown:
    @pytest.fixture
    def view(self, bench) -> Collection:
        """An empty collection of somebody else's space, at modseq as it is."""
        root = bench.root()
        return bench.store.write(lambda tx: collections.add(tx, root, "view", grant=bench.grant(root)))

    def _show(self, bench, view, *found):
        bench.store.write(lambda tx: shown.put(tx, view, [(item.id, f"{item.id}.ics") for item in found]))

    def _seen(self, bench, view):
        with bench.store.read() as tx:
            return shown.list_(tx, view.id)

    def test_put_when_shown_then_the_view_has_a_step_of_its_own_space(self, bench, view):
        root = bench.root()
        (item,) = bench.put(root, bench.new(b"x", "x"))
        before = bench.now(view).modseq
        told = []
        bench.store.subscribe(told.append)
        self._show(bench, view, item)
        (one,) = self._seen(bench, view)
        assert (one.id, one.name, one.uid) == (item.id, f"{item.id}.ics", None)
        assert one.modseq == bench.now(view).modseq > before
        assert [(notice.space, notice.collections) for notice in told] == [(view.space, {view.id})]
        with bench.store.read() as tx:
            assert shown.find(tx, view.id, f"{item.id}.ics") == one
            assert shown.find(tx, view.id, "x") is None

    def test_put_when_in_mail_then_uids_rise_and_never_come_back(self, bench):
        inbox, elsewhere = bench.root(Tool.MAIL), bench.root(Tool.MAIL)
        a, b, c = bench.put(inbox, bench.new(b"1"), bench.new(b"2"), bench.new(b"3"))
        self._show(bench, elsewhere, a, b)
        bench.store.write(lambda tx: shown.drop(tx, elsewhere, [b.id]))
        self._show(bench, elsewhere, b, c)
        assert [(one.id, one.uid) for one in self._seen(bench, elsewhere)] == [(a.id, 1), (b.id, 3), (c.id, 4)]

    def test_put_when_shown_already_then_it_is_stamped_once_more(self, bench, view):
        (item,) = bench.put(bench.root(), bench.new(b"x", "x"))
        self._show(bench, view, item)
        (before,) = self._seen(bench, view)
        self._show(bench, view, item)
        (after,) = self._seen(bench, view)
        assert after.modseq > before.modseq

    @pytest.mark.parametrize("deed", ["replace", "withhold", "look again", "move"])
    def test_item_when_it_changes_then_its_views_follow_in_the_same_tx(self, bench, view, deed):
        root = bench.root()
        (item,) = bench.put(root, bench.new(b"x", "x"))
        self._show(bench, view, item)
        (before,) = self._seen(bench, view)
        grant, new = bench.grant(root), bench.new(b"y", "x")

        def job(tx):
            if deed == "replace":
                items.replace(tx, item, new, collection=root, grant=grant, charge=bench.charge(root, 0, 0))
            elif deed == "withhold":
                items.withhold(tx, item, Privacy.PRIVATE, collection=root, grant=grant)
            elif deed == "look again":
                items.look_again(tx, item, collection=root)
            else:
                items.move(tx, [item], items.Place(root, grant), items.Place(root, grant), names=["z"])

        bench.store.write(job)
        (after,) = self._seen(bench, view)
        assert (after.id, after.name) == (before.id, before.name)
        assert after.modseq == bench.now(view).modseq > before.modseq

    @pytest.mark.parametrize("deed", ["item", "collection", "space"])
    def test_item_when_it_goes_then_it_leaves_its_views_with_a_removal(self, bench, view, deed):
        root = bench.root()
        folder = bench.store.write(lambda tx: collections.add(tx, root, "folder", grant=bench.grant(root)))
        (item,) = bench.put(folder, bench.new(b"x", "x"))
        self._show(bench, view, item)
        since = bench.now(view).modseq
        if deed == "item":
            bench.remove(folder, [item])
        elif deed == "collection":
            charge = bench.charge(folder, -1, -1)
            bench.store.write(lambda tx: collections.remove(tx, folder, grant=bench.grant(folder), charge=charge))
        else:
            bench.store.write(lambda tx: spaces.remove(tx, root.space))
        assert self._seen(bench, view) == []
        with bench.store.read() as tx:
            (change,) = changes.since(tx, bench.now(view), since)
        assert (change.kind, change.name, change.item) == (ChangeKind.GONE, f"{item.id}.ics", item.id)
        assert bench.faults() == []

    def test_mark_when_flags_are_set_then_they_are_the_views_own(self, bench):
        inbox, view = bench.root(Tool.MAIL), bench.root(Tool.MAIL)
        (item,) = bench.put(inbox, bench.new(b"1"))
        self._show(bench, view, item)
        (one,) = self._seen(bench, view)
        bench.store.write(lambda tx: shown.mark(tx, view, [(one, Flag.SEEN, "$Mine")]))
        (after,) = self._seen(bench, view)
        assert (after.flags, after.keywords) == (Flag.SEEN, "$Mine")
        assert after.modseq > one.modseq
        assert bench.listed(inbox)[0].flags == Flag(0)

    def test_view_when_it_shows_things_then_it_counts_and_charges_nothing(self, bench, view):
        found = bench.put(bench.root(), *(bench.new(b"x", f"x{number}") for number in range(3)))
        self._show(bench, view, *found)
        now = bench.now(view)
        assert (now.items, now.bytes) == (0, 0)
        assert bench.faults() == []


class TestPrivacy:
    def test_withhold_when_done_then_kept_and_stamped(self, bench):
        root = bench.root()
        (item,) = bench.put(root, bench.new(b"x", "x"))
        assert item.privacy is Privacy.OPEN
        after = bench.store.write(
            lambda tx: items.withhold(tx, item, Privacy.CONFIDENTIAL, collection=root, grant=bench.grant(root))
        )
        assert bench.listed(root) == [after]
        assert after.privacy is Privacy.CONFIDENTIAL
        assert after.modseq == bench.now(root).modseq > item.modseq

    def test_replace_when_privacy_is_not_said_then_it_and_the_author_stay(self, bench):
        root = bench.root()
        staged = bench.store.stage(b"x")
        (item,) = bench.put(root, items.New(staged, "x", author=7, privacy=Privacy.PRIVATE))
        new, charge = bench.new(b"y", "x", author=8), bench.charge(root, 0, 0)
        after = bench.store.write(
            lambda tx: items.replace(tx, item, new, collection=root, grant=bench.grant(root, who=8), charge=charge)
        )
        assert (after.author, after.privacy) == (7, Privacy.PRIVATE)
        assert bench.listed(root) == [after]

    def test_copy_when_made_then_it_is_the_copiers_and_as_private(self, bench):
        root, other = bench.root(), bench.root()
        (item,) = bench.put(root, items.New(bench.store.stage(b"x"), "x", author=7, privacy=Privacy.PRIVATE))
        charge = bench.charge(other, 1, 1)
        (made,) = bench.store.write(
            lambda tx: items.copy(tx, [item], other, grant=bench.grant(other, who=8), charge=charge)
        )
        assert (made.author, made.privacy) == (8, Privacy.PRIVATE)


class TestExceptions:
    def test_gate_when_an_item_is_an_exception_then_its_own_rights_count(self, bench):
        inbox = bench.root(Tool.MAIL)
        shut, open_, other = bench.put(inbox, bench.new(b"1"), bench.new(b"2"), bench.new(b"3"))
        edit = PRESETS[Preset.EDIT]
        whole = Grant(None, inbox.id, edit, {shut.id: Right.NOTHING})
        single = Grant(None, inbox.id, Right.NOTHING, {open_.id: edit})

        def mark(grant, *found):
            marks = [(item, Flag.SEEN, "") for item in found]
            bench.store.write(lambda tx: items.mark(tx, inbox, marks, grant=grant))

        def remove(grant, item):
            charge = bench.charge(inbox, -1, -1)
            bench.store.write(lambda tx: items.remove(tx, inbox, [item], grant=grant, charge=charge))

        for grant, wrong, right in ((whole, shut, other), (single, other, open_)):
            for deed in (mark, remove):
                with pytest.raises(RuntimeError):
                    deed(grant, wrong)
            mark(grant, right)
            remove(grant, right)
        with bench.store.read() as tx:
            assert [item.id for item in lookup.list_(tx, inbox.id)] == [shut.id]

    def test_gate_when_the_exception_lets_only_own_items_go_then_others_stay(self, bench):
        root = bench.root()
        mine, theirs = bench.put(root, bench.new(b"a", "a", author=7), bench.new(b"b", "b", author=8))
        own = PRESETS[Preset.CONTRIBUTE]
        grant = Grant(7, root.id, Right.NOTHING, {mine.id: own, theirs.id: own})
        charge = bench.charge(root, -1, -1)
        with pytest.raises(Denied):
            bench.store.write(lambda tx: items.remove(tx, root, [theirs], grant=grant, charge=charge))
        bench.store.write(lambda tx: items.remove(tx, root, [mine], grant=grant, charge=charge))
        assert [item.id for item in bench.listed(root)] == [theirs.id]
