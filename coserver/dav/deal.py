"""One request to the drive that changes something: what it asks, what it demands, what becomes of it.

Invariants: a PROPPATCH is gathered first and carried out once, in one tx (RFC 4918 9.2: all or
nothing); a job runs in a tx of its own.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar
from xml.etree.ElementTree import Element

from coserver.dav import demands, live, xml_limits
from coserver.dav.asked import Asked
from coserver.dav.conditions import seconds
from coserver.documents import files, locks
from coserver.documents.files import Description
from coserver.documents.locks import Reach, Scope, Wish
from coserver.documents.paths import Names
from coserver.documents.terms import Terms
from coserver.model.errors import Denied, Malformed
from coserver.store.engine import Store
from coserver.store.tx import Tx

T = TypeVar("T")

_WIN32 = "{urn:schemas-microsoft-com:}Win32"
_OURS = ("{DAV:}", live.HOUSE)
_DATED = ("{DAV:}getlastmodified", f"{_WIN32}LastModifiedTime")


class Protected(Denied):
    """A property that clients cannot change (RFC 4918 9.2.1)."""


class Deal:
    """The request, and what its parts leave for each other.

    `created` is set by the deed: the target of a copy or move is new. `changes`, `stamp` and `private` gather a
    PROPPATCH until it is carried out, once.
    """

    def __init__(self, store: Store, asked: Asked, names: Names) -> None:
        self.store = store
        self.asked = asked
        self.account = asked.who.account
        self.names = names
        self.root: Element | None = xml_limits.parse(asked.body) if asked.method in ("PROPPATCH", "LOCK") else None
        self.terms: Terms = demands.terms(asked, names)
        self.created = False
        self.changes: dict[str, str | None] = {}
        self.stamp: int | None = None
        self.private: bool | None = None
        self.described = False

    @property
    def withholding(self) -> bool:
        """Whether a PROPPATCH says that a file is private or not, and nothing else."""
        asked = self.root.iterfind("*/{DAV:}prop/*") if self.root is not None else ()
        return {one.tag for one in asked} == {live.PRIVATE}

    def may_describe(self) -> None:
        """Refuse a PROPPATCH as a whole before its parts are looked at."""
        job = partial(files.may_describe, account=self.account, names=self.names, terms=self.terms)
        self.read(partial(job, withholding=self.withholding))

    def read(self, job: Callable[[Tx], T]) -> T:
        """Do something in a snapshot."""
        with self.store.read() as tx:
            return job(tx)

    def write(self, job: Callable[[Tx], T]) -> T:
        """Do something for good."""
        return self.store.write(job)

    def plan(self, name: str, value: Element | None) -> None:
        """Note one change of a PROPPATCH.

        Raises:
            Protected: the property cannot be changed by clients.
        """
        if name in _DATED:
            moment = seconds(value.text if value is not None else None)
            if moment is not None:
                self.stamp = max(1, moment * 1000)
                return
        elif name.startswith(_WIN32):
            return  # told by Windows with every upload; the other three have no place here
        elif name == live.PRIVATE:
            self.private = self._private(value)
            return
        if name.startswith(_OURS) or name in _DATED:
            raise Protected(f"The property {name} cannot be changed.")
        self.changes.pop(name, None)
        self.changes[name] = None if value is None else xml_limits.written(value)

    def describe(self) -> None:
        """Carry out all of a PROPPATCH at once, the first time this is called (RFC 4918 9.2: all or nothing)."""
        if not self.described:
            description = Description(self.changes, self.stamp, self.private)
            job = partial(files.describe, account=self.account, names=self.names, description=description)
            self.write(partial(job, terms=self.terms))
            self.described = True

    def _private(self, value: Element | None) -> bool:
        text = "F" if value is None else (value.text or "").strip()
        if text not in ("T", "F"):
            raise Protected("Whether a file is private is said as T or F.")
        self.read(partial(files.may_withhold, account=self.account, names=self.names))
        return text == "T"

    def wish(self, *, scope: str, depth: str, time_limit: int | None) -> Wish:
        """The lock that the body asks for; `time_limit` in seconds, -1 for the longest, None for the usual.

        Raises:
            Malformed: the text about the owner is too long.
        """
        owner = self.root.find("{DAV:}owner") if self.root is not None else None
        text = "" if owner is None else xml_limits.written(owner)
        if len(text) > locks.LONGEST_OWNER:
            raise Malformed(f"The owner of a lock must not be longer than {locks.LONGEST_OWNER} characters.")
        wanted = locks.LONGEST_SECONDS if time_limit == -1 else time_limit  # -1: infinite
        return Wish(Scope(scope), Reach(depth), text, wanted)
