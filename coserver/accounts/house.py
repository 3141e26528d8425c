"""What an operator's verb needs of the house, whether a server runs or not."""

from dataclasses import dataclass, field
from typing import Protocol

from coserver.auth.passwords import Hasher
from coserver.auth.throttle import Throttle
from coserver.config import Accounts, Config
from coserver.log import Rarely
from coserver.model.errors import Busy
from coserver.store.engine import Store


class Asks(Protocol):
    """How the domain name system is asked: `coserver.net.names.Resolver.ask`."""

    def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a kind under a name, as texts; Busy if nobody answers."""


def nobody(name: str, kind: str) -> tuple[str, ...]:
    """What a house without a network is told."""
    raise Busy("The domain name system cannot be asked here", name=name, kind=kind)


@dataclass(frozen=True, slots=True)
class House:
    """The parts that verbs use.

    `plan` is that of accounts made without naming one; `rules` says whether new passwords are held
    to the password rules (the demo's are not); `life` is how accounts begin and end; `asks` asks the
    domain name system, and `config` says where the house stands in it; `throttle` is that of a running
    server, None where none runs; `rarely` keeps rounds from saying the
    same again and again.
    """

    store: Store
    hasher: Hasher
    plan: str = "standard"
    rules: bool = True
    life: Accounts = field(default_factory=Accounts)
    asks: Asks = nobody
    config: Config = field(default_factory=Config)
    throttle: Throttle | None = None
    rarely: Rarely = field(default_factory=Rarely, compare=False)
