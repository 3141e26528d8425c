"""One transaction, read or write: the only thing through which rows are reached.

A write tx collects what it changed; the engine tells waiting sessions after the commit, never
before. Nothing is sent to a client while a tx is open.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, bindparam, update
from sqlalchemy.sql.base import Executable

from coserver.model.act import Actor
from coserver.model.change import Notice
from coserver.model.ids import CollectionId, Modseq, PrincipalId, SpaceId
from coserver.store.acting import HOUSE, Drafts
from coserver.store.files import Files
from coserver.store.schema import store as schema

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_STEP = (
    update(schema.space)
    .where(schema.space.c.id == bindparam("space"))
    .values(modseq=schema.space.c.modseq + 1)
    .returning(schema.space.c.modseq)
)
_STAMP = update(schema.collection).where(schema.collection.c.id == bindparam("which")).values(modseq=bindparam("step"))


class Tx:
    """A transaction. Everything read in it belongs to one moment.

    Args:
        connection: an open SQLAlchemy connection inside a transaction.
        files: where blobs too large for a row are kept.
        now: milliseconds since 1970 UTC, the one time of everything done here.
        writable: False for a snapshot.
        actor: who caused it.
    """

    def __init__(
        self, connection: Connection, files: Files, *, now: int, writable: bool, actor: Actor = HOUSE
    ) -> None:  # fmt: skip
        self._connection = connection
        self.files = files
        self.now = now
        self.writable = writable
        self.actor = actor
        self.acts = Drafts()
        self._steps: dict[SpaceId, Modseq] = {}
        self._touched: dict[SpaceId, set[CollectionId]] = {}
        self._principals: set[PrincipalId] = set()
        self._outgoing = False
        self._deeds: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []
        self._known: dict[tuple[int, tuple[object, ...]], Sequence[Row[*tuple[Any, ...]]]] = {}

    def execute(self, statement: Executable, parameters: Parameters = None) -> CursorResult[*tuple[Any, ...]]:
        """Run one SQLAlchemy Core statement; build it once at module level with bindparam."""
        return self._connection.execute(statement, parameters)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undo the rows that were written inside if it raises, and no others.

        What was noted beside rows (steps, acts, deeds) is not undone: for a tx that comes to nothing anyway.
        """
        with self._connection.begin_nested():
            yield

    def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of a statement that one request asks often with the same parameters.

        A snapshot never changes, so there it is run once; a write tx runs it each time. The statement is
        known by its identity: it has to stand at module level.
        """
        if self.writable:
            return self.execute(statement, parameters).all()
        key = (id(statement), tuple(parameters.values()))
        if key not in self._known:
            self._known[key] = self.execute(statement, parameters).all()
        return self._known[key]

    def step(self, space: SpaceId) -> Modseq:
        """Take the modseq of this tx in `space`: one step for the whole tx."""
        taken = self._steps.get(space)
        if taken is None:
            taken = Modseq(self.execute(_STEP, {"space": space}).scalar_one())
            self._steps[space] = taken
            self._touched.setdefault(space, set())
        return taken

    def note(self, collection: CollectionId, space: SpaceId) -> Modseq:
        """Take the step and name the collection in the notice; the caller stamps the row itself."""
        step = self.step(space)
        self._touched[space].add(collection)
        return step

    def stamp(self, collection: CollectionId, space: SpaceId) -> Modseq:
        """Take the step and stamp it on the collection's row."""
        step = self.note(collection, space)
        self.execute(_STAMP, {"which": collection, "step": step})
        return step

    def tell(self, principal: PrincipalId) -> None:
        """The rights, members, state or credentials of this principal changed: sessions look again."""
        self._principals.add(principal)

    def queued(self) -> None:
        """Mail was queued for elsewhere: who sends it looks at once."""
        self._outgoing = True

    @property
    def told(self) -> frozenset[PrincipalId]:
        """Who was told so far."""
        return frozenset(self._principals)

    def after_commit(self, deed: Callable[[], None]) -> None:
        """Do this once everything is durable; it must not fail and must be quick."""
        self._deeds.append(deed)

    def after_rollback(self, deed: Callable[[], None]) -> None:
        """Do this if the tx comes to nothing."""
        self._undo.append(deed)

    def committed(self) -> list[Notice]:
        """Run the deeds; return what to tell. For the engine."""
        for deed in self._deeds:
            deed()
        principals = frozenset(self._principals)
        notices = [
            Notice(space, self._steps[space], frozenset(collections), principals, self._outgoing)
            for space, collections in self._touched.items()
        ]
        if not notices and (principals or self._outgoing):
            notices.append(Notice(None, Modseq(0), frozenset(), principals, self._outgoing))
        return notices

    def rolled_back(self) -> None:
        """Undo what lies outside the database. For the engine."""
        for deed in reversed(self._undo):
            deed()
