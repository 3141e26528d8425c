"""How somebody deletes his own account, and takes that back while there is time (R64, S24).

Invariants: only a deletion of his own is undone by him: that of the operator or of an organisation is not, nor one
that the operator confirmed; the code that undoes it is good once, and ends with the time to undo.
"""

from coserver.accounts import closure, letters, organisations, tokens
from coserver.accounts.house import House
from coserver.accounts.letters import Letter, Ready
from coserver.accounts.tokens import Kind, Token
from coserver.auth import standing
from coserver.auth.standing import Standing
from coserver.clock import milliseconds
from coserver.model.errors import Denied, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store.tx import Tx


def delete_(house: House, account: PrincipalId) -> int:
    """Close an account for its owner; until when he can undo it, in milliseconds; 0: it is erased at once.

    Its external address is written to, with the code that undoes it.

    Raises:
        Denied: an organisation runs the account; or as `closure.close`.
    """
    days = house.life.undo_days
    until = milliseconds(house.store.clock) + days * closure.DAY
    with house.store.read() as tx:
        found = _found(tx, account)
    made = tokens.make()
    told = _told(house, found, made, until if days else 0)

    def job(tx: Tx) -> None:
        need_own(tx, account)
        if not days:
            closure.erase(tx, account, rest_days=house.life.address_rest_days)
            return
        closure.close(tx, account)
        tokens.add(tx, account, Kind.UNDO, made, expires=until)
        if told is not None:
            letters.post(tx, told, by=account)

    house.store.write(job)
    return until if days else 0


def need_own(tx: Tx, account: PrincipalId) -> None:
    """Denied if an organisation runs the account: then its end is not his to decide."""
    running = organisations.running(tx, account)
    if running is not None:
        raise Denied(f"The organisation {running.name} runs this account: ask its administrator to delete it.")


def restore(tx: Tx, account: PrincipalId) -> Standing:
    """Undo it, for who knows the password.

    Denied if it was not he who deleted the account, or if the time is over.
    """
    if not can(tx, account):
        raise Denied("This account cannot be restored here: please contact the administrator.")
    return _restored(tx, account)


def restore_by(tx: Tx, code: str) -> Standing:
    """Undo it by the code that was mailed; Missing if it is not good, or not any more."""
    return _restored(tx, tokens.find(tx, Kind.UNDO, code))


def can(tx: Tx, account: PrincipalId) -> bool:
    """Whether an account was deleted by its owner, who can undo it."""
    found = standing.get(tx, account)
    return found is not None and found.state is State.CLOSED and bool(tokens.sent(tx, account, Kind.UNDO).number)


def _restored(tx: Tx, account: PrincipalId) -> Standing:
    closure.restore(tx, account)
    return _found(tx, account)


def _told(house: House, found: Standing, made: Token, until: int) -> Ready | None:
    """The letter, if there is an address for it, and time: what waits to be sent goes with an erased account."""
    if not found.external or not until:
        return None
    text = (
        f"The account\n\n    {found.login}\n\nwas deleted in the portal, by its password.\n\n"
        f"Until {letters.moment(until)} you can undo that: by logging in, or by this page:\n\n"
        f"    {house.config.web}/restore?code={made.text}\n\n"
        f"The code in it, should a page ask for it, is\n\n    {made.text}\n\n"
        "After that everything in it is erased for good.\n"
    )
    return letters.ready(house.store, Letter(found.external, f"The account {found.login} was deleted", text))


def _found(tx: Tx, account: PrincipalId) -> Standing:
    found = standing.get(tx, account)
    if found is None:
        raise Missing("There is no such account any more.")
    return found
