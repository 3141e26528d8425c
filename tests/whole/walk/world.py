"""Five people and three groups on a running house, beside the model of the rules; and the look at all of it.

Names carry the number of the world, so that one process serves many of them. A deed does something through one of
the ways into the house and says what the model had expected: `settle` holds the two together.
"""

import logging
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from coserver.auth.passwords import Cost, Hasher
from coserver.model.errors import HouseError
from coserver.net.call import Call, connect
from tests.rights_model import ALL, EVERYTHING, TOOLS, Model, Team, Thing
from tests.whole.walk.expected import Expected, differences, found_in, login
from tests.whole.walk.look import Looker
from tests.whole.walk.wire import Imap, Said, Web

log = logging.getLogger(__name__)

NAMES = ("alice", "bob", "carol", "dave", "erin")
PASSWORD = "walk about 4711"
VERIFIER = "{ARGON2ID}" + Hasher(cost=Cost(memory=64, passes=1)).hash(PASSWORD)  # cheap: there are many
PLENTY = 1_000_000_000
PLAN = {f"{tool}_{what}": PLENTY if what == "bytes" else 1_000_000 for tool in TOOLS for what in ("bytes", "items")}
BOOKS = {"calendar": ["calendar", "tasks", "extra"], "contacts": ["contacts"]}
LETTER_ROOM = (100_000, 20)  # what letters of the house may take above the limit, in bytes and items
SAME = {"Conflict": {"Missing", "Exists", "Denied"}, "Stale": {"Exists"}}  # words that HTTP has for several


class World:
    """What deeds work on."""

    def __init__(self, house: Any, number: int, seed: int) -> None:
        self.house = house
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.people = tuple(f"{name}{number}" for name in NAMES)
        self.model = Model(self.people)
        self.lookers: dict[str, Looker] = {}
        self.told: list[str] = []  # what was done, a line each
        self.labels: set[str] = set()  # of all that deeds brought in
        self.hrefs: dict[tuple[str, str, str], str] = {}  # how others would name a calendar of a space
        self.held: dict[tuple[str, str], tuple[int, int]] = {}  # bytes and items after the last look
        self.over: set[tuple[str, str]] = set()  # where a change of plan left too much
        self.plans: dict[str, str] = {}
        self.arrives: set[str] = set()  # into whose mail something was delivered since
        self.probes = self.done = 0
        self.explained: dict[tuple[str, str, str], frozenset[str]] = {}
        found = connect(house.demo.data)
        assert isinstance(found, Call)
        self._call = found
        self._furnish(number)

    def close(self) -> None:
        """Hang up everywhere."""
        for looker in self.lookers.values():
            looker.close()
        self._call.close()

    # ------------------------------------------------------------ the ways in

    def verb(self, verb: str, **args: Any) -> Said:
        """One verb over the control socket."""
        self.probes += 1
        try:
            answer = self._call.operate(verb, args)
        except HouseError as error:
            return Said(type(error).__name__, error.text)
        self.answer = answer
        return Said("ok", str(answer))

    def imap(self, who: str) -> Imap:
        """The mail program of somebody."""
        self.probes += 1
        return self.lookers[who].imap

    def web(self, who: str) -> Web:
        """The web client of somebody."""
        self.probes += 1
        return self.lookers[who].web

    def settle(self, deed: str, against: set[str], said: Any) -> bool:
        """Hold what was answered against what stood against it; whether it was done."""
        self.told.append(f"{deed}: {said.kind}")
        log.debug("%s", self.told[-1])
        if said.kind == "ok":
            self.done += 1
            assert not against, f"{deed} was done, though {sorted(against)}"
            return True
        fits = against & ({said.kind} | SAME.get(said.kind, set()))
        assert fits, f"{deed} was refused ({said}), expected {sorted(against) or 'ok'}"
        return False

    # ------------------------------------------------------------ what there is

    def label(self, kind: str) -> str:
        """A word for something new that is in nothing else."""
        word = f"{kind}{len(self.labels)}of{self.people[0][5:]}"
        self.labels.add(word)
        return word

    def new(self, tool: str, space: str, path: str, author: str, **told: Any) -> Thing:
        """Something that has come to lie in a space."""
        number = max(self.model.things, default=0) + 1
        thing = Thing(number, space, tool, path, author, **told)
        self.model.things[number] = thing
        return thing

    def room(self, space: str, tool: str, size: int, items: int = 1) -> set[str]:
        """What stands against so much more, when nothing else does."""
        if size <= 0 and items <= 0:
            return set()
        held, limit = self.held[space, tool], self.model.limit(space, tool)
        full = held[0] + size > limit[0] or (items > 0 and held[1] + items > limit[1])
        return {"NoRoom"} if full or self.model.is_shut(space) else set()

    def where(self, who: str, tool: str, space: str, path: str) -> tuple[str, bool]:
        """The path under which somebody has a folder, or would have it, and whether he has."""
        tree = Expected(self.model, who).tree(tool)
        for shown, place in tree.items():
            if place == (space, path):
                return shown, True
        if space in self.model.teams:
            return f"Groups/{space}" + (f"/{path}" if path else ""), False
        return f"Shared/{login(space)}/{path}", False

    def uid(self, thing: Thing) -> int:
        """The number of a message in its mailbox, as who sees all of it found it at the last look."""
        space = thing.space
        looker = self.lookers[self.model.payer(space)]
        name, _ = self.where(self.model.payer(space), "mail", space, thing.path)
        fits = [one.uid for one in looker.view.messages[name] if one.label == thing.label]
        same = [
            one.number
            for one in self.model.things.values()
            if (one.space, one.tool, one.path, one.label) == (space, "mail", thing.path, thing.label)
        ]
        return sorted(fits)[sorted(same).index(thing.number)]

    # ------------------------------------------------------------ the look

    def look(self) -> None:
        """Everything that everybody is shown is what the model says; and the figures are those of a recount."""
        with ThreadPoolExecutor(len(self.people)) as pool:
            found = dict(zip(self.people, pool.map(lambda who: self.lookers[who].look(), self.people), strict=True))
        for who, view in found.items():
            self.probes += 4 + 2 * len(view.messages) + len(view.books) + len(view.folders) + len(view.files)
            lines = differences(found_in(view, self.labels), Expected(self.model, who).all())
            assert not lines, f"{who} is shown otherwise:\n" + "\n".join(lines)
            if not self.model.teams_of(who):
                self._need_alone(who)
            for (tool, title), book in view.books.items():
                self._learn(who, tool, title, book.href)
        self._recount()

    def _need_alone(self, who: str) -> None:
        """Who belongs to no group is shown nothing but his own."""
        view = self.lookers[who].view
        names = [*view.letters, *(path[1:] for path in (*view.folders, *view.files))]
        assert not [name for name in names if name.startswith(("Groups", "Shared", "Drop"))]
        assert {title for _, title in view.books} == {"Calendar", "Tasks", "extra", "Contacts"}

    def _learn(self, who: str, tool: str, title: str, href: str) -> None:
        for space in (*self.people, *self.model.teams):
            for path in self.model.folders[space, tool]:
                of = login(space) if space in self.people else space
                named = {"calendar": "Calendar", "tasks": "Tasks", "contacts": "Contacts"}.get(path, path)
                if space != who and title == f"{named} ({of})":
                    self.hrefs[space, tool, path] = href.removeprefix(f"/dav/{login(who)}/")

    def _recount(self) -> None:
        """Usage is the sum of what its owner is shown; none is above its limit that was not before (S1, R59)."""
        counted = {(space, tool): (0, 0) for space in self._spaces() for tool in TOOLS}
        for space in self._spaces():
            for tool, size in self._sizes(space):
                held = counted[space, tool]
                counted[space, tool] = (held[0] + size, held[1] + 1)
        told = self._usage()
        if told != counted:  # a letter of the house may have come in between
            for looker in self.lookers.values():
                looker.look()
            told, counted = (
                self._usage(),
                counted
                | {
                    (space, "mail"): _sum(size for tool, size in self._sizes(space) if tool == "mail")
                    for space in self._spaces()
                },
            )
        assert told == counted, {key: (told[key], counted[key]) for key in counted if told[key] != counted[key]}
        for (space, tool), held in counted.items():
            limit, before = self.model.limit(space, tool), self.held.get((space, tool), (0, 0))
            for number in (0, 1):
                most = max(limit[number], before[number])
                if tool == "mail":
                    most += PLENTY if space in self.arrives else LETTER_ROOM[number]
                assert held[number] <= most, f"{space} holds {held} in {tool}, may hold {limit}, held {before}"
        self.arrives = set()
        self.held = self.held | counted
        within = {key for key, held in counted.items() if all(map(int.__le__, held, self.model.limit(*key)))}
        self.over -= within
        for thing in self.model.things.values():
            if not thing.size:  # mail grows on its way
                view = self.lookers[thing.space].view
                thing.size = next(one.size for one in view.messages[thing.path] if one.label == thing.label)

    def _spaces(self) -> list[str]:
        living = [name for name, team in self.model.teams.items() if team.state != "deleted"]
        return [*self.people, *living]

    def _usage(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Bytes and items of every tool of every space, as the house has counted them."""
        found = {}
        assert self.verb("group list").kind == "ok"
        usage = {one["name"]: one["usage"] for one in self.answer}
        assert self.verb("account list").kind == "ok"
        usage |= {one["login"].partition("@")[0]: one["usage"] for one in self.answer}
        for space in self._spaces():
            for tool in TOOLS:
                found[space, tool] = (usage[space][tool]["bytes"], usage[space][tool]["items"])
        return found

    def _sizes(self, space: str) -> list[tuple[str, int]]:
        """Tool and size of everything in a space, as who sees all of it was shown it."""
        view = self.lookers[self.model.payer(space)].view
        group = space in self.model.teams
        start = f"Groups/{space}" if group else ""
        found = []
        for name, messages in view.messages.items():
            if (
                (name == start or name.startswith(f"{start}/"))
                if group
                else not name.startswith(("Groups/", "Shared/"))
            ):
                found += [("mail", one.size) for one in messages]
        for path, file in view.files.items():
            if path.startswith(f"/{start}/") if group else not path.startswith(("/Groups/", "/Shared/", "/Drop/")):
                found.append(("documents", file.size))
        for (tool, title), book in view.books.items():
            if title.endswith(f" ({space})") if group else title in ("Calendar", "Tasks", "extra", "Contacts"):
                found += [(tool, one.size) for one in book.entries.values()]
        return found

    def explain(self, *, everything: bool = False) -> None:
        """`rights why` says what the model says: where that is new since it was asked, and of some things more."""
        every = self._explained()
        asked = {key for key, held in every.items() if everything or self.explained.get(key) != held}
        asked |= set(self.random.sample(sorted(every), 15))
        for who, tool, path in sorted(asked):
            said = self.verb("rights why", login=login(who), path=path if tool == "documents" else f"{tool}:{path}")
            assert said.kind == "ok", said
            assert set(self.answer["rights"]) == every[who, tool, path], (who, tool, path, self.answer)
        self.explained |= every

    def _explained(self) -> dict[tuple[str, str, str], frozenset[str]]:
        """What everybody may do with everything, by login, tool and path."""
        found = {}
        there = set(self._spaces())
        for who in self.people:
            for (space, tool), paths in self.model.folders.items():
                for path in paths if space in there else ():
                    found[who, tool, self._path(who, space, path)] = self.model.on_folder(who, space, tool, path)
            for thing in self.model.things.values():
                if thing.space in there:
                    last = f";UID={self.uid(thing)}" if thing.tool == "mail" else f"/{thing.name}"
                    path = self._path(who, thing.space, thing.path + last)
                    found[who, thing.tool, path] = self.model.on_thing(who, thing)
        return found

    def _path(self, who: str, space: str, path: str) -> str:
        start = "" if who == space else f"Groups/{space}/" if space in self.model.teams else f"Shared/{login(space)}/"
        return (start + path).replace("/;", ";")

    def doctor(self) -> None:
        """The store finds nothing wrong with itself."""
        assert self.verb("doctor").kind == "ok"
        assert self.answer == []

    # ------------------------------------------------------------ the beginning

    def _furnish(self, number: int) -> None:
        demo = self.house.demo
        tls = self.house.wires("alice").tls()
        for who in self.people:
            said = self.verb("account add", login=who, verifier=VERIFIER, plan="demo")
            assert said.kind == "ok", said
            imap = Imap(demo.ports["imaps"], tls, login(who), PASSWORD)
            self.lookers[who] = Looker(login(who), imap, Web(demo.ports["https"], tls, login(who), PASSWORD))
            self.model.limits[who] = PLAN | {"groups": 100, "members": 2000}
            self._fill(who, ["INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive", "Plans", "Plans/deep"], BOOKS)
        for position, name in enumerate((f"team{number}", f"crew{number}", f"band{number}")):
            admin = self.people[position]
            assert self.verb("group add", name=name, admin=login(admin)).kind == "ok"
            self.model.teams[name] = Team(admin, {admin}, founder=admin)
            self._fill(name, ["Plans", "Plans/deep"], {"calendar": ["calendar", "tasks"], "contacts": ["contacts"]})
        for name in self.model.teams:
            for other in [other for other in range(len(self.people)) if self.random.random() < 0.4]:
                if self.people[other] in self.model.teams[name].members:
                    continue
                assert self.verb("group member add", name=name, login=login(self.people[other])).kind == "ok"
                self.model.teams[name].members.add(self.people[other])

    def _fill(self, space: str, mailboxes: list[str], books: dict[str, list[str]]) -> None:
        who = self.model.payer(space)
        start = "" if who == space else f"Groups/{space}/"
        self.model.folders |= {(space, tool): list(paths) for tool, paths in books.items()}
        self.model.folders[space, "mail"] = mailboxes
        self.model.folders[space, "documents"] = ["Plans", "Plans/deep"]
        for path in ("Plans", "Plans/deep"):
            assert self.imap(who).do(f'CREATE "{start}{path}"').kind == "ok"
            assert self.web(who).ask("MKCOL", f"/drive/{start}{path}/").status == 201
        if "extra" in books["calendar"]:
            assert self.web(who).ask("MKCALENDAR", f"/dav/{login(who)}/extra/").status == 201


def _sum(sizes: Any) -> tuple[int, int]:
    every = list(sizes)
    return sum(every), len(every)


__all__ = ["ALL", "EVERYTHING", "Counter", "World"]
