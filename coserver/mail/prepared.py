"""A message made ready to be kept: everything that is rendered once, before the writer is asked."""

from dataclasses import dataclass

from coserver.store.files import Staged


@dataclass(frozen=True, slots=True)
class Prepared:
    """Bytes of a message with what IMAP will ask of them.

    `envelope` and `structure` are ready wire bytes (RFC 9051 7.5.2), `parts` is read by
    coserver.mail.parts and `words` by coserver.mail.words. `sent` is the Date header as written
    (its own clock, time zone set aside, RFC 9051 6.4.4), in milliseconds since 1970, or None.
    """

    staged: Staged
    envelope: bytes
    structure: bytes
    parts: bytes
    words: bytes
    sent: int | None
