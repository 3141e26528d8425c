"""One certificate store, two TLS stacks: the same answer to every name, before and after a reload."""

import asyncio
import ssl
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography import x509
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock as Timers
from twisted.internet.testing import StringTransport

from coserver.clock import SystemClock
from coserver.net import certificates
from coserver.net.tls import CertificateStore

Served = Callable[[CertificateStore, "str | None"], "set[str]"]
T = TypeVar("T")


def put(folder: Path, name: str, *subjects: str) -> None:
    """A certificate for `subjects` in the file `name`.pem."""
    scratch = folder / "scratch"
    (scratch / certificates.OWN).unlink(missing_ok=True)
    certificates.ensure_own(scratch, subjects, SystemClock())
    (scratch / certificates.OWN).rename(folder / f"{name}.pem")


@pytest.fixture
def store(tmp_path: Path) -> CertificateStore:
    put(tmp_path, "a.test", "a.test")
    put(tmp_path, "b.test", "b.test", "*.b.test")
    return CertificateStore(tmp_path, ["own.test", "127.0.0.1"], SystemClock())


def _client() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _subjects(der: bytes | None) -> set[str]:
    assert der is not None
    names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(name.value) for name in names.value}


def by_asyncio(store: CertificateStore, name: str | None) -> set[str]:
    async def served() -> set[str]:
        server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=store.ssl_context())
        port = server.sockets[0].getsockname()[1]
        async with server:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=_client(), server_hostname=name or "")
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            writer.close()
            await writer.wait_closed()
        return _subjects(der)

    return asyncio.run(served())


class Conversation:
    """A client over memory with a Twisted server that echoes."""

    def __init__(self, store: CertificateStore, name: str | None, context: ssl.SSLContext | None = None) -> None:
        class Echo(Protocol):
            def dataReceived(self, data: bytes) -> None:  # noqa: N802
                assert self.transport is not None
                self.transport.write(data)

        self.timers = Timers()
        self.server = store.twisted_factory(Factory.forProtocol(Echo), self.timers).buildProtocol(None)
        assert self.server is not None
        self.wire = StringTransport()
        self.server.makeConnection(self.wire)
        self.inward, self.outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = (context or _client()).wrap_bio(self.inward, self.outward, server_hostname=name)
        self.turn(self.client.do_handshake)

    def turn(self, deed: Callable[[], T]) -> T:
        for _ in range(10):
            try:
                done = deed()
            except ssl.SSLWantReadError:
                self.pass_on()
            else:
                self.pass_on()
                return done
        raise AssertionError("the server does not answer")

    def pass_on(self) -> None:
        assert self.server is not None
        if self.outward.pending:
            self.server.dataReceived(self.outward.read())
        self.timers.advance(0)  # Twisted gathers small writes until its next turn
        self.inward.write(self.wire.value())
        self.wire.clear()


def by_twisted(store: CertificateStore, name: str | None) -> set[str]:
    return _subjects(Conversation(store, name).client.getpeercert(binary_form=True))


@pytest.mark.parametrize("served", [by_asyncio, by_twisted])
def test_each_name_is_served_its_certificate_before_and_after_a_reload(store: CertificateStore, served: Served) -> None:
    own = {"own.test", "127.0.0.1"}
    assert served(store, "a.test") == {"a.test"}
    assert served(store, "B.test") == {"b.test", "*.b.test"}
    assert served(store, "deep.b.test") == {"b.test", "*.b.test"}
    assert served(store, "unknown.test") == own
    assert served(store, None) == own
    put(store.folder, "a.test", "a.test", "new.test")
    put(store.folder, "default", "given.test")
    assert served(store, "a.test") == {"a.test"}
    assert store.reload()
    assert served(store, "a.test") == {"a.test", "new.test"}
    assert served(store, "new.test") == {"a.test", "new.test"}
    assert served(store, "unknown.test") == {"given.test"}
    assert served(store, None) == {"given.test"}
    assert store.path.name == "default.pem"


def test_a_connection_lives_on_when_certificates_are_read_again(store: CertificateStore) -> None:
    talk = Conversation(store, "a.test")
    talk.client.write(b"before")
    assert talk.turn(lambda: talk.client.read(100)) == b"before"
    put(store.folder, "a.test", "a.test", "new.test")
    assert store.reload()
    talk.client.write(b"after")
    assert talk.turn(lambda: talk.client.read(100)) == b"after"


def test_a_reload_with_a_bad_file_keeps_what_was(store: CertificateStore) -> None:
    (store.folder / "b.test.pem").write_text("not a certificate")
    assert not store.reload()
    assert by_twisted(store, "b.test") == {"b.test", "*.b.test"}


def test_a_start_with_a_bad_file_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.test.pem").write_text("not a certificate")
    with pytest.raises(certificates.CertificateError, match=r"x\.test\.pem: must hold a private key"):
        CertificateStore(tmp_path, ["own.test"], SystemClock())


@pytest.mark.parametrize("served", [by_asyncio, by_twisted])
def test_a_client_older_than_tls_1_2_is_refused(
    store: CertificateStore, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = _client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):  # that these versions are old is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    monkeypatch.setitem(globals(), "_client", lambda: context)
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        served(store, "a.test")
