"""Deeds by IMAP and SMTP: messages that come, are put, copied, moved and deleted, and access control lists."""

import smtplib
from collections.abc import Callable
from typing import Any

from tests.rights_model import ALL, Key, Thing
from tests.whole.walk.as_operator import any_space, any_thing, anybody, is_gone, member_of, one_of, pick
from tests.whole.walk.expected import Expected, login
from tests.whole.walk.wire import Said
from tests.whole.walk.world import World

GIVES = {  # letters, and what they are rounded to
    "": "nothing", "lrs": "read", "lrsip": "contribute", "lrswipted": "contribute", "lrswiptedkxc": "edit",
    "lrswiptedkxca": "manage", "lrsa": "read",
}  # fmt: skip
USED = ("Plans", "deep", "calendar", "extra", "contacts")  # of the folders there are
MORE = 3_000  # bytes that a message may grow by on its way


def body(label: str, size: int) -> bytes:
    """A small message."""
    return f"From: a@example.test\r\nSubject: {label}\r\n\r\n{'x' * size}\r\n".encode()


def any_folder(world: World, tool: str) -> tuple[str, str]:
    """A space that is there and one of its folders."""
    space = any_space(world)
    if space in world.model.teams and is_gone(world, space):
        space = anybody(world)
    paths = [
        path for path in world.model.folders[space, tool] if path.startswith(("Plans", "calendar", "extra", "con"))
    ]
    if tool == "mail":
        paths.append("" if space in world.model.teams else "INBOX")
    return space, world.random.choice(paths)


def one_who_adds(world: World, space: str, tool: str, path: str) -> str:
    """Often one who may add there, sometimes anybody."""
    held = {who: world.model.on_folder(who, space, tool, path) for who in world.people}
    fits = [who for who in world.people if "add" in held[who]]
    return pick(world, fits, [who for who in held if held[who]])


def a_target(world: World, who: str, tool: str) -> tuple[str, str]:
    """A space and a folder, mostly one into which somebody may put things."""
    fits = [
        (space, path)
        for space in (*world.people, *world.model.teams)
        for path in world.model.folders[space, tool]
        if path.startswith(USED) and "add" in world.model.on_folder(who, space, tool, path)
    ]
    return world.random.choice(fits) if fits and world.random.random() < 0.7 else any_folder(world, tool)


def against_adding(
    world: World, who: str, place: tuple[str, str, str], *, known: bool, privacy: str = "open"
) -> set[str]:
    """What stands against putting something so private into a folder, room aside."""
    if not known:
        return {"Missing"}
    if "add" not in world.model.on_folder(who, *place) or not world.model.may_keep(who, place[0], privacy):
        return {"Denied"}
    return set()


def append(world: World) -> None:
    space, path = any_folder(world, "mail")
    who = one_who_adds(world, space, "mail", path)
    name, known = world.where(who, "mail", space, path)
    label = world.label("m")
    data = body(label, world.random.randrange(300))
    against = against_adding(world, who, (space, "mail", path), known=known) or world.room(space, "mail", len(data))
    said = world.imap(who).do(f'APPEND "{name}"', data)
    if world.settle(f"{who} puts {label} into {name}", against, said):
        world.new("mail", space, path, who, size=len(data), label=label)


def deliver(world: World) -> None:
    """Mail arrives above the limit only where a change of plan left too much (S1)."""
    who, label = anybody(world), world.label("d")
    data = body(label, world.random.randrange(300))
    held, limit = world.held[who, "mail"], world.model.limit(who, "mail")
    fits = held[0] + len(data) <= limit[0] and held[1] < limit[1]
    surely = held[0] + len(data) + MORE <= limit[0] and held[1] < limit[1]
    in_grace = (who, "mail") in world.over
    world.probes += 1
    try:
        with smtplib.SMTP("127.0.0.1", world.house.demo.ports["smtp"], timeout=30) as server:
            server.sendmail("someone@example.test", [login(who)], data)
        said = Said("ok")
    except smtplib.SMTPResponseException as error:
        said = Said("NoRoom" if error.smtp_code in (452, 552) else str(error.smtp_code), str(error))
    except smtplib.SMTPRecipientsRefused as error:
        code = error.recipients[login(who)][0]
        said = Said("NoRoom" if code in (452, 552) else str(code), str(error))
    if said.kind == "ok" or surely or in_grace:
        assert fits or in_grace or said.kind != "ok", f"mail came to {who}, who holds {held} of {limit}"
        against: set[str] = set()
    else:
        against = {"NoRoom"}
    if world.settle(f"{label} is mailed to {who}", against, said):
        world.new("mail", who, "INBOX", "", label=label, size=0)
        world.arrives |= {who} if in_grace else set()


def reach(world: World, who: str, thing: Thing) -> tuple[str, int] | None:
    """Mailbox and uid under which somebody finds a message; None where that is not sure."""
    name, known = world.where(who, "mail", thing.space, thing.path)
    view = world.lookers[who].view
    if not known or "read" not in world.model.on_folder(who, thing.space, "mail", thing.path):
        name = f"Shared/{login(thing.space)}/Messages"
    fits = [one.uid for one in view.messages.get(name, ()) if one.label == thing.label]
    return (name, fits[0]) if len(fits) == 1 else None


def choose(world: World, deed: str) -> tuple[str, Thing, str, int] | None:
    """Somebody, a message he sees, and where; often one with which he may do the deed."""
    for _ in range(20):
        thing = any_thing(world, "mail")
        if thing is None:
            return None
        fits = [who for who in world.people if world.model.may(who, thing, deed)]
        who = one_of(world, thing, fits)
        found = reach(world, who, thing) if world.model.sight(who, thing) else None
        if found is not None:
            return who, thing, *found
    return None


def expunge(world: World) -> None:
    chosen = choose(world, "delete")
    if chosen is None:
        return
    who, thing, name, uid = chosen
    against = set() if world.model.may(who, thing, "delete") else {"Denied"}
    imap = world.imap(who)
    opened, marked, said, _ = imap.all(
        [f'SELECT "{name}"', f"UID STORE {uid} +FLAGS.SILENT (\\Deleted)", f"UID EXPUNGE {uid}", "UNSELECT"]
    )
    assert opened.kind == "ok"
    if world.settle(f"{who} deletes {thing.label} in {name}", against, marked if marked.kind != "ok" else said):
        world.model.remove(thing.number)


def transfer(world: World) -> None:
    """COPY and MOVE."""
    word = world.random.choice(["COPY", "MOVE"])
    chosen = choose(world, "delete")
    if chosen is None:
        return
    who, thing, name, uid = chosen
    space, path = a_target(world, who, "mail")
    there, known = world.where(who, "mail", space, path)
    if there == name:
        return
    inside = space == thing.space and word == "MOVE" and not name.endswith("/Messages")
    against = against_adding(
        world, who, (space, "mail", path), known=known, privacy="open" if inside else thing.privacy
    )
    if word == "MOVE" and not world.model.may(who, thing, "delete"):
        against = against | {"Denied"}
    if not against and not inside:
        against = world.room(space, "mail", thing.size)
    opened, said, _ = world.imap(who).all([f'SELECT "{name}"', f'UID {word} {uid} "{there}"', "UNSELECT"])
    assert opened.kind == "ok"
    if world.settle(f"{who} {word} {thing.label} from {name} to {there}", against, said):
        if inside:
            world.model.move(thing.number, path)
            return
        if word == "MOVE":
            world.model.remove(thing.number)
        world.new("mail", space, path, who, size=thing.size, label=thing.label, privacy=thing.privacy)


def change_list(world: World) -> None:
    """SETACL and DELETEACL: the face of rights given in a group, and of shares."""
    space, path = any_folder(world, "mail")
    fits = [who for who in world.people if "administer" in world.model.on_folder(who, space, "mail", path)]
    by = pick(world, fits, [who for who in world.people if world.model.on_folder(who, space, "mail", path)])
    groups = [space] if space in world.model.teams else world.model.together(by, space) or world.model.teams_of(by)
    group = world.random.choice(groups or sorted(world.model.teams))
    to = world.random.choice([ALL, member_of(world, group)])
    letters = world.random.choice([*GIVES, "lrswiptedkxc", "lrswipted"])
    name, known = world.where(by, "mail", space, path)
    key = Key(space, "mail", path, None, group, to)
    against = _against_list(world, by, key, GIVES[letters], known=known)
    whom = group if to == ALL else f"{group}/{login(to)}"
    command = f'SETACL "{name}" "{whom}" {letters}' if letters else f'DELETEACL "{name}" "{whom}"'
    if not world.settle(f"{by} says {command}", against, world.imap(by).do(command)):
        return
    if path == "":
        world.model.teams[group].given["mail", to] = GIVES[letters]
    elif letters:
        world.model.shares[key] = GIVES[letters]
    else:
        world.model.shares.pop(key, None)


def _against_list(world: World, by: str, key: Key, preset: str, *, known: bool) -> set[str]:
    model = world.model
    team = model.teams[key.group]
    if not known:
        return {"Missing"}
    against = set() if "administer" in model.on_folder(by, *key[:3]) else {"Denied"}
    if key.space not in model.teams and not {by, key.space} <= team.members:
        against.add("Missing")
    if team.state == "deleted" or (key.to != ALL and key.to not in team.members):
        against.add("Missing")
    if key.to == key.space or (key.space == key.group and key.to != ALL and model.manages(key.to, key.group)):
        against.add("Denied")
    if key.path == "":
        return against
    if preset == "nothing":
        return against | (model.against_taking(by, key) if key in model.shares else set())
    return against | model.against_sharing(by, key, preset)


def other_place(world: World, tool: str) -> tuple[str, str, str, str]:
    """The folder that is moved, in some space: by whom, from where and to where."""
    space, _ = any_folder(world, tool)
    old, new = ("deep", "Plans/deep") if "deep" in world.model.folders[space, tool] else ("Plans/deep", "deep")
    fits = [who for who in world.people if "delete_any" in world.model.on_folder(who, space, tool, old)]
    return space, old, new, pick(world, fits, [])


def against_moving(world: World, who: str, place: tuple[str, str, str], new: str) -> set[str]:
    """What stands against giving a folder another place in its space."""
    space, tool, old = place
    around = new.rpartition("/")[0]
    shown, known = world.where(who, tool, space, old)
    if not known:
        return {"Missing"}
    reached = world.where(who, tool, space, around)[1] if around or space in world.model.teams else who == space
    needed = {"add", "edit_any"} if tool == "mail" else {"add"}
    moves = needed <= world.model.on_folder(who, space, tool, around) and reached and not _is_mount(shown)
    deletes = "delete_any" in world.model.on_folder(who, *place)
    return set() if moves and deletes else {"Denied"} | (set() if reached else {"Missing"})


def _is_mount(shown: str) -> bool:
    """Whether it is what was shared itself, and not something in it."""
    return shown.startswith("Shared/") and shown.count("/") == 2


def rename(world: World) -> None:
    """A mailbox gets another place; who sees it by what is around it sees it no more, or does now."""
    space, old, new, who = other_place(world, "mail")
    name, _ = world.where(who, "mail", space, old)
    to = name.removesuffix(old) + new if name.endswith(old) else f"Shared/{login(space)}/{new}"
    against = against_moving(world, who, (space, "mail", old), new)
    if world.settle(f"{who} renames {name} to {to}", against, world.imap(who).do(f'RENAME "{name}" "{to}"')):
        world.model.rename(space, "mail", old, new=new)


def look_at_lists(world: World) -> None:
    """Who manages a mailbox is told its list; nobody else is."""
    who = anybody(world)
    tree = Expected(world.model, who).tree("mail")
    name, (space, path) = world.random.choice(sorted(tree.items()))
    against = set() if "administer" in world.model.on_folder(who, space, "mail", path) else {"Denied"}
    world.settle(f"{who} asks who may do what in {name}", against, world.imap(who).do(f'GETACL "{name}"'))


DEEDS: tuple[Callable[[World], Any], ...] = (
    append,
    append,
    append,
    deliver,
    expunge,
    transfer,
    transfer,
    change_list,
    rename,
    look_at_lists,
)
