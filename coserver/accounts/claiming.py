"""Domains of organisations: claimed, looked for in the DNS, proved, removed and restored (R26, S27).

Invariants: the DNS is asked outside the tx, and what it said is settled in one that looks again; only who acts for
the organisation, or the operator, does any of this; the plan of its owner says how many domains there are, when one is
claimed and when it is proved. Each of these deeds is noted in the log of the organisation's owner.
"""

import logging

from coserver.accounts import organisations, roles
from coserver.accounts.house import House
from coserver.accounts.managing import Asking
from coserver.clock import milliseconds
from coserver.log import event
from coserver.mail import claims, domains, keys, signing
from coserver.mail.claims import Claim
from coserver.mail.domains import Domain
from coserver.model.act import ActKind
from coserver.model.errors import Busy, HouseError, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Organisation
from coserver.store import journal
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

_BETWEEN = 3_600_000  # milliseconds from one look at a claim to the next, if nobody asks for it
_MOST = 50  # claims that are looked at in one round
_SECONDS = 60.0  # after which a round looks at no further ones: slow name servers are not to hold up the house
_MOST_SILENT = 3  # of them without an answer, after which the round ends


def claim(house: House, asking: Asking, name: str) -> Claim:
    """Claim a domain for an organisation.

    Raises:
        Missing, Denied: as `organisations.acting_for`.
        NotInPlan: the plan of its owner does not allow another domain.
        Malformed, Exists, Denied: as `claims.add`.
    """

    def job(tx: Tx) -> Claim:
        found = organisations.acting_for(tx, asking.name, asking.by)
        organisations.need_domain_left(tx, found)
        made = claims.add(tx, found.id, name)
        if made.created == tx.now:  # it may be an old one
            note(tx, ActKind.CLAIMED, made.name, found.id)
        return made

    return house.store.write(job)


def check(house: House, asking: Asking, name: str) -> Domain | Claim:
    """Look for the record of a claim: the domain if it was there or is proved already, the claim if not yet.

    Raises:
        Missing: nothing of that name is claimed.
        NotInPlan: the plan of the owner allows no more domains by now.
        Exists: somebody else was first.
        Busy: no name server answers.
    """
    with house.store.read() as tx:
        found = organisations.acting_for(tx, asking.name, asking.by).id
        held = domains.known(tx, name)
        if held is not None and held.organisation == found and not held.removed:
            return held
        wanted = claims.find(tx, found, name)
    if not wanted.holds(house.asks(wanted.place, "TXT")):
        return wanted
    return _prove(house, wanted)


def withdraw(house: House, asking: Asking, name: str) -> None:
    """Claim a domain no more; errors as those of `check`."""

    def job(tx: Tx) -> None:
        found = organisations.acting_for(tx, asking.name, asking.by)
        claims.withdraw(tx, found.id, name)
        note(tx, ActKind.UNCLAIMED, domains.normal(name), found.id)

    house.store.write(job)


def own(tx: Tx, asking: Asking, name: str) -> Domain:
    """A domain of the organisation, also one that rests; Missing for any other."""
    found = organisations.acting_for(tx, asking.name, asking.by)
    held = domains.known(tx, name)
    if held is None or held.organisation != found.id:
        if held is None and any(each.name == domains.normal(name) for each in claims.of(tx, found.id)):
            again = f"coserver org domain check {found.name} {name}"
            raise Missing(f"{name!r} is claimed and not proved yet: set its record, then `{again}`.", domain=name)
        raise Missing(f"{name!r} is no domain of organisation {found.name}.", domain=name)
    return held


def remove(house: House, asking: Asking, name: str) -> Domain:
    """Let a domain of an organisation rest (S27); Missing if it is none of its, Denied if it rests already."""
    return house.store.write(lambda tx: lay_down(tx, own(tx, asking, name).name))


def restore(house: House, asking: Asking, name: str) -> Domain:
    """Bring it back; Missing if it is none of its, Denied if it does not rest."""
    return house.store.write(lambda tx: bring_back(tx, own(tx, asking, name).name))


def lay_down(tx: Tx, name: str) -> Domain:
    """Let any domain rest; errors as `domains.remove`."""
    done = domains.remove(tx, name)
    note(tx, ActKind.DOMAIN_REMOVED, done.name, done.organisation)
    return done


def bring_back(tx: Tx, name: str) -> Domain:
    """Take mail for it again; errors as `domains.restore`."""
    done = domains.restore(tx, name)
    note(tx, ActKind.DOMAIN_RESTORED, done.name, done.organisation)
    roles.settle(tx)
    return done


def round_(house: House) -> int:
    """Look for the records of claims that nobody asked about lately; how many were proved."""
    house.store.write(claims.sweep)
    before, end = milliseconds(house.store.clock) - _BETWEEN, house.store.clock.now() + _SECONDS
    with house.store.read() as tx:
        due = claims.due(tx, before=before, most=_MOST)
    proved = silent = 0
    for each in due:
        if house.store.clock.now() >= end:
            break
        house.store.write(lambda tx, each=each: claims.asked(tx, each))  # type: ignore[misc]
        try:
            if each.holds(house.asks(each.place, "TXT")):
                _prove(house, each)
                proved += 1
        except Busy:
            silent += 1
        except HouseError as error:  # no room in the plan, or somebody was faster
            event(log, "claim-not-settled", domain=each.name, why=error.text)
        if silent >= _MOST_SILENT:
            event(log, "dns-silent", domain=each.name)
            break
    return proved


def _prove(house: House, wanted: Claim) -> Domain:
    secret = signing.secret()

    def job(tx: Tx) -> Domain:
        found: Organisation = organisations.get(tx, wanted.organisation)
        organisations.need_domain_left(tx, found)
        made = claims.settle(tx, wanted)
        keys.give(tx, made.name, secret)
        note(tx, ActKind.PROVED, made.name, found.id)
        roles.settle(tx)
        tx.after_commit(lambda: event(log, "domain-proved", domain=made.name, organisation=found.id))
        return made

    return house.store.write(job)


def note(tx: Tx, kind: ActKind, domain: str, organisation: PrincipalId | None) -> None:
    """Note what was done with a domain in the log of the organisation's owner; those of the house have no log."""
    if organisation is not None:
        found = organisations.get(tx, organisation)
        journal.own(tx, found.owner, kind, detail=f"{domain} of {found.name}")
