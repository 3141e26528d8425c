"""What time itself does to accounts; done in rounds, by a timer of the service.

Invariant: a round does what is due by the house's clock, however long ago the last one was, and doing
it twice is as good as once.
"""

import logging
from dataclasses import dataclass

from coserver.accounts import claiming, closure, dropped, expiry, plan_changes, succession, tokens, wishes, zones
from coserver.accounts.house import House
from coserver.auth import cookies
from coserver.log import event
from coserver.mail import addresses, domains, former
from coserver.quota import reservations

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upkept:
    """What a round did: accounts warned or suspended for disuse, accounts erased."""

    warned: int
    erased: int


def upkeep(house: House) -> Upkept:
    """One round: sign-ups not confirmed go, who does not use his account is warned, what is over is erased.

    Groups come first, so that an account is not held back by one that is over.
    """
    succession.round_(house.store, rest_days=house.life.address_rest_days)
    done = Upkept(warned=expiry.round_(house), erased=closure.sweep(house))
    plan_changes.round_(house)
    dropped.round_(house.store)
    house.store.write(tokens.sweep)
    house.store.write(cookies.sweep)
    house.store.write(wishes.sweep)
    house.store.write(reservations.sweep)
    house.store.write(former.sweep)
    house.store.write(lambda tx: addresses.sweep(tx, rest=house.life.address_rest_days * closure.DAY))
    if done.warned or done.erased:
        event(log, "accounts-kept", warned=done.warned, erased=done.erased)
    return done


def upkeep_of_domains(house: House) -> None:
    """One round: domains that have rested long enough go, claims are looked at, keys come into use.

    It asks the DNS, and so may take minutes where that does not answer.
    """
    gone = house.store.write(domains.sweep)
    for name in gone:
        event(log, "domain-gone", domain=name)
    claiming.round_(house)
    zones.round_(house)
