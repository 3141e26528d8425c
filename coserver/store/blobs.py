"""Immutable bytes, kept once in a space and named by hash; counted, given up with the last name.

A blob of up to 32 KiB is a row, below 8 MiB it lies in a pack segment, from there it is a file of
its own. Equal bytes of two spaces are two blobs: what one account keeps never shows in another's.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from coserver.model.errors import Missing
from coserver.model.ids import BlobId, SpaceId
from coserver.store.files import PACK_LIMIT, ROW_LIMIT, OpenFile, Staged
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

ROW, PACK, FILE = "row", "pack", "file"
_AT_ONCE = 500  # blobs in one statement

_blob = schema.blob
_data = schema.blob_data
_segment = schema.segment
_FIND = select(_blob.c.id).where(
    _blob.c.space_id == bindparam("space"), _blob.c.hash == bindparam("hash"), _blob.c.size == bindparam("size")
)
_HOLD = update(_blob).where(_blob.c.id == bindparam("which")).values(refs=_blob.c.refs + bindparam("n"))
_LET_GO = update(_blob).where(_blob.c.id == bindparam("which")).values(refs=_blob.c.refs - bindparam("n"))
_NAMELESS = select(_blob.c.id, _blob.c.form, _blob.c.segment_id, _blob.c.size, _blob.c.hash, _blob.c.space_id).where(
    _blob.c.id.in_(bindparam("which", expanding=True)), _blob.c.refs <= 0
)
_INSERT = insert(_blob).returning(_blob.c.id)
_INSERT_DATA = insert(_data)
_DELETE = delete(_blob).where(_blob.c.id.in_(bindparam("which", expanding=True)))
_INSERT_SEGMENT = insert(_segment).values(live=0).returning(_segment.c.id)
_GROW = update(_segment).where(_segment.c.id == bindparam("which")).values(live=_segment.c.live + bindparam("n"))
_SHRINK = (
    update(_segment)
    .where(_segment.c.id == bindparam("which"))
    .values(live=_segment.c.live - bindparam("n"), dead_since=bindparam("now"))
)
_WHERE = (
    select(
        _blob.c.id, _blob.c.space_id, _blob.c.hash, _blob.c.size, _blob.c.form, _blob.c.segment_id, _blob.c.offset,
        _data.c.data,
    )
    .select_from(_blob.outerjoin(_data, _data.c.blob_id == _blob.c.id))
)  # fmt: skip
_SEGMENTS = select(_segment.c.id)
_FILES = select(_blob.c.hash, _blob.c.space_id).where(_blob.c.form == FILE)
_ONE = _WHERE.where(_blob.c.id == bindparam("which"))
_MANY = _WHERE.where(_blob.c.id.in_(bindparam("which", expanding=True)))


@dataclass(frozen=True, slots=True)
class Bytes:
    """The bytes of a blob, readable from any thread after the tx is closed."""

    size: int
    hash: bytes
    _data: bytes | None
    _file: OpenFile | None
    _start: int

    def read(self, offset: int = 0, length: int | None = None) -> bytes:
        """`length` bytes from `offset`, fewer at the end."""
        end = self.size if length is None else min(self.size, offset + length)
        if offset >= end:
            return b""
        if self._data is not None:
            return self._data[offset:end]
        assert self._file is not None  # noqa: S101  (one of the two is always set)
        return self._file.read(self._start + offset, end - offset)

    def sound(self) -> bool:
        """Whether the bytes still have the hash they were kept under."""
        digest = hashlib.sha256()
        position = 0
        while position < self.size:
            piece = self.read(position, 1 << 20)
            if not piece:
                return False
            digest.update(piece)
            position += len(piece)
        return digest.digest() == self.hash


def keep(tx: Tx, space: SpaceId, staged: Staged, *, times: int = 1) -> BlobId:
    """Keep bytes in a space, or count them `times` more where the space has them already.

    Raises:
        Busy: the disk is full.
    """
    key = {"space": space, "hash": staged.hash, "size": staged.size}
    found = tx.execute(_FIND, key).scalar()
    if found is not None:
        tx.execute(_HOLD, {"which": found, "n": times})
        return BlobId(found)
    row = {"space_id": space, "hash": staged.hash, "size": staged.size, "refs": times}
    if staged.size <= ROW_LIMIT:
        blob = tx.execute(_INSERT, {**row, "form": ROW}).scalar_one()
        tx.execute(_INSERT_DATA, {"blob_id": blob, "data": staged.read()})
    elif staged.size < PACK_LIMIT or staged.path is None:
        segment, offset = append(tx, staged.read())
        blob = tx.execute(_INSERT, {**row, "form": PACK, "segment_id": segment, "offset": offset}).scalar_one()
    else:
        name = file_name(staged.hash, space)
        tx.files.adopt(name, staged.path)
        tx.after_rollback(lambda: tx.files.remove_file(name))
        blob = tx.execute(_INSERT, {**row, "form": FILE}).scalar_one()
    if staged.path is not None:
        tx.after_commit(staged.discard)
    return BlobId(blob)


def append(tx: Tx, data: bytes) -> tuple[int, int]:
    """Append to the current segment, beginning a new one where needed: its number and the offset."""
    number = tx.files.segment
    if number is None:
        number = tx.execute(_INSERT_SEGMENT, {}).scalar_one()
        tx.files.begin_segment(number)
        tx.after_rollback(tx.files.abandon_segment)
    offset = tx.files.append(data)
    tx.execute(_GROW, {"which": number, "n": len(data)})
    return number, offset


def hold(tx: Tx, blobs: Mapping[BlobId, int]) -> None:
    """Count more names of blobs that are kept already."""
    if blobs:
        tx.execute(_HOLD, [{"which": blob, "n": n} for blob, n in blobs.items()])


def release(tx: Tx, blobs: Mapping[BlobId, int]) -> None:
    """Count names off; a blob without a name is gone with this tx, its bytes after the next compaction."""
    if not blobs:
        return
    tx.execute(_LET_GO, [{"which": blob, "n": n} for blob, n in blobs.items()])
    every = list(blobs)
    for start in range(0, len(every), _AT_ONCE):
        nameless = tx.execute(_NAMELESS, {"which": every[start : start + _AT_ONCE]}).all()
        if nameless:
            _drop(tx, nameless)


def _drop(tx: Tx, rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
    dead: Counter[int] = Counter()
    for row in rows:
        if row.form == PACK:
            dead[row.segment_id] += row.size
        elif row.form == FILE:
            _remove_file_after_commit(tx, file_name(row.hash, row.space_id))
    for segment, size in dead.items():
        tx.execute(_SHRINK, {"which": segment, "n": size, "now": tx.now})
    tx.execute(_DELETE, {"which": [row.id for row in rows]})


def _remove_file_after_commit(tx: Tx, name: str) -> None:
    tx.after_commit(lambda: tx.files.remove_file(name))


def adopt(tx: Tx, blob: BlobId, space: SpaceId) -> BlobId:
    """Keep the bytes of a blob in another space too; a large file is linked, not copied.

    Raises:
        Missing: there is no such blob any more.
    """
    return keep(tx, space, staged(tx, blob))


def staged(tx: Tx, blob: BlobId) -> Staged:
    """The bytes of a blob, ready to be kept once more: a large file where it lies, others read into memory.

    Raises:
        Missing: there is no such blob any more, or its bytes are not where they were.
    """
    row = tx.execute(_ONE, {"which": blob}).one_or_none()
    if row is None:
        raise Missing("It was removed a moment ago.", blob=blob)
    if row.form == FILE:
        path = tx.files.file_path(file_name(row.hash, row.space_id))
        if not path.is_file():
            raise Missing("It was removed a moment ago.", path=path.name)
        return _Linked(row.hash, row.size, None, path)
    return Staged(row.hash, row.size, _opened(tx, row).read(), None)


class _Linked(Staged):
    """The final file of another blob: it is linked and must never be discarded."""

    def discard(self) -> None:
        """Nothing: the file is somebody's own."""


def open_(tx: Tx, blob: BlobId) -> Bytes:
    """The bytes of a blob.

    Raises:
        Missing: there is no such blob any more.
    """
    row = tx.execute(_ONE, {"which": blob}).one_or_none()
    if row is None:
        raise Missing("It was removed a moment ago.", blob=blob)
    return _opened(tx, row)


def open_many(tx: Tx, blobs: Sequence[BlobId]) -> dict[BlobId, Bytes]:
    """The bytes of many blobs in one query; those that are gone are left out."""
    found: dict[BlobId, Bytes] = {}
    for start in range(0, len(blobs), _AT_ONCE):
        for row in tx.execute(_MANY, {"which": list(blobs[start : start + _AT_ONCE])}):
            found[BlobId(row.id)] = _opened(tx, row)
    return found


def load(tx: Tx, blobs: Sequence[BlobId]) -> dict[BlobId, bytes]:
    """The bytes of many blobs, read into memory: for items known to be small."""
    return {blob: opened.read() for blob, opened in open_many(tx, blobs).items()}


def _opened(tx: Tx, row: Row[*tuple[Any, ...]]) -> Bytes:
    if row.form == ROW:
        return Bytes(row.size, row.hash, row.data, None, 0)
    if row.form == PACK:
        return Bytes(row.size, row.hash, None, tx.files.read_segment(row.segment_id), row.offset)
    return Bytes(row.size, row.hash, None, tx.files.read_file(file_name(row.hash, row.space_id)), 0)


def sweep(tx: Tx) -> int:
    """Remove files that no row names, which a crash left between bytes and rows; return how many."""
    swept = tx.files.empty_spool()
    known = set(tx.execute(_SEGMENTS).scalars())
    for number in list(tx.files.segments()):
        if number not in known:
            tx.files.remove_segment(number)
            swept += 1
    named = {file_name(row.hash, row.space_id) for row in tx.execute(_FILES)}
    for name in list(tx.files.files()):
        if name not in named:
            tx.files.remove_file(name)
            swept += 1
    return swept


def file_name(digest: bytes, space: int) -> str:
    """The name of a blob that has a file of its own."""
    return f"{digest.hex()}-{space}"
