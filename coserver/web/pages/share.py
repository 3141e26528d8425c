"""One thing, and who may do what with it: shared, taken back, made private, explained (R13-R17, R55)."""

from collections.abc import Callable, Sequence

from coserver.accounts import withholding
from coserver.auth import standing
from coserver.groups import comembers, members, rights, shares
from coserver.groups.shares import Offer, Target
from coserver.model.errors import Malformed, Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.principal import Group
from coserver.model.rights import Preset, Privacy, Right
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.store import collections, lookup, spaces
from coserver.store.tx import Tx
from coserver.web import rendering, titles
from coserver.web.routes import Route
from coserver.web.visit import Visit

_PLAIN = (Preset.READ, Preset.CONTRIBUTE, Preset.EDIT, Preset.MANAGE)
_NAMED = 50  # people that are proposed while one types


def show(visit: Visit, collection: int, item: int = 0) -> Reply:
    """Whom it is shared with, and why somebody may do what he may."""
    me = visit.who.account
    with visit.house.store.read() as tx:
        target = _target(tx, visit, collection, item)
        manages = _manages(tx, me, target)
        groups = _groups(tx, me, target) if manages else []
        who = visit.query.get("who", "") or visit.who.login
        return rendering.page(
            visit,
            "sharing/share.html",
            at=_address(target),
            target=target,
            title=_title(tx, target),
            manages=manages,
            mine=spaces.get(tx, target.collection.space).owner == me,
            shared=shares.on(tx, target) if manages else [],
            groups=groups,
            people=[each.login for each in comembers.some(tx, me, most=_NAMED)] if manages else [],
            presets=_presets(target),
            who=who,
            why=_why(tx, visit, target, who, manages=manages),
            may_withhold=target.item is not None and target.collection.tool is not Tool.CALENDAR and manages,
            private=target.item is not None and target.item.privacy is not Privacy.OPEN,
        )


def add(visit: Visit, collection: int, item: int = 0) -> Reply:
    """Share it, in place of what the same ones had of it through the same group."""
    try:
        preset = Preset(visit.typed("preset"))
    except ValueError as error:
        raise Malformed("Please choose what may be done with it.") from error

    def job(tx: Tx, target: Target) -> None:
        group, to = _whom(tx, visit)
        shares.add(tx, visit.who.account, target, Offer(group, to, preset))

    return _done(visit, collection, item, "shared", job)


def remove(visit: Visit, collection: int, item: int = 0) -> Reply:
    """Take a share back."""

    def job(tx: Tx, target: Target) -> None:
        group, to = _whom(tx, visit)
        shares.remove(tx, visit.who.account, target, through=group, to=to)

    return _done(visit, collection, item, "unshared", job)


def withhold(visit: Visit, collection: int, item: int) -> Reply:
    """Make it private, or public again."""
    privacy = Privacy.PRIVATE if visit.typed("private") == "yes" else Privacy.OPEN

    def job(tx: Tx, target: Target) -> None:
        assert target.item is not None  # noqa: S101  (this route has one)
        withholding.withhold(tx, visit.who.account, target.collection, target.item, privacy)

    return _done(visit, collection, item, "private" if privacy is Privacy.PRIVATE else "public", job)


def _done(visit: Visit, collection: int, item: int, what: str, job: Callable[[Tx, Target], None]) -> Reply:
    def whole(tx: Tx) -> str:
        target = _target(tx, visit, collection, item)
        job(tx, target)
        return _address(target)

    return rendering.redirect(f"{visit.house.store.write(whole)}?done={what}")


def _target(tx: Tx, visit: Visit, collection: int, item: int) -> Target:
    """What is looked at; Missing unless the visitor may read it."""
    at = collections.get(tx, CollectionId(collection))
    if not item:
        rights.need(tx, visit.who.account, at, Right.READ)
        return Target(at)
    found = lookup.get(tx, ItemId(item))
    if found is None or found.collection != at.id:
        raise Missing("It is not there (any more).")
    rights.need_on(tx, visit.who.account, at, found, Right.READ)
    return Target(at, found)


def _address(target: Target) -> str:
    below = "" if target.item is None else f"/{target.item.id}"
    return f"/sharing/{target.collection.id}{below}"


def _title(tx: Tx, target: Target) -> str:
    item = target.item
    if item is None:
        return titles.of_collection(tx, target.collection)
    return titles.of_items(tx, target.collection.tool, [item])[item.id] or str(item.uid or item.name)


def _manages(tx: Tx, account: PrincipalId, target: Target) -> bool:
    item = target.item
    held = rights.on(tx, account, target.collection, item) if item else rights.of(tx, account, target.collection)
    return Right.ADMINISTER in held


def _groups(tx: Tx, account: PrincipalId, target: Target) -> Sequence[Group]:
    """Through which groups it can be shared: the one it belongs to, else those of its owner that one is in, too."""
    owning = members.owning(tx, target.collection.space)
    if owning is not None:
        return [owning]
    owner, mine = spaces.get(tx, target.collection.space).owner, members.groups_of(tx, account)
    if owner == account:
        return mine
    theirs = {each.id for each in members.groups_of(tx, owner)}
    return [each for each in mine if each.id in theirs]


def _presets(target: Target) -> Sequence[Preset]:
    if target.item is None and target.collection.tool is Tool.CALENDAR:
        return (Preset.BUSY, *_PLAIN)
    if target.item is None and target.collection.tool is Tool.DOCUMENTS:
        return (*_PLAIN, Preset.DROP)
    return _PLAIN


def _whom(tx: Tx, visit: Visit) -> tuple[PrincipalId, PrincipalId | None]:
    """The group that was chosen, and the member of it, or None for all of it."""
    group, _ = members.known(tx, visit.typed("group"), visit.who.account)
    typed = visit.typed("to").strip()
    if not typed:
        return group.id, None
    login = standing.full(tx, typed)
    found = next((each for each in members.members(tx, group.id) if each.login == login), None)
    if found is None:
        raise Missing(f"{typed} is not a member of group {group.name}: sharing happens within a group.")
    return group.id, found.account


def _why(tx: Tx, visit: Visit, target: Target, who: str, *, manages: bool) -> list[str]:
    """Why somebody may do what he may: of others only who may share it is told."""
    login = standing.full(tx, who)
    if login == visit.who.login:
        return rights.why(tx, visit.who.account, target.collection, target.item)
    other = comembers.find(tx, visit.who.account, login) if manages else None
    return [] if other is None else rights.why(tx, other.account, target.collection, target.item)


ROUTES = (
    Route("GET", "/sharing/<int:collection>", show),
    Route("POST", "/sharing/<int:collection>/add", add, again=show),
    Route("POST", "/sharing/<int:collection>/remove", remove, again=show),
    Route("GET", "/sharing/<int:collection>/<int:item>", show),
    Route("POST", "/sharing/<int:collection>/<int:item>/add", add, again=show),
    Route("POST", "/sharing/<int:collection>/<int:item>/remove", remove, again=show),
    Route("POST", "/sharing/<int:collection>/<int:item>/private", withhold, again=show),
)
