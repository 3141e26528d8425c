"""The journal of a space: who did what to what, when, from where, by which way.

Invariants: an act is written in the tx of the deed, in one statement for all acts of it; it bears names and
paths as they were, never content and never a secret, and of what is private only where it lies; mail that
arrives and marks on messages are no acts. A space keeps its acts for `DAYS` and at most `MOST` of them, and
they go with it. Logins stay as text, whatever becomes of accounts.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Row, ScalarSelect, bindparam, case, delete, func, insert, literal, null, select, update
from sqlalchemy import text as sql

from coserver.model.act import Act, ActKind, Actor, Way
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.item import Item
from coserver.model.rights import Grant, Privacy
from coserver.model.space import Collection, Tool
from coserver.store import spaces
from coserver.store.acting import Draft
from coserver.store.schema import store as schema
from coserver.store.tx import Tx
from coserver.store.views import login_name, managed_space

DAYS = 90
MOST = 10_000  # acts of a space
_DAY = 86_400_000  # milliseconds
_PATH = 300  # characters kept of the path of a collection
_NAME = 255  # characters kept of a name or detail
_AT_ONCE = 1000

_act = schema.act
_PAIRS = {Way.CALDAV: Tool.CALENDAR, Way.CARDDAV: Tool.CONTACTS}  # one path serves both


def _path_of(parameter: str) -> ScalarSelect[str]:
    """The path of the collection whose id is this parameter, with a slash at its end; null for none."""
    place = schema.collection
    step = case((place.c.parent_id.is_(None), ""), else_=place.c.name + "/")
    up = (
        select(place.c.parent_id, step.label("path"))
        .where(place.c.id == bindparam(parameter))
        .cte(f"up_{parameter}", recursive=True)
    )
    longer = case((place.c.parent_id.is_(None), up.c.path), else_=place.c.name + "/" + up.c.path)
    up = up.union_all(select(place.c.parent_id, longer).where(place.c.id == up.c.parent_id))
    return select(func.substr(up.c.path, 1, _PATH)).where(up.c.parent_id.is_(None)).scalar_subquery()


_LOGIN = select(login_name.c.login).where(login_name.c.id == bindparam("whom")).scalar_subquery()
_ADD = insert(_act).values(
    what=func.coalesce(_path_of("place"), literal("")) + bindparam("name"),
    detail=func.coalesce(_path_of("target"), _LOGIN, literal("")) + bindparam("anew"),
)
_LISTED = (
    select(
        _act.c.at, _act.c.actor_id, _act.c.actor, _act.c.kind, _act.c.tool, _act.c.what, _act.c.detail,
        _act.c.count.label("much"),
        _act.c.way, _act.c.peer,
    )
    .where(_act.c.space_id == bindparam("space"), _act.c.at >= bindparam("since"))
    .order_by(_act.c.id.desc())
    .limit(bindparam("most"))
)  # fmt: skip
_OF_KINDS = _LISTED.where(_act.c.kind.in_(bindparam("kinds", expanding=True)))
_OF_ACCOUNTS = (
    select(
        managed_space.c.login, _act.c.at, _act.c.actor_id, _act.c.actor, _act.c.kind, _act.c.tool, _act.c.what,
        _act.c.detail, _act.c.count.label("much"), _act.c.way, _act.c.peer,
    )
    .join(managed_space, managed_space.c.id == _act.c.space_id)
    .where(managed_space.c.organisation_id == bindparam("organisation"), sql(f"act.{schema.OF_ACCOUNTS}"))
    .order_by(_act.c.at.desc(), _act.c.id.desc())
    .limit(bindparam("most"))
)  # fmt: skip
_LATELY = (
    select(_act.c.way, _act.c.peer)
    .where(_act.c.space_id == bindparam("space"), _act.c.at > bindparam("since"), _act.c.kind == bindparam("which"))
    .order_by(_act.c.id.desc())
)
_BEYOND = (
    select(_act.c.id)
    .where(_act.c.space_id == bindparam("space"))
    .order_by(_act.c.id.desc())
    .limit(1)
    .offset(bindparam("keep"))
)
_TRIM = delete(_act).where(_act.c.space_id == bindparam("space"), _act.c.id <= bindparam("last"))
_oldest = select(_act.c.id, _act.c.at).order_by(_act.c.id).limit(_AT_ONCE).subquery()
_OLD = select(func.max(_oldest.c.id)).where(_oldest.c.at < bindparam("moment"))
_EXPIRE = delete(_act).where(_act.c.id <= bindparam("last"), _act.c.at < bindparam("moment"))
_ERASE_ACTOR = update(_act).where(_act.c.actor_id == bindparam("account")).values(actor="", peer="")
_ERASE_WHOM = update(_act).where(_act.c.whom_id == bindparam("account")).values(detail="", whom_id=null())


def items(
    tx: Tx, kind: ActKind, collection: Collection, which: Sequence[Item], *, by: Grant,
    to: tuple[Collection, str] | None = None,
) -> None:  # fmt: skip
    """Note what was done to items of a collection, and where `to` they went and as what; for the gate.

    Nothing is noted of what the house does of its own, as when mail arrives.
    """
    if not which or by.who is None or tx.actor.way is Way.HOUSE:
        return
    first = which[0]
    hidden = first.privacy is Privacy.PRIVATE
    name = "" if hidden else str(first.name if first.uid is None else first.uid)
    target, anew = (None, "") if to is None else (to[0].id, to[1])
    tx.acts.add(
        Draft(
            kind, collection.space, tx.actor, tool=collection.tool, place=collection.id, name=name[:_NAME],
            target=target, detail="" if hidden else anew[:_NAME], count=len(which),
        ),
        alone=kind is ActKind.RENAMED,
    )  # fmt: skip


def move(
    tx: Tx, here: Collection, which: Sequence[Item], there: Collection, moved: Sequence[Item], *, by: Grant
) -> None:  # fmt: skip
    """Note that items went to another collection of the space, or got other names in their own; for the gate."""
    anew = moved[0].name or "" if len(moved) == 1 else ""
    if here.id != there.id:
        items(tx, ActKind.MOVED, here, which, by=by, to=(there, anew))
    elif anew:
        items(tx, ActKind.RENAMED, here, which, by=by, to=(there, anew))


def withhold(tx: Tx, collection: Collection, item: Item, *, by: Grant) -> None:
    """Note that an item is private, or not any more; for the gate."""
    items(tx, ActKind.OPENED if item.privacy is Privacy.OPEN else ActKind.WITHHELD, collection, [item], by=by)


def collection(
    tx: Tx, kind: ActKind, which: Collection, *, by: Grant, to: tuple[Collection, str] | None = None
) -> None:  # fmt: skip
    """Note what was done to a collection as a whole, and where `to` it went and as what; for the gate."""
    if by.who is None or tx.actor.way is Way.HOUSE:
        return
    target, anew = (None, "") if to is None else (to[0].id, _as_folder(to[1]))
    if target is not None and target == which.parent:
        kind = ActKind.RENAMED
    draft = Draft(
        kind, which.space, tx.actor, tool=which.tool, place=which.parent, name=_as_folder(which.name),
        target=target, detail=anew,
    )  # fmt: skip
    tx.acts.add(draft, alone=True)


def property_(tx: Tx, which: Collection, name: str, *, by: Grant) -> None:
    """Note that a property of a collection is another, unless the collection is new itself; for the gate."""
    if by.who is None or tx.actor.way is Way.HOUSE or tx.acts.is_new(which.space, which.parent, _as_folder(which.name)):
        return
    draft = Draft(ActKind.CHANGED, which.space, tx.actor, tool=which.tool, place=which.id, detail=name[:_NAME])
    tx.acts.add(draft, alone=True)


def own(tx: Tx, owner: PrincipalId, kind: ActKind, *, detail: str = "", whom: PrincipalId | None = None) -> None:
    """Note an act about an account or a group in its own space; see `record`."""
    record(tx, spaces.of(tx, owner).id, kind, detail=detail, whom=whom)


def record(
    tx: Tx, space: SpaceId, kind: ActKind, *, detail: str = "", whom: PrincipalId | None = None, count: int = 1
) -> None:
    """Note an act about an account or a group.

    `whom` is the other account concerned; its login comes before `detail`, and both go when it is erased.
    """
    tx.acts.add(Draft(kind, space, tx.actor, detail=detail[:_NAME], whom=whom, count=count), alone=True)


def share(
    tx: Tx, kind: ActKind, inside: Collection, item: Item | None, *, detail: str, whom: PrincipalId | None
) -> None:
    """Note that a collection or an item in it was shared, or not any more; `whom` as in `record`."""
    if item is None:
        place, name = inside.parent, _as_folder(inside.name)
    else:
        hidden = item.privacy is Privacy.PRIVATE
        place, name = inside.id, "" if hidden else str(item.name if item.uid is None else item.uid)[:_NAME]
    draft = Draft(
        kind, inside.space, tx.actor, tool=inside.tool, place=place, name=name, detail=detail[:_NAME], whom=whom
    )
    tx.acts.add(draft, alone=True)


def keep(tx: Tx) -> None:
    """Write what was noted in this tx. For the engine, before what only follows from it."""
    drafts = tx.acts.close()
    if drafts:
        tx.execute(_ADD, [_row(tx, each) for each in drafts])


def listed(tx: Tx, space: SpaceId, *, since: int = 0, most: int = 100) -> list[Act]:
    """The latest acts of a space, oldest first, from a moment in milliseconds on."""
    rows = tx.execute(_LISTED, {"space": space, "since": since, "most": most}).all()
    return [_made(row) for row in reversed(rows)]


def of_kinds(tx: Tx, space: SpaceId, kinds: Iterable[ActKind], *, most: int = 100) -> list[Act]:
    """The latest acts of these kinds, latest first."""
    wanted = {"space": space, "since": 0, "most": most, "kinds": [str(each) for each in kinds]}
    return [_made(row) for row in tx.execute(_OF_KINDS, wanted)]


def of_accounts(tx: Tx, organisation: PrincipalId, *, most: int = 100) -> list[tuple[str, Act]]:
    """What was done lately with the accounts that an organisation runs, each by its login, latest first.

    Of these acts alone (`model.act.OF_ACCOUNTS`) there is an index: what people do every day is not looked through.
    """
    rows = tx.execute(_OF_ACCOUNTS, {"organisation": organisation, "most": most})
    return [(row.login, _made(row)) for row in rows]


def lately(tx: Tx, space: SpaceId, kind: ActKind, *, since: int) -> list[tuple[str, str]]:
    """The way and peer of each act of a kind after a moment, latest first."""
    rows = tx.execute(_LATELY, {"space": space, "since": since, "which": str(kind)})
    return [(row.way, row.peer) for row in rows]


def is_long(tx: Tx, space: SpaceId) -> bool:
    """Whether a space has more acts than it may keep."""
    return tx.execute(_BEYOND, {"space": space, "keep": MOST}).first() is not None


def trim(tx: Tx, space: SpaceId) -> int:
    """Forget all but the newest `MOST` acts of a space; how many."""
    last = tx.execute(_BEYOND, {"space": space, "keep": MOST}).scalar()
    return 0 if last is None else tx.execute(_TRIM, {"space": space, "last": last}).rowcount


def expire(tx: Tx) -> int:
    """Forget some acts that are older than `DAYS`; how many. Again and again, for short jobs."""
    moment = tx.now - DAYS * _DAY
    last = tx.execute(_OLD, {"moment": moment}).scalar()
    return 0 if last is None else tx.execute(_EXPIRE, {"last": last, "moment": moment}).rowcount


def erase(tx: Tx, account: PrincipalId) -> None:
    """An account is erased: in spaces of others its acts stay, without its name and address (S24).

    The number remains, as that of an author does (S7).
    """
    tx.execute(_ERASE_ACTOR, {"account": account})
    tx.execute(_ERASE_WHOM, {"account": account})


def _made(row: Row[*tuple[object, ...]]) -> Act:
    return Act(
        row.at, Actor(row.actor_id, row.actor, Way(row.way), row.peer), ActKind(row.kind),
        Tool(row.tool) if row.tool else None, row.what, row.detail, row.much,
    )  # fmt: skip


def _as_folder(name: str) -> str:
    """The name of a collection as it is kept: with a slash at its end."""
    return f"{name[: _NAME - 1]}/"


def _row(tx: Tx, draft: Draft) -> Mapping[str, object]:
    """The parameters of one row."""
    way = draft.actor.way
    if way in _PAIRS:
        way = next((one for one, tool in _PAIRS.items() if tool is draft.tool), way)
    return {
        "space_id": draft.space, "at": tx.now, "actor_id": draft.actor.account, "actor": draft.actor.login,
        "whom_id": draft.whom, "whom": draft.whom, "kind": str(draft.kind), "tool": str(draft.tool or ""),
        "count": draft.count, "way": str(way), "peer": draft.actor.peer[:_NAME], "place": draft.place,
        "name": draft.name, "target": draft.target, "anew": draft.detail,
    }  # fmt: skip
