"""The operator's verbs about plans: what is on offer, and what an account has."""

import re
from collections import Counter
from datetime import UTC, datetime

from coserver.accounts import accounts, organisations, plan_changes
from coserver.accounts.house import House
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.quota import plans, subscriptions, usage
from coserver.store import spaces
from coserver.store.tx import Tx

_NUMBER = re.compile(r"(\d{1,18})(?: ?([kMGT]?)B)?")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_WORDS = {"yes": True, "no": False}


def listed(house: House, _args: Arguments) -> list[Shown]:
    """The plans on offer, how many accounts have them, and with how many of those something else was agreed."""
    with house.store.read() as tx:
        held, apart = plans.codes(tx), subscriptions.overridden(tx)
        offered = plans.listed(tx)
    counts, others = Counter(held.values()), Counter(code for account, code in held.items() if account in apart)
    return [{**shown.plan(each, counts), "overridden": others[each.code]} for each in offered]


def load(house: House, args: Arguments) -> list[Shown]:
    """`text`, plans in TOML: what differs from the newest version of a plan becomes its next version.

    Accounts stay on the version they have until they are put on the plan again (S23).
    """
    offered = plans.parse(args.text("text"))

    def job(tx: Tx) -> list[Shown]:
        before = {each.code: each.version for each in plans.listed(tx)}
        stored = plans.publish(tx, offered)
        return [
            {"plan": each.code, "version": each.version, "new": before.get(each.code) != each.version}
            for each in stored
        ]

    return house.store.write(job)


def subscribe(house: House, args: Arguments) -> Shown:
    """`login` and `plan`, and if wanted `until` (the day on which the paid term ends, in UTC) and `next`.

    Puts the account on the newest version of the plan, at once (R31); on that day it gets the plan `next`, or
    the one that people sign up for (C6). `over` tells by tool where it holds more than that allows (S1).
    """
    until, following = args.optional("until"), args.optional("next")
    end = _day(until) if until else 0
    if following and not until:
        raise Malformed("Say with --until on which day the next plan begins.")

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        organisations.need_plan_left(tx, account.id, args.text("plan"), expiring=house.life.expiring_plans)
        plan_changes.subscribe(tx, account.id, args.text("plan"), paid_until=end, next_plan=following)
        over = [each for each in usage.rooms(tx, spaces.of(tx, account.id).id) if each.is_over]
        return {"login": account.login, **terms(tx, account.id), "over": shown.usage(over)}

    return house.store.write(job)


def override(house: House, args: Arguments) -> Shown:
    """`login`, and `key` with `value` (a number, or yes or no) or without (taken back), or no key: all taken back."""
    key, text = args.optional("key"), args.optional("value")
    value = _value(key, text) if text else None

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        if key:
            plan_changes.override(tx, account.id, key, value)
        else:
            plan_changes.clear(tx, account.id)
        return {"login": account.login, **terms(tx, account.id)}

    return house.store.write(job)


def terms(tx: Tx, account: PrincipalId) -> Shown:
    """What an account's subscription says, for `account show`."""
    found, agreed = plans.plan_of(tx, account), subscriptions.terms(tx, account)
    return {
        "plan": found.code,
        "plan_version": found.version,
        "paid_until": shown.moment(agreed.paid_until),
        "next_plan": agreed.next_plan,
        "overrides": dict(agreed.overrides),
    }


def _day(text: str) -> int:
    """The beginning of a day in milliseconds since 1970."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError as error:
        raise Malformed(f"{text!r} is no day: write YYYY-MM-DD.") from error


def _value(key: str, text: str) -> int | bool:
    if key in tuple(Feature):
        if text not in _WORDS:
            raise Malformed(f"{key} is a feature: say yes or no.")
        return _WORDS[text]
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Malformed(f"{text!r} is no number: write one like 5000 or 20GB.")
    return int(found[1]) * _UNITS[found[2] or ""]


VERBS = {
    "plan list": listed,
    "plan load": load,
    "account plan": subscribe,
    "account override": override,
}
