"""A verifier of DKIM signatures (RFC 6376 6.1), written apart from the signer: it goes by lines and knows no pieces.

The outside verifiers in tests/clients/test_dkim.py are given what it is given.
"""

import hashlib
from base64 import b64decode
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def tags(text: bytes) -> dict[str, str]:
    """The tags of a signature or record (RFC 6376 3.2), blanks inside values taken away."""
    pairs = (part.split(b"=", 1) for part in text.split(b";") if part.strip())
    return {name.strip().decode(): b"".join(value.split()).decode() for name, value in pairs}


def fields(message: bytes) -> list[tuple[bytes, bytes]]:
    """Name and value of each field, the value as it stands."""
    found: list[tuple[bytes, bytes]] = []
    for line in message.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            found[-1] = (found[-1][0], found[-1][1] + b"\r\n" + line)
        else:
            name, _, value = line.partition(b":")
            found.append((name, value))
    return found


def signature(message: bytes) -> dict[str, str]:
    """The tags of the topmost signature; none if it is not signed."""
    return next((tags(value) for name, value in fields(message) if name.lower() == b"dkim-signature"), {})


def verified(message: bytes, records: Mapping[str, str]) -> str:
    """The domain whose topmost signature holds by these TXT records; why not, in brackets."""
    found = signature(message)
    if not found:
        return "(not signed)"
    if (found["v"], found["a"], found["c"]) != ("1", "rsa-sha256", "relaxed/relaxed") or "l" in found:
        return "(odd)"
    if hashlib.sha256(_body(message)).digest() != b64decode(found["bh"]):
        return "(body)"
    record = tags(records.get(f"{found['s']}._domainkey.{found['d']}", "").encode())
    if "p" not in record:
        return "(no key)"
    key = serialization.load_der_public_key(b64decode(record["p"]))
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(b64decode(found["b"]), _signed(message, found["h"].split(":")), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return "(head)"
    return found["d"]


def _body(message: bytes) -> bytes:
    lines = message.split(b"\r\n\r\n", 1)[1].split(b"\r\n")
    lines = [b" ".join(line.replace(b"\t", b" ").split(b" ")).rstrip() for line in lines]
    lines = [b" ".join(word for at, word in enumerate(line.split(b" ")) if word or at == 0) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _signed(message: bytes, names: list[str]) -> bytes:
    left = fields(message)
    own = next(each for each in left if each[0].lower() == b"dkim-signature")
    left.remove(own)
    lines = []
    for wanted in names:
        for at in reversed(range(len(left))):
            if left[at][0].strip().lower() == wanted.strip().lower().encode():
                lines.append(_relaxed(*left.pop(at)))
                break
    name, value = own
    without = value[: value.rindex(b"b=") + 2]
    return b"\r\n".join([*lines, _relaxed(name, without)])


def _relaxed(name: bytes, value: bytes) -> bytes:
    words = value.replace(b"\r\n", b"").replace(b"\t", b" ").split(b" ")
    return name.strip().lower() + b":" + b" ".join(word for word in words if word)
