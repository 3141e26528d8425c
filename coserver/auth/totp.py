"""Codes that change with time (TOTP, RFC 6238). The only door to the library that computes them."""

import base64
import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECONDS = 30  # of one step
_DIGITS = 6
_AROUND = (0, -1, 1)  # steps that are taken: clocks differ, and people type (RFC 6238 5.2)


def make() -> bytes:
    """A new secret of 160 bits (RFC 4226 4)."""
    return secrets.token_bytes(20)


def step_of(secret: bytes, code: str, now: int) -> int | None:
    """The step whose code this is, around now (milliseconds); None if it is of none of them."""
    here = now // 1000 // SECONDS
    for step in (here + each for each in _AROUND):
        if hmac.compare_digest(_totp(secret).generate(step * SECONDS), code.encode("utf-8", "replace")):
            return step
    return None


def code(secret: bytes, now: int) -> str:
    """The code of now (milliseconds)."""
    return _totp(secret).generate(now // 1000).decode("ascii")


def address(secret: bytes, login: str, issuer: str) -> str:
    """What programs read from a picture: the secret, and what to show it as."""
    return _totp(secret).get_provisioning_uri(login, issuer)


def spoken(secret: bytes) -> str:
    """The secret as a person types it, in groups of four."""
    plain = base64.b32encode(secret).decode("ascii").lower()
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), SECONDS)  # noqa: S303 - what all programs for it know (RFC 6238 1.2)
