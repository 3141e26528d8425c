"""DKIM: signing of mail that leaves with the key of its author's domain (RFC 6376).

Invariants: a signature covers the whole body, and every field that decides what a reader sees, once more often
than it stands there, so that none can be added; a private key leaves this module only as what is kept of it, and
never in a repr, a log or an error. Signing takes time, and never happens in a tx.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from coserver.model.errors import Unusable

_BITS = 2048  # what fits a TXT record, and every verifier takes (RFC 8301 3.2)
_CHUNK = 1 << 18  # octets of a body that are canonicalised at a time
_KEYS = 256  # private keys kept loaded: reading one takes fifty times as long as signing
_SIGNED = (
    b"from", b"sender", b"reply-to", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
_NEXT = re.compile(rb"\r\n(?![ \t])")
_BLANKS = re.compile(rb"[ \t]{2,}|\t")


@dataclass(frozen=True, slots=True)
class Key:
    """With what a domain signs: the private key (PKCS #8 in PEM) whose other half stands under `selector`."""

    domain: str
    selector: str
    secret: str = field(repr=False)


def secret() -> str:
    """A new private key, as it is kept; takes some tenths of a second."""
    made = generate_private_key(65537, _BITS)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()  # fmt: skip


def record(kept: str) -> str:
    """What the TXT record of a key has to say, for all to know (RFC 6376 3.6.1).

    Raises:
        Unusable: it is no key.
    """
    public = _loaded(kept).public_key()
    octets = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(octets).decode()}"


def signature(message: bytes, key: Key, *, now: float) -> bytes:
    """The DKIM-Signature field of a message, to be put before it as the first of its fields.

    Args:
        message: as it goes over the wire but for the dots of SMTP, lines ended by CRLF.
        key: of the domain of its From.
        now: seconds since 1970 UTC.

    Raises:
        Unusable: the key is none.
    """
    end = message.find(b"\r\n\r\n")
    head, start = (message, len(message)) if end < 0 else (message[:end], end + 4)
    fields = _signed(head)
    names = [*(name for name, _ in fields), *_SIGNED]  # RFC 6376 8.15: each once more than it is there
    unsigned = _unsigned(key, names, b64encode(_body_hash(message, start)).decode(), now=now)
    lines = [*(line for _, line in fields), unsigned.encode()]
    signed = b"".join(map(_canonical, lines)).removesuffix(b"\r\n")  # RFC 6376 3.7
    made = _loaded(key.secret).sign(signed, PKCS1v15(), hashes.SHA256())
    return f"{unsigned}{_folded(b64encode(made).decode())}\r\n".encode()


def _unsigned(key: Key, names: list[bytes], body: str, *, now: float) -> str:
    """The field with an empty b=, under which the signature is made."""
    listed = ":".join(name.decode() for name in names)
    return (
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={key.domain};\r\n"
        f"\ts={key.selector}; t={int(now)};\r\n"
        f"\th={_folded(listed, after=':')};\r\n"
        f"\tbh={body};\r\n"
        f"\tb="
    )


def _folded(text: str, *, after: str = "") -> str:
    """A long value in lines of a width that every server takes, broken behind `after` or anywhere."""
    pieces = (
        re.findall(f"[^{after}]+{after}?", text) if after else [text[at : at + 72] for at in range(0, len(text), 72)]
    )
    lines = [""]
    for piece in pieces:
        if lines[-1] and len(lines[-1]) + len(piece) > 72:
            lines.append("")
        lines[-1] += piece
    return "\r\n\t".join(lines)


def _signed(head: bytes) -> list[tuple[bytes, bytes]]:
    """The fields to sign, by name, from the last one up: a verifier counts them from there (RFC 6376 5.4.2)."""
    found = []
    for line in reversed(_NEXT.split(head)):
        name = line.partition(b":")[0].rstrip(b" \t").lower()
        if name in _SIGNED:
            found.append((name, line))
    return found


def _canonical(line: bytes) -> bytes:
    """One field, canonical (RFC 6376 3.4.2)."""
    name, _, value = line.partition(b":")
    plain = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return b"%b:%b\r\n" % (name.rstrip(b" \t").lower(), plain)


def _body_hash(message: bytes, start: int) -> bytes:
    """The hash of the canonical body (RFC 6376 3.4.4), a piece at a time, so that other threads get their turn."""
    digest, ends, begun = sha256(), 0, False  # `ends`: line ends that count only if more than such follow
    while start < len(message):
        found = message.find(b"\r\n", start + _CHUNK)
        end = len(message) if found < 0 else found + 2
        piece = message[start:end]
        start = end
        if not piece.endswith(b"\r\n"):
            piece += b"\r\n"
        if b"\t" in piece or b"  " in piece:  # the expression takes ten times as long as the look
            piece = _BLANKS.sub(b" ", piece)
        piece = piece.replace(b" \r\n", b"\r\n")
        kept = len(piece)
        while piece.endswith(b"\r\n", 0, kept):
            kept -= 2
        if kept:
            digest.update(b"\r\n" * ends + piece[:kept])
            begun, ends = True, 0
        ends += (len(piece) - kept) // 2
    if begun:
        digest.update(b"\r\n")
    return digest.digest()


@lru_cache(_KEYS)
def _loaded(kept: str) -> RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(kept.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise Unusable("The DKIM key of a domain cannot be read: `coserver domain rotate` makes another.") from None
    return key
