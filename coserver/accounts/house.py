"""What an operator's verb needs of the house, whether a server runs or not."""

from dataclasses import dataclass, field

from coserver.auth.passwords import Hasher
from coserver.config import Accounts
from coserver.store.engine import Store


@dataclass(frozen=True, slots=True)
class House:
    """The parts that verbs use.

    `plan` is that of accounts made without naming one; `rules` says whether new passwords are held
    to the password rules (the demo's are not); `life` is how accounts begin and end.
    """

    store: Store
    hasher: Hasher
    plan: str = "standard"
    rules: bool = True
    life: Accounts = field(default_factory=Accounts)
