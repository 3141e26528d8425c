"""Deeds on the drive: files that are put, changed, moved, copied, deleted, made private, dropped for others."""

from collections.abc import Callable
from typing import Any

from tests.rights_model import Deposit, Thing
from tests.whole.walk.as_operator import any_thing, anybody, one_of
from tests.whole.walk.by_mail import a_target, against_adding, against_moving, any_folder, one_who_adds, other_place
from tests.whole.walk.expected import Expected, login
from tests.whole.walk.wire import Said
from tests.whole.walk.world import World

PRIVATE = (
    '<propertyupdate xmlns="DAV:" xmlns:C="urn:coserver"><set><prop><C:private>{}</C:private></prop></set>'
    "</propertyupdate>"
)
PART = 10  # what is dropped may take this part of the recipient's capacity


def content(world: World, label: str) -> bytes:
    """A file that says its label."""
    return f"{label}\n{'x' * world.random.randrange(300)}".encode()


def where(world: World, who: str, thing: Thing) -> tuple[str, bool, bool]:
    """The URL of a file for somebody, whether he finds it there, and whether it appears there singly."""
    folder, known = world.where(who, "documents", thing.space, thing.path)
    if known:
        return f"/drive/{folder}/{thing.name}", bool(world.model.sight(who, thing)), False
    single = f"/Shared/{login(thing.space)}/{thing.name}"
    if single in world.lookers[who].view.files:
        return f"/drive{single}", True, True
    return f"/drive/{folder}/{thing.name}", False, False


def choose(world: World, deed: str) -> tuple[str, Thing] | None:
    """Somebody and a file; often one with which he may do the deed."""
    thing = any_thing(world, "documents")
    if thing is None:
        return None
    return one_of(world, thing, [who for who in world.people if may(world, who, thing, deed)]), thing


def may(world: World, who: str, thing: Thing, deed: str) -> bool:
    """Whether somebody may do that, be it since he left the file there."""
    return world.model.may(who, thing, deed) or left(world, who, thing)


def left(world: World, who: str, thing: Thing) -> bool:
    """Whether somebody left a file in a folder he reads, and may still take it back."""
    deposit = thing.deposit
    if deposit is None or deposit.sender != who or not deposit.shared:
        return False
    drops = "drop" in world.model.on_folder(who, thing.space, "documents", thing.path)
    return drops or thing.space in world.model.comembers(who)


def put(world: World) -> None:
    space, path = any_folder(world, "documents")
    who = one_who_adds(world, space, "documents", path)
    folder, known = world.where(who, "documents", space, path)
    label = world.label("f")
    data = content(world, label)
    held = world.model.on_folder(who, space, "documents", path)
    against = against_adding(world, who, (space, "documents", path), known=known)
    if known and "drop" in held:
        against = set()
    against = against or world.room(space, "documents", len(data))
    if not known and f"{folder}" in Expected(world.model, who).boxes():
        return  # that is for `drop`
    said = world.web(who).ask("PUT", f"/drive/{folder}/{label}.txt", data)
    if world.settle(f"{who} puts {label} into /{folder}", against, said):
        thing = world.new("documents", space, path, who, name=f"{label}.txt", label=label, size=len(data))
        if not held & {"edit_own", "edit_any"}:
            thing.deposit = Deposit(who, thing.name, shared=True)


def change(world: World) -> None:
    chosen = choose(world, "edit")
    if chosen is None:
        return
    who, thing = chosen
    path, known, _ = where(world, who, thing)
    label = world.label("f")
    data = content(world, label)
    against = {"Missing", "Stale", "Denied"} if not known else set() if may(world, who, thing, "edit") else {"Denied"}
    against = against or world.room(thing.space, "documents", len(data) - thing.size, 0)
    said = world.web(who).ask("PUT", path, data, If_Match="*")
    if world.settle(f"{who} changes {thing.label} into {label} at {path}", against, said):
        thing.label, thing.size = label, len(data)
        if world.model.may(who, thing, "edit"):
            thing.deposit = None


def delete(world: World) -> None:
    chosen = choose(world, "delete")
    if chosen is None:
        return
    who, thing = chosen
    path, known, single = where(world, who, thing)
    against = {"Missing"} if not known else set() if may(world, who, thing, "delete") else {"Denied"}
    if single:
        against = {"Denied"}  # its place among what is shared is not his to change
    if world.settle(f"{who} deletes {thing.label} at {path}", against, world.web(who).ask("DELETE", path)):
        world.model.remove(thing.number)


def place(world: World) -> None:
    """MOVE and COPY."""
    word = world.random.choice(["MOVE", "COPY"])
    chosen = choose(world, "delete")
    if chosen is None:
        return
    who, thing = chosen
    path, known, single = where(world, who, thing)
    space, to = a_target(world, who, "documents")
    folder, there = world.where(who, "documents", space, to)
    if not there and folder in Expected(world.model, who).boxes():
        return
    name = f"{world.label('f')}.txt"
    against = against_adding(world, who, (space, "documents", to), known=there, privacy=thing.privacy)
    against = against if known else {"Missing"}
    if known and word == "MOVE" and (single or not may(world, who, thing, "delete")):
        against = against | {"Denied"}
    inside = space == thing.space and word == "MOVE"
    against = against or (set() if inside else world.room(space, "documents", thing.size))
    said = world.web(who).bring(word, path, f"/drive/{folder}/{name}")
    if not world.settle(f"{who} {word} {thing.label} from {path} to /{folder}/{name}", against, said):
        return
    if inside:
        thing.name, thing.deposit = name, None
        world.model.move(thing.number, to)
        return
    if word == "MOVE":
        world.model.remove(thing.number)
    told = {"label": thing.label, "size": thing.size, "privacy": thing.privacy}
    world.new("documents", space, to, who, name=name, **told)


def move_folder(world: World) -> None:
    space, old, new, who = other_place(world, "documents")
    name, _ = world.where(who, "documents", space, old)
    to = name.removesuffix(old) + new if name.endswith(old) else f"Shared/{login(space)}/{new}"
    against = against_moving(world, who, (space, "documents", old), new)
    said = world.web(who).bring("MOVE", f"/drive/{name}/", f"/drive/{to}/")
    if world.settle(f"{who} moves /{name} to /{to}", against, said):
        world.model.rename(space, "documents", old, new=new)


def withhold(world: World) -> None:
    """Private or not, by the property of a file."""
    thing = any_thing(world, "documents")
    if thing is None:
        return
    who = world.random.choice([thing.author or anybody(world), world.model.payer(thing.space), anybody(world)])
    word, privacy = world.random.choice([("T", "private"), ("F", "open")])
    path, known, _ = where(world, who, thing)
    against = {"Missing"} if not known else set() if world.model.may_withhold(who, thing) else {"Denied"}
    answer = world.web(who).ask("PROPPATCH", path, PRIVATE.format(word))
    inner = answer.kind if answer.status != 207 else "Denied" if b" 403 " in answer.body else "ok"
    if world.settle(f"{who} makes {thing.label} {privacy} at {path}", against, Said(inner, str(answer))):
        thing.privacy = privacy


# ---------------------------------------------------------------- drop folders


def drop(world: World) -> None:
    """Something is left for a co-member, saved again or taken back; nobody else's box takes anything (R51)."""
    who = anybody(world)
    boxes = Expected(world.model, who).boxes()
    strangers = [f"Drop/{login(one)}" for one in world.people if f"Drop/{login(one)}" not in boxes]
    box = world.random.choice([*sorted(boxes) * 3, *strangers])
    if box not in boxes:
        said = world.web(who).ask("PUT", f"/drive/{box}/x.txt", b"x")
        world.settle(f"{who} drops something into {box}", {"Missing"}, said)
        return
    deposits = Expected(world.model, who).deposits(box)
    if deposits and world.random.random() < 0.6:
        _again(world, who, box, world.random.choice(deposits))
    else:
        _leave(world, who, box)


def _leave(world: World, who: str, box: str) -> None:
    space, path = Expected(world.model, who).boxes()[box]
    label = world.label("f")
    data = content(world, label)
    against = _too_much(world, space, data) or world.room(space, "documents", len(data))
    said = world.web(who).ask("PUT", f"/drive/{box}/{label}.txt", data)
    if world.settle(f"{who} drops {label} into {box}", against, said):
        if path not in world.model.folders[space, "documents"]:
            world.model.folders[space, "documents"].append(path)
        thing = world.new("documents", space, path, who, name=f"{label}.txt", label=label, size=len(data))
        thing.deposit = Deposit(who, thing.name, shared=box.startswith("Shared/"))


def _again(world: World, who: str, box: str, thing: Thing) -> None:
    path = f"/drive/{box}/{thing.deposit.name if thing.deposit else ''}"
    if world.random.random() < 0.4:
        if world.settle(f"{who} takes {thing.label} back", set(), world.web(who).ask("DELETE", path)):
            world.model.remove(thing.number)
        return
    label = world.label("f")
    data = content(world, label)
    more = len(data) - thing.size
    against = _too_much(world, thing.space, data) or world.room(thing.space, "documents", more, 0)
    if world.settle(f"{who} saves {thing.label} again as {label}", against, world.web(who).ask("PUT", path, data)):
        thing.label, thing.size = label, len(data)


def _too_much(world: World, space: str, data: bytes) -> set[str]:
    return {"NoRoom"} if len(data) > world.model.limit(space, "documents")[0] // PART else set()


DEEDS: tuple[Callable[[World], Any], ...] = (
    put,
    put,
    put,
    change,
    change,
    delete,
    place,
    place,
    move_folder,
    withhold,
    drop,
    drop,
)
