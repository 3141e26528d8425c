"""Acts: what was done in a space, by whom, when, from where and by which way."""

from dataclasses import dataclass
from enum import StrEnum

from coserver.model.ids import PrincipalId
from coserver.model.space import Tool


class Way(StrEnum):
    """How an act came into the house: through a service, by an operator's command, or from the house itself."""

    IMAP = "imap"
    SMTP = "smtp"
    CALDAV = "caldav"
    CARDDAV = "carddav"
    WEBDAV = "webdav"
    WEB = "web"  # a link in a message, opened in a browser
    API = "api"  # a program with an API token
    COMMAND = "command"
    HOUSE = "house"  # what time does, and what the house does of its own


class ActKind(StrEnum):
    """What was done, in a word that people read."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    COPIED = "copied"
    MOVED = "moved"
    RENAMED = "renamed"
    WITHHELD = "made private"
    OPENED = "made public"
    SENT = "sent"
    SHARED = "shared"
    UNSHARED = "unshared"
    GIVEN = "right given"
    FOUNDED = "group made"
    INVITED = "invited"
    UNINVITED = "invitation withdrawn"
    DECLINED = "invitation declined"
    JOINED = "joined"
    LEFT = "left"
    EXPELLED = "member removed"
    ROLE = "role changed"
    PROPOSED = "offered to a member"
    TURNED_DOWN = "offer declined"
    HANDED_OVER = "handed over"
    FROZEN = "frozen"
    THAWED = "thawed"
    DELETED = "group deleted"
    RESTORED = "restored"
    MADE = "account made"
    CONFIRMED = "confirmed"
    ENTERED_ORGANISATION = "came under an organisation"
    LEFT_ORGANISATION = "left an organisation"
    LOGIN = "login changed"
    LEFT_BEHIND = "address left behind"
    ASKED = "transfer asked for"
    NOT_ASKED = "transfer withdrawn"
    NOT_AGREED = "transfer declined"
    OWNER = "became owner of an organisation"
    OWNER_NO_MORE = "owner of an organisation no more"
    CLAIMED = "domain claimed"
    UNCLAIMED = "claim withdrawn"
    PROVED = "domain proved"
    KEY_MADE = "domain key made"
    KEY_USED = "domain key used"
    DOMAIN_REMOVED = "domain removed"
    DOMAIN_RESTORED = "domain restored"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    LAPSED = "lapsed"
    CLOSED = "closed"
    PLAN = "plan changed"
    PASSWORD = "password changed"  # noqa: S105 - the word for the act
    APP_PASSWORD = "app password made"  # noqa: S105
    REVOKED = "app password revoked"
    API_TOKEN = "API token made"  # noqa: S105
    API_TOKEN_REVOKED = "API token revoked"  # noqa: S105
    SECOND_ON = "second factor turned on"
    SECOND_OFF = "second factor turned off"
    PASSKEY = "passkey made"
    PASSKEY_REMOVED = "passkey removed"
    RECOVERY_CODE = "recovery code used"
    RECOVERY = "recovery asked for"
    EXTERNAL = "external address changed"
    PROFILE = "profile changed"
    WRITABLE = "writable groups chosen"
    ADDRESSED = "address given"
    UNADDRESSED = "address removed"
    POSTING = "posting changed"
    COPIES = "copies changed"
    RELEASED = "mail released"
    DISCARDED = "mail discarded"
    LOGGED_IN = "logged in"
    REFUSED = "login refused"


OF_ACCOUNTS = (
    ActKind.MADE, ActKind.ENTERED_ORGANISATION, ActKind.LOGIN, ActKind.ASKED, ActKind.NOT_ASKED, ActKind.NOT_AGREED,
    ActKind.SUSPENDED, ActKind.RESUMED, ActKind.LAPSED, ActKind.CLOSED, ActKind.RESTORED, ActKind.PLAN,
    ActKind.PASSWORD, ActKind.ADDRESSED, ActKind.UNADDRESSED, ActKind.LEFT_BEHIND,
)  # fmt: skip
"""What concerns the organisation that runs an account; when and from where its holder logs in, and what he does then,
does not. The store has an index of these alone: a kind that is added here needs another one there."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account, or nobody of ours (None), by which way and from which address."""

    account: PrincipalId | None
    login: str
    way: Way
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the journal of a space.

    `at` is in milliseconds since 1970. `what` names the first thing by its path, `count` says of how many;
    `detail` is the other end: the new path, the other account or what was given.
    """

    at: int
    actor: Actor
    kind: ActKind
    tool: Tool | None
    what: str
    detail: str
    count: int
