"""The policy by which other servers insist on TLS when they bring mail to us (MTA-STS, RFC 8461). Pure."""

import hashlib
from enum import StrEnum

PATH = "/.well-known/mta-sts.txt"  # RFC 8461 3.3
LABEL = "mta-sts"  # the name in a domain at which it is asked for
KIND = "text/plain; charset=utf-8"
_WEEK = 604_800  # seconds for which it is remembered


class Mode(StrEnum):
    """What becomes of mail that cannot be brought over TLS to a certificate that counts (RFC 8461 5)."""

    NONE = "none"
    TESTING = "testing"  # it is brought all the same, and reported (RFC 8460)
    ENFORCE = "enforce"


def policy(host: str, mode: Mode) -> bytes:
    """The text that is served; `host` is the server that takes mail (RFC 8461 3.2)."""
    return f"version: STSv1\r\nmode: {mode}\r\nmx: {host}\r\nmax_age: {_WEEK}\r\n".encode()


def announced(text: bytes) -> str:
    """The TXT record that tells of a policy: another text has another id (RFC 8461 3.1)."""
    return f"v=STSv1; id={hashlib.sha256(text).hexdigest()[:20]};"
