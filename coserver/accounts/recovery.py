"""Recovery: who forgot the password of an account is mailed a code to its external address (R21).

Invariants: the answer is the same whether there is such an account or not, after the same work; a code is good
for one use and for a time, and a new password by any way ends it; recovering ends open sessions and leaves app
passwords alone (S20); an account that lapsed is in force again, one that the operator suspended is not.
"""

import logging

from coserver.accounts import accounts, letters, tokens
from coserver.accounts.house import House
from coserver.accounts.letters import Letter, Ready
from coserver.accounts.tokens import Kind, Token
from coserver.auth import passwords, standing
from coserver.auth.standing import Standing
from coserver.clock import milliseconds
from coserver.log import event
from coserver.model.act import ActKind
from coserver.model.errors import Missing
from coserver.model.principal import Account, State
from coserver.store import journal
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

MOST_LETTERS = 5  # as long as none of their codes is used
BETWEEN = 10 * 60_000  # milliseconds from one letter to the next
_HOUR = 3_600_000
_RECOVERABLE = (State.ACTIVE, State.LAPSED)


def recover(house: House, login: str) -> None:
    """Mail a code to the external address of an account, if there is one; says nothing about it, nor by its time.

    A letter is made ready for every name, and whether it goes is looked up after the answer.
    """
    with house.store.read() as tx:
        found = standing.find(tx, login)
    made, until = tokens.make(), milliseconds(house.store.clock) + house.life.recovery_hours * _HOUR
    letter = letters.ready(house.store, _code(house, found, made, until))

    def job(tx: Tx) -> None:
        again = None if found is None else standing.get(tx, found.account)
        why = _why_not(tx, again)
        if again is None or why or again.external != letter.to:
            tx.after_commit(lambda: event(log, "recovery-not-sent", login=login, why=why or "its address changed"))
            return
        tokens.add(tx, again.account, Kind.RECOVER, made, expires=until)
        journal.own(tx, again.account, ActKind.RECOVERY)
        letters.post(tx, letter, by=again.account)

    letters.post_later(house.store, job)


def reset(house: House, text: str, password: str) -> Account:
    """Give an account another password by the token that was mailed; its owner is told so.

    Raises:
        Missing: the token is not good, or not any more.
        Malformed: the password will not do; the token stays good.
    """
    with house.store.read() as tx:
        found = standing.get(tx, tokens.find(tx, Kind.RECOVER, text))
    if found is None:
        raise Missing("There is no such account any more.")
    if house.rules:
        passwords.check(password, words=accounts.words(found.login, found.display_name))
    verifier = house.hasher.hash(password)
    told = _told(house, found)

    def job(tx: Tx) -> Account:
        account = tokens.use(tx, Kind.RECOVER, text)
        now = standing.get(tx, account)
        if now is None or now.state not in _RECOVERABLE:
            raise Missing("This account cannot be recovered: please contact the administrator.")
        accounts.set_password(tx, account, verifier)
        if now.state is State.LAPSED:
            accounts.resume(tx, account)
        for letter in told:
            letters.post(tx, letter, by=account)
        return accounts.find(tx, now.login)

    return house.store.write(job)


def _why_not(tx: Tx, found: Standing | None) -> str:
    """Why no letter is sent; empty if one is."""
    if found is None or found.state not in _RECOVERABLE:
        return "there is no such account in force"
    if not found.external:
        return "the account has no external address"
    sent = tokens.sent(tx, found.account, Kind.RECOVER)
    if sent.number >= MOST_LETTERS or tx.now - sent.latest < BETWEEN:
        return "it was sent enough letters"
    return ""


def _code(house: House, found: Standing | None, made: Token, until: int) -> Letter:
    login, to = (letters.NOBODY, "") if found is None else (found.login, found.external)
    text = (
        f"Somebody, most likely you, wants to choose a new password for the account\n\n    {login}\n\n"
        f"To do so, open this page before {letters.moment(until)}:\n\n"
        f"    {house.config.web}/reset?code={made.text}\n\n"
        f"The code in it, should a page ask for it, is\n\n    {made.text}\n\n"
        f"If it was not you, do nothing: the password stays as it is.\n"
    )
    return Letter(to or letters.NOBODY, f"A new password for {login}", text)


def _told(house: House, found: Standing) -> list[Ready]:
    """What the owner gets to know, so that nobody takes an account over in silence."""
    text = (
        f"The password of the account\n\n    {found.login}\n\nwas replaced by way of a code mailed to "
        f"{found.external}.\n\nIf that was not you, write to us at the sender's address at once.\n"
    )
    subject = f"The password of {found.login} was replaced"
    written = [Letter(found.external, subject, text)] if found.external else []
    written.append(Letter(found.login, subject, text).for_owner(found.account))
    return [letters.ready(house.store, each) for each in written]
