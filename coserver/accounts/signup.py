"""Signing up: a person asks for an account, and confirms it with what is mailed to an address he has.

Invariants: nobody logs in to an account before it is confirmed (R21), and no mail reaches it; the
confirmation goes only to the external address given; a sign-up that is not confirmed in time, or is
started over, leaves its name free (R22). Strangers speak here: whether there is a sign-up under a name
is never told but by the name being taken, and nobody can have many letters sent.
"""

import logging
from dataclasses import dataclass

from coserver.accounts import accounts, closure, letters, names, tokens
from coserver.accounts.accounts import New
from coserver.accounts.house import House
from coserver.accounts.letters import Letter, Ready
from coserver.accounts.tokens import Kind, Token
from coserver.auth import passwords, standing
from coserver.auth.standing import Standing
from coserver.clock import milliseconds
from coserver.log import event
from coserver.mail import domains
from coserver.model.act import ActKind
from coserver.model.errors import Busy, Denied, Malformed, Missing
from coserver.model.principal import Account, State
from coserver.store import journal
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

MOST_LETTERS = 5  # of one sign-up
MOST_OF_ADDRESS = 5  # sign-ups that wait for one external address at a time
MOST_WAITING = 1000  # sign-ups altogether
BETWEEN = 10 * 60_000  # milliseconds from one letter to the next
_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for: `login` full or bare; an empty plan means the usual one."""

    login: str
    external: str
    password: str
    display_name: str = ""
    plan: str = ""


def sign_up(house: House, wish: Wish) -> Account:
    """Make a pending account and mail its confirmation to the external address.

    Raises:
        Malformed: the login, the address or the password will not do.
        Denied: the name is reserved, or in a domain whose accounts its organisation makes.
        Missing: there is no such plan, or the domain is not ours.
        Exists: the name is taken, or rests.
        Busy: too many sign-ups wait already.
    """
    external = "@".join(letters.split(wish.external))
    with house.store.read() as tx:
        login = accounts.checked(tx, wish.login)
        at = domains.find(tx, login.partition("@")[2])
    if at.organisation is not None:
        raise Denied(f"Accounts in {at.name} are made by its organisation: ask there.", domain=at.name)
    names.check_chosen(login.partition("@")[0])
    if external.casefold() == login:
        raise Malformed("Name an address that you have already: the new one cannot be read before it is confirmed.")
    if house.rules:
        passwords.check(wish.password, words=accounts.words(login, wish.display_name))
    verifier = house.hasher.hash(wish.password)
    new = New(login, verifier, wish.plan or house.life.sign_up_plan, wish.display_name, external, pending=True)
    until = milliseconds(house.store.clock) + house.life.sign_up_hours * _HOUR
    made, letter = _confirmation(house, login, external, until)

    def job(tx: Tx) -> Account:
        _free(tx, house, login)
        _need_few(tx, external)
        account = accounts.add(tx, new)
        tokens.add(tx, account.id, Kind.CONFIRM, made, expires=until)
        letters.post(tx, letter, by=account.id)
        return account

    return house.store.write(job)


def confirm(house: House, text: str) -> Account:
    """Put an account in force by the token that was mailed.

    Raises:
        Missing: the token is not good, or not any more.
    """

    def job(tx: Tx) -> Account:
        account = tokens.use(tx, Kind.CONFIRM, text)
        found = standing.get(tx, account)
        if found is None or _over(found, house, tx.now):
            raise Missing("This sign-up is not there any more: please sign up again.")
        standing.set_state(tx, account, State.ACTIVE)
        journal.own(tx, account, ActKind.CONFIRMED)
        return accounts.find(tx, found.login)

    return house.store.write(job)


def resend(house: House, login: str) -> None:
    """Mail another token for a sign-up (R23); says nothing about whether there is one, or the letter goes.

    As with `recovery.recover` its time says nothing either.
    """
    with house.store.read() as tx:
        found = standing.find(tx, login)
    name, to = (letters.NOBODY, "") if found is None else (found.login, found.external)
    until = 0 if found is None else closure.erased_at(found, house)
    made, letter = _confirmation(house, name, to or letters.NOBODY, until)

    def job(tx: Tx) -> None:
        again = None if found is None else standing.get(tx, found.account)
        why = _why_not(tx, house, again)
        if again is None or why:
            tx.after_commit(lambda: event(log, "confirmation-not-sent", login=login, why=why))
            return
        tokens.add(tx, again.account, Kind.CONFIRM, made, expires=until)
        letters.post(tx, letter, by=again.account)

    letters.post_later(house.store, job)


def start_over(house: House, login: str) -> None:
    """Give up a sign-up; its name is free at once (R22). The caller knows that it is the asker's own.

    Raises:
        Missing: there is no sign-up under that name.
    """

    def job(tx: Tx) -> None:
        found = standing.find(tx, login)
        if found is None or found.state is not State.PENDING:
            raise Missing(f"There is no sign-up for {login!r} that waits.", login=login)
        closure.erase(tx, found.account, rest_days=0)

    house.store.write(job)


def _free(tx: Tx, house: House, login: str) -> None:
    """Let a sign-up go whose time is over but which nobody swept up yet."""
    found = standing.find(tx, login)
    if found is not None and _over(found, house, tx.now):
        closure.erase(tx, found.account, rest_days=0)


def _over(found: Standing, house: House, now: int) -> bool:
    return found.state is State.PENDING and closure.erased_at(found, house) <= now


def _need_few(tx: Tx, external: str) -> None:
    waiting = standing.in_state(tx, State.PENDING, before=tx.now)
    same = sum(found.external.casefold() == external.casefold() for found in waiting)
    if len(waiting) >= MOST_WAITING or same >= MOST_OF_ADDRESS:
        raise Busy("Too many sign-ups wait to be confirmed. Confirm or start over one, or try again tomorrow.")


def _why_not(tx: Tx, house: House, found: Standing | None) -> str:
    """Why no further letter is sent; empty if one is."""
    if found is None or found.state is not State.PENDING or _over(found, house, tx.now):
        return "there is no such sign-up"
    sent = tokens.sent(tx, found.account, Kind.CONFIRM)
    if sent.number >= MOST_LETTERS or tx.now - sent.latest < BETWEEN:
        return "it was sent enough letters"
    return ""


def _confirmation(house: House, login: str, external: str, until: int) -> tuple[Token, Ready]:
    made = tokens.make()
    text = (
        f"Somebody, most likely you, asked for the account\n\n    {login}\n\n"
        f"and named this address as one that he has already. To confirm it,\n"
        f"open this page before {letters.moment(until)}:\n\n"
        f"    {house.config.web}/confirm?code={made.text}\n\n"
        f"The code in it, should a page ask for it, is\n\n    {made.text}\n\n"
        f"If it was not you, do nothing: without the code there will be no\n"
        f"account. Write to us at the sender's address if this goes on.\n\n"
        f"This letter comes from {login.partition('@')[2]}. Should such letters\n"
        f"arrive among your spam, mark that domain as wanted.\n"
    )
    return made, letters.ready(house.store, Letter(external, f"Confirm your account {login}", text))
