"""Who has the operator's pages of the portal: logins that the configuration names, with a second factor.

Invariant: nothing that is kept in the store makes somebody an operator, so that nobody becomes one by a right, a
hand-over or a form.
"""

from coserver.accounts.house import House
from coserver.auth import second, standing
from coserver.model.errors import Denied, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store.tx import Tx


def is_one(tx: Tx, house: House, account: PrincipalId) -> bool:
    """Whether the configuration names the login of an account that is in force."""
    found = standing.get(tx, account)
    if found is None or found.state is not State.ACTIVE:
        return False
    return any(standing.full(tx, each) == found.login for each in house.config.server.operators)


def need(tx: Tx, house: House, account: PrincipalId) -> None:
    """Show that an account may act as the operator.

    Raises:
        Missing: it is none, and is not told that there are such pages.
        Denied: it has no second factor.
    """
    if not is_one(tx, house, account):
        raise Missing("There is no such page. Calendars and contacts are at /dav/, documents at /drive/.")
    if not second.is_on(tx, account):
        raise Denied("The pages of the operator need a second factor. Turn it on under Settings.")
