"""How long a login must wait after wrong passwords, the same for every protocol.

Invariants: distinct wrong passwords count, a wrong one repeated does not (a program that kept an old
password harms nobody); they count for the address, its network and the account, and each forgets a
failure after `Rule.memory`; an address the account logged in from before has a bucket of its own for
that account, which slows down but never refuses, so that nobody locks the owner out; no bucket holds
more than its limit, and there are never more than `most` buckets. Nobody waits here: callers are told
the seconds.
"""

import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass

from coserver.clock import Clock
from coserver.model.errors import Busy

_LONGEST = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Rule:
    """When a kind of bucket slows down and refuses.

    The first `free` failures cost nothing, then 1, 2, 4 ... 15 seconds. With `most` failures nothing
    more is tried until one is forgotten, after `memory` seconds; unless `patient`, when 15 seconds
    are the worst.
    """

    free: int
    most: int
    memory: float = 900.0
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule of each kind of bucket."""

    address: Rule = Rule(free=0, most=20)
    network: Rule = Rule(free=20, most=200)
    account: Rule = Rule(free=5, most=50)
    known: Rule = Rule(free=0, most=100, patient=True)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries to be whom: the full login, the address it comes from, and whether that one is known to the account."""

    login: str
    peer: str
    known: bool


@dataclass(frozen=True, slots=True)
class Throttled:
    """What is slowed down or refused at the moment: an `address`, a `network`, an `account`, or one account at one.

    `seconds` are those until the next attempt may be made, `refused` whether none is looked at until then.
    """

    kind: str
    key: str
    failures: int
    seconds: float
    refused: bool


class Throttle:
    """The recent failures, in memory; which addresses are known is the caller's to say.

    Args:
        clock: its monotonic time counts.
        rules: of the buckets.
        most: buckets kept; the one that failed longest ago goes first.
    """

    def __init__(self, clock: Clock, rules: Rules | None = None, *, most: int = 20_000) -> None:
        self._clock = clock
        self._most = most
        self._rules = rules or Rules()
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[str, str], deque[tuple[float, bytes]]] = OrderedDict()

    def delay(self, attempt: Attempt) -> float:
        """Seconds that this attempt has to wait before its password is looked at: 0, 1, 2, 4 ... 15.

        Raises:
            Busy: too many failures; the text says when to come back.
        """
        now = self._clock.monotonic()
        with self._lock:
            return max(self._wait(key, rule, now) for key, rule in self._of(attempt))

    def failed(self, attempt: Attempt, password: str) -> None:
        """Count a wrong password, unless it is one of those counted already."""
        now = self._clock.monotonic()
        told = f"{len(attempt.login)}:{attempt.login}{password}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key, told, hashlib.sha256)[:12]
        with self._lock:
            for key, rule in self._of(attempt):
                bucket = self._bucket(key, rule, now)
                self._buckets.move_to_end(key)
                if all(known != digest for _, known in bucket):
                    bucket.append((now, digest))
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)

    def succeeded(self, attempt: Attempt) -> None:
        """Forget what failed for this account from an address known to it."""
        with self._lock:
            self._buckets.pop(("known", f"{attempt.login} {address_key(attempt.peer)}"), None)

    def listed(self, *, most: int) -> list[Throttled]:
        """What is slowed down or refused now, that which failed most first."""
        now = self._clock.monotonic()
        with self._lock:
            found = [each for key in list(self._buckets) if (each := self._throttled(key, now)) is not None]
        return sorted(found, key=lambda each: (-each.failures, each.kind, each.key))[:most]

    def lift(self, kind: str, key: str) -> bool:
        """Forget what failed there; whether there was anything."""
        with self._lock:
            return self._buckets.pop((kind, key), None) is not None

    def __len__(self) -> int:
        """How many buckets are held."""
        return len(self._buckets)

    def _of(self, attempt: Attempt) -> list[tuple[tuple[str, str], Rule]]:
        address = address_key(attempt.peer)
        if attempt.known:
            return [(("known", f"{attempt.login} {address}"), self._rules.known)]
        return [
            (("address", address), self._rules.address),
            (("network", _network_key(attempt.peer)), self._rules.network),
            (("account", attempt.login), self._rules.account),
        ]

    def _bucket(self, key: tuple[str, str], rule: Rule, now: float) -> deque[tuple[float, bytes]]:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = deque(maxlen=rule.most)
        while bucket and bucket[0][0] <= now - rule.memory:
            bucket.popleft()
        return bucket

    def _throttled(self, key: tuple[str, str], now: float) -> Throttled | None:
        rule: Rule = getattr(self._rules, key[0])
        bucket = self._bucket(key, rule, now)
        if len(bucket) <= rule.free:
            return None
        if len(bucket) >= rule.most and not rule.patient:
            return Throttled(*key, len(bucket), bucket[0][0] + rule.memory - now, refused=True)
        return Throttled(*key, len(bucket), self._wait(key, rule, now), refused=False)

    def _wait(self, key: tuple[str, str], rule: Rule, now: float) -> float:
        if key not in self._buckets:
            return 0.0
        bucket = self._bucket(key, rule, now)
        if len(bucket) >= rule.most and not rule.patient:
            minutes = int((bucket[0][0] + rule.memory - now) // 60) + 1
            raise Busy(
                f"Too many wrong passwords. Please try again in {minutes} minutes.",
                bucket=key[0],
                key=key[1],
                retry_after=minutes * 60,
            )
        over = len(bucket) - rule.free
        return 0.0 if over <= 0 else min(_LONGEST, 2.0 ** (over - 1))


def address_key(peer: str) -> str:
    """The address that counts as one: IPv4 as it is, IPv6 by its /64; anything else (a Unix socket) as it is."""
    address = _address(peer)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return peer if address is None else str(address)


def _network_key(peer: str) -> str:
    """The network of an address, /24 or /48; each loopback address is its own."""
    address = _address(peer)
    if address is None or address.is_loopback:
        return peer
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def _address(peer: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
