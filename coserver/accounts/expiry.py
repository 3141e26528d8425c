"""Accounts that nobody uses: warned, suspended, and in the end erased (R41, R65, C1).

Invariants: only accounts of the plans that the settings name, never one that is paid for (R42) or whose
organisation is in good standing (C8); use is a login on any protocol, by app passwords too, and neither
mail that arrives nor a login that fails (S9); an account is suspended no sooner than 60 days after its
owner was first warned at his external address, so one that cannot be warned never is; until it is erased
its owner gets it back by recovery.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from coserver.accounts import letters, organisations, roles
from coserver.accounts.house import House
from coserver.accounts.letters import Letter, Ready
from coserver.auth import standing
from coserver.auth.standing import Standing
from coserver.clock import milliseconds
from coserver.log import event
from coserver.model.act import ActKind
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.quota import plans
from coserver.store import journal
from coserver.store.schema.accounts import disuse
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

DAYS = (60, 30, 14, 3, 1)  # before the end, on which the owner is warned
DAY = 86_400_000  # milliseconds

_ALL = select(disuse.c.account_id, disuse.c.first, disuse.c.days)
_GET = _ALL.where(disuse.c.account_id == bindparam("account"))
_ADD = insert(disuse)
_FORGET = delete(disuse).where(disuse.c.account_id == bindparam("account"))


@dataclass(frozen=True, slots=True)
class Warned:
    """That an owner was warned: when first (ms), and how many days the last warning gave him."""

    first: int
    days: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is due for an account: the warning of so many `days`, or with 0 its suspension; `end` in ms."""

    days: int
    end: int


def due(used: int, warned: Warned | None, *, now: int, limit: int) -> Step | None:
    """What is due for an account that was used last at `used`, unused accounts ending after `limit` (all in ms).

    The rule itself: who was not warned 60 days before has his 60 days from the first warning on.
    """
    first = now if warned is None else warned.first
    end = max(used + limit, first + DAYS[0] * DAY)
    if warned is not None and now >= end:
        return Step(0, end)
    reached = [days for days in DAYS if end - now <= days * DAY]
    if not reached or (warned is not None and warned.days <= reached[-1]):
        return None
    return Step(reached[-1], end)


def round_(house: House) -> int:
    """Do what is due for every account now, each in a tx of its own; how many were warned or suspended."""
    limit = house.life.free_inactivity_days * DAY
    with house.store.read() as tx:
        unused = standing.unused(tx, before=milliseconds(house.store.clock) - limit + DAYS[0] * DAY)
        over = _over(tx, house)
    if over:
        house.store.write(lambda tx: _forget(tx, _over(tx, house)))
    return sum(_one(house, found) for found in unused)


def _one(house: House, found: Standing) -> bool:
    with house.store.read() as tx:
        step = _due(tx, house, found.account)
    if step is None:
        return False
    made = [letters.ready(house.store, letter) for letter in _letters(house, found, step)]

    def job(tx: Tx) -> bool:
        again = _due(tx, house, found.account)
        if again is None or again.days != step.days:
            return False  # used or changed meanwhile: the next round sees to it
        return _warn(tx, found, step, made) if step.days else _suspend(tx, found, made)

    return house.store.write(job)


def _due(tx: Tx, house: House, account: PrincipalId) -> Step | None:
    """What is due for an account by all that is known in this tx."""
    found = standing.get(tx, account)
    if found is None or not _can_lapse(tx, house, found):
        return None
    limit = house.life.free_inactivity_days * DAY
    return due(_used(found), _warned(tx, found), now=tx.now, limit=limit)


def _can_lapse(tx: Tx, house: House, found: Standing) -> bool:
    """Whether an account ends when nobody uses it."""
    if found.state is not State.ACTIVE or not found.external or found.plan.code not in house.life.expiring_plans:
        return False
    return plans.paid_until(tx, found.account) <= tx.now and not organisations.in_good_standing(tx, found.account)


def _used(found: Standing) -> int:
    """From when disuse counts: the last login; the beginning, where there was none since."""
    return max(found.used, found.since, found.created)


def _warned(tx: Tx, found: Standing) -> Warned | None:
    """The warnings of this disuse; those before a later login count no more."""
    row = tx.execute(_GET, {"account": found.account}).first()
    return None if row is None or row.first <= _used(found) else Warned(row.first, row.days)


def _over(tx: Tx, house: House) -> list[PrincipalId]:
    """Accounts that were warned and do not end any more: used again, paid for, closed."""
    named = [PrincipalId(row.account_id) for row in tx.execute(_ALL).all()]
    rows = {account: standing.get(tx, account) for account in named}
    return [
        account
        for account, found in rows.items()
        if found is None or not _can_lapse(tx, house, found) or _warned(tx, found) is None
    ]


def _forget(tx: Tx, accounts: Sequence[PrincipalId]) -> None:
    for account in accounts:
        tx.execute(_FORGET, {"account": account})


def _warn(tx: Tx, found: Standing, step: Step, made: list[Ready]) -> bool:
    warned = _warned(tx, found)
    posted = [letters.post(tx, letter, by=found.account) for letter in made]
    if not posted[0]:
        event(log, "disuse-not-warned", level=logging.WARNING, account=found.account)
        return False  # what nobody could read does not count
    first = tx.now if warned is None else warned.first
    tx.execute(_FORGET, {"account": found.account})
    tx.execute(_ADD, {"account_id": found.account, "first": first, "days": step.days})
    tx.after_commit(lambda: event(log, "disuse-warned", account=found.account, days=step.days))
    return True


def _suspend(tx: Tx, found: Standing, made: list[Ready]) -> bool:
    tx.execute(_FORGET, {"account": found.account})
    standing.set_state(tx, found.account, State.LAPSED)
    journal.own(tx, found.account, ActKind.LAPSED)
    roles.settle(tx, without=found.account)
    for letter in made:
        letters.post(tx, letter, by=found.account)
    tx.after_commit(lambda: event(log, "account-lapsed", account=found.account))
    return True


def _letters(house: House, found: Standing, step: Step) -> list[Letter]:
    """What is written: to the external address first, then into the INBOX."""
    erased = letters.moment(max(step.end, milliseconds(house.store.clock)) + house.life.lapsed_days * DAY)
    if step.days:
        subject = f"Your account {found.login} will end if it is not used"
        text = (
            f"Nobody has logged in to the account\n\n    {found.login}\n\nsince {letters.moment(_used(found))}.\n\n"
            f"To keep it, log in with any program before {letters.moment(step.end)}.\n"
            f"Otherwise it is suspended then, and erased with all that is in it on\n{erased}.\n"
        )
    else:
        subject = f"Your account {found.login} is suspended"
        text = (
            f"Nobody has logged in to the account\n\n    {found.login}\n\nfor long, so it is suspended now.\n\n"
            f"Nothing in it is lost yet. To have it back, ask for a new password\n"
            f"before {erased}: then it is erased.\n"
        )
    inside = Letter(found.login, subject, text).for_owner(found.account)
    return [Letter(found.external, subject, text), inside]
