"""Plans on offer, and what the plan of an account or a space allows.

Invariants: a stored plan version never changes (the same code with other content becomes the next
version); who asks for the plan of an account is told what was agreed with it beside the plan, too (R32);
a group's capacities are those of its present administrator's subscription, each group counted apart
(R59-R61).
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, insert, select

from coserver.model.errors import Malformed, Missing
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import OPTIONAL, Capacity, Feature, Plan
from coserver.store.schema.quota import plan, subscription
from coserver.store.tx import Tx
from coserver.store.views import groups_ahead, owned_space

_PLAN = (plan.c.id, plan.c.code, plan.c.version, plan.c.title, plan.c.capacities, plan.c.features)
_newest = select(func.max(plan.c.version)).where(plan.c.code == bindparam("code")).scalar_subquery()
_CURRENT = select(*_PLAN).where(plan.c.code == bindparam("code"), plan.c.version == _newest)
_LISTED = select(*_PLAN).order_by(plan.c.code, plan.c.version)
_ADD = insert(plan)
subscribed_plan = (  # the plan of every account, for statements of others to join
    select(subscription.c.account_id, subscription.c.overrides, *_PLAN)
    .join(plan, plan.c.id == subscription.c.plan_id)
    .subquery("subscribed_plan")
)
_OF_ACCOUNT = select(subscribed_plan).where(subscribed_plan.c.account_id == bindparam("account"))
_OF_SPACE = (
    select(*_PLAN, subscription.c.overrides, owned_space.c.group_name, owned_space.c.group_state)
    .add_columns(groups_ahead.label("ahead"))
    .select_from(owned_space)
    .join(subscription, subscription.c.account_id == owned_space.c.payer_id)
    .join(plan, plan.c.id == subscription.c.plan_id)
    .where(owned_space.c.id == bindparam("space"))
)
_PAID_UNTIL = select(subscription.c.paid_until).where(subscription.c.account_id == bindparam("account"))
_CODES = select(subscribed_plan.c.account_id, subscribed_plan.c.code)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one space may hold: the plan that counts there, and the name of the group it belongs to, if any.

    `shut` says why nothing may be added there whatever it holds; empty where something may.
    """

    plan: Plan
    group: str | None
    shut: str = ""


def bundled(name: str = "plans") -> str:
    """The TOML text of the plans that come with the program: ``plans`` or ``plans-demo``."""
    return resources.files("coserver.quota").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def parse(text: str) -> list[Plan]:
    """Read plans from TOML: one table a plan, its keys title, features and the capacities.

    The plans have version 0: `publish` numbers them. Malformed, naming the plan and the key, on
    anything unknown, missing or negative; only what is `OPTIONAL` may be missing, and is 0 then.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"The plans are not valid TOML: {error}.") from error
    return [_checked(code, table) for code, table in tables.items()]


def publish(tx: Tx, plans: Sequence[Plan]) -> list[Plan]:
    """Store each plan whose content is not yet that of the newest version of its code; give them as stored.

    Subscriptions stay on the version they have (S23) until the account is put on the plan again.
    """
    return [_published(tx, each) for each in plans]


def current(tx: Tx, code: str) -> Plan:
    """The newest version of the plan of that code; Missing if there is none."""
    return plan_in(_current_row(tx, code))


def listed(tx: Tx) -> list[Plan]:
    """The newest version of every plan, by code."""
    newest = {row["code"]: plan_in(row) for row in tx.execute(_LISTED).mappings()}
    return list(newest.values())


def newest(tx: Tx, code: str) -> tuple[Plan, int]:
    """`current`, and the number of its row."""
    row = _current_row(tx, code)
    return plan_in(row), row["id"]


def plan_of(tx: Tx, account: PrincipalId) -> Plan:
    """The plan version an account is subscribed to; Missing if there is no such account."""
    row = tx.execute(_OF_ACCOUNT, {"account": account}).mappings().first()
    if row is None:
        raise Missing("There is no such account.", account=account)
    return plan_in(row)


def paid_until(tx: Tx, account: PrincipalId) -> int:
    """Until when an account's subscription is paid for, in milliseconds; 0: nothing was paid."""
    return tx.execute(_PAID_UNTIL, {"account": account}).scalar() or 0


def codes(tx: Tx) -> dict[PrincipalId, str]:
    """The plan of every account, for lists."""
    return {PrincipalId(row.account_id): row.code for row in tx.execute(_CODES)}


def features_of(tx: Tx, account: PrincipalId) -> frozenset[Feature]:
    """What the account's plan opens; nothing for an account that is not there."""
    row = tx.execute(_OF_ACCOUNT, {"account": account}).mappings().first()
    return frozenset() if row is None else plan_in(row).features


def allowance(tx: Tx, space_id: SpaceId) -> Allowance:
    """What counts for a space: its account's plan, or that of its group's administrator (C7); Missing."""
    row = tx.execute(_OF_SPACE, {"space": space_id}).mappings().first()
    if row is None:
        raise Missing("There is no such space.", space=space_id)
    chosen, name = plan_in(row), row["group_name"]
    return Allowance(chosen, name, _shut(row, chosen) if name else "")


def plan_in(row: RowMapping) -> Plan:
    """The plan in a row that holds its columns; with `overrides` among them, as it is for one account."""
    agreed = row.get("overrides") or ""
    return _parsed(row["code"], row["version"], row["title"], row["capacities"], row["features"], agreed)


def overrides_in(text: str) -> dict[str, int | bool]:
    """What was agreed with one account: a number for a capacity, and for a feature whether it is open."""
    return dict(json.loads(text)) if text else {}


@lru_cache(maxsize=1024)
def _parsed(code: str, version: int, title: str, capacities: str, features: str, agreed: str) -> Plan:
    """The plan of a row; versions never change, so the same texts are parsed once."""
    beside = overrides_in(agreed)
    limits = {key: int(value) for key, value in (json.loads(capacities) | beside).items() if key in tuple(Capacity)}
    shut = {feature for feature in Feature if beside.get(feature) is False}
    opened = {Feature(each) for each in json.loads(features)} | {each for each in Feature if beside.get(each)}
    none = dict.fromkeys(OPTIONAL, 0)  # of versions from before there were these
    kept = MappingProxyType(none | {Capacity(key): limits[key] for key in limits})
    return Plan(code, version, title, kept, frozenset(opened - shut))


def _shut(row: RowMapping, chosen: Plan) -> str:
    """Why nothing is added to a group: it is on its way out (S3, S32), or one too many for the plan (S1)."""
    name, allowed = row["group_name"], chosen.capacities[Capacity.GROUPS]
    if row["group_state"] == "deleted":
        return f"Group {name} was deleted."
    if row["group_state"] == "frozen":
        return (
            f"Group {name} can only be read, because the account of its administrator is suspended: "
            "another member has to take it over first."
        )
    if row["ahead"] >= allowed:
        return (
            f"Nothing can be added to group {name}: the subscription of its administrator allows {allowed} groups, "
            "and others of his come first. He can choose which stay writable, or take a larger plan."
        )
    return ""


def _current_row(tx: Tx, code: str) -> RowMapping:
    row = tx.execute(_CURRENT, {"code": code}).mappings().first()
    if row is None:
        raise Missing(f"There is no plan {code!r}: `plan list` shows those on offer.", plan=code)
    return row


def _published(tx: Tx, offered: Plan) -> Plan:
    row = tx.execute(_CURRENT, {"code": offered.code}).mappings().first()
    version = 1
    if row is not None:
        newest = plan_in(row)
        if (newest.title, newest.capacities, newest.features) == (offered.title, offered.capacities, offered.features):
            return newest
        version = newest.version + 1
    values = {
        "code": offered.code,
        "version": version,
        "title": offered.title,
        "capacities": json.dumps({str(key): value for key, value in sorted(offered.capacities.items())}),
        "features": json.dumps(sorted(offered.features)),
    }
    tx.execute(_ADD, values)
    return Plan(offered.code, version, offered.title, offered.capacities, offered.features)


def _checked(code: str, table: object) -> Plan:
    if not isinstance(table, dict):
        raise Malformed(f"In the plans, {code} is not a table: write [{code}] and its keys below.")
    rest: dict[str, Any] = dict(table)
    title = rest.pop("title", code)
    features = rest.pop("features", None)
    if not isinstance(title, str):
        raise Malformed(f"In plan {code}, title is not a text.")
    return Plan(code, 0, title, _capacities(code, rest), _features(code, features))


def _features(code: str, given: object) -> frozenset[Feature]:
    known = ", ".join(Feature)
    if not isinstance(given, list) or not all(each in tuple(Feature) for each in given):
        raise Malformed(f"In plan {code}, features is not a list of these: {known}.")
    return frozenset(Feature(each) for each in given)


def _capacities(code: str, given: Mapping[str, object]) -> Mapping[Capacity, int]:
    for key in given:
        if key not in tuple(Capacity):
            raise Malformed(f"In plan {code}, {key} is unknown; the capacities are {', '.join(Capacity)}.")
    limits: dict[Capacity, int] = {}
    for capacity in Capacity:
        value = given.get(capacity, 0 if capacity in OPTIONAL else None)
        if type(value) is not int or value < 0:
            raise Malformed(f"In plan {code}, {capacity} is missing or not a number from 0 upwards, such as 20_000.")
        limits[capacity] = value
    return MappingProxyType(limits)
