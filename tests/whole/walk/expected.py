"""What the model of the rules says that one account is shown, in the form in which `look` finds it.

The words of the protocols for rights stand here once more, written down from the rules and not from the house.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.rights_model import EVERYTHING, READ, Model, Mount, Thing
from tests.whole.walk.look import View

DOMAIN = "example.test"
OWN = ("INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive")  # subscribed to from the start
TITLES = {"calendar": "Calendar", "tasks": "Tasks", "contacts": "Contacts"}
LETTERS = {
    "l": {"read"}, "r": {"read"}, "s": {"read"}, "w": {"edit_own", "edit_any"}, "i": {"add"}, "p": {"post"},
    "k": {"edit_any"}, "x": {"delete_any"}, "t": {"delete_own", "delete_any"}, "e": {"delete_own", "delete_any"},
    "c": {"edit_any"}, "d": {"delete_own", "delete_any"}, "a": {"administer"},
}  # fmt: skip

Labels = Counter[str]
Entry = tuple[str, frozenset[str]]


@dataclass
class Shows:
    """What is shown: letters and messages of mailboxes, privileges and entries of books, folders and files."""

    letters: dict[str, frozenset[str]] = field(default_factory=dict)
    subscribed: set[str] = field(default_factory=set)
    messages: dict[str, Labels] = field(default_factory=dict)
    books: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    entries: dict[tuple[str, str], Counter[Entry]] = field(default_factory=dict)
    folders: dict[str, frozenset[str]] = field(default_factory=dict)
    files: dict[str, Entry] = field(default_factory=dict)


def login(who: str) -> str:
    """The full login."""
    return f"{who}@{DOMAIN}"


def letters(held: Iterable[str]) -> frozenset[str]:
    """Rights as letters of IMAP (RFC 4314)."""
    return frozenset(letter for letter, giving in LETTERS.items() if giving & set(held))


def on_book(held: frozenset[str], tool: str) -> frozenset[str]:
    """Rights on a calendar or address book as privileges (RFC 3744)."""
    told = on_entry(held, tool, edits=bool(held & {"edit_any", "edit_own"}))
    told |= {"bind"} if "add" in held else set()
    told |= {"unbind"} if held & {"delete_any", "delete_own"} else set()
    return told | ({"write-properties"} if "edit_any" in held else set())


def on_entry(held: frozenset[str], tool: str, *, edits: bool) -> frozenset[str]:
    """Rights on one entry as privileges."""
    told = {"read"} | ({"read-free-busy"} if tool == "calendar" else set())
    told |= {"write-content"} if edits else set()
    told |= {"write"} if {"add", "edit_any", "delete_any"} <= held else set()
    return frozenset(told | on_list(held) | ({"all"} if held >= EVERYTHING else set()))


def on_folder(held: frozenset[str], *, describes: bool) -> frozenset[str]:
    """Rights on a folder of the drive as privileges."""
    told = {"read"} if "read" in held else set()
    told |= {"bind"} if held & {"add", "drop"} else set()
    told |= {"write-properties"} if describes else set()
    told |= {"unbind"} if "delete_any" in held else set()
    told |= {"write-content", "write"} if {"add", "edit_any", "delete_any"} <= held else set()
    return frozenset(told | on_list(held))


def on_file(held: frozenset[str], *, edits: bool) -> frozenset[str]:
    """Rights on a file as privileges."""
    return frozenset({"read"} | ({"write-properties", "write-content"} if edits else set()) | on_list(held))


def on_list(held: frozenset[str]) -> set[str]:
    """Rights on the list of who may do what."""
    return {"read-acl", "write-acl"} if "administer" in held else set()


class Expected:
    """Asks the model for one account."""

    def __init__(self, model: Model, who: str) -> None:
        self.model = model
        self.who = who
        self.shows = Shows()

    def all(self) -> Shows:
        """Everything that is shown."""
        self._mail()
        self._books()
        self._drive()
        return self.shows

    def tree(self, tool: str) -> dict[str, tuple[str, str]]:
        """Every folder of a tool that is shown, as the path under which it is and the one it has in its space."""
        found = {path: (self.who, path) for path in self.model.folders[self.who, tool]}
        for group in self.model.teams_of(self.who):
            found[f"Groups/{group}"] = (group, "")
            found |= {f"Groups/{group}/{path}": (group, path) for path in self.model.folders[group, tool]}
        for mount in self.model.mounts(self.who, tool):
            if mount.number is None and "read" in self._held(mount.space, tool, mount.path):
                start = f"Shared/{login(mount.space)}/{_name(mount.path)}"
                for path in self.model.folders[mount.space, tool]:
                    if f"{path}/".startswith(f"{mount.path}/"):
                        found[start + path.removeprefix(mount.path)] = (mount.space, path)
        return found

    def boxes(self) -> dict[str, tuple[str, str]]:
        """The drop folders: where they are shown, whose they are, and where what is dropped comes to lie."""
        found = {f"Drop/{login(one)}": (one, "Received") for one in self.model.comembers(self.who)}
        for mount in self.model.mounts(self.who, "documents"):
            held = self._held(mount.space, "documents", mount.path)
            if mount.number is None and "read" not in held and "drop" in held:
                found[f"Shared/{login(mount.space)}/{_name(mount.path)}"] = (mount.space, mount.path)
        return found

    def deposits(self, where: str) -> list[Thing]:
        """What the account left in a box and sees there."""
        space, path = self.boxes()[where]
        shared = where.startswith("Shared/")
        return [
            thing
            for thing in self.model.things.values()
            if thing.space == space and thing.deposit is not None and thing.deposit.sender == self.who
            if thing.deposit.shared == shared and (not shared or thing.path == path)
        ]

    def _held(self, space: str, tool: str, path: str) -> frozenset[str]:
        return self.model.on_folder(self.who, space, tool, path)

    def _in(self, space: str, tool: str, path: str) -> list[Thing]:
        things = self.model.things.values()
        return [thing for thing in things if (thing.space, thing.tool, thing.path) == (space, tool, path)]

    def _singly(self, tool: str) -> dict[str, list[Thing]]:
        """Single things that others share, by their owners."""
        found: dict[str, list[Thing]] = {}
        for mount in sorted(self.model.mounts(self.who, tool), key=str):
            if mount.number is not None:
                found.setdefault(mount.space, []).append(self.model.things[mount.number])
        return found

    # ------------------------------------------------------------ by protocol

    def _mail(self) -> None:
        for name, (space, path) in self.tree("mail").items():
            inside = self._in(space, "mail", path)
            every = [self.model.on_thing(self.who, thing) for thing in inside]
            self.shows.letters[name] = letters(self._held(space, "mail", path).union(*every))
            readable = [thing for thing in inside if self.model.sight(self.who, thing)]
            self.shows.messages[name] = Counter(thing.label for thing in readable)
        for owner, things in self._singly("mail").items():
            held = READ | {"edit_own"}
            for thing in things:
                if self.model.on_thing(self.who, thing) & {"delete_any", "delete_own"}:
                    held |= {"delete_own"}  # the messages, not the mailbox
            name = f"Shared/{login(owner)}/Messages"
            self.shows.letters[name] = letters(held)
            self.shows.messages[name] = Counter(thing.label for thing in things)
        self.shows.subscribed = {*OWN, *(name for name in self.shows.letters if "/" in name and _foreign(name))}

    def _books(self) -> None:
        for tool in ("calendar", "contacts"):
            for space, path, title in self._titled(tool):
                self.shows.books[tool, title] = on_book(self._held(space, tool, path), tool)
                self._entries((tool, title), self._in(space, tool, path))
            for owner, things in self._singly(tool).items():
                self.shows.books[tool, f"Shared by {login(owner)}"] = on_book(READ, tool)
                self._entries((tool, f"Shared by {login(owner)}"), things)
        for group in self.model.teams_of(self.who):
            made = (
                ("contacts", f"Members of {group}", self._members(group)),
                ("calendar", f"Busy: {group}", self._busy(group)),
            )
            for tool, title, labels in made:
                self.shows.books[tool, title] = on_book(READ, tool)
                plain = on_entry(READ, tool, edits=False)
                self.shows.entries[tool, title] = Counter((label, plain) for label in labels)

    def _titled(self, tool: str) -> Iterable[tuple[str, str, str]]:
        for path in self.model.folders[self.who, tool]:
            yield self.who, path, TITLES.get(path, path)
        for group in self.model.teams_of(self.who):
            for path in self.model.folders[group, tool]:
                yield group, path, f"{TITLES.get(path, path)} ({group})"
        for mount in self.model.mounts(self.who, tool):
            if mount.number is None:
                yield mount.space, mount.path, f"{TITLES.get(mount.path, mount.path)} ({login(mount.space)})"

    def _entries(self, book: tuple[str, str], things: list[Thing]) -> None:
        found: Counter[Entry] = Counter()
        for thing in things:
            sight = self.model.sight(self.who, thing)
            held = self.model.on_thing(self.who, thing)
            edits = self.model.may(self.who, thing, "edit")
            if sight:
                label = thing.label if sight == "full" else "Busy"
                found[label, on_entry(held, book[0], edits=edits)] += 1
        self.shows.entries[book] = found

    def _members(self, group: str) -> list[str]:
        return list(self.model.teams[group].members)

    def _busy(self, group: str) -> list[str]:
        """An entry for each event in the default calendars of members that takes their time."""
        return [
            f"Busy ({one})"
            for one in self.model.teams[group].members
            for thing in self._in(one, "calendar", "calendar")
            if thing.busy and not (thing.privacy == "private" and one in self.model.hiding)
        ]

    def _drive(self) -> None:
        self.shows.folders["/"] = on_folder(EVERYTHING, describes=True)
        for name, (space, path) in self.tree("documents").items():
            self._need_around(name)
            describes = self.model.may_describe(self.who, space, path)
            self.shows.folders[f"/{name}/"] = on_folder(self._held(space, "documents", path), describes=describes)
            for thing in self._in(space, "documents", path):
                if self.model.sight(self.who, thing):
                    self._readable(f"/{name}/{thing.name}", thing)
        for name in self.boxes():
            self._need_around(name)
            self.shows.folders[f"/{name}/"] = frozenset({"read", "bind"})
            for thing in self.deposits(name):
                self._file(f"/{name}/{thing.deposit.name if thing.deposit else ''}", thing, edits=True)
        for owner, things in self._singly("documents").items():
            for thing in things:
                name = f"Shared/{login(owner)}/{thing.name}"
                self._need_around(name)
                self._readable(f"/{name}", thing)

    def _need_around(self, name: str) -> None:
        """The lists that lead to what is not one's own."""
        if _foreign(name):
            parts = name.split("/")[: 2 if name.startswith("Shared/") else 1]
            for length in range(1, len(parts) + 1):
                self.shows.folders[f"/{'/'.join(parts[:length])}/"] = frozenset({"read"})

    def _readable(self, path: str, thing: Thing) -> None:
        held = self.model.on_thing(self.who, thing)
        self._file(path, thing, edits=self.model.may(self.who, thing, "edit"), held=held)

    def _file(self, path: str, thing: Thing, *, edits: bool, held: frozenset[str] = frozenset()) -> None:
        self.shows.files[path] = (thing.label, on_file(held, edits=edits))


def found_in(view: View, labels: set[str]) -> Shows:
    """What a view shows, in the form in which the model says it; letters of the house (not of `labels`) aside."""
    return Shows(
        letters={name: frozenset(told) for name, told in view.letters.items()},
        subscribed=set(view.subscribed),
        messages={
            name: Counter(one.label for one in found if one.label in labels) for name, found in view.messages.items()
        },
        books={key: book.privileges for key, book in view.books.items()},
        entries={
            key: Counter((one.label, one.privileges) for one in book.entries.values())
            for key, book in view.books.items()
        },
        folders=dict(view.folders),
        files={path: (one.label, one.privileges) for path, one in view.files.items()},
    )


def differences(shown: Shows, expected: Shows) -> list[str]:
    """Where two differ, a line each."""
    lines = []
    for part in ("letters", "messages", "books", "entries", "folders", "files"):
        left, right = getattr(shown, part), getattr(expected, part)
        for key in sorted(left.keys() | right.keys(), key=str):
            if left.get(key) != right.get(key):
                lines.append(f"{part} {key}: shown {_spoken(left.get(key))}, expected {_spoken(right.get(key))}")
    if shown.subscribed != expected.subscribed:
        lines.append(f"subscribed: {sorted(shown.subscribed ^ expected.subscribed)}")
    return lines


def _spoken(value: Any) -> str:
    return str(sorted(value)) if isinstance(value, frozenset) else repr(value)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _foreign(name: str) -> bool:
    return name.split("/", maxsplit=1)[0] in ("Groups", "Shared", "Drop")


__all__ = ["DOMAIN", "OWN", "Expected", "Mount", "Shows", "differences", "found_in", "letters", "login"]
