"""Signed profiles, as another program verifies them."""

import plistlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from coserver.model.errors import Unusable
from coserver.web.setup.mobileconfig import Person, profile
from coserver.web.setup.signature import signed
from tests.web.here import HERE

ALICE = Person("alice@example.test", "alice@example.test")
START = datetime(2026, 1, 1, tzinfo=UTC)


def pem(key) -> bytes:
    """A private key as files hold it."""
    encoding, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, kind, serialization.NoEncryption())


def certificate(name: str, key, issuer: str, by) -> bytes:
    """A certificate of a name for a key, by the key of an issuer."""
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    made = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=36500))
        .sign(by, None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def verified(folder: Path, made: bytes) -> bytes | None:
    """What openssl finds signed, None if it refuses."""
    (folder / "signed").write_bytes(made)
    command = ["openssl", "smime", "-verify", "-inform", "der", "-noverify", "-in", str(folder / "signed"), "-out"]
    ran = subprocess.run([*command, str(folder / "found")], capture_output=True, check=False)
    return (folder / "found").read_bytes() if ran.returncode == 0 else None


@pytest.fixture(scope="module")
def authority() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module", params=["rsa", "ec"])
def key(request: pytest.FixtureRequest):
    return rsa.generate_private_key(65537, 2048) if request.param == "rsa" else ec.generate_private_key(ec.SECP256R1())


@pytest.mark.needs("openssl")
def test_signed_when_a_profile_is_then_it_is_verified_and_read_as_it_was(key, authority, tmp_path: Path) -> None:
    plain = profile(HERE, ALICE)
    chain = certificate("mail.example.test", key, "An authority", authority)
    made = signed(plain, chain, pem(key))
    found = verified(tmp_path, made)
    assert found == plain
    assert plistlib.loads(found)["PayloadType"] == "Configuration"


@pytest.mark.needs("openssl")
def test_signed_when_it_is_altered_then_it_is_refused(key, authority, tmp_path: Path) -> None:
    chain = certificate("mail.example.test", key, "An authority", authority)
    made = signed(profile(HERE, ALICE), chain, pem(key))
    altered = made.replace(b"<integer>993</integer>", b"<integer>994</integer>")
    assert altered != made
    assert verified(tmp_path, altered) is None
    assert verified(tmp_path, made[:-1] + bytes([made[-1] ^ 1])) is None


@pytest.mark.needs("openssl")
def test_signed_when_there_is_a_chain_then_all_of_it_goes_along(key, authority, tmp_path: Path) -> None:
    chain = certificate("mail.example.test", key, "An authority", authority)
    chain += certificate("An authority", authority, "A root", authority)
    (tmp_path / "signed").write_bytes(signed(b"x", chain, pem(key)))
    command = ["openssl", "pkcs7", "-inform", "der", "-in", tmp_path / "signed", "-print_certs", "-noout"]
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    subjects = [line for line in told.splitlines() if line.startswith("subject")]
    assert sorted(line.rpartition("= ")[2].rpartition("=")[2] for line in subjects) == [
        "An authority",
        "mail.example.test",
    ]


def test_signed_when_key_or_certificate_are_no_good_then_unusable_and_the_key_is_not_told(authority) -> None:
    other, odd = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    chain = certificate("mail.example.test", authority, "An authority", authority)
    locked = authority.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"tulip")
    )
    for certificates, key in (
        (chain, pem(other)),
        (chain, b"no key"),
        (chain, b""),
        (chain, locked),
        (b"no certificate", pem(authority)),
        (b"", pem(authority)),
        (certificate("mail.example.test", odd, "mail.example.test", odd), pem(odd)),
    ):
        with pytest.raises(Unusable) as caught:
            signed(b"x", certificates, key)
        assert caught.value.__cause__ is None
        assert not caught.value.private
