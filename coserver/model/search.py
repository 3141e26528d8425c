"""What SEARCH asks for: a tree of keys, made by the grammar and evaluated by the mail tool.

Numbers, Saved and Recent stand for what one session sees; the session turns them into Uids before
the mail tool is asked, and puts its highest uid in place of ``*``. Texts are unicode,
decoded from the charset of the command.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from coserver.model.item import Flag

Ranges = tuple[tuple[int, int | None], ...]  # both ends in; None: no upper end


class Relation(StrEnum):
    """How a day is compared: BEFORE, ON and SINCE of RFC 9051 6.4.4."""

    BEFORE = "before"
    ON = "on"
    SINCE = "since"


class Where(StrEnum):
    """Where a text is looked for."""

    FROM = "from"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    SUBJECT = "subject"
    BODY = "body"
    TEXT = "text"  # header and body


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class And:
    """Messages that every one of the keys finds."""

    keys: "tuple[Key, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Messages that one of the keys finds."""

    keys: "tuple[Key, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Messages that the key does not find."""

    key: "Key"


@dataclass(frozen=True, slots=True)
class Flagged:
    """SEEN, UNSEEN, DELETED and their kin: the flag is set, or is not."""

    flag: Flag
    present: bool = True


@dataclass(frozen=True, slots=True)
class Keyword:
    """KEYWORD and UNKEYWORD."""

    word: str
    present: bool = True


@dataclass(frozen=True, slots=True)
class Arrived:
    """BEFORE, ON, SINCE: the day of INTERNALDATE, in UTC."""

    relation: Relation
    day: date


@dataclass(frozen=True, slots=True)
class Sent:
    """SENTBEFORE, SENTON, SENTSINCE: the day of the Date header as written."""

    relation: Relation
    day: date


@dataclass(frozen=True, slots=True)
class Larger:
    """LARGER: more octets than this."""

    size: int


@dataclass(frozen=True, slots=True)
class Smaller:
    """SMALLER: fewer octets than this."""

    size: int


@dataclass(frozen=True, slots=True)
class Younger:
    """YOUNGER: arrived within the last seconds (RFC 5032 3)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Older:
    """OLDER: arrived before that."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Modified:
    """MODSEQ: this modseq or a later one (RFC 7162 3.1.5)."""

    modseq: int


@dataclass(frozen=True, slots=True)
class Uids:
    """UID, or what the session made of sequence numbers."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Numbers:
    """Sequence numbers of the session."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Saved:
    """``$``: the result the session saved (RFC 5182)."""


@dataclass(frozen=True, slots=True)
class Recent:
    """RECENT, and OLD when it is not: known to the session alone."""

    present: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """FROM, TO, CC, BCC, SUBJECT, BODY and TEXT: holds the text, whatever its case."""

    where: Where
    text: str


@dataclass(frozen=True, slots=True)
class Header:
    """HEADER: the field is there and holds the text; an empty text asks for the field alone."""

    name: str
    text: str


Key = (
    All | And | Or | Not | Flagged | Keyword | Arrived | Sent | Larger | Smaller | Younger | Older | Modified
    | Uids | Numbers | Saved | Recent | Text | Header
)  # fmt: skip
