"""Accounts and groups: what can hold rights."""

from dataclasses import dataclass
from enum import StrEnum

from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Feature


class State(StrEnum):
    """Where an account or group is in its life."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Account:
    """One person's login, with one private space and one subscription.

    `login` is the primary address, lower case, NFKC. `epoch` rises with every change of
    credentials or state: what was verified under an older epoch counts no more.
    """

    id: PrincipalId
    login: str
    display_name: str
    state: State
    space: SpaceId
    epoch: int
    plan: str


@dataclass(frozen=True, slots=True)
class Group:
    """A set of accounts that owns a space; `administrator` answers for it and his plan pays."""

    id: PrincipalId
    name: str
    administrator: PrincipalId
    space: SpaceId


@dataclass(frozen=True, slots=True)
class Who:
    """The account behind one authenticated conversation, through one service.

    `services` are all that the credential opens; empty: every one that the plan does.
    """

    account: PrincipalId
    login: str
    service: Feature
    epoch: int
    services: frozenset[Feature] = frozenset()
