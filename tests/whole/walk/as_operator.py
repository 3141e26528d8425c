"""Deeds by verbs: members, roles, hand-overs, rights, shares, privacy, the end of groups, plans."""

from collections.abc import Callable
from typing import Any

from tests.rights_model import ALL, MEANS, TOOLS, Key, Thing
from tests.whole.walk.expected import login
from tests.whole.walk.world import PLAN, PLENTY, World

SHARED = {  # folders that deeds share
    "mail": ("Plans", "Plans/deep", "deep"), "documents": ("Plans", "Plans/deep", "deep"),
    "calendar": ("calendar", "extra"), "contacts": ("contacts",),
}  # fmt: skip
SMALL = {f"{tool}_{what}": 1_000_000 if what == "bytes" else 1_000 for tool in TOOLS for what in ("bytes", "items")}
PLANS = {"demo": PLAN | {"groups": 100, "members": 2_000}, "small": SMALL | {"groups": 2, "members": 3}}


def anybody(world: World) -> str:
    """One of the five."""
    return world.random.choice(world.people)


def any_group(world: World) -> str:
    """One of the groups, more often one that is there."""
    living = [name for name, team in world.model.teams.items() if team.state != "deleted"]
    return world.random.choice([*world.model.teams, *living * 3])


def any_space(world: World) -> str:
    """An account's or a group's, with its name."""
    return world.random.choice([*world.people, *world.model.teams])


def member_of(world: World, group: str) -> str:
    """A member most of the time."""
    return world.random.choice([*sorted(world.model.teams[group].members) * 3, *world.people])


def path_for(world: World, who: str, key: Key) -> str:
    """How somebody names something on the command line, whether he may know of it or not."""
    path = key.path
    if key.number is not None:
        thing = world.model.things[key.number]
        path = f"{path};UID={world.uid(thing)}" if key.tool == "mail" else f"{path}/{thing.name}"
    start = "" if who == key.space else f"Groups/{key.space}/"
    if who != key.space and key.space not in world.model.teams:
        start = f"Shared/{login(key.space)}/"
    path = (start + path).replace("/;", ";")
    return path if key.tool == "documents" else f"{key.tool}:{path}"


def pick(world: World, fits: list[str], seeing: list[str]) -> str:
    """Mostly one of those who may, sometimes one who only sees it, now and then anybody."""
    draw = world.random.random()
    if fits and draw < 0.6:
        return world.random.choice(fits)
    return world.random.choice(seeing if seeing and draw < 0.9 else list(world.people))


def one_of(world: World, thing: Thing, fits: list[str]) -> str:
    """The same for an item."""
    return pick(world, fits, [who for who in world.people if world.model.sight(who, thing)])


def is_gone(world: World, group: str) -> set[str]:
    """What stands against doing anything to a group."""
    return {"Missing"} if world.model.teams[group].state == "deleted" else set()


def resettle(world: World, payer: str) -> None:
    """Another plan counts for what somebody pays: what is too much from now on may stay."""
    for (space, tool), held in world.held.items():
        if world.model.payer(space) == payer and _is_over(world, space, tool, held):
            world.over.add((space, tool))


def _is_over(world: World, space: str, tool: str, held: tuple[int, int]) -> bool:
    limit = world.model.limit(space, tool)
    return held[0] > limit[0] or held[1] > limit[1]


# ---------------------------------------------------------------- groups


def join(world: World) -> None:
    group, who = any_group(world), anybody(world)
    team, against = world.model.teams[group], is_gone(world, group)
    if who in team.members and not against:
        against = {"Exists"}
    elif len(team.members) >= world.model.limits[team.admin]["members"] and not against:
        against = {"NotInPlan"}
    said = world.verb("group member add", name=group, login=login(who))
    if world.settle(f"{who} joins {group}", against, said):
        team.members.add(who)


def leave(world: World) -> None:
    group = any_group(world)
    who = member_of(world, group)
    sharing = sorted({(key.group, one) for key in world.model.shares for one in (key.space, key.to)})
    sharing = [(group, one) for group, one in sharing if one in world.people and one != world.model.teams[group].admin]
    if sharing and world.random.random() < 0.7:
        group, who = world.random.choice(sharing)
    team, against = world.model.teams[group], is_gone(world, group)
    if who not in team.members:
        against = {"Missing"}
    elif who == team.admin and not against:
        against = {"Denied"}
    verb = world.random.choice(["group leave", "group member remove"])
    if world.settle(f"{who} leaves {group}", against, world.verb(verb, name=group, login=login(who))):
        world.model.forget(group, who)


def appoint(world: World) -> None:
    group = any_group(world)
    who, role = member_of(world, group), world.random.choice(["member", "coadministrator"])
    team, against = world.model.teams[group], is_gone(world, group)
    if who not in team.members:
        against = {"Missing"}
    elif who == team.admin and not against:
        against = {"Denied"}
    said = world.verb("group role", name=group, login=login(who), role=role)
    if world.settle(f"{who} becomes {role} of {group}", against, said):
        (team.deputies.add if role == "coadministrator" else team.deputies.discard)(who)


def hand_over(world: World) -> None:
    group = any_group(world)
    who = member_of(world, group)
    team, against = world.model.teams[group], is_gone(world, group)
    if who not in team.members:
        against = {"Missing"}
    elif who != team.admin and not against and not _has_group_left(world, who):
        against = {"NotInPlan"}
    if world.settle(f"{group} goes to {who}", against, world.verb("group hand-over", name=group, login=login(who))):
        team.deputies -= {who, team.admin}
        team.admin = who
        resettle(world, who)


def _has_group_left(world: World, who: str) -> bool:
    living = [team for team in world.model.teams.values() if team.admin == who and team.state != "deleted"]
    return len(living) < world.model.limits[who]["groups"]


def end_or_restore(world: World) -> None:
    dead = [name for name, team in world.model.teams.items() if team.state == "deleted"]
    if dead and world.random.random() < 0.8:
        group = world.random.choice(dead)
        against = set() if _has_group_left(world, world.model.teams[group].admin) else {"NotInPlan"}
        if world.settle(f"{group} is restored", against, world.verb("group restore", name=group)):
            world.model.teams[group].state = "active"
        return
    group = any_group(world)
    if world.settle(f"{group} is deleted", is_gone(world, group), world.verb("group delete", name=group)):
        world.model.teams[group].state = "deleted"


def give(world: World) -> None:
    group = any_group(world)
    to = world.random.choice([ALL, member_of(world, group)])
    team, against = world.model.teams[group], is_gone(world, group)
    tool, preset = world.random.choice(TOOLS), world.random.choice(sorted(MEANS))
    if to != ALL and to not in team.members:
        against = {"Missing"}
    whom = ALL if to == ALL else login(to)
    said = world.verb("group rights", name=group, login=whom, tool=tool, preset=preset)
    if world.settle(f"{group} gives {to} {preset} in {tool}", against, said):
        team.given[tool, to] = preset


# ---------------------------------------------------------------- shares and privacy


def any_thing(world: World, *tools: str) -> Thing | None:
    """Something in a space that is there."""
    fits = [
        thing
        for thing in world.model.things.values()
        if thing.tool in (tools or TOOLS) and (thing.space in world.people or not is_gone(world, thing.space))
    ]
    if world.random.random() < 0.5:  # what others see as well is where something can go wrong
        fits = [one for one in fits if sum(bool(world.model.on_thing(who, one)) for who in world.people) > 1] or fits
    return world.random.choice(fits) if fits else None


def any_key(world: World) -> Key:
    """Something to be shared, with the group or a member of it; often as the rules want it."""
    thing = any_thing(world) if world.random.random() < 0.5 else None
    space = any_space(world) if thing is None else thing.space
    if thing is None and space in world.model.teams and is_gone(world, space):
        space = anybody(world)
    tool = world.random.choice(TOOLS) if thing is None else thing.tool
    paths = [path for path in SHARED[tool] if path in world.model.folders[space, tool]]
    path = world.random.choice(paths) if thing is None else thing.path
    fits = [space] if space in world.model.teams else world.model.teams_of(space)
    group = world.random.choice(fits * 4 or list(world.model.teams))
    if world.random.random() < 0.1:
        group = any_group(world)
    others = sorted(world.model.teams[group].members - {space})
    to = world.random.choice([ALL, ALL, *others * 3, *world.people])
    return Key(space, tool, path, None if thing is None else thing.number, group, to)


def whoever_may(world: World, key: Key) -> str:
    """Often one who may share that, sometimes anybody."""
    fits = [who for who in world.people if "administer" in world.model.on_key(who, key)]
    return pick(world, fits, [who for who in world.people if world.model.on_key(who, key)])


def fitting(world: World, key: Key) -> str:
    """A preset, most of the time one that such a thing can be shared with."""
    fits = ["read", "contribute", "edit", "manage"]
    fits += ["busy", "busy"] if key.tool == "calendar" else []
    fits += ["drop", "drop"] if key.tool == "documents" and key.number is None else []
    return world.random.choice([*fits * 4, *sorted(MEANS)])


def share(world: World) -> None:
    key = any_key(world)
    preset = fitting(world, key)
    by = whoever_may(world, key)
    against = world.model.against_sharing(by, key, preset)
    to = {} if key.to == ALL else {"to": login(key.to)}
    path = path_for(world, by, key)
    said = world.verb("share add", owner=login(by), path=path, group=key.group, preset=preset, **to)
    if world.settle(f"{by} shares {path} with {key.to} of {key.group} as {preset}", against, said):
        world.model.shares[key] = preset
        assert MEANS[preset] <= world.model.on_key(by, key)


def unshare(world: World) -> None:
    shared = sorted(world.model.shares, key=str)
    key = world.random.choice(shared) if shared and world.random.random() < 0.9 else any_key(world)
    if key.space in world.model.teams and is_gone(world, key.space):
        return
    by = world.random.choice([whoever_may(world, key), key.to if key.to != ALL else anybody(world)])
    against = set() if by == key.to else world.model.against_taking(by, key)
    if is_gone(world, key.group) or key not in world.model.shares:
        against = against | {"Missing"}
    to = {} if key.to == ALL else {"to": login(key.to)}
    path = path_for(world, by, key)
    said = world.verb("share remove", owner=login(by), path=path, group=key.group, **to)
    if world.settle(f"{by} takes {path} back from {key.to} of {key.group}", against, said):
        del world.model.shares[key]


def withhold(world: World) -> None:
    thing = any_thing(world)
    if thing is None:
        return
    who = world.random.choice([thing.author, world.model.payer(thing.space), anybody(world)])
    word = world.random.choice(["private", "public"])
    path = path_for(world, who, Key(thing.space, thing.tool, thing.path, thing.number, "", ""))
    against = set() if world.model.may_withhold(who, thing) else {"Denied", "Missing"}
    if thing.tool == "calendar":
        against = {"Malformed"}
    if world.settle(f"{who} makes {path} {word}", against, world.verb(f"item {word}", owner=login(who), path=path)):
        thing.privacy = "private" if word == "private" else "open"


def hide(world: World) -> None:
    who, word = anybody(world), world.random.choice(["busy", "nothing"])
    if world.settle(f"{who} shows {word}", set(), world.verb("account profile", login=login(who), private=word)):
        (world.model.hiding.add if word == "nothing" else world.model.hiding.discard)(who)


# ---------------------------------------------------------------- plans


def change_plan(world: World) -> None:
    who = world.random.choice([anybody(world), *(team.admin for team in world.model.teams.values())])
    draw = world.random.random()
    if draw < 0.2:
        code = world.random.choice(sorted(PLANS))
        told = world.verb("account plan", login=login(who), plan=code)
        limits = PLANS[code] if code != world.plans.get(who, "demo") else world.model.limits[who]
        world.plans[who] = code
    elif draw < 0.5:
        code, limits = "what the plan says", dict(PLANS[world.plans.get(who, "demo")])
        told = world.verb("account override", login=login(who))
    else:
        key, value = _wish(world, who)
        code, limits = f"{key}={value}", world.model.limits[who] | {key: value}
        word = "members_per_group" if key == "members" else key
        told = world.verb("account override", login=login(who), key=word, value=str(value))
    assert world.settle(f"{who} gets {code}", set(), told)
    world.model.limits[who] = dict(limits)
    resettle(world, who)


def _wish(world: World, who: str) -> tuple[str, int]:
    """A capacity near what is held, so that it is met soon."""
    if world.random.random() < 0.25:
        return world.random.choice([("groups", 0), ("groups", 1), ("groups", 2), ("members", 2), ("members", 4)])
    paid = [space for space in (*world.people, *world.model.teams) if world.model.payer(space) == who]
    space, tool, what = world.random.choice(paid), world.random.choice(TOOLS), world.random.choice([0, 1])
    held = world.held.get((space, tool), (0, 0))[what]
    more = world.random.choice([0, 1, 2, PLENTY]) if what else world.random.choice([0, 300, 900, PLENTY])
    return f"{tool}_{'items' if what else 'bytes'}", max(0, held + more - world.random.choice([0, 0, 1]))


DEEDS: tuple[Callable[[World], Any], ...] = (
    join, join, leave, leave, appoint, hand_over, end_or_restore, give, give, share, share, share, share, share,
    unshare, withhold, withhold, hide, change_plan,
)  # fmt: skip
