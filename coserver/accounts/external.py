"""Another external address: its owner shows that he reads it before it counts.

Invariants: until then the former one stays, and recovers the account; the former one is told; a code is good for
the address that it was mailed to, and for one account; how many letters a change causes is bounded.
"""

from urllib.parse import urlencode

from coserver.accounts import accounts, letters, tokens
from coserver.accounts.house import House
from coserver.accounts.letters import Letter, Ready
from coserver.accounts.tokens import Kind
from coserver.auth import standing
from coserver.auth.standing import Standing
from coserver.clock import milliseconds
from coserver.model.errors import Busy, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.store.tx import Tx

MOST_LETTERS = 5  # whose codes are still good
BETWEEN = 60_000  # milliseconds from one letter to the next
_HOUR = 3_600_000


def ask(house: House, account: PrincipalId, address: str) -> str:
    """Mail a code to the address that is to be the external one; the address as it would be kept.

    Raises:
        Malformed: mail cannot be sent there, or it is the account's own login.
        Busy: there were enough letters.
    """
    kept = "@".join(letters.split(address))
    with house.store.read() as tx:
        found = _found(tx, account)
    if kept.casefold() == found.login:
        raise Malformed("That is the account itself: a forgotten password could not be recovered by it.")
    until = milliseconds(house.store.clock) + house.life.recovery_hours * _HOUR
    made = tokens.bound(tokens.make(), kept)
    letter = letters.ready(house.store, Letter(kept, *_code(house, found.login, kept, made.text, until)))

    def job(tx: Tx) -> None:
        sent = tokens.sent(tx, account, Kind.EXTERNAL)
        if sent.number >= MOST_LETTERS or tx.now - sent.latest < BETWEEN:
            raise Busy("A letter is on its way already. Please wait a while before you ask for another one.")
        tokens.add(tx, account, Kind.EXTERNAL, made, expires=until)
        letters.post(tx, letter, by=account)

    house.store.write(job)
    return kept


def confirm(house: House, account: PrincipalId, address: str, code: str) -> None:
    """Make it the external address of the account; the former one is written to.

    Missing if the code is not good, or for another address or account.
    """
    with house.store.read() as tx:
        former = _found(tx, account)
    told = _told(house, former)
    handed_in = tokens.together(code, address)

    def job(tx: Tx) -> None:
        if tokens.find(tx, Kind.EXTERNAL, handed_in) != account:
            raise Missing("This code is for another account: log in with that one.")
        tokens.use(tx, Kind.EXTERNAL, handed_in)
        accounts.set_external(tx, account, address)
        if told is not None:
            letters.post(tx, told, by=account)

    house.store.write(job)


def _told(house: House, former: Standing) -> Ready | None:
    if not former.external:
        return None
    text = (
        f"This address is not the external address of the account\n\n    {former.login}\n\nany more: its owner "
        "named another one. A forgotten password is recovered by that from now on.\n\n"
        "If that was not you, write to us at the sender's address at once.\n"
    )
    return letters.ready(house.store, Letter(former.external, f"The external address of {former.login}", text))


def _code(house: House, login: str, address: str, code: str, until: int) -> tuple[str, str]:
    page = f"{house.config.web}/account/external/confirm?{urlencode({'address': address, 'code': code})}"
    text = (
        f"This address is to be the external address of the account\n\n    {login}\n\n"
        f"To confirm that, open this page before {letters.moment(until)}, and log in if you are asked to:\n\n"
        f"    {page}\n\n"
        "If you know nothing of this, do nothing: the address is not used.\n"
    )
    return f"Is {address} yours?", text


def _found(tx: Tx, account: PrincipalId) -> Standing:
    found = standing.get(tx, account)
    if found is None:
        raise Missing("There is no such account any more.")
    return found
