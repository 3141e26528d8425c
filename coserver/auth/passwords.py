"""Passwords: rules, verifiers, verification. The only door to argon2 and passlib.

Invariants: our own verifiers are argon2id with 19 MiB, 2 passes, 1 lane; passlib (the maintained
fork libpass) only verifies what was imported from elsewhere; a password is compared in NFC and never
cut; more than `LONGEST` bytes are refused before any work; at most `threads` verifications run at a
time, whoever calls.
"""

import base64
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from passlib.context import CryptContext
from passlib.exc import PasswordSizeError, UnknownHashError

from coserver.model.errors import Busy, Malformed

SHORTEST = 10  # characters
LONGEST = 1024  # bytes in UTF-8

_IMPORTED = CryptContext(
    schemes=[
        "sha512_crypt",
        "sha256_crypt",
        "md5_crypt",
        "apr_md5_crypt",
        "ldap_salted_sha512",
        "ldap_salted_sha256",
        "ldap_salted_sha1",
        "ldap_sha1",
        "ldap_salted_md5",
        "ldap_md5",
        "ldap_pbkdf2_sha512",
        "ldap_pbkdf2_sha256",
        "pbkdf2_sha512",
        "pbkdf2_sha256",
        "scram",
    ]
)
_DOVECOT = re.compile(r"\{(ARGON2ID|ARGON2I|SHA512-CRYPT|SHA256-CRYPT|MD5-CRYPT|CRYPT)\}(.+)", re.DOTALL)
_LEET = str.maketrans("013457@$!", "oleastasi")
_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 signs: 100 bits in twenty of them
_ROWS = ("01234567890", "09876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one verification costs: memory in KiB, passes over it."""

    memory: int = 19_456  # OWASP's choice for argon2id with two passes and one lane
    passes: int = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and whether its verifier ought to be made anew."""

    right: bool
    stale: bool = False


class Hasher:
    """Makes and checks verifiers, a few at a time on the callers' own threads.

    Args:
        threads: how many run at a time.
        queue: how many more may wait to verify.
        cost: of one verification; tests choose less.
    """

    def __init__(self, threads: int = 2, *, queue: int = 32, cost: Cost | None = None) -> None:
        chosen = cost or Cost()
        self._argon2 = PasswordHasher(
            time_cost=chosen.passes, memory_cost=chosen.memory, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
        )
        self._slots = threading.BoundedSemaphore(threads)
        self._lock = threading.Lock()
        self._most = threads + queue
        self._taken = 0
        self._nobody = _of_nobody(chosen)

    def hash(self, password: str) -> str:
        """The verifier to keep for a password; waits for its turn."""
        with self._slots:
            return self._argon2.hash(normal(password))

    def verify(self, password: str, verifier: str | None) -> Verdict:
        """Whether the password fits the verifier. None (nobody there) costs the same time and is never right.

        Raises:
            Busy: too many wait already; nothing was verified.
        """
        with self._turn():
            if verifier is None or not _can_be(password):
                self._fits(self._nobody, "nobody's password")
                return Verdict(False)
            if verifier.startswith("$argon2"):
                right = self._fits(verifier, password)
                return Verdict(right, right and self._argon2.check_needs_rehash(verifier))
            right = _imported_fits(verifier, password)
            return Verdict(right, right)

    def _fits(self, verifier: str, password: str) -> bool:
        try:
            return self._argon2.verify(verifier, normal(password))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._taken >= self._most:
                raise Busy("Too many logins at the moment. Please try again in a minute.", waiting=self._taken)
            self._taken += 1
        try:
            with self._slots:
                yield
        finally:
            with self._lock:
                self._taken -= 1


def _of_nobody(cost: Cost) -> str:
    """A verifier that costs what any other does and fits no password anybody knows: its hash is drawn, not made."""
    salt, hashed = (base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19$m={cost.memory},t={cost.passes},p=1${salt}${hashed}"


def normal(password: str) -> str:
    """The form in which a password is compared: NFC, and nothing else changed."""
    return unicodedata.normalize("NFC", password)


def make() -> str:
    """A password that can be read out: four times five letters and digits that are not taken for one another."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))


def imported(verifier: str) -> str:
    """A verifier from another system (crypt, LDAP or Dovecot's ``{SCHEME}`` form), as it is kept.

    Raises:
        Malformed: of no kind that can be verified; ``{PLAIN}`` is none.
    """
    found = _DOVECOT.fullmatch(verifier)
    bare = found.group(2) if found else verifier
    if bare.startswith(("$argon2id$", "$argon2i$")) or _IMPORTED.identify(bare) is not None:
        return bare
    raise Malformed("The password hash is of a kind that is not known here: set a new password instead.")


def check(password: str, *, words: Iterable[str]) -> None:
    """Refuse what is easily guessed (R44): `words` are the login, names and domain of its owner.

    Raises:
        Malformed: with what is wrong and what to do.
    """
    plain = normal(password)
    if len(plain) < SHORTEST:
        raise Malformed(f"The password is too short: use at least {SHORTEST} characters.")
    if not _can_be(plain):
        raise Malformed(f"The password is too long or no valid UTF-8: use at most {LONGEST} bytes.")
    folded = plain.casefold()
    for word in _parts(words):
        if (word in folded) if len(word) > 3 else (word in re.split(r"[\W\d_]+", folded)):
            raise Malformed(f"The password contains {word!r}, which is easily guessed: leave out names and addresses.")
    if _is_obvious(folded):
        raise Malformed("The password is one of the first that are tried: choose several unrelated words instead.")


def _parts(words: Iterable[str]) -> set[str]:
    """The words of names and addresses that a password must not hold; single letters and pairs are no words."""
    parts = {part for word in words for part in re.split(r"[\W\d_]+", normal(word).casefold())}
    return {part for part in parts if len(part) > 2}


def _is_obvious(folded: str) -> bool:
    if len(set(folded)) < 4 or folded.isdigit() or any(folded in row * 2 for row in _ROWS):
        return True
    edges = folded.strip("0123456789!.?$#*-_@ ")
    cores = {re.sub(r"[\W\d_]+", "", folded), edges, edges.translate(_LEET)}
    return any(each in _obvious() or _doubled(each) in _obvious() for each in cores)


@lru_cache(maxsize=1)
def _obvious() -> frozenset[str]:
    """The words that most of the commonly used passwords are made of; figures around them are stripped first."""
    text = resources.files("coserver.auth").joinpath("obvious-words.txt").read_text(encoding="ascii")
    return frozenset(text.split())


def _doubled(word: str) -> str:
    """The half of a word that is written twice, else nothing."""
    half = word[: len(word) // 2]
    return half if half * 2 == word else ""


def _can_be(password: str) -> bool:
    """Whether anybody can have this password: it is text, and not beyond the longest."""
    try:
        return len(normal(password).encode()) <= LONGEST
    except UnicodeEncodeError:
        return False


def _imported_fits(verifier: str, password: str) -> bool:
    try:
        return bool(_IMPORTED.verify(normal(password), verifier))
    except (UnknownHashError, PasswordSizeError, ValueError):
        return False  # of a known scheme, but damaged
