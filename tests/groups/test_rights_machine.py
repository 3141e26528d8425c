"""Random groups, members, shares, private items and moves, held against a short model of the rules.

The model knows words for rights and sets; it shares no code with the evaluator. After every step each
account is asked for each thing, what it may do and whether it sees it under `Shared`.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from coserver.accounts import accounts, places
from coserver.accounts.opening import open_store
from coserver.clock import SystemClock
from coserver.groups import deletion, leaving, members, mounts, presets, rights, shares
from coserver.groups.shares import Offer, Target
from coserver.mail import domains
from coserver.model.errors import HouseError
from coserver.model.principal import Role
from coserver.model.rights import Preset, Privacy, Right
from coserver.model.space import Tool
from coserver.quota import plans, usage
from coserver.store import collections, items, lookup

READ = {"busy", "read"}
CONTRIBUTE = READ | {"seen", "add", "edit_own", "delete_own", "post"}
EDIT = CONTRIBUTE | {"edit_any", "delete_any"}
EVERYTHING = EDIT | {"drop", "administer"}
MEANS = {
    "nothing": set(), "busy": {"busy"}, "read": READ, "contribute": CONTRIBUTE, "edit": EDIT, "manage": EVERYTHING,
    "drop": {"drop"},
}  # fmt: skip
PEOPLE = ("alice", "bob", "carol", "dave")
GROUPS = ("crew", "team")
PATHS = ("Plans", "Plans/deep")  # folders, in every space
FILES = ("Plans/a", "Plans/deep/b")


@dataclass
class Team:
    admin: str
    members: set = field(default_factory=set)
    deputies: set = field(default_factory=set)
    given: dict = field(default_factory=dict)  # who or "all" -> preset, for documents
    deleted: bool = False


@dataclass
class Model:
    """What the rules say, for documents only; a space is named after its owner or its group."""

    teams: dict = field(default_factory=dict)
    shares: dict = field(default_factory=dict)  # (space, path, group, who or "all") -> preset
    private: set = field(default_factory=set)  # (space, path of a file)
    authors: dict = field(default_factory=dict)

    def reaching(self, who, space, path):
        """The presets shared on exactly that path that reach somebody."""
        for (where, on, group, to), preset in self.shares.items():
            team = self.teams[group]
            if (where, on) == (space, path) and who in team.members and to in (who, "all") and not team.deleted:
                yield preset

    def inherited(self, who, space, path):
        held = set()
        parts = path.split("/")
        if space in self.teams:
            team = self.teams[space]
            if who not in team.members or team.deleted:
                return set()
            if who == team.admin or who in team.deputies:
                return EVERYTHING
            held = READ | MEANS[team.given.get("all", "nothing")] | MEANS[team.given.get(who, "nothing")]
        elif who == space:
            return EVERYTHING
        for length in range(1, len(parts) + 1):
            for preset in self.reaching(who, space, "/".join(parts[:length])):
                held = held | MEANS[preset]
        return held

    def may(self, who, space, path):
        """The rights somebody has on a folder or file."""
        if path not in FILES:
            return self.inherited(who, space, path)
        held = self.inherited(who, space, path.rpartition("/")[0])
        if (space, path) in self.private:
            keeps = who == space
            if space in self.teams:
                keeps = who in (self.teams[space].admin, self.authors[space, path])
            held = held if keeps else set()
        if space in self.teams and (who not in self.teams[space].members or self.teams[space].deleted):
            return held
        if who != space:
            for preset in self.reaching(who, space, path):
                held = held | MEANS[preset]
        return held

    def forget(self, group, who):
        self.shares = {
            (space, path, through, to): preset
            for (space, path, through, to), preset in self.shares.items()
            if through != group or who not in (space, to)
        }

    def mounted(self, who):
        """Which things of others somebody finds under Shared: those shared to him, but not inside one he reads."""
        reached = {
            (space, path): preset
            for (space, path, group, to) in self.shares
            if space != who and space not in self.teams
            for preset in self.reaching(who, space, path)
        }
        readable = {
            (space, path)
            for space, path in reached
            if path not in FILES and any("read" in MEANS[one] for one in self.reaching(who, space, path))
        }
        return {
            (space, path)
            for space, path in reached
            if not any((space, path[:cut]) in readable for cut in range(len(path)) if path[cut] == "/")
        }


class Rules(RuleBasedStateMachine):
    """Deeds as the operator and as members; what is refused must change nothing."""

    people = Bundle("people")

    @initialize()
    def found(self):
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder / "data", clock=SystemClock())
        self.model = Model()

        def job(tx):
            plans.publish(tx, plans.parse(plans.bundled("plans-demo")))
            domains.add(tx, "example.test")
            return {name: accounts.add(tx, accounts.New(name, "none", "demo")) for name in PEOPLE}

        self.accounts = self.store.write(job)
        for number, name in enumerate(GROUPS):
            admin = PEOPLE[number]
            self.store.write(lambda tx, name=name, admin=admin: members.create(tx, name, administrator=self._id(admin)))
            self.model.teams[name] = Team(admin, {admin})
        self.groups = {name: self._read(lambda tx, name=name: members.find(tx, name)) for name in GROUPS}
        for space in (*PEOPLE, *GROUPS):
            self._furnish(space)

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    def _id(self, who):
        return self.accounts[who].id

    def _read(self, job):
        with self.store.read() as tx:
            return job(tx)

    def _furnish(self, space):
        staged = self.store.stage(b"x")
        owner = self.accounts.get(space) or self.groups[space]
        author = space if space in PEOPLE else self.model.teams[space].admin

        def job(tx):
            for path in PATHS:
                at = collections.root(tx, owner.space, Tool.DOCUMENTS)
                *around, name = path.split("/")
                for one in around:
                    at = collections.find(tx, at.id, one)
                folder = collections.add(tx, at, name, grant=rights.house(tx, at, Right.ADD))
                for file in FILES:
                    if file.rpartition("/")[0] == path:
                        charge = usage.charge(tx, owner.space, Tool.DOCUMENTS, bytes=1, items=1)
                        new = items.New(staged, file.rpartition("/")[2], author=self._id(author))
                        items.add(tx, folder, [new], grant=rights.house(tx, folder, Right.ADD), charge=charge)

        self.store.write(job)
        for file in FILES:
            self.model.authors[space, file] = author

    def _target(self, tx, space, path):
        owner = self.accounts.get(space) or self.groups[space]
        at = collections.root(tx, owner.space, Tool.DOCUMENTS)
        for name in path.split("/"):
            below = collections.find(tx, at.id, name)
            if below is None:
                return Target(at, lookup.find(tx, at.id, name))
            at = below
        return Target(at)

    def _try(self, job):
        """Whether a deed was done; a refusal is one of the house's own errors."""
        try:
            self.store.write(job)
        except HouseError:
            return False
        return True

    # ------------------------------------------------------------ deeds

    who = st.sampled_from(PEOPLE)
    group = st.sampled_from(GROUPS)
    space = st.sampled_from((*PEOPLE, *GROUPS))
    thing = st.sampled_from((*PATHS, *FILES))
    preset = st.sampled_from(list(Preset))

    @rule(group=group, who=who)
    def join(self, group, who):
        team = self.model.teams[group]
        done = self._try(lambda tx: members.add(tx, self.groups[group].id, self._id(who)))
        assert done == (who not in team.members and not team.deleted)
        if done:
            team.members.add(who)

    @rule(group=group, who=who)
    def leave(self, group, who):
        team = self.model.teams[group]
        done = self._try(lambda tx: leaving.remove(tx, self.groups[group].id, self._id(who)))
        assert done == (who in team.members and who != team.admin and not team.deleted)
        if done:
            team.members.remove(who)
            team.deputies.discard(who)
            team.given.pop(who, None)
            self.model.forget(group, who)

    @rule(group=group, who=who, role=st.sampled_from([Role.MEMBER, Role.COADMINISTRATOR]))
    def appoint(self, group, who, role):
        team = self.model.teams[group]
        if self._try(lambda tx: members.set_role(tx, self.groups[group].id, self._id(who), role=role)):
            assert who in team.members
            (team.deputies.add if role is Role.COADMINISTRATOR else team.deputies.discard)(who)

    @rule(group=group, who=who)
    def hand_over(self, group, who):
        team = self.model.teams[group]
        done = self._try(lambda tx: members.hand_over(tx, self.groups[group].id, self._id(who)))
        assert done == (who in team.members and not team.deleted)
        if done and who != team.admin:
            team.admin = who
            team.deputies.discard(who)

    @rule(group=group, to=st.sampled_from([None, *PEOPLE]), preset=preset)
    def give(self, group, to, preset):
        team = self.model.teams[group]
        whom = None if to is None else self._id(to)
        if self._try(lambda tx: presets.give(tx, self.groups[group].id, whom, tool=Tool.DOCUMENTS, preset=preset)):
            assert to is None or to in team.members
            team.given[to or "all"] = preset.value

    @rule(by=who, space=space, thing=thing, group=group, to=st.sampled_from([None, *PEOPLE]), preset=preset)
    def share(self, by, space, thing, group, to, preset):
        offer = Offer(self.groups[group].id, None if to is None else self._id(to), preset)
        may = self.model.may(by, space, thing)
        if self._try(lambda tx: shares.add(tx, self._id(by), self._target(tx, space, thing), offer)):
            team = self.model.teams[group]
            assert "administer" in may
            assert MEANS[preset.value] <= may  # never more than one's own
            assert by in team.members
            assert to is None or to in team.members
            assert space == group or space in team.members  # sharing happens within a group
            self.model.shares[space, thing, group, to or "all"] = preset.value
        else:
            fits = preset.value not in ("nothing", "busy") and not (preset.value == "drop" and thing in FILES)
            own = by == space and by in self.model.teams[group].members and not self.model.teams[group].deleted
            assert not (own and fits and to != by and (to is None or to in self.model.teams[group].members))

    @rule(by=who, data=st.data())
    def unshare(self, by, data):
        if not self.model.shares:
            return
        one = data.draw(st.sampled_from(sorted(self.model.shares)))
        space, thing, group, to = one
        whom = None if to == "all" else self._id(to)

        def job(tx):
            shares.remove(tx, self._id(by), self._target(tx, space, thing), through=self.groups[group].id, to=whom)

        may = self.model.may(by, space, thing)
        done = self._try(job)
        assert not done or "administer" in may or by == to
        assert done or by != space or self.model.teams[group].deleted
        if done:
            del self.model.shares[one]

    @rule(space=space, thing=st.sampled_from(FILES), privacy=st.sampled_from(list(Privacy)))
    def withhold(self, space, thing, privacy):
        def job(tx):
            target = self._target(tx, space, thing)
            grant = rights.house(tx, target.collection, Right.EDIT_ANY)
            items.withhold(tx, target.item, privacy, collection=target.collection, grant=grant)

        self.store.write(job)
        (self.model.private.add if privacy else self.model.private.discard)((space, thing))

    @rule(group=group)
    def delete(self, group):
        team = self.model.teams[group]
        done = self._try(lambda tx: deletion.delete_(tx, self.groups[group].id))
        assert done == (not team.deleted)
        team.deleted = True

    @rule(group=group)
    def restore(self, group):
        if self._try(lambda tx: deletion.restore(tx, group)):
            self.model.teams[group].deleted = False

    # ------------------------------------------------------------ what must hold

    @invariant()
    def all_agree(self):
        if not hasattr(self, "groups"):
            return
        with self.store.read() as tx:
            for who in PEOPLE:
                for space in (*PEOPLE, *GROUPS):
                    for thing in (*PATHS, *FILES):
                        self._agree(tx, who, space, thing)
                found = set()
                for mount in mounts.listed(tx, self._id(who), Tool.DOCUMENTS):
                    inside = collections.get(tx, mount.collection or mount.inside)
                    item = None if mount.item is None else lookup.get(tx, mount.item)
                    found.add((mount.owner_login.partition("@")[0], places.written(tx, inside, item).removeprefix("/")))
                assert found == self.model.mounted(who), who

    def _agree(self, tx, who, space, thing):
        expected = self.model.may(who, space, thing)
        target = self._target(tx, space, thing)
        account = self._id(who)
        if target.item is None:
            held = rights.of(tx, account, target.collection)
        else:
            held = rights.on(tx, account, target.collection, target.item)
            assert rights.need_on(tx, account, target.collection, target.item, Right.NOTHING).on(target.item.id) == held
        assert {right.name.lower() for right in Right if right and right in held} == expected, (who, space, thing)
        if target.item is not None:
            why = rights.why(tx, account, target.collection, target.item)
            assert ("Together: nothing." in why) == (not expected)


Rules.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # explaining traces every line
)
TestRules = Rules.TestCase
