"""Names and passwords from the Authorization header (RFC 7617)."""

import base64
import binascii
from dataclasses import dataclass

LONGEST = 8192  # characters of the header


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client says who it is; not verified."""

    name: str
    password: str

    def __repr__(self) -> str:
        """Without the password: this may come into a trace."""
        return f"Credentials({self.name!r})"


def parse(header: str | None) -> Credentials | None:
    """The name and password of a Basic header; None when there is none or it cannot be read.

    Windows puts a domain and a backslash before the name; it is left off.
    """
    if header is None or len(header) > LONGEST:
        return None
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        told = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    name, colon, password = _text(told).partition(":")
    if not colon or not name or "\x00" in name + password:
        return None
    return Credentials(name.rpartition("\\")[2], password)


def _text(told: bytes) -> str:
    try:
        return told.decode("utf-8")
    except UnicodeDecodeError:
        return told.decode("latin-1")  # clients that do not know RFC 7617 2.1
