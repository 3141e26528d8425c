"""Accounts and groups, which can hold rights, and organisations, which cannot."""

from dataclasses import dataclass
from enum import StrEnum

from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Feature


class State(StrEnum):
    """Where an account is in its life; only an active one is served."""

    PENDING = "pending"  # signed up for, and not yet confirmed
    ACTIVE = "active"
    SUSPENDED = "suspended"  # by the operator
    LAPSED = "lapsed"  # unused for so long that it will be erased, unless it is recovered
    CLOSED = "closed"  # deleted, and can still be restored


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
class Profile:
    """What the members of an account's groups see of it beside its address, and nothing more (R52).

    `media` is the type of the picture; both are empty when there is none.
    """

    first: str = ""
    last: str = ""
    organisation: str = ""
    media: str = ""
    picture: bytes = b""


class Role(StrEnum):
    """What a member is in his group."""

    MEMBER = "member"
    COADMINISTRATOR = "coadministrator"  # manages tools and members, but not the administrator or the group's end
    ADMINISTRATOR = "administrator"


class Posting(StrEnum):
    """Who may write to a group's address."""

    MEMBERS = "members"  # its members, logged in
    ANYONE = "anyone"
    MODERATED = "moderated"  # everybody; what others than those who manage it write is held until they release it


@dataclass(frozen=True, slots=True)
class Group:
    """A set of accounts that owns a space; `administrator` answers for it and his plan pays.

    A `frozen` one can only be read, since its administrator's account is not in force.
    """

    id: PrincipalId
    name: str
    administrator: PrincipalId
    space: SpaceId
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs accounts and domains of its own; `owner` is the account that acts for it.

    It holds no rights on what the accounts keep.
    """

    id: PrincipalId
    name: str
    owner: PrincipalId
    created: int


@dataclass(frozen=True, slots=True)
class Who:
    """The account behind one authenticated conversation, through one service.

    `service` is None in the portal, which every plan opens and no app password. `services` are all that the
    credential opens; empty: every one that the plan does.
    """

    account: PrincipalId
    login: str
    service: Feature | None
    epoch: int
    services: frozenset[Feature] = frozenset()
