"""A message made ready to be kept: everything that is rendered once, before the writer is asked."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from coserver.mail import envelope, mime, parts, structure, words
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


def prepare(staged: Staged) -> Prepared:
    """Read a message and render what will be asked of it; on the caller's thread, never in a tx.

    Any bytes are taken; large ones are read where they lie.
    """
    with _opened(staged) as data:
        message = mime.scan(data)
        return Prepared(
            staged,
            envelope=envelope.envelope(message.fields),
            structure=structure.structure(data, message),
            parts=parts.pack(message),
            words=words.pack(message.fields),
            sent=envelope.sent(message.fields.get(b"date")),
        )


@contextmanager
def _opened(staged: Staged) -> Iterator[mime.Data]:
    if staged.data is not None or staged.path is None or staged.size == 0:
        yield staged.read()
        return
    with staged.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped
