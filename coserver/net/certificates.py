"""Certificate files: one PEM a name, key and chain together; one is made when there is none.

Invariants: a private key is written with mode 0600 before its first byte; the certificate that is
made here keeps its key when it is made anew, so that whoever trusts the key goes on trusting it.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from coserver.clock import Clock

OWN = "self-signed.pem"  # made here
DEFAULT = "default.pem"  # what the operator puts beside it for all names that have no file

Key = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

_VALID = timedelta(days=820)  # iOS and macOS trust no server certificate for longer than 825 days
_RENEW = timedelta(days=60)
_LARGEST = 1 << 20


class CertificateError(Exception):
    """A certificate file cannot be used; the text names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A readable file: its key, its chain (the server's first), and the names it is for, lower case."""

    path: Path
    key: Key
    chain: tuple[x509.Certificate, ...]
    names: frozenset[str]


def load(path: Path) -> Certificate:
    """The certificate of a file.

    Raises:
        CertificateError: unreadable, no key, no certificate, or the two do not belong together.
    """
    try:
        with path.open("rb") as file:
            pem = file.read(_LARGEST)
        key = serialization.load_pem_private_key(pem, password=None)
        chain = tuple(x509.load_pem_x509_certificates(pem))
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise CertificateError(
            f"{path}: must hold a private key without password and its certificates, as PEM"
        ) from error
    if not isinstance(key, Key):
        raise CertificateError(f"{path}: the key must be RSA, EC or Ed25519")
    if key.public_key() != chain[0].public_key():
        raise CertificateError(f"{path}: the key and the first certificate do not belong together")
    return Certificate(path, key, chain, frozenset(_names(chain[0])))


def _names(certificate: x509.Certificate) -> Sequence[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in found.value.get_values_for_type(x509.DNSName)]


def ensure_own(folder: Path, names: Sequence[str], clock: Clock) -> None:
    """Make the self-signed certificate, or make it anew when it runs out or lacks one of `names`.

    Raises:
        OSError: the folder cannot be written to.
        CertificateError: one of the names cannot be one.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / OWN
    now = datetime.fromtimestamp(clock.now(), UTC)
    wanted = _subjects(names)
    key: Key | None = None
    if path.exists():
        former = load(path)
        key = former.key
        if former.chain[0].not_valid_after_utc - _RENEW > now and _covers(former.chain[0], wanted):
            return
    _keep(path, key or generate_private_key(SECP256R1()), wanted, now)


def _subjects(names: Sequence[str]) -> list[x509.GeneralName]:
    subjects: list[x509.GeneralName] = []
    for name in dict.fromkeys(name.lower() for name in names):
        try:
            subjects.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            subjects.append(x509.DNSName(_ascii(name)))
    return subjects


def _ascii(name: str) -> str:
    """A name as certificates hold it (RFC 5280 7.2)."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise CertificateError(f"{name!r} cannot be in a certificate: it is no name of a host.") from error


def _covers(certificate: x509.Certificate, wanted: Sequence[x509.GeneralName]) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return False
    return set(wanted) <= set(found.value)


def _keep(path: Path, key: Key, subjects: list[x509.GeneralName], now: datetime) -> None:
    made = _signed(key, subjects, now)
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private + made.public_bytes(encoding))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _signed(key: Key, subjects: list[x509.GeneralName], now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(subjects[0].value)[:64])])
    public = key.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clients whose clock is a little behind
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def of_name(folder: Path, name: str) -> Path:
    """The file of the certificate that clients who ask for this name are shown, as far as files tell by their names."""
    own, default = folder / f"{name.lower()}.pem", folder / DEFAULT
    return next((path for path in (own, default) if path.exists()), folder / OWN)


def read_all(folder: Path) -> tuple[Certificate, list[Certificate]]:
    """The certificate for clients that name nothing or nobody known, and those of the folder's names.

    Raises:
        CertificateError: one of the files cannot be used.
    """
    paths = sorted(folder.glob("*.pem"))
    default = folder / DEFAULT if folder / DEFAULT in paths else folder / OWN
    return load(default), [load(path) for path in paths if path.name not in (OWN, DEFAULT)]
