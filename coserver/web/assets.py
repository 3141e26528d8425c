"""What pages are drawn with: files of the package, read once, under addresses that change with what is in them.

Invariant: nothing outside the package is ever served, whatever a path says.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from coserver.model.errors import Missing
from coserver.net.http.replies import Reply

MOUNT = "/static/"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, what they are, and a digest of them."""

    data: bytes
    kind: str
    digest: str


def address(name: str) -> str:
    """Where a file is served."""
    return f"{MOUNT}{_all()[name].digest}/{name}"


def reply(path: str) -> Reply:
    """The file of a path.

    Raises:
        Missing: there is none, or its contents are others by now.
    """
    digest, _, name = path.removeprefix(MOUNT).partition("/")
    found = _all().get(name)
    if found is None or found.digest != digest:
        raise Missing("There is no such file.")
    kind = (("Content-Type", found.kind), ("X-Content-Type-Options", "nosniff"))
    return Reply(200, (*kind, ("Cache-Control", _FOR_EVER)), found.data)


@lru_cache(maxsize=1)
def _all() -> Mapping[str, Asset]:
    found = {}
    for folder in ("static", "static/kept"):
        for file in (resources.files("coserver.web") / folder).iterdir():
            ending = f".{file.name.rpartition('.')[2]}"
            if ending in _KINDS:
                data = file.read_bytes()
                found[file.name] = Asset(data, _KINDS[ending], hashlib.sha256(data).hexdigest()[:16])
    return found
