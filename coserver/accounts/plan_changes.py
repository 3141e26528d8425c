"""Changes of what an account's subscription allows, and the end of terms that were paid for.

Invariants: a change counts at once on all protocols (R31), and deletes nothing (S1); open sessions end only
if a feature is lost (S31); a term that is over puts the account on its next plan or the free one (C6), on
the house's clock, and doing that twice is as good as once.
"""

import logging
from collections.abc import Callable

from coserver.accounts.house import House
from coserver.auth import standing
from coserver.log import event
from coserver.model.act import ActKind
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.model.plan import Plan
from coserver.quota import plans, subscriptions
from coserver.store import journal
from coserver.store.tx import Tx

log = logging.getLogger(__name__)


def subscribe(tx: Tx, account: PrincipalId, code: str, *, paid_until: int = 0, next_plan: str = "") -> None:
    """Put an account on the newest version of a plan; Missing if there is no such plan.

    `paid_until` (milliseconds since 1970, 0: no end) and `next_plan` as in `subscriptions.Terms`.
    """
    _change(tx, account, lambda: subscriptions.subscribe(tx, account, code, paid_until=paid_until, next_plan=next_plan))


def override(tx: Tx, account: PrincipalId, key: str, value: int | bool | None) -> None:
    """Agree on something for one account alone (R32); errors as those of `subscriptions.override`."""
    _change(tx, account, lambda: subscriptions.override(tx, account, key, value), apart=f"{key} {_said(value)}")


def clear(tx: Tx, account: PrincipalId) -> None:
    """Take back whatever was agreed with one account beside its plan."""
    _change(tx, account, lambda: subscriptions.clear(tx, account), apart="all as the plan says")


def round_(house: House) -> int:
    """End the terms that are over, each in a tx of its own; how many there were."""
    with house.store.read() as tx:
        over = subscriptions.ended(tx)
    return sum(house.store.write(lambda tx, which=which: _end(tx, house, which)) for which in over)  # type: ignore[misc]


def _end(tx: Tx, house: House, account: PrincipalId) -> bool:
    def deed() -> Plan:
        return subscriptions.end_term(tx, account, free=house.life.sign_up_plan) or plans.plan_of(tx, account)

    try:
        _change(tx, account, deed)
    except Missing as error:  # no such plan: he keeps what he has until the operator says what comes next
        event(log, "term-not-ended", level=logging.ERROR, account=account, why=error.text)
        return False
    tx.after_commit(lambda: event(log, "term-ended", account=account))
    return True


def _said(value: int | bool | None) -> str:
    if value is None:
        return "as the plan says"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _change(tx: Tx, account: PrincipalId, deed: Callable[[], Plan], *, apart: str = "") -> None:
    """Do it, end sessions if a feature is lost, and log the plan with what is `apart` from it."""
    before = plans.features_of(tx, account)
    if before - deed().features:
        standing.renew(tx, account)
    journal.own(tx, account, ActKind.PLAN, detail=": ".join(filter(None, (plans.plan_of(tx, account).code, apart))))
