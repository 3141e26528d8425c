"""Certificate files: made once, made anew in time with the same key, and said clearly when bad."""

import ssl
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from coserver.net import certificates
from coserver.net.certificates import OWN, CertificateError, ensure_own, load


class At:
    """A clock that stands where it is put."""

    def __init__(self, seconds: float = 1_800_000_000) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


def test_ensure_own_makes_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    ensure_own(tmp_path / "certificates", ["mail.example.test", "127.0.0.1", "::1"], At())
    path = tmp_path / "certificates" / OWN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(path).names == {"mail.example.test"}
    ssl.create_default_context().load_cert_chain(path)


def test_ensure_own_twice_keeps_the_certificate(tmp_path: Path) -> None:
    clock = At()
    ensure_own(tmp_path, ["a.test", "b.test"], clock)
    first = (tmp_path / OWN).read_bytes()
    clock.seconds += timedelta(days=700).total_seconds()
    ensure_own(tmp_path, ["b.test"], clock)
    assert (tmp_path / OWN).read_bytes() == first


@pytest.mark.parametrize(("names", "days"), [(["a.test"], 780), (["a.test", "c.test"], 0)])
def test_ensure_own_when_it_runs_out_or_lacks_a_name_then_it_is_new_with_the_same_key(
    tmp_path: Path, names: list[str], days: int
) -> None:
    clock = At()
    ensure_own(tmp_path, ["a.test"], clock)
    first = load(tmp_path / OWN)
    clock.seconds += timedelta(days=days).total_seconds()
    ensure_own(tmp_path, names, clock)
    second = load(tmp_path / OWN)
    assert second.chain[0] != first.chain[0]
    assert second.key.public_key() == first.key.public_key()
    assert second.names == set(names)


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _without_certificate(path: Path) -> None:
    path.write_bytes(path.read_bytes().partition(b"-----BEGIN CERT")[0])


def _other_key(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(key + b"-----BEGIN CERT" + path.read_bytes().partition(b"-----BEGIN CERT")[2])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_truncated, "must hold a private key"),
        (_without_certificate, "must hold a private key"),
        (_other_key, "do not belong together"),
        (Path.unlink, "cannot be read"),
    ],
)
def test_load_of_a_bad_file_says_which_and_why(tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    ensure_own(tmp_path, ["a.test"], At())
    spoil(tmp_path / OWN)
    with pytest.raises(CertificateError, match=words) as refused:
        load(tmp_path / OWN)
    assert str(tmp_path / OWN) in str(refused.value)


def test_read_all_gives_the_operators_default_before_the_own_one(tmp_path: Path) -> None:
    ensure_own(tmp_path, ["own.test"], At())
    assert certificates.read_all(tmp_path)[0].path.name == OWN
    (tmp_path / OWN).rename(tmp_path / certificates.DEFAULT)
    ensure_own(tmp_path, ["own.test"], At())
    default, named = certificates.read_all(tmp_path)
    assert (default.path.name, named) == (certificates.DEFAULT, [])


@pytest.mark.parametrize("name", ["a..test", "x" * 64 + ".test"])
def test_ensure_own_for_a_name_that_is_none_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(CertificateError, match="is no name of a host"):
        ensure_own(tmp_path, [name], At())


def test_ensure_own_for_a_name_in_another_script_holds_its_ascii_form(tmp_path: Path) -> None:
    ensure_own(tmp_path, ["exämple.test"], At())
    assert load(tmp_path / OWN).names == {"xn--exmple-cua.test"}
