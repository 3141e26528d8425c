"""One store of certificates for both TLS stacks: the standard library's (asyncio) and pyOpenSSL (Twisted).

Invariants: both stacks serve the same certificate for the same name; a reload builds new contexts
and leaves those in use alone, so no connection is dropped; when one file is bad, all stays as it was;
nothing older than TLS 1.2 is spoken (RFC 8996).
"""

import logging
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IProtocolFactory, IReactorTime
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from coserver.clock import Clock
from coserver.log import event
from coserver.net import certificates
from coserver.net.certificates import Certificate

log = logging.getLogger(__name__)

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all sound (RFC 9325 4.2)


@dataclass(frozen=True, slots=True)
class _Contexts:
    asyncio: ssl.SSLContext
    twisted: SSL.Context


@dataclass(frozen=True, slots=True)
class _Table:
    default: _Contexts
    names: Mapping[str, _Contexts]

    def find(self, name: str | None) -> _Contexts:
        """For a name of the TLS greeting: itself, the wildcard above it, or the default (RFC 6066 3)."""
        if not name:
            return self.default
        asked = name.lower().rstrip(".")
        found = self.names.get(asked) or self.names.get("*." + asked.partition(".")[2])
        return found or self.default


class CertificateStore:
    """The certificates in force.

    Args:
        folder: where the PEM files are; a self-signed one is made there.
        names: what the self-signed one is for: names and addresses, the first is its title.
        clock: tells when to make it anew.

    Raises:
        CertificateError: a file cannot be used.
        OSError: the folder cannot be written to.
    """

    def __init__(self, folder: Path, names: Sequence[str], clock: Clock) -> None:
        self.folder = folder
        self._names = tuple(names)
        self._clock = clock
        self._table = self._read()
        self.connections = ServerConnections(self)
        self._greeting = _asyncio_context(None)
        self._greeting.sni_callback = self._choose

    @property
    def path(self) -> Path:
        """The file of the default certificate: what clients of a self-signed one are told to trust."""
        default = self.folder / certificates.DEFAULT
        return default if default.exists() else self.folder / certificates.OWN

    def ssl_context(self) -> ssl.SSLContext:
        """The context for asyncio servers and for STARTTLS there; good for the life of the process."""
        return self._greeting

    def twisted_factory(self, wrapped: IProtocolFactory, clock: IReactorTime | None = None) -> TLSMemoryBIOFactory:
        """A factory that speaks TLS from the first byte and hands the rest to `wrapped`.

        For STARTTLS give `connections` to `transport.startTLS`.
        """
        return TLSMemoryBIOFactory(self.connections, False, wrapped, clock)

    def reload(self) -> bool:
        """Read all files again; when one is bad, log it, keep what was, and give False."""
        try:
            self._table = self._read()
        except (certificates.CertificateError, OSError) as error:
            event(log, "certificates-kept", level=logging.ERROR, reason=str(error))
            return False
        event(log, "certificates-read", folder=self.folder, names=len(self._table.names))
        return True

    def twisted_context(self, name: str | None) -> SSL.Context:
        """The pyOpenSSL context for a name of the TLS greeting."""
        return self._table.find(name).twisted

    def _read(self) -> _Table:
        certificates.ensure_own(self.folder, self._names, self._clock)
        default, named = certificates.read_all(self.folder)
        made = [(one, self._contexts(one)) for one in named]
        names = {name: contexts for one, contexts in made for name in one.names}
        names |= {one.path.stem.lower(): contexts for one, contexts in made}  # the file's own name comes first
        return _Table(self._contexts(default), names)

    def _contexts(self, certificate: Certificate) -> _Contexts:
        return _Contexts(_asyncio_context(certificate), _twisted_context(certificate, self))

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = self._table.find(name).asyncio


def _asyncio_context(certificate: Certificate | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(_CIPHERS)
    if certificate is not None:
        context.load_cert_chain(certificate.path)
    return context


def _twisted_context(certificate: Certificate, store: CertificateStore) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_cipher_list(_CIPHERS.encode("ascii"))
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # thousands of idle sessions hold no buffers
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # tickets only
    context.use_privatekey(certificate.key)
    context.use_certificate(certificate.chain[0])
    for one in certificate.chain[1:]:
        context.add_extra_chain_cert(one)

    def choose(connection: SSL.Connection) -> None:
        name = connection.get_servername()
        connection.set_context(store.twisted_context(name.decode("ascii", "replace") if name else None))

    context.set_tlsext_servername_callback(choose)
    return context


@implementer(IOpenSSLServerConnectionCreator)
class ServerConnections:
    """Gives Twisted one pyOpenSSL connection after the other, each on the contexts in force then."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802, N803
        """The TLS side of one new connection."""
        return SSL.Connection(self._store.twisted_context(None), None)
