"""The rules of groups, rights, shares, privacy and room, in words and sets: what machines hold the house against.

It shares no code with the house and imports none of it: a fault in the evaluator cannot hide in here as well. A
space is named after its account or its group, a tool by its word; folders stand for mailboxes, calendars and
address books too. What somebody may do is asked of a `Model`; deeds change it, once the house has done them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

READ = frozenset({"busy", "read"})
CONTRIBUTE = READ | {"seen", "add", "edit_own", "delete_own", "post"}
EDIT = CONTRIBUTE | {"edit_any", "delete_any"}
EVERYTHING = EDIT | {"drop", "administer"}
NOTHING: frozenset[str] = frozenset()
MEANS = {
    "nothing": NOTHING, "busy": frozenset({"busy"}), "read": READ, "contribute": CONTRIBUTE, "edit": EDIT,
    "manage": EVERYTHING, "drop": frozenset({"drop"}),
}  # fmt: skip
TOOLS = ("mail", "documents", "calendar", "contacts")
ALL = "all"  # stands for everybody in a group


@dataclass
class Team:
    """A group, as its rules see it; `given` has the preset of a tool for a member or for all.

    `founder` made the folders in its documents, whoever administers it by now.
    """

    admin: str
    members: set[str]
    deputies: set[str] = field(default_factory=set)
    given: dict[tuple[str, str], str] = field(default_factory=dict)
    state: str = "active"
    founder: str = ""


@dataclass
class Deposit:
    """Who left a file in a box, under which name, and whether the folder was shared with him for that."""

    sender: str
    name: str
    shared: bool


@dataclass
class Thing:
    """A message, file, entry or contact. `busy`: it takes time; `label` is what its content says, `uid` its UID."""

    number: int
    space: str
    tool: str
    path: str
    author: str
    size: int = 1
    privacy: str = "open"
    busy: bool = True
    name: str = ""
    label: str = ""
    uid: str = ""
    deposit: Deposit | None = None


class Key(NamedTuple):
    """What is shared with whom: `number` is None for a folder with all below it; `to` is a member or ALL."""

    space: str
    tool: str
    path: str
    number: int | None
    group: str
    to: str


class Mount(NamedTuple):
    """Something of another's private space that appears under Shared."""

    space: str
    path: str
    number: int | None


@dataclass
class Model:
    """Everything the rules look at; `limits` has what an account's plan allows, by capacity."""

    people: tuple[str, ...]
    teams: dict[str, Team] = field(default_factory=dict)
    folders: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    things: dict[int, Thing] = field(default_factory=dict)
    shares: dict[Key, str] = field(default_factory=dict)
    hiding: set[str] = field(default_factory=set)  # who does not want to be seen busy by what is private
    limits: dict[str, dict[str, int]] = field(default_factory=dict)

    # ------------------------------------------------------------ who stands where

    def teams_of(self, who: str) -> list[str]:
        """The groups somebody belongs to, but for deleted ones."""
        return [name for name, team in self.teams.items() if who in team.members and team.state != "deleted"]

    def together(self, who: str, other: str) -> list[str]:
        """The groups two have in common."""
        return [name for name in self.teams_of(who) if other in self.teams[name].members]

    def comembers(self, who: str) -> set[str]:
        """Everybody else in the groups of somebody."""
        return {one for name in self.teams_of(who) for one in self.teams[name].members} - {who}

    def manages(self, who: str, group: str) -> bool:
        """Whether somebody is administrator or co-administrator."""
        return who == self.teams[group].admin or who in self.teams[group].deputies

    # ------------------------------------------------------------ rights

    def reaching(self, who: str, thing: tuple[str, str, str], number: int | None = None) -> Iterator[tuple[str, str]]:
        """Group and preset of each share on exactly that thing that reaches somebody."""
        space, tool, path = thing
        for key, preset in self.shares.items():
            team = self.teams[key.group]
            here = key[:3] == (space, tool, path) if number is None else True
            reaches = who in team.members and key.to in (who, ALL) and team.state != "deleted" and who != space
            if key.number == number and here and reaches:
                yield key.group, preset

    def around(self, who: str, space: str, tool: str, path: str) -> Iterator[tuple[str, str]]:
        """Group and preset of each share that reaches somebody on a folder or around it."""
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            yield from self.reaching(who, (space, tool, "/".join(parts[:length])))

    def on_folder(self, who: str, space: str, tool: str, path: str) -> frozenset[str]:
        """What somebody may do in a folder; an empty path is the whole tool."""
        if who == space:
            return EVERYTHING
        held = NOTHING
        if space in self.teams:
            team = self.teams[space]
            if who not in team.members or team.state == "deleted":
                return NOTHING
            if team.state == "frozen":
                return READ
            if self.manages(who, space):
                return EVERYTHING
            held = READ | MEANS[team.given.get((tool, ALL), "nothing")] | MEANS[team.given.get((tool, who), "nothing")]
        for _, preset in self.around(who, space, tool, path):
            held |= MEANS[preset]
        return held

    def on_thing(self, who: str, thing: Thing) -> frozenset[str]:
        """What somebody may do with an item."""
        held = self.on_folder(who, thing.space, thing.tool, thing.path)
        if thing.privacy != "open" and not self.spared(who, thing):
            hidden = thing.privacy == "private" and thing.space in self.hiding
            held = held & {"busy"} if thing.tool == "calendar" and not hidden else NOTHING
        if thing.space in self.teams and self.teams[thing.space].state != "active":
            return held
        for _, preset in self.reaching(who, (thing.space, thing.tool, thing.path), thing.number):
            held |= MEANS[preset]
        return held

    def spared(self, who: str, thing: Thing) -> bool:
        """Whether privacy of an item withholds nothing from somebody."""
        if thing.space in self.teams:
            return who in (self.teams[thing.space].admin, thing.author)
        return who == thing.space

    def may(self, who: str, thing: Thing, deed: str) -> bool:
        """Whether somebody may `edit` or `delete` an item, be it as his own."""
        held = self.on_thing(who, thing)
        return f"{deed}_any" in held or (f"{deed}_own" in held and thing.author == who)

    def may_withhold(self, who: str, thing: Thing) -> bool:
        """Whether somebody says how private an item is."""
        held = self.on_thing(who, thing)
        if thing.space not in self.teams:
            return who == thing.space
        mine = thing.author == who and self.teams[thing.space].state == "active"
        return "read" in held and (mine or (who == self.teams[thing.space].admin and "edit_any" in held))

    def sight(self, who: str, thing: Thing) -> str:
        """How somebody sees an item where it lies: `full`, `masked` or not at all."""
        held = self.on_thing(who, thing)
        if "read" in held:
            return "full"
        return "masked" if thing.tool == "calendar" and "busy" in held and thing.busy else ""

    def may_keep(self, who: str, space: str, privacy: str) -> bool:
        """Whether something so private may come into a space by somebody's hand."""
        return privacy == "open" or space in self.teams or who == space

    # ------------------------------------------------------------ sharing

    def against_sharing(self, by: str, key: Key, preset: str) -> set[str]:
        """What stands against it that somebody shares something, as kinds of refusal; nothing: he may."""
        team, found = self.teams[key.group], self.against_taking(by, key)
        if preset == "nothing" or (preset == "busy" and key.tool != "calendar"):
            found.add("Malformed")
        if preset == "drop" and (key.tool != "documents" or key.number is not None):
            found.add("Malformed")
        if key.to != ALL and (key.to not in team.members or team.state == "deleted"):
            found.add("Missing")
        if key.to == key.space:
            found.add("Malformed")
        if by != key.space and not MEANS[preset] <= self.on_key(by, key):
            found.add("Denied")
        return found

    def against_taking(self, by: str, key: Key) -> set[str]:
        """What stands against it that somebody decides about a share at all."""
        team, found = self.teams[key.group], set()
        if team.state == "deleted":
            found.add("Missing")
        if key.space in self.teams and key.space != key.group:
            found.add("Denied")
        if key.space not in self.teams and key.space not in team.members:
            found.add("Missing")
        if by != key.space:
            through = key.space in self.teams or self._came_through(by, key)
            if "administer" not in self.on_key(by, key) or by not in team.members or not through:
                found.add("Denied")
        return found

    def on_key(self, who: str, key: Key) -> frozenset[str]:
        """What somebody may do with what a share is on."""
        if key.number is not None:
            return self.on_thing(who, self.things[key.number])
        return self.on_folder(who, key.space, key.tool, key.path)

    def may_describe(self, who: str, space: str, path: str) -> bool:
        """Whether somebody may change the properties of a folder of the drive: any, or one he made."""
        held = self.on_folder(who, space, "documents", path)
        made = bool(path) and space in self.teams and self.teams[space].founder == who
        return "edit_any" in held or ("edit_own" in held and made)

    def _came_through(self, by: str, key: Key) -> bool:
        reaching = [*self.around(by, key.space, key.tool, key.path)]
        if key.number is not None:
            reaching += self.reaching(by, key[:3], key.number)
        return any(group == key.group and preset == "manage" for group, preset in reaching)

    def forget(self, group: str, who: str) -> None:
        """A membership ended: with it goes what was shared to him or by him."""
        team = self.teams[group]
        team.members.discard(who)
        team.deputies.discard(who)
        team.given = {(tool, to): preset for (tool, to), preset in team.given.items() if to != who}
        self.shares = {
            key: preset for key, preset in self.shares.items() if key.group != group or who not in (key.space, key.to)
        }

    def move(self, number: int, path: str) -> None:
        """An item lies in another folder of its space now; what was shared of it stays so."""
        self.things[number].path = path
        self.shares = {
            key._replace(path=path) if key.number == number else key: preset for key, preset in self.shares.items()
        }

    def rename(self, space: str, tool: str, old: str, *, new: str) -> None:
        """A folder has another path now, with all below it and what was shared there."""

        def renamed(path: str) -> str:
            return new + path.removeprefix(old) if f"{path}/".startswith(f"{old}/") else path

        self.folders[space, tool] = [renamed(path) for path in self.folders[space, tool]]
        for thing in self.things.values():
            if (thing.space, thing.tool) == (space, tool):
                thing.path = renamed(thing.path)
        self.shares = {
            key._replace(path=renamed(key.path)) if key[:2] == (space, tool) else key: preset
            for key, preset in self.shares.items()
        }

    def remove(self, number: int) -> None:
        """An item is gone, and what was shared of it."""
        del self.things[number]
        self.shares = {key: preset for key, preset in self.shares.items() if key.number != number}

    # ------------------------------------------------------------ what appears under Shared

    def mounts(self, who: str, tool: str) -> set[Mount]:
        """What others share with somebody, but for what lies inside another shared folder that he may read."""
        reached: dict[Mount, bool] = {}
        for key in self.shares:
            if key.tool != tool or key.space in self.teams or key.space == who:
                continue
            for _, preset in self.reaching(who, key[:3], key.number):
                mount = Mount(key.space, key.path, key.number)
                reached[mount] = reached.get(mount, False) or "read" in MEANS[preset]
        readable = {(space, path) for (space, path, number), reads in reached.items() if reads and number is None}
        return {mount for mount in reached if not any((mount.space, path) in readable for path in _inside(mount))}

    # ------------------------------------------------------------ room

    def payer(self, space: str) -> str:
        """Whose plan counts for a space."""
        return self.teams[space].admin if space in self.teams else space

    def is_shut(self, space: str) -> bool:
        """Whether nothing may be added to a group: it is frozen, deleted or one too many for the plan."""
        if space not in self.teams:
            return False
        admin = self.teams[space].admin
        living = [name for name, team in self.teams.items() if team.admin == admin and team.state != "deleted"]
        beyond = living.index(space) >= self.limits[admin]["groups"] if space in living else True
        return beyond or self.teams[space].state != "active"

    def limit(self, space: str, tool: str) -> tuple[int, int]:
        """The bytes and the items that a tool of a space may hold."""
        allowed = self.limits[self.payer(space)]
        return allowed[f"{tool}_bytes"], allowed[f"{tool}_items"]


def _inside(mount: Mount) -> list[str]:
    """The folders something lies in."""
    above = [mount.path[:cut] for cut in range(len(mount.path)) if mount.path[cut] == "/"]
    return above if mount.number is None else [*above, mount.path]
