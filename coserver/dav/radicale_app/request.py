"""A request as WSGI hands it over, read with bounds.

Invariants: the path is UTF-8, decoded once; no header a proxy might have set is believed; no more of
a body is read than may be kept.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from coserver.dav import conditions, xml_limits
from coserver.dav.conditions import Conditions
from coserver.dav.targets import Elsewhere
from coserver.model.errors import Malformed, TooBig
from coserver.model.principal import Who
from coserver.pim.books import Visitor

_PIECE = 65_536
_USUAL_PORT = re.compile(r":(?:80|443|)\Z")
Environ = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    `prefix` is the part of the URL above the calendars, without a slash at its end; `path` what is
    below it, `parts` its segments.
    """

    environ: Environ
    method: str
    prefix: str
    path: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Login, book and name, as far as the path goes."""
        return tuple(part for part in self.path.split("/") if part)

    @property
    def who(self) -> Who:
        """Who logged in; the site has seen to it."""
        who: Who = self.environ["coserver.who"]
        return who

    @property
    def visitor(self) -> Visitor:
        """That account, and which of calendars and contacts its credential opens."""
        return Visitor(self.who.account, self.who.services) if self.who.services else Visitor(self.who.account)

    @property
    def depth(self) -> str:
        """The Depth header; 0 when there is none."""
        return self.header("Depth") or "0"

    def header(self, name: str) -> str | None:
        """The value of a header."""
        value: str | None = self.environ.get("HTTP_" + name.upper().replace("-", "_"))
        return value

    def conditions(self) -> Conditions:
        """If-Match and its kin.

        Raises:
            Malformed: one does not follow its grammar.
        """
        return conditions.parse(self.header)

    def body(self, most: int) -> bytes:
        """The whole body.

        Raises:
            TooBig: it has more than `most` bytes.
            Malformed: it ended early.
        """
        told = self.environ.get("CONTENT_LENGTH") or ""
        length = int(told) if told.isdigit() else None
        if length is not None and length > most:
            raise TooBig(f"The body of the request may have {most} bytes at most.")
        found = bytearray()
        while length is None or len(found) < length:
            wanted = _PIECE if length is None else min(_PIECE, length - len(found))
            piece = self.environ["wsgi.input"].read(wanted)
            if not piece:
                break
            found += piece
            if len(found) > most:
                raise TooBig(f"The body of the request may have {most} bytes at most.")
        if length is not None and len(found) < length:
            raise Malformed("The body of the request ended early.")
        return bytes(found)

    def xml(self, most: int) -> Element | None:
        """The XML in the body, or None.

        Raises:
            Malformed, TooBig.
        """
        return xml_limits.parse(self.body(most))

    def destination(self) -> tuple[str, ...]:
        """The segments of the Destination header (RFC 4918 10.3).

        Raises:
            Malformed: there is none, or it is no URL.
            Elsewhere: it leads to another server or outside the calendars.
        """
        header = self.header("Destination")
        if header is None:
            raise Malformed("The request needs a Destination header.")
        try:
            target = urlsplit(header.strip())
        except ValueError as error:
            raise Malformed("The Destination header is no URL.") from error
        host = self.environ.get("HTTP_HOST", "")
        if target.netloc and _bare(target.netloc) != _bare(host):
            raise Elsewhere("The destination is on another server.")
        path = sanitized(unquote(target.path))
        if not f"{path}/".startswith(f"{self.prefix}/"):
            raise Elsewhere("The destination is outside the calendars and address books.")
        return tuple(part for part in path[len(self.prefix) :].split("/") if part)


def parse(environ: Environ) -> Request:
    """The request of a WSGI environment.

    Raises:
        Malformed: the path is not UTF-8, or holds control characters.
    """
    try:
        prefix = environ.get("SCRIPT_NAME", "").encode("latin-1").decode("utf-8").rstrip("/")
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")  # PEP 3333: bytes as latin-1
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise Malformed("The path of the request is not UTF-8.") from error
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        raise Malformed("The path of the request holds control characters.")
    return Request(environ, environ["REQUEST_METHOD"].upper(), prefix, sanitized(path))


def sanitized(path: str) -> str:
    """A path from the root on without dots and empty segments; a slash at its end stays."""
    parts = [part for part in posixpath.normpath("/" + path).split("/") if part not in ("", ".", "..")]
    return "/" + "/".join(parts) + ("/" if parts and path.endswith("/") else "")


def _bare(authority: str) -> str:
    return _USUAL_PORT.sub("", authority.rpartition("@")[2].lower())
