"""What a session wants of the house, and what it gets: plain values between session and answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from coserver.imap.commands.values import Section
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.item import Flag
from coserver.model.rights import Right
from coserver.model.search import Key

UidRanges = Sequence[tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class AskLogin:
    """Log in; the answer is model.principal.Who."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class AskStanding:
    """Whether the account may still be served: raises Unknown when its credentials changed, NotInPlan its plan."""


@dataclass(frozen=True, slots=True)
class AskWarning:
    """What to tell a person about his own mail that fills up (S15): a text, or an empty one."""


@dataclass(frozen=True, slots=True)
class AskList:
    """All mailboxes and subscriptions, with counters and letters where asked for: the answer is `Mailboxes`."""

    counted: bool = False
    lettered: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One mailbox as LIST tells it."""

    name: str
    role: str
    children: bool
    counters: "Counters | None" = None
    letters: str = ""  # of the rights held, as in RFC 4314


@dataclass(frozen=True, slots=True)
class Counters:
    """What STATUS tells of a mailbox."""

    messages: int
    recent: int
    uidnext: int
    uidvalidity: int
    unseen: int
    deleted: int
    size: int
    modseq: int


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """The answer to `AskList`: by name, INBOX first."""

    mailboxes: Sequence[Listed]
    subscribed: frozenset[str]


@dataclass(frozen=True, slots=True)
class AskFind:
    """One mailbox: the answer is `Listed`."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class AskOpen:
    """SELECT and EXAMINE: the answer is `Opened`."""

    mailbox: str
    readonly: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A mailbox at the moment it was selected. `recent` is the first uid that is \\Recent here.

    `rights` are those on the mailbox or any message of it.
    """

    name: str
    collection: CollectionId
    space: SpaceId
    owner: PrincipalId
    rights: Right
    changeable: "Changeable"
    uids: list[int]
    uidnext: int
    recent: int
    modseq: int
    unseen: int | None
    keywords: list[str]


@dataclass(frozen=True, slots=True)
class Changeable:
    """What the account may change in a mailbox: some flags, keywords; `for_all`: others see some of it."""

    flags: Flag
    keywords: bool
    for_all: bool


@dataclass(frozen=True, slots=True)
class AskPoll:
    """What happened in the open mailbox since `modseq`: the answer is `News`; Missing when it is lost."""

    collection: CollectionId
    modseq: int
    tell_recent: bool


@dataclass(frozen=True, slots=True)
class News:
    """`changed` holds (uid, flags, keywords, modseq) of messages altered or new; `gone` uids."""

    changed: Sequence[tuple[int, int, str, int]]
    gone: Sequence[int]
    uidnext: int
    recent: int
    modseq: int
    changeable: Changeable


@dataclass(frozen=True, slots=True)
class AskAppend:
    """Keep messages: the answer is `Appended`."""

    mailbox: str
    messages: Sequence["NewMessage"]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One of them; `body` is its number among the bodies the protocol took in; `stamp` 0 means now."""

    body: int
    flags: Flag
    keywords: frozenset[str]
    stamp: int


@dataclass(frozen=True, slots=True)
class Appended:
    """Where they are now."""

    uidvalidity: int
    uids: Sequence[int]


@dataclass(frozen=True, slots=True)
class AskMark:
    """STORE: the answer is `Marked`."""

    collection: CollectionId
    uids: UidRanges
    deed: str
    flags: Flag
    keywords: frozenset[str]
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """(uid, flags, keywords, modseq) of those that were to be changed; uids that had changed meanwhile."""

    rows: Sequence[tuple[int, int, str, int]]
    modified: Sequence[int]


@dataclass(frozen=True, slots=True)
class AskSeen:
    """Set \\Seen where it is missing: the answer is the list of uids it was set on, with `Marked` rows."""

    collection: CollectionId
    uids: UidRanges


@dataclass(frozen=True, slots=True)
class AskTransfer:
    """COPY or MOVE: the answer is `Transferred`."""

    collection: CollectionId
    uids: UidRanges
    mailbox: str
    move: bool


@dataclass(frozen=True, slots=True)
class Transferred:
    """Uids there and here, in the same order."""

    uidvalidity: int
    source: Sequence[int]
    target: Sequence[int]


@dataclass(frozen=True, slots=True)
class AskExpunge:
    """EXPUNGE, UID EXPUNGE and CLOSE: the answer is the uids that are gone."""

    collection: CollectionId
    uids: UidRanges | None


@dataclass(frozen=True, slots=True)
class AskSearch:
    """SEARCH in the messages the session knows: the answer is `Found`."""

    collection: CollectionId
    key: Key
    last: int  # the highest uid the session knows
    with_modseq: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Uids, ascending, and the highest modseq among them (0 where it was not asked for)."""

    uids: Sequence[int]
    modseq: int


@dataclass(frozen=True, slots=True)
class AskFetch:
    """FETCH: the answer is an object to be asked for `AskMore` until it is done."""

    collection: CollectionId
    numbers: Sequence[int]  # all uids of the session: the sequence numbers
    uids: UidRanges
    words: Sequence[str]
    sections: Sequence[Section]
    since: int
    recent: int  # the first uid that is \Recent here, 0: tell none
    seen: frozenset[int] = frozenset()  # uids that \Seen was set on by this very command


@dataclass(frozen=True, slots=True)
class AskMore:
    """The next bytes of a FETCH: the answer is `More`."""

    source: object


@dataclass(frozen=True, slots=True)
class More:
    """Some bytes of a FETCH; `last` when nothing comes after them."""

    data: bytes
    last: bool


@dataclass(frozen=True, slots=True)
class AskQuota:
    """The quota root of a mailbox, or with `root` of that name: the answer is `Quota`, None where it has none."""

    mailbox: str
    root: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota root with what it holds and may hold: octets and messages."""

    root: str
    bytes: int
    bytes_limit: int
    messages: int
    messages_limit: int


@dataclass(frozen=True, slots=True)
class AskAcl:
    """GETACL: the answer is pairs of identifier and letters."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class AskMyRights:
    """MYRIGHTS: the answer is letters."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class AskPossible:
    """LISTRIGHTS: the answer is the letters always held, then the sets that can be given."""

    mailbox: str
    identifier: str


@dataclass(frozen=True, slots=True)
class AskGive:
    """SETACL and DELETEACL: the answer is the preset that the identifier is given now, and its letters."""

    mailbox: str
    identifier: str
    change: str


@dataclass(frozen=True, slots=True)
class AskCreate:
    """CREATE."""

    mailbox: str
    role: str


@dataclass(frozen=True, slots=True)
class AskName:
    """DELETE, SUBSCRIBE or UNSUBSCRIBE."""

    deed: str
    mailbox: str


@dataclass(frozen=True, slots=True)
class AskRename:
    """RENAME."""

    mailbox: str
    to: str


Ask = (
    AskLogin | AskStanding | AskList | AskFind | AskOpen | AskPoll | AskAppend | AskMark | AskSeen | AskTransfer
    | AskExpunge | AskSearch | AskFetch | AskMore | AskQuota | AskAcl | AskMyRights | AskPossible | AskGive
    | AskCreate | AskName | AskRename | AskWarning
)  # fmt: skip


# ---------------------------------------------------------------- what a session wants of its connection


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes; goes on when the client can take more."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """The next line of the client (a SASL response, DONE); with `news` also None when the mailbox changed."""

    news: bool = False


@dataclass(frozen=True, slots=True)
class StartTls:
    """Change to TLS, forgetting what was buffered in clear."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Listen for changes of this mailbox; None: of none any more."""

    opened: Opened | None


@dataclass(frozen=True, slots=True)
class Note:
    """Keep in the log what the client says of itself (RFC 2971)."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection once everything is sent."""


Wish = Ask | Send | Line | StartTls | Watch | Note | Close
