"""The envelope of one mail transaction and what a listener offers: values that all rings share."""

from dataclasses import dataclass
from enum import StrEnum

from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.principal import Who
from coserver.smtp.parameters import MailParameters, RecipientParameters
from coserver.smtp.paths import Path


class Role(StrEnum):
    """What a listener is for."""

    RELAY = "relay"  # port 25: mail from the world for our own domains
    SUBMISSION = "submission"  # ports 587 and 465: mail of our accounts for anyone (RFC 6409)
    LMTP = "lmtp"  # mail from a trusted neighbour for our own mailboxes (RFC 2033)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a listener offers: its role, its own name, how much it takes, TLS and clear passwords."""

    role: Role
    hostname: str
    max_bytes: int
    max_recipients: int
    starttls: bool
    clear_passwords: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """An accepted MAIL command."""

    sender: Path
    parameters: MailParameters


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail to a local address goes: the INBOX of an account, or the archive of a group."""

    principal: PrincipalId
    space: SpaceId
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Who brings mail: by which kind of listener, logged in as whom; `bounce`: with the null sender."""

    role: Role
    who: Who | None = None
    bounce: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """An accepted RCPT command; `route` is None for an address elsewhere."""

    path: Path
    parameters: RecipientParameters
    route: Route | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """A transaction ready for its message."""

    mail: Mail
    recipients: tuple[Recipient, ...]
