"""Who has which plan, what was agreed beside it, and until when it is paid for.

Invariants: every account has exactly one subscription (R28); whatever changes it counts at once, for the
account's space and the groups it administers, on all protocols (R31); nothing is ever deleted by it: what
is too much then is over-limit from that moment on (S1). What was agreed for one account (R32) belongs to
the plan it was agreed for, and goes with it; a newer version of the same plan leaves it as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import bindparam, insert, or_, select, update

from coserver.model.errors import Malformed, Missing
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Capacity, Feature, Plan
from coserver.quota import levels, plans, usage
from coserver.store.schema.quota import plan, subscription
from coserver.store.tx import Tx
from coserver.store.views import owned_space

_GET = (
    select(subscription.c.overrides, subscription.c.paid_until, subscription.c.next_plan, plan.c.code)
    .join(plan, plan.c.id == subscription.c.plan_id)
    .where(subscription.c.account_id == bindparam("account"))
)
_ADD = insert(subscription)
_CHANGE = update(subscription).where(subscription.c.account_id == bindparam("account"))
_OVERRIDE = _CHANGE.values(overrides=bindparam("agreed"))
_ENDED = (
    select(subscription.c.account_id)
    .where(subscription.c.paid_until != 0, subscription.c.paid_until <= bindparam("now"))
    .order_by(subscription.c.account_id)
)
_SPACES = select(owned_space.c.id).where(
    or_(owned_space.c.owner_id == bindparam("account"), owned_space.c.administrator_id == bindparam("account"))
)
_OVERRIDDEN = select(subscription.c.account_id).where(subscription.c.overrides != "")

Overrides = Mapping[str, int | bool]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a subscription says beside its plan.

    `overrides` are capacities and features by name, as agreed with this account alone; `paid_until` is in
    milliseconds since 1970 (0: no term), and `next_plan` the plan from then on (empty: the free one).
    """

    overrides: Overrides
    paid_until: int
    next_plan: str


def terms(tx: Tx, account: PrincipalId) -> Terms:
    """What an account's subscription says beside its plan; Missing if there is no such account."""
    row = tx.execute(_GET, {"account": account}).first()
    if row is None:
        raise Missing("There is no such account.", account=account)
    return Terms(MappingProxyType(plans.overrides_in(row.overrides)), row.paid_until or 0, row.next_plan)


def subscribe(tx: Tx, account: PrincipalId, code: str, *, paid_until: int = 0, next_plan: str = "") -> Plan:
    """Put an account on the newest version of a plan, at once (R31); Missing if there is no such plan."""
    chosen, number = plans.newest(tx, code)
    if next_plan:
        plans.newest(tx, next_plan)
    row = tx.execute(_GET, {"account": account}).first()
    values = {"plan_id": number, "starts": tx.now, "paid_until": paid_until or None, "next_plan": next_plan}
    if row is None:
        tx.execute(_ADD, {"account_id": account, **values})
        return chosen
    if row.code != code:
        values["overrides"] = ""
    tx.execute(_CHANGE.values(**values), {"account": account})
    settle(tx, account)
    return plans.plan_of(tx, account)


def override(tx: Tx, account: PrincipalId, key: str, value: int | bool | None) -> Plan:
    """Agree on another capacity, or on a feature (whether it is open), for one account; None takes it back (R32).

    Raises:
        Malformed: there is no such capacity or feature, or the value is none for it.
        Missing: there is no such account.
    """
    agreed = dict(terms(tx, account).overrides)
    _check(key, value)
    agreed.pop(key, None)
    if value is not None:
        agreed[key] = value
    return _agree(tx, account, agreed)


def clear(tx: Tx, account: PrincipalId) -> Plan:
    """Take back everything that was agreed with one account beside its plan."""
    terms(tx, account)
    return _agree(tx, account, {})


def ended(tx: Tx) -> list[PrincipalId]:
    """The accounts whose paid term is over."""
    return [PrincipalId(number) for number in tx.execute(_ENDED, {"now": tx.now}).scalars()]


def end_term(tx: Tx, account: PrincipalId, *, free: str) -> Plan | None:
    """Put an account whose paid term is over on its next plan, or the `free` one (C6); None if it is not over.

    Missing if there is no such plan: the account keeps what it has.
    """
    agreed = terms(tx, account)
    if not agreed.paid_until or agreed.paid_until > tx.now:
        return None
    return subscribe(tx, account, agreed.next_plan or free)


def overridden(tx: Tx) -> set[PrincipalId]:
    """The accounts with which something was agreed beside their plans."""
    return {PrincipalId(number) for number in tx.execute(_OVERRIDDEN).scalars()}


def settle(tx: Tx, account: PrincipalId) -> None:
    """Let the spaces that an account pays for follow a change of its plan; also after a hand-over to it (C7)."""
    for space in tx.execute(_SPACES, {"account": account}).scalars().all():
        for held in usage.rooms(tx, SpaceId(space)):
            levels.replan(tx, held)
    tx.tell(account)


def _agree(tx: Tx, account: PrincipalId, agreed: Overrides) -> Plan:
    text = json.dumps(dict(sorted(agreed.items()))) if agreed else ""
    tx.execute(_OVERRIDE, {"account": account, "agreed": text})
    settle(tx, account)
    return plans.plan_of(tx, account)


def _check(key: str, value: int | bool | None) -> None:
    if key in tuple(Feature):
        if value is not None and not isinstance(value, bool):
            raise Malformed(f"{key} is a feature: it is open or it is not.")
    elif key in tuple(Capacity):
        if value is not None and (isinstance(value, bool) or not 0 <= value < 1 << 62):
            raise Malformed(f"{key} is a capacity: a number from 0 upwards.")
    else:
        raise Malformed(f"There is no {key!r} in a plan; there are: {', '.join((*Capacity, *Feature))}.")
