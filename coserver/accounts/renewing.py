"""Another password, chosen by the owner of an account himself (R43); R46: people are asked to from time to time."""

from coserver.accounts import accounts
from coserver.accounts.house import House
from coserver.auth import passwords, standing
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.store.tx import Tx

RENEW_DAYS = 365  # after which a person is asked whether he wants another one (R46)


def change(house: House, account: PrincipalId, password: str) -> None:
    """Give an account another password; the caller knows that its owner asks.

    Raises:
        Malformed: the password will not do.
        Missing: the account is gone.
    """
    with house.store.read() as tx:
        found = standing.get(tx, account)
    if found is None:
        raise Missing("There is no such account any more.")
    if house.rules:
        passwords.check(password, words=accounts.words(found.login, found.display_name))
    verifier = house.hasher.hash(password)

    def job(tx: Tx) -> None:
        accounts.set_password(tx, account, verifier)

    house.store.write(job)
