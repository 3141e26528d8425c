"""Deeds by CalDAV and CardDAV: entries that are put, changed, moved, copied and deleted, with their CLASS."""

from collections.abc import Callable
from typing import Any

from tests.rights_model import Thing
from tests.whole.walk.as_operator import any_thing, anybody, one_of
from tests.whole.walk.by_mail import a_target, against_adding, any_folder, one_who_adds
from tests.whole.walk.expected import TITLES, login
from tests.whole.walk.world import World

ENDINGS = {"calendar": "ics", "contacts": "vcf"}
MEDIA = {"calendar": "text/calendar; charset=utf-8", "contacts": "text/vcard; charset=utf-8"}
CLASSES = {"": "open", "PUBLIC": "open", "CONFIDENTIAL": "confidential", "PRIVATE": "private"}
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//coserver//tests//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
    "DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nDTEND:20260102T110000Z\r\nSUMMARY:{label}\r\n{more}"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{label}\r\nN:{label};;;;\r\n{more}END:VCARD\r\n"


def written(world: World, tool: str, uid: str, label: str) -> tuple[bytes, str, bool]:
    """An entry as bytes, how private it says it is, and whether it takes time."""
    more = f"NOTE:{'x' * world.random.randrange(60)}\r\n" if tool == "contacts" else ""
    class_, busy = "", True
    if tool == "calendar":
        class_, busy = world.random.choice(["", "", *CLASSES]), world.random.random() < 0.8
        more += f"CLASS:{class_}\r\n" if class_ else ""
        more += "" if busy else "TRANSP:TRANSPARENT\r\n"
    text = (EVENT if tool == "calendar" else CARD).format(uid=uid, label=label, more=more)
    return text.encode(), CLASSES[class_], busy


def book_of(world: World, who: str, place: tuple[str, str, str]) -> tuple[str, bool]:
    """The URL of a calendar or address book for somebody, whether he finds it or not."""
    space, tool, path = place
    of = "" if space == who else f" ({space if space in world.model.teams else login(space)})"
    book = world.lookers[who].view.books.get((tool, TITLES.get(path, path) + of))
    if book is not None:
        return book.href, True
    return f"/dav/{login(who)}/{world.hrefs.get(place, 'shared-999999/')}", False


def view_of(world: World, who: str, owner: str, tool: str) -> tuple[str, bool]:
    """The book of single things that somebody shares."""
    book = world.lookers[who].view.books.get((tool, f"Shared by {login(owner)}"))
    return ("", False) if book is None else (book.href, True)


def choose(world: World, deed: str) -> tuple[str, Thing, str, bool] | None:
    """Somebody, an entry, its URL, and whether he sees it there; often one with which he may do the deed."""
    thing = any_thing(world, "calendar", "contacts")
    if thing is None:
        return None
    who = one_of(world, thing, [who for who in world.people if world.model.may(who, thing, deed)])
    href, known = book_of(world, who, (thing.space, thing.tool, thing.path))
    if known:
        return who, thing, f"{href}{thing.name}", bool(world.model.sight(who, thing))
    href, known = view_of(world, who, thing.space, thing.tool)
    if known:
        book = world.lookers[who].view.books[thing.tool, f"Shared by {login(thing.space)}"]
        names = [name for name, entry in book.entries.items() if entry.label == thing.label]
        if len(names) == 1:
            return who, thing, f"{href}{names[0]}", True
    return who, thing, f"{book_of(world, who, (thing.space, thing.tool, thing.path))[0]}{thing.name}", False


def put(world: World) -> None:
    tool = world.random.choice(["calendar", "calendar", "contacts"])
    space, path = any_folder(world, tool)
    who = one_who_adds(world, space, tool, path)
    label = world.label("e")
    data, privacy, busy = written(world, tool, label, label)
    href, known = book_of(world, who, (space, tool, path))
    against = against_adding(world, who, (space, tool, path), known=known, privacy=privacy)
    against = against or world.room(space, tool, len(data))
    name = f"{label}.{ENDINGS[tool]}"
    said = world.web(who).ask("PUT", href + name, data, Content_Type=MEDIA[tool], If_None_Match="*")
    if world.settle(f"{who} puts {label} ({privacy}) into {href}", against, said):
        told = {"name": name, "label": label, "uid": label, "size": len(data), "privacy": privacy, "busy": busy}
        world.new(tool, space, path, who, **told)


def put_into_a_view(world: World) -> None:
    """Nothing is put where others' single things appear, nor where the house makes what there is."""
    who = anybody(world)
    fits = [
        book
        for (_, title), book in world.lookers[who].view.books.items()
        if title[:6] in ("Shared", "Member", "Busy: ")
    ]
    if fits:
        book, label = world.random.choice(fits), world.label("e")
        data, _, _ = written(world, book.tool, label, label)
        href = f"{book.href}{label}.{ENDINGS[book.tool]}"
        said = world.web(who).ask("PUT", href, data, Content_Type=MEDIA[book.tool])
        world.settle(f"{who} puts {label} into {book.href}", {"Denied"}, said)


def change(world: World) -> None:
    chosen = choose(world, "edit")
    if chosen is None:
        return
    who, thing, href, known = chosen
    label = world.label("e")
    data, privacy, busy = written(world, thing.tool, thing.uid, label)
    privacy = thing.privacy if thing.tool == "contacts" else privacy
    against = set() if known else {"Missing", "Stale"}
    withholds = privacy == thing.privacy or world.model.may_withhold(who, thing)
    if known and not (withholds and world.model.may(who, thing, "edit")):
        against = {"Denied"}
    against = against or world.room(thing.space, thing.tool, len(data) - thing.size, 0)
    said = world.web(who).ask("PUT", href, data, Content_Type=MEDIA[thing.tool], If_Match="*")
    if world.settle(f"{who} changes {thing.label} into {label} ({privacy}) at {href}", against, said):
        thing.label, thing.size, thing.privacy, thing.busy = label, len(data), privacy, busy


def delete(world: World) -> None:
    chosen = choose(world, "delete")
    if chosen is None:
        return
    who, thing, href, known = chosen
    against = {"Missing"} if not known else set() if world.model.may(who, thing, "delete") else {"Denied"}
    if world.settle(f"{who} deletes {thing.label} at {href}", against, world.web(who).ask("DELETE", href)):
        world.model.remove(thing.number)


def place(world: World) -> None:
    """MOVE and COPY."""
    word = world.random.choice(["MOVE", "COPY"])
    chosen = choose(world, "delete")
    if chosen is None:
        return
    who, thing, href, known = chosen
    space, path = a_target(world, who, thing.tool)
    target, there = book_of(world, who, (space, thing.tool, path))
    name = f"{world.label('e')}.{ENDINGS[thing.tool]}"
    place_ = (space, thing.tool, path)
    same = (thing.space, thing.tool, thing.path) == place_
    against = against_adding(world, who, place_, known=there, privacy=thing.privacy) if known else {"Missing"}
    if known and world.model.sight(who, thing) != "full":
        against = against | {"Denied"}
    if known and word == "MOVE" and not world.model.may(who, thing, "delete"):
        against = against | {"Denied"}
    if not against and not (same and word == "MOVE") and _has_uid(world, place_, thing.uid):
        against = {"Conflict", "Denied"}
    inside = space == thing.space and word == "MOVE"
    against = against or (set() if inside else world.room(space, thing.tool, thing.size))
    said = world.web(who).bring(word, href, f"{target}{name}")
    if not world.settle(f"{who} {word} {thing.label} from {href} to {target}{name}", against, said):
        return
    if inside:
        thing.name = name
        world.model.move(thing.number, path)
        return
    told = {"label": thing.label, "uid": thing.uid, "size": thing.size, "privacy": thing.privacy, "busy": thing.busy}
    if word == "MOVE":
        world.model.remove(thing.number)
    world.new(thing.tool, space, path, who, name=name, **told)


def _has_uid(world: World, at: tuple[str, str, str], uid: str) -> bool:
    return any((one.space, one.tool, one.path) == at and one.uid == uid for one in world.model.things.values())


def get(world: World) -> None:
    """An entry is read in full, masked or not at all, by its own URL too."""
    chosen = choose(world, "edit")
    if chosen is None:
        return
    who, thing, href, known = chosen
    answer = world.web(who).ask("GET", href)
    if world.settle(f"{who} reads {href}", set() if known else {"Missing"}, answer):
        full = world.model.sight(who, thing) == "full"
        said = b"%b:%b\r\n" % (b"FN" if thing.tool == "contacts" else b"SUMMARY", thing.label.encode())
        assert (said in answer.body) is full, answer


DEEDS: tuple[Callable[[World], Any], ...] = (put, put, put, put_into_a_view, change, change, delete, place, place, get)
