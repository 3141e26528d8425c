"""Who follows an administrator: hand-overs with their letters, and what time does to groups without one.

Invariants: a hand-over by a member's acceptance tells him before what his plan does not hold (S5); a group
whose administrator's account is not in force for 30 days is frozen, offered to others for 60 days, then
to be read for 30 more, then deleted (S3); a deleted group is erased after 30 days (S32). A round does what
is due by the house's clock, however long ago the last one was, and doing it twice is as good as once.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from coserver.accounts import addressing, group_letters, group_life, letters
from coserver.accounts.letters import Letter
from coserver.auth import standing
from coserver.clock import milliseconds
from coserver.groups import deletion, freezing, invitations, members, proposals
from coserver.groups.freezing import Frozen
from coserver.groups.members import Member
from coserver.groups.proposals import Over, Proposal
from coserver.log import event
from coserver.model.errors import Denied, Missing, Stale
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group, State
from coserver.store.engine import Store
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

_OUT_OF_FORCE = (State.SUSPENDED, State.LAPSED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did, in groups: frozen, thawed, offered to somebody, given up, deleted, erased."""

    frozen: int
    thawed: int
    offered: int
    given_up: int
    deleted: int
    erased: int


def propose(store: Store, name: str, login: str, *, by: PrincipalId | None = None) -> Proposal:
    """Offer a group to a member, and write to him; errors as those of `proposals.propose`."""
    with store.read() as tx:
        found, heir = members.find(tx, name), _account(tx, login)
        members.need_administrator(tx, found, by)
        proposals.need_heir(tx, found, heir)
        letter = _proposal(tx, found, heir, until=tx.now + proposals.LASTS, known=True)
    made = letters.ready(store, letter.for_owner(heir))

    def job(tx: Tx) -> Proposal:
        again = members.find(tx, name)
        done = proposals.propose(tx, again.id, heir, by=by)
        letters.post(tx, made, by=again.id)
        return done

    return store.write(job)


def take_over(store: Store, name: str, login: str) -> Over:
    """A member accepts; the former administrator is written to.

    Errors as those of `proposals.accept`; Denied, too, if the member's account is not in force.
    """
    with store.read() as tx:
        found, heir = members.find(tx, name), _account(tx, login)
        before = _login(tx, found.administrator)
        text = group_letters.taken_over(before, name, administrator=_login(tx, heir))
    made = letters.ready(store, text.for_owner(found.administrator))

    def job(tx: Tx) -> Over:
        again = members.find(tx, name)
        if not _is_in_force(tx, heir):
            raise Denied(f"The account {login} is not in force: it cannot take a group over now.", account=heir)
        excess = proposals.accept(tx, again.id, heir)
        if again.administrator == found.administrator:
            letters.post(tx, made, by=again.id)
        return excess

    return store.write(job)


def round_(store: Store, *, rest_days: int = 0) -> Round:
    """Do what is due: freeze, thaw, offer, give up, delete and erase groups; forget old invitations.

    The address of a group that is erased rests for so many days (S25).
    """
    done = Round(
        thawed=_thaw(store),
        frozen=_freeze(store),
        offered=_offer(store),
        given_up=_give_up(store),
        deleted=_delete(store),
        erased=_erase(store, rest_days),
    )
    store.write(invitations.sweep)
    store.write(proposals.sweep)
    if done != Round(0, 0, 0, 0, 0, 0):
        event(log, "groups-kept", **{name: getattr(done, name) for name in Round.__slots__})
    return done


def _freeze(store: Store) -> int:
    before = milliseconds(store.clock) - freezing.AFTER
    with store.read() as tx:
        gone = [each.account for state in _OUT_OF_FORCE for each in standing.in_state(tx, state, before=before)]
        due = [found for account in gone for found in members.administered(tx, account) if not found.frozen]
    for found in due:
        _tell_all(store, found, lambda to, found=found: group_letters.frozen(to, found.name), freezing.freeze)  # type: ignore[misc]
    return len(due)


def _thaw(store: Store) -> int:
    with store.read() as tx:
        due = [each.group for each in freezing.listed(tx) if _is_in_force(tx, each.group.administrator)]
    for found in due:
        _tell_all(store, found, lambda to, found=found: group_letters.thawed(to, found.name), freezing.thaw)  # type: ignore[misc]
    return len(due)


def _offer(store: Store) -> int:
    with store.read() as tx:
        due = [(each, heir) for each in freezing.listed(tx) for heir in freezing.to_be_asked(tx, each)]
    for frozen, heir in due:
        _offer_one(store, frozen, heir)
    return len({frozen.group.id for frozen, _ in due})


def _offer_one(store: Store, frozen: Frozen, heir: Member) -> None:
    with store.read() as tx:
        until = freezing.open_until(frozen, tx.now)
        letter = _proposal(tx, frozen.group, heir.account, until=until, known=False)
    made = letters.ready(store, letter.for_owner(heir.account))

    def job(tx: Tx) -> None:
        again = freezing.find(tx, frozen.group.id)
        if again is not None and heir in freezing.to_be_asked(tx, again):
            freezing.offer(tx, again, heir.account)
            letters.post(tx, made, by=again.group.id)

    store.write(job)


def _give_up(store: Store) -> int:
    with store.read() as tx:
        due = [each.group for each in freezing.listed(tx) if freezing.is_given_up(tx, each)]
        until = tx.now + freezing.EXPORT
    for found in due:
        _tell_all(
            store,
            found,
            lambda to, found=found: group_letters.ending(to, found.name, until),  # type: ignore[misc]
            freezing.decide_end,
        )
    return len(due)


def _delete(store: Store) -> int:
    now = milliseconds(store.clock)
    with store.read() as tx:
        due = [each.group.name for each in freezing.listed(tx) if 0 < each.ends <= now]
    return sum(_delete_one(store, name) for name in due)


def _delete_one(store: Store, name: str) -> bool:
    try:
        group_life.delete_(store, name, check=_need_ended)
    except (Stale, Missing):
        return False  # taken over, thawed or deleted meanwhile
    return True


def _need_ended(tx: Tx, found: Group) -> None:
    frozen = freezing.find(tx, found.id)
    if frozen is None or not 0 < frozen.ends <= tx.now:
        raise Stale(f"Group {found.name} does not end yet.")


def _erase(store: Store, rest_days: int) -> int:
    count = 0
    farewell = addressing.farewell(rest_days)
    while store.write(lambda tx: deletion.sweep(tx, before=farewell)) is not None:
        count += 1
    return count


def _tell_all(
    store: Store, found: Group, text: Callable[[str], Letter], deed: Callable[[Tx, PrincipalId], object]
) -> None:
    """Do something to a group and write to all its members but the administrator, in one tx."""
    with store.read() as tx:
        people = freezing.heirs(tx, found)
    made = group_letters.ready_for(store, people, lambda each: text(each.login))

    def job(tx: Tx) -> None:
        again = members.get(tx, found.id)
        if again != found:
            return  # handed over, or already done meanwhile: the next round looks again
        deed(tx, found.id)
        group_letters.post_to(tx, freezing.heirs(tx, again), made, by=found.id)

    store.write(job)


def _proposal(tx: Tx, found: Group, heir: PrincipalId, *, until: int, known: bool) -> Letter:
    """`known`: the administrator himself proposes it."""
    administrator = _login(tx, found.administrator) if known else ""
    excess = proposals.over(tx, found, heir)
    return group_letters.proposal(
        _login(tx, heir), found.name, administrator=administrator, excess=excess, until=until
    )  # fmt: skip


def _is_in_force(tx: Tx, account: PrincipalId) -> bool:
    found = standing.get(tx, account)
    return found is not None and found.state is State.ACTIVE


def _account(tx: Tx, login: str) -> PrincipalId:
    found = standing.find(tx, login)
    if found is None:
        raise Missing(f"There is no account {login!r}.", login=login)
    return found.account


def _login(tx: Tx, account: PrincipalId) -> str:
    found = standing.get(tx, account)
    return "" if found is None else found.login
