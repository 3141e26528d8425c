"""What was verified lately, so that a client which sends its password with every request costs one verification.

Invariants: successes only; nothing typed is kept, the key is an HMAC of it under a key of this
process; the account's epoch is part of it, so a change of credentials or state empties it at once;
an entry lives ten minutes since its last use, an hour at most, and there are never more than `most`.
"""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from coserver.clock import Clock
from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature

_SLIDING = 600.0  # seconds
_LONGEST = 3600.0


@dataclass(slots=True)
class _Entry:
    until: float
    last: float
    services: frozenset[Feature]


class Verified:
    """The cache of verified credentials.

    Args:
        clock: its monotonic time counts.
        most: entries kept; the least lately used one goes first.
    """

    def __init__(self, clock: Clock, most: int = 10_000) -> None:
        self._clock = clock
        self._most = most
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def key(self, account: PrincipalId, epoch: int, password: str, service: Feature | None) -> bytes:
        """What one attempt is kept under."""
        typed = password.encode("utf-8", "surrogatepass")
        told = b"%d.%d.%s.%d:%s" % (account, epoch, (service or "").encode(), len(typed), typed)
        return hmac.digest(self._key, told, hashlib.sha256)

    def add(self, key: bytes, services: frozenset[Feature] = frozenset()) -> None:
        """Keep a success, and what the credential opens."""
        now = self._clock.monotonic()
        with self._lock:
            self._entries[key] = _Entry(now + _SLIDING, now + _LONGEST, services)
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def has(self, key: bytes) -> bool:
        """Whether this was verified and is still fresh; a hit keeps it fresh."""
        return self.services(key) is not None

    def services(self, key: bytes) -> frozenset[Feature] | None:
        """What the credential opens (empty: all) if this was verified and is still fresh; a hit keeps it fresh."""
        now = self._clock.monotonic()
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if now >= min(entry.until, entry.last):
                del self._entries[key]
                return None
            entry.until = now + _SLIDING
            self._entries.move_to_end(key)
            return entry.services

    def __len__(self) -> int:
        """How many entries are held."""
        return len(self._entries)
