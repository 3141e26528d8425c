"""The commands of IMAP as frozen values (RFC 9051 6, RFC 3501 6 and the extensions named in each)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coserver.imap.wire import Ranges
from coserver.model.item import Flag
from coserver.model.search import Key

NO_FLAGS = Flag(0)


@dataclass(frozen=True, slots=True)
class Plain:
    """A command without arguments: CAPABILITY, NOOP, LOGOUT, STARTTLS, CHECK, CLOSE, UNSELECT, NAMESPACE, IDLE."""

    name: str


@dataclass(frozen=True, slots=True)
class Login:
    """LOGIN."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Authenticate:
    """AUTHENTICATE, with the initial response of RFC 4959 where it was sent."""

    mechanism: str
    initial: bytes | None


@dataclass(frozen=True, slots=True)
class Enable:
    """ENABLE (RFC 5161)."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identify:
    """ID (RFC 2971): what the client says of itself, for the log."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT, or EXAMINE with `readonly`; `condstore` as RFC 7162 3.1.8."""

    mailbox: str
    readonly: bool
    condstore: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """CREATE, with the special use of RFC 6154 3."""

    mailbox: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class OneName:
    """DELETE, SUBSCRIBE, UNSUBSCRIBE, GETQUOTAROOT, GETQUOTA, GETACL and MYRIGHTS: a command on one name."""

    name: str
    mailbox: str


@dataclass(frozen=True, slots=True)
class OnIdentifier:
    """SETACL, DELETEACL and LISTRIGHTS (RFC 4314 3): `change` is what SETACL gives, adds or takes."""

    name: str
    mailbox: str
    identifier: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Rename:
    """RENAME."""

    mailbox: str
    to: str


@dataclass(frozen=True, slots=True)
class List:
    """LIST and LSUB (RFC 5258, RFC 5819): `select` and `give` hold the option names in upper case."""

    reference: str
    patterns: tuple[str, ...]
    select: frozenset[str] = frozenset()
    give: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    extended: bool = False
    lsub: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """STATUS."""

    mailbox: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of APPEND; `body` is the number of its octets among those that were passed on."""

    body: int
    flags: Flag
    keywords: frozenset[str]
    moment: datetime | None


@dataclass(frozen=True, slots=True)
class Append:
    """APPEND, of several messages with RFC 3502."""

    mailbox: str
    messages: tuple[Message, ...]


class Result(StrEnum):
    """What SEARCH RETURN asks for (RFC 4731, RFC 5182)."""

    MIN = "MIN"
    MAX = "MAX"
    ALL = "ALL"
    COUNT = "COUNT"
    SAVE = "SAVE"


@dataclass(frozen=True, slots=True)
class Search:
    """SEARCH; `results` is None for the plain answer of RFC 3501."""

    key: Key
    results: frozenset[Result] | None
    by_uid: bool


class Part(StrEnum):
    """Which text of a part BODY[] names."""

    ALL = ""
    HEADER = "HEADER"
    FIELDS = "HEADER.FIELDS"
    FIELDS_NOT = "HEADER.FIELDS.NOT"
    MIME = "MIME"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Section:
    """BODY[section]<partial>, BINARY[section]<partial> or BINARY.SIZE[section] (RFC 9051 6.4.5)."""

    word: str  # BODY, BINARY, BINARY.SIZE, or the RFC822 forms of RFC 3501
    number: tuple[int, ...]
    part: Part
    fields: tuple[bytes, ...] = ()
    partial: tuple[int, int] | None = None
    peek: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """FETCH: `words` are the items without arguments, in upper case."""

    numbers: Ranges | None  # None: the saved result
    words: tuple[str, ...]
    sections: tuple[Section, ...]
    by_uid: bool
    changed_since: int | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """STORE: `deed` is "+", "-" or empty."""

    numbers: Ranges | None
    deed: str
    flags: Flag
    keywords: frozenset[str]
    silent: bool
    by_uid: bool
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """COPY, or MOVE (RFC 6851)."""

    numbers: Ranges | None
    mailbox: str
    by_uid: bool
    move: bool


@dataclass(frozen=True, slots=True)
class Expunge:
    """EXPUNGE, or UID EXPUNGE of RFC 4315 with `numbers`."""

    uids: Ranges | None = None
    by_uid: bool = False
    saved: bool = False


Command = (
    Plain | Login | Authenticate | Enable | Identify | Select | Create | OneName | OnIdentifier | Rename | List
    | Status | Append | Search | Fetch | Store | Transfer | Expunge
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tagged:
    """A command with the tag its answer bears."""

    tag: bytes
    command: Command
