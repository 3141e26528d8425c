"""Random groups, members, shares, private items and hand-overs, held against a short model of the rules.

The model (tests/rights_model.py) knows words for rights and sets; it shares no code with the evaluator. After every
step each account is asked for each thing, what it may do and whether it sees it under `Shared`.
"""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from coserver.accounts import accounts, places
from coserver.accounts.opening import open_store
from coserver.auth import standing
from coserver.clock import SystemClock
from coserver.groups import deletion, freezing, leaving, members, mounts, presets, rights, shares
from coserver.groups.shares import Offer, Target
from coserver.mail import domains
from coserver.model.errors import HouseError
from coserver.model.principal import Role
from coserver.model.rights import Preset, Privacy, Right
from coserver.model.space import Tool
from coserver.quota import plans, usage
from coserver.store import collections, items, lookup
from tests.rights_model import ALL, MEANS, Key, Model, Mount, Team, Thing

PEOPLE = ("alice", "bob", "carol", "dave")
GROUPS = ("crew", "team")
FOLDERS = (  # in every space
    (Tool.DOCUMENTS, "Plans"), (Tool.DOCUMENTS, "Plans/deep"), (Tool.CALENDAR, "Plans"), (Tool.MAIL, "Plans"),
)  # fmt: skip
ITEMS = ((Tool.DOCUMENTS, "Plans"), (Tool.DOCUMENTS, "Plans/deep"), (Tool.CALENDAR, "Plans"))  # one in each of these


class Rules(RuleBasedStateMachine):
    """Deeds as the operator and as members; what is refused must change nothing."""

    @initialize()
    def found(self):
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder / "data", clock=SystemClock())
        self.model = Model(PEOPLE)

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
            for tool, path in FOLDERS:
                at = collections.root(tx, owner.space, tool)
                *around, name = path.split("/")
                for one in around:
                    at = collections.find(tx, at.id, one)
                folder = collections.add(tx, at, name, grant=rights.house(tx, at, Right.ADD))
                if (tool, path) in ITEMS:
                    charge = usage.charge(tx, owner.space, tool, bytes=1, items=1)
                    new = items.New(staged, "item", author=self._id(author))
                    items.add(tx, folder, [new], grant=rights.house(tx, folder, Right.ADD), charge=charge)

        self.store.write(job)
        for tool, path in ITEMS:
            number = len(self.model.things)
            self.model.things[number] = Thing(number, space, str(tool), path, author, name="item")

    def _target(self, tx, space, tool, path, number=None):
        owner = self.accounts.get(space) or self.groups[space]
        at = collections.root(tx, owner.space, Tool(tool))
        for name in path.split("/"):
            at = collections.find(tx, at.id, name)
        return Target(at, None if number is None else lookup.find(tx, at.id, "item"))

    def _try(self, job):
        """Whether a deed was done; a refusal is one of the house's own errors."""
        try:
            self.store.write(job)
        except HouseError as error:
            self.refused = type(error).__name__
            return False
        return True

    def _key(self, space, thing, group, to):
        """What of a space is shared: one of its folders, or what lies in one."""
        if thing < len(FOLDERS):
            tool, path = FOLDERS[thing]
            return Key(space, str(tool), path, None, group, to)
        found = [one for one in self.model.things.values() if one.space == space][thing - len(FOLDERS)]
        return Key(space, found.tool, found.path, found.number, group, to)

    # ------------------------------------------------------------ deeds

    who = st.sampled_from(PEOPLE)
    group = st.sampled_from(GROUPS)
    space = st.sampled_from((*PEOPLE, *GROUPS))
    thing = st.integers(0, len(FOLDERS) + len(ITEMS) - 1)
    someone = st.sampled_from([ALL, *PEOPLE])
    preset = st.sampled_from(list(Preset))

    @rule(group=group, who=who)
    def join(self, group, who):
        team = self.model.teams[group]
        done = self._try(lambda tx: members.add(tx, self.groups[group].id, self._id(who)))
        assert done == (who not in team.members and team.state != "deleted")
        if done:
            team.members.add(who)

    @rule(group=group, who=who)
    def leave(self, group, who):
        team = self.model.teams[group]
        done = self._try(lambda tx: leaving.remove(tx, self.groups[group].id, self._id(who)))
        assert done == (who in team.members and who != team.admin and team.state != "deleted")
        if done:
            self.model.forget(group, who)

    @rule(group=group, who=who, role=st.sampled_from([Role.MEMBER, Role.COADMINISTRATOR]))
    def appoint(self, group, who, role):
        team = self.model.teams[group]
        done = self._try(lambda tx: members.set_role(tx, self.groups[group].id, self._id(who), role=role))
        assert done == (who in team.members and who != team.admin and team.state != "deleted")
        if done:
            (team.deputies.add if role is Role.COADMINISTRATOR else team.deputies.discard)(who)

    @rule(group=group, who=who)
    def hand_over(self, group, who):
        team = self.model.teams[group]
        done = self._try(lambda tx: members.hand_over(tx, self.groups[group].id, self._id(who)))
        assert done == (who in team.members and team.state != "deleted")
        if done and who != team.admin:
            team.admin, team.state = who, "active"
            team.deputies.discard(who)

    @rule(group=group, to=someone, tool=st.sampled_from([Tool.DOCUMENTS, Tool.CALENDAR]), preset=preset)
    def give(self, group, to, tool, preset):
        team = self.model.teams[group]
        whom = None if to == ALL else self._id(to)
        done = self._try(lambda tx: presets.give(tx, self.groups[group].id, whom, tool=tool, preset=preset))
        assert done == ((to == ALL or to in team.members) and team.state != "deleted")
        if done:
            team.given[str(tool), to] = preset.value

    @rule(by=who, space=space, thing=thing, group=group, to=someone, preset=preset)
    def share(self, by, space, thing, group, to, preset):
        """Never more than one's own rights, never outside a group (S6)."""
        key = self._key(space, thing, group, to)
        offer = Offer(self.groups[group].id, None if to == ALL else self._id(to), preset)
        against = self.model.against_sharing(by, key, preset.value)
        done = self._try(lambda tx: shares.add(tx, self._id(by), self._target(tx, *key[:4]), offer))
        assert done == (not against), against
        if done:
            self.model.shares[key] = preset.value
            assert MEANS[preset.value] <= self.model.on_key(by, key)
        else:
            assert self.refused in against

    @rule(by=who, data=st.data())
    def unshare(self, by, data):
        if not self.model.shares:
            return
        key = data.draw(st.sampled_from(sorted(self.model.shares, key=str)))
        whom = None if key.to == ALL else self._id(key.to)

        def job(tx):
            shares.remove(tx, self._id(by), self._target(tx, *key[:4]), through=self.groups[key.group].id, to=whom)

        against = set() if by == key.to else self.model.against_taking(by, key)
        if self.model.teams[key.group].state == "deleted":
            against = {"Missing"}
        done = self._try(job)
        assert done == (not against)
        if done:
            del self.model.shares[key]

    @rule(number=st.integers(0, len((*PEOPLE, *GROUPS)) * len(ITEMS) - 1), privacy=st.sampled_from(list(Privacy)))
    def withhold(self, number, privacy):
        thing = self.model.things[number]

        def job(tx):
            target = self._target(tx, thing.space, thing.tool, thing.path, number)
            grant = rights.house(tx, target.collection, Right.EDIT_ANY)
            items.withhold(tx, target.item, privacy, collection=target.collection, grant=grant)

        self.store.write(job)
        thing.privacy = privacy.name.lower()

    @rule(who=who, hides=st.booleans())
    def hide(self, who, hides):
        self.store.write(lambda tx: standing.set_hides_private(tx, self._id(who), hides=hides))
        (self.model.hiding.add if hides else self.model.hiding.discard)(who)

    @rule(group=group, to=st.sampled_from(["active", "frozen", "deleted"]))
    def turn(self, group, to):
        """Freeze a group, thaw it, delete it or give it back; one that was frozen comes back active."""
        team = self.model.teams[group]
        deeds = {"frozen": freezing.freeze, "deleted": deletion.delete_}
        deeds["active"] = freezing.thaw if team.state == "frozen" else lambda tx, _: deletion.restore(tx, group)
        if self._try(lambda tx: deeds[to](tx, self.groups[group].id)):
            team.state = to
        else:
            assert team.state in (to, "deleted")

    # ------------------------------------------------------------ what must hold

    @invariant()
    def all_agree(self):
        if not hasattr(self, "groups"):
            return
        with self.store.read() as tx:
            for who in PEOPLE:
                for space in (*PEOPLE, *GROUPS):
                    for tool, path in FOLDERS:
                        held = rights.of(tx, self._id(who), self._target(tx, space, tool, path).collection)
                        assert _words(held) == self.model.on_folder(who, space, str(tool), path), (who, space, path)
                for thing in self.model.things.values():
                    self._agree(tx, who, thing)
                self._find_mounts(tx, who)

    def _agree(self, tx, who, thing):
        expected = self.model.on_thing(who, thing)
        target = self._target(tx, thing.space, thing.tool, thing.path, thing.number)
        asked = (tx, self._id(who), target.collection, target.item)
        held = rights.on(*asked)
        assert _words(held) == expected, (who, thing)
        assert rights.need_on(*asked, Right.NOTHING).on(target.item.id) == held
        assert ("Together: nothing." in rights.why(*asked)) == (not expected)
        assert self._try_withhold(*asked) == self.model.may_withhold(who, thing)

    def _try_withhold(self, *asked):
        try:
            rights.need_withhold(*asked)
        except HouseError:
            return False
        return True

    def _find_mounts(self, tx, who):
        for tool in Tool:
            found = set()
            for mount in mounts.listed(tx, self._id(who), tool):
                inside = collections.get(tx, mount.collection or mount.inside)
                path = places.written(tx, inside).partition(":")[2] or places.written(tx, inside).removeprefix("/")
                owner = mount.owner_login.partition("@")[0]
                number = None if mount.item is None else self._number(owner, str(tool), path)
                found.add(Mount(owner, path, number))
            assert found == self.model.mounts(who, str(tool)), who

    def _number(self, space, tool, path):
        found = [one for one in self.model.things.values() if (one.space, one.tool, one.path) == (space, tool, path)]
        return found[0].number


def _words(held):
    return {right.name.lower() for right in Right if right and right in held}


Rules.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # explaining traces every line
)
TestRules = Rules.TestCase
