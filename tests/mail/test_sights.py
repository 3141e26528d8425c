"""What each account sees of the mail of another, after random deeds, against a short model of the rules."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from coserver.groups import leaving, members, mounts, shares
from coserver.mail import counts, mailboxes, marks, messages, rows, sights
from coserver.mail.marks import Deed, Marking
from coserver.mail.rows import EVERY, Column
from coserver.model.errors import Missing
from coserver.model.item import Flag
from coserver.model.rights import Preset, Privacy
from coserver.model.space import Tool
from coserver.store import doctor, lookup, shown

BOXES = ("One", "One/Below", "Two")
VIEWERS = ("bob", "carol")
GROUPS = ("team", "club")
box, viewer, group = st.sampled_from(BOXES), st.sampled_from(VIEWERS), st.sampled_from(GROUPS)
whom = st.sampled_from((*VIEWERS, "all"))
preset = st.sampled_from((Preset.READ, Preset.CONTRIBUTE, Preset.EDIT))
ITEM = "item"


@dataclass
class Model:
    """The rules of sharing, as short as they can be said; messages go by their ids."""

    joined: set[tuple[str, str]] = field(default_factory=lambda: {(g, v) for g in GROUPS for v in VIEWERS})
    lies: dict[int, str] = field(default_factory=dict)  # message -> mailbox
    private: set[int] = field(default_factory=set)
    given: dict[tuple[Any, str, str], Preset] = field(default_factory=dict)  # (mailbox or message, group, whom)
    inside: bool = False  # whether Two lies in One
    read: set[tuple[str, int]] = field(default_factory=set)

    def has(self, who: str, what: Any) -> bool:
        return any(thing == what and (g, who) in self.joined and to in (who, "all") for thing, g, to in self.given)

    def reads(self, who: str, name: str) -> bool:
        inside = name == "One/Below" or (name == "Two" and self.inside)
        return self.has(who, name) or (inside and self.has(who, "One"))

    def sees(self, who: str, name: str) -> set[int]:
        there = {item for item, where in self.lies.items() if where == name}
        return {item for item in there if item not in self.private or self.has(who, item)}

    def singles(self, who: str) -> set[int]:
        return {item for item, where in self.lies.items() if self.has(who, item) and not self.reads(who, where)}


class Machine(RuleBasedStateMachine):
    """Alice shares, hides, moves and reads; bob and carol read, leave and come back."""

    house: Any  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.now = self.house()
        self.people = dict(self.now.accounts) | {"carol": self.now.account("carol")}
        everybody = [self.people[name] for name in ("alice", *VIEWERS)]
        self.groups = {name: self.now.group(name, *everybody) for name in GROUPS}
        for name in BOXES:
            self.now.store.write(lambda tx, name=name: self._make(tx, name))

    def _make(self, tx: Any, name: str) -> None:
        if name != "One":
            mailboxes.create(tx, self.people["alice"], name)

    def _box(self, name: str) -> Any:
        return self.now.mailbox(self.people["alice"], self._path(name))

    def _path(self, name: str) -> str:
        return "One/Two" if name == "Two" and self.model.inside else name

    def _target(self, what: Any) -> shares.Target:
        if isinstance(what, str):
            return shares.Target(self._box(what))
        with self.now.store.read() as tx:
            item = lookup.get(tx, what)
            assert item is not None
        return shares.Target(self._box(self.model.lies[what]), item)

    def _to(self, who: str) -> Any:
        return None if who == "all" else self.people[who]

    @rule(name=box)
    def append(self, name: str) -> None:
        (item,) = self.now.append(
            self.people["alice"],
            b"Subject: x\r\n\r\n",
            mailbox="One/Two" if name == "Two" and self.model.inside else name,
        )
        self.model.lies[item.id] = name

    def _share(self, what: Any, g: str, to: str, given: Preset) -> None:
        if to != "all" and (g, to) not in self.model.joined:
            return
        target = self._target(what)
        offer = shares.Offer(self.groups[g], self._to(to), given)
        self.now.store.write(lambda tx: shares.add(tx, None, target, offer))
        self.model.given[what, g, to] = given

    @rule(name=box, g=group, to=whom, given=preset)
    def share_mailbox(self, name: str, g: str, to: str, given: Preset) -> None:
        self._share(name, g, to, given)

    @precondition(lambda self: self.model.lies)
    @rule(data=st.data(), g=group, to=whom, given=preset)
    def share_message(self, data: st.DataObject, g: str, to: str, given: Preset) -> None:
        self._share(data.draw(st.sampled_from(sorted(self.model.lies))), g, to, given)

    @precondition(lambda self: self.model.given)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        what, g, to = key = data.draw(st.sampled_from(sorted(self.model.given, key=str)))
        target = self._target(what)
        self.now.store.write(lambda tx: shares.remove(tx, None, target, through=self.groups[g], to=self._to(to)))
        del self.model.given[key]

    @precondition(lambda self: self.model.lies)
    @rule(data=st.data(), privacy=st.sampled_from((Privacy.OPEN, Privacy.PRIVATE)))
    def withhold(self, data: st.DataObject, privacy: Privacy) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.lies)))
        item = self._target(number).item
        self.now.store.write(lambda tx: messages.withhold(tx, self.people["alice"], item, privacy))
        (self.model.private.add if privacy else self.model.private.discard)(number)

    @rule(who=viewer, g=group)
    def leave_or_join(self, who: str, g: str) -> None:
        if (g, who) in self.model.joined:
            self.now.store.write(lambda tx: leaving.remove(tx, self.groups[g], self.people[who]))
            self.model.joined.discard((g, who))
            self.model.given = {k: v for k, v in self.model.given.items() if k[1:] != (g, who)}
        else:
            self.now.store.write(lambda tx: members.add(tx, self.groups[g], self.people[who]))
            self.model.joined.add((g, who))

    @precondition(lambda self: self.model.lies)
    @rule(data=st.data(), name=box)
    def move(self, data: st.DataObject, name: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.lies)))
        target = self._target(number)
        there = self._box(name)
        uid = (target.item and target.item.uid) or 0
        alice = self.people["alice"]
        self.now.store.write(lambda tx: messages.move(tx, alice, target.collection, [(uid, uid)], there))
        self.model.lies[number] = name

    @rule(into=st.sampled_from(("Two", "One/Two")))
    def move_mailbox(self, into: str) -> None:
        """Two goes into One, where it is shared with it, or comes out again."""
        if self.model.inside == (into != "Two"):
            return
        self.model.inside = into != "Two"
        old = "Two" if into != "Two" else "One/Two"
        self.now.store.write(lambda tx: mailboxes.rename(tx, self.people["alice"], old, to=into))

    @precondition(lambda self: self.model.lies)
    @rule(data=st.data(), who=viewer)
    def read(self, data: st.DataObject, who: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.lies)))
        name = self.model.lies[number]
        target = self._target(number)
        uid = (target.item and target.item.uid) or 0
        seen = Marking(Deed.ADD, Flag.SEEN)
        mark = lambda tx: marks.mark(tx, self.people[who], target.collection, [(uid, uid)], seen)  # noqa: E731
        if not self.model.reads(who, name):
            try:
                self.now.store.write(mark)
            except Missing:
                return
            raise AssertionError("it may not know of it")
        self.now.store.write(mark)
        if number in self.model.sees(who, name):
            self.model.read.add((who, number))

    @invariant()
    def all_see_what_they_may(self) -> None:
        with self.now.store.read() as tx:
            for who in VIEWERS:
                self._looks(tx, who)

    def _looks(self, tx: Any, who: str) -> None:
        account = self.people[who]
        names = {mount.collection: mount.name for mount in mounts.listed(tx, account, Tool.MAIL) if mount.collection}
        found = {one.collection.id: one for one in mailboxes.listed(tx, account) if one.name.startswith("Shared/")}
        counted = counts.of(tx, account, found.values())
        of_alice = {self._box(name).id: name for name in BOXES}
        assert {of_alice[number] for number in found if number in of_alice} == {
            name for name in BOXES if self.model.reads(who, name)
        }
        assert set(names) <= set(of_alice)
        for number, one in found.items():
            sight = sights.of(tx, account, one.collection)
            state = rows.rows(tx, sight, EVERY, (Column.FLAGS,))
            unseen = sum(not flags & Flag.SEEN for _, flags in state)
            assert (counted[number].messages, counted[number].unseen) == (len(state), unseen)
            uids = dict(state)
            if number in of_alice:
                self._looks_into(tx, who, of_alice[number], uids)
        shows = {each.id for number in found if number not in of_alice for each in shown.list_(tx, number)}
        assert shows == self.model.singles(who)

    def _looks_into(self, tx: Any, who: str, name: str, uids: dict[int, int]) -> None:
        box = self._box(name).id
        ids = {item.id: uids[item.uid or 0] for item in lookup.list_(tx, box) if item.uid in uids}
        assert set(ids) == self.model.sees(who, name)
        assert {item for item, flags in ids.items() if flags & Flag.SEEN} == {
            item for item in ids if (who, item) in self.model.read
        }

    def teardown(self) -> None:
        assert doctor.check(self.now.store) == []


def test_sights_when_anything_is_shared_hidden_moved_and_read_then_agree_with_the_rules(
    furnished: Any, tmp_path: Path, opened_house: Any
) -> None:
    """(R13, R14, R16, R17, R54, R55, S33)"""
    numbers = iter(range(10_000))

    class One(Machine):
        house = staticmethod(lambda: opened_house(furnished, tmp_path / str(next(numbers))))

    run_state_machine_as_test(One, settings=settings(max_examples=10, stateful_step_count=20, deadline=None))
