"""One request as a value: what the answering code needs of it, without sockets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coserver.dav.targets import path_of
from coserver.model.principal import Who


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of an account.

    `target` is the request target as sent; `headers` have lower-case names, several of one name
    joined by a comma. `body` is whole and bounded; it stays empty for what is streamed.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    who: Who
    secure: bool = True
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header, or None."""
        return self.headers.get(name.lower())

    @property
    def path(self) -> str:
        """The path, still encoded, without query."""
        return path_of(self.target)

    @property
    def host(self) -> str:
        """The Host header."""
        return self.headers.get("host", "")
