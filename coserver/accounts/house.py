"""What an operator's verb needs of the house, whether a server runs or not."""

from dataclasses import dataclass

from coserver.auth.passwords import Hasher
from coserver.store.engine import Store


@dataclass(frozen=True, slots=True)
class House:
    """The parts that verbs use.

    `plan` is that of accounts made without naming one; `rules` says whether new passwords are held
    to the password rules (the demo's are not).
    """

    store: Store
    hasher: Hasher
    plan: str = "standard"
    rules: bool = True
