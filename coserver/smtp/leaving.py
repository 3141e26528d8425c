"""A message as it leaves the house: as it is kept but for its Return-Path, signed by the domain of its author.

It is signed when it is sent and not when it is queued: what waits for days is signed with the key that stands in
the DNS then, one blob serves the INBOXes here and the servers there, and taking mail does not wait for it.
Invariant: what is signed is sent as it stands; a key that cannot be used keeps no mail from leaving.
"""

import logging

from coserver.log import event
from coserver.mail import keys, signing
from coserver.model.errors import Unusable
from coserver.model.ids import BlobId
from coserver.smtp import heads
from coserver.smtp.bounce import without_return_path
from coserver.store import blobs
from coserver.store.engine import Store

log = logging.getLogger(__name__)


def kept(store: Store, blob: BlobId) -> bytes:
    """The bytes of a queued message without its Return-Path; call it on a thread."""
    with store.read() as tx:
        opened = blobs.open_(tx, blob)
    return without_return_path(opened.read())


def signed(store: Store, message: bytes) -> bytes:
    """The same with a DKIM-Signature before it, if its From is of a domain of ours with a key; on a thread."""
    with store.read() as tx:
        found = (keys.find(tx, host) for host in _authors(message))
        key = next((each for each in found if each is not None), None)
    if key is None:
        return message
    try:
        return signing.signature(message, key, now=store.clock.now()) + message
    except Unusable as error:
        event(log, "not-signed", level=logging.ERROR, domain=key.domain, why=error.text)
        return message


def _authors(message: bytes) -> list[str]:
    """The domains of the From, the first one first: with it a signature is to agree (RFC 7489 3.1.1)."""
    end = message.find(b"\r\n\r\n")
    head = message[: end if end >= 0 else heads.HEAD_LIMIT]
    named = [one for value in heads.values(head, b"from") for one in heads.addresses(value)]
    return list(dict.fromkeys(one.rpartition("@")[2] for one in named))
