"""Blobs that are too large for a row: pack segments, single files and the spool of incoming bytes.

Everything here is below the transaction: bytes are written and made durable before the row that
names them is committed, so a crash can leave bytes without a row (swept at the next start) and
never a row without bytes. A reader holds an open file, so that what was removed or moved by a
compaction stays readable for it.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from coserver.model.errors import Busy, Missing

ROW_LIMIT = 32 * 1024  # up to here bytes live in a row
PACK_LIMIT = 8 * 1024 * 1024  # below here in a pack segment, from here in a file of their own
SEGMENT_LIMIT = 64 * 1024 * 1024  # a segment is closed when it is this long
_IN_MEMORY = 256 * 1024


@dataclass(frozen=True, slots=True)
class Staged:
    """Bytes with their sha256, not yet kept: in memory, or in a spool file that is already durable."""

    hash: bytes
    size: int
    data: bytes | None
    path: Path | None

    def read(self) -> bytes:
        """All of the bytes; for a spool file this reads it."""
        if self.data is not None:
            return self.data
        assert self.path is not None  # noqa: S101  (one of the two is always set)
        return self.path.read_bytes()

    def discard(self) -> None:
        """Remove the spool file; bytes already kept stay. Harmless to repeat."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class OpenFile:
    """A file that is closed when the last reader lets go of it."""

    __slots__ = ("descriptor",)

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`."""
        return os.pread(self.descriptor, length, offset)

    def __del__(self) -> None:
        """Close the descriptor, if it was ever opened."""
        descriptor = getattr(self, "descriptor", None)
        if descriptor is not None:
            os.close(descriptor)


class Incoming:
    """Bytes arriving in pieces: hashed as they come, in memory first, then in a spool file.

    Belongs to one conversation and is used by one thread at a time. End it with `finish` or
    `discard`.
    """

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._hash = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._path: Path | None = None
        self._descriptor = -1
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Take the next piece.

        Raises:
            Busy: the disk is full.
        """
        self._hash.update(chunk)
        self.size += len(chunk)
        if self._descriptor >= 0:
            self._append(chunk)
            return
        self._pieces.append(bytes(chunk))
        if self.size > _IN_MEMORY:
            self._path = self._spool / uuid4().hex
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            pieces, self._pieces = self._pieces, []
            self._append(b"".join(pieces))

    def _append(self, chunk: bytes) -> None:
        try:
            write_all(self._descriptor, chunk)
        except OSError as error:
            self.discard()
            raise disk_error(error) from error

    def finish(self) -> Staged:
        """The bytes, ready to be kept; a spool file is durable now."""
        if self._descriptor < 0:
            return Staged(self._hash.digest(), self.size, b"".join(self._pieces), None)
        try:
            if self.size >= PACK_LIMIT:  # smaller ones are copied into a segment, which is synced itself
                os.fsync(self._descriptor)
        except OSError as error:
            self.discard()
            raise disk_error(error) from error
        os.close(self._descriptor)
        self._descriptor = -1
        return Staged(self._hash.digest(), self.size, None, self._path)

    def discard(self) -> None:
        """Forget what came. Harmless to repeat."""
        self._pieces = []
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._path is not None:
            self._path.unlink(missing_ok=True)


class Files:
    """The blob folder of one store: `segments`, `files` and `incoming` below it.

    Only the writer appends; readers open files by number or name from any thread.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._segments = folder / "segments"
        self._files = folder / "files"
        self.spool = folder / "incoming"
        for part in (self._segments, self._files, self.spool):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._open: dict[int, OpenFile] = {}
        self._current: tuple[int, int] | None = None  # segment number, descriptor
        self._end = 0
        self._unsynced: set[int] = set()
        self._unsynced_folders: set[Path] = set()

    # ------------------------------------------------------------ segments

    @property
    def segment(self) -> int | None:
        """The number of the segment that has room, or None when a new one must be begun."""
        if self._current is None or self._end >= SEGMENT_LIMIT:
            return None
        return self._current[0]

    def begin_segment(self, number: int) -> None:
        """Make the segment file for a row that the running tx inserted."""
        self.close_segment()
        path = self._segment_path(number)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._current = (number, descriptor)
        self._end = 0
        self._unsynced_folders.add(self._segments)

    def close_segment(self) -> None:
        """Append to this segment no more."""
        if self._current is not None:
            self.sync()
            os.close(self._current[1])
            self._current = None

    def abandon_segment(self) -> None:
        """The tx that began the current segment came to nothing: no row names it."""
        if self._current is not None:
            number, descriptor = self._current
            self._current = None
            self._unsynced.discard(descriptor)
            os.close(descriptor)
            self.remove_segment(number)

    def append(self, data: bytes) -> int:
        """Append to the current segment; return the offset. Durable only after `sync`."""
        assert self._current is not None  # noqa: S101  (begin_segment came first)
        offset = self._end
        try:
            write_all(self._current[1], data)
        except OSError as error:
            os.ftruncate(self._current[1], offset)
            os.lseek(self._current[1], offset, os.SEEK_SET)
            raise disk_error(error) from error
        self._end += len(data)
        self._unsynced.add(self._current[1])
        return offset

    def read_segment(self, number: int) -> OpenFile:
        """The segment, opened for reading.

        Raises:
            Missing: it is gone (compacted since the row was read).
        """
        found = self._open.get(number)
        if found is None:
            found = _opened(self._segment_path(number))
            self._open[number] = found
        return found

    def segment_size(self, number: int) -> int:
        """Bytes in the file of a segment, 0 if there is none."""
        try:
            return self._segment_path(number).stat().st_size
        except FileNotFoundError:
            return 0

    def remove_segment(self, number: int) -> None:
        """Delete a segment that no row names any more."""
        self._open.pop(number, None)
        self._segment_path(number).unlink(missing_ok=True)

    def segments(self) -> Iterator[int]:
        """The numbers of all segment files."""
        for path in self._segments.iterdir():
            if path.suffix == ".pack" and path.stem.isdigit():
                yield int(path.stem)

    def _segment_path(self, number: int) -> Path:
        return self._segments / f"{number}.pack"

    # ------------------------------------------------------------ single files

    def adopt(self, name: str, source: Path) -> None:
        """Give durable bytes their final name; they stay under the old one too until it is removed."""
        target = self._file_path(name)
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            self._unsynced_folders.add(self._files)
        try:
            target.unlink(missing_ok=True)
            os.link(source, target)
        except OSError as error:
            raise disk_error(error) from error
        self._unsynced_folders.add(target.parent)

    def file_path(self, name: str) -> Path:
        """Where a single file is kept."""
        return self._file_path(name)

    def read_file(self, name: str) -> OpenFile:
        """A single file, opened for reading.

        Raises:
            Missing: it was removed since its row was read.
        """
        return _opened(self._file_path(name))

    def remove_file(self, name: str) -> None:
        """Delete a single file. Harmless to repeat."""
        self._file_path(name).unlink(missing_ok=True)

    def files(self) -> Iterator[str]:
        """The names of all single files."""
        for folder in self._files.iterdir():
            if folder.is_dir():
                yield from (path.name for path in folder.iterdir())

    def _file_path(self, name: str) -> Path:
        return self._files / name[:2] / name

    # ------------------------------------------------------------ durability

    def sync(self) -> None:
        """Make everything appended and named so far durable: before every commit.

        Raises:
            Busy: the disk refused.
        """
        try:
            while self._unsynced:
                os.fdatasync(self._unsynced.pop())
            while self._unsynced_folders:
                sync_folder(self._unsynced_folders.pop())
        except OSError as error:
            raise disk_error(error) from error

    def empty_spool(self) -> int:
        """Remove what conversations left that ended with the process; return how many."""
        left = list(self.spool.iterdir())
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def close(self) -> None:
        """Let go of everything."""
        self.close_segment()
        self._open.clear()


def stage(data: bytes) -> Staged:
    """Bytes in memory, hashed on the caller's thread."""
    return Staged(hashlib.sha256(data).digest(), len(data), data, None)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte or raise OSError: a file system may take less than it was given."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_error(error: OSError) -> Busy:
    """What to tell when the disk is full or refuses."""
    return Busy("The server's disk does not take more at the moment. Nothing was lost; try again later.", cause=error)


def _opened(path: Path) -> OpenFile:
    try:
        return OpenFile(path)
    except FileNotFoundError as error:
        raise Missing("It was removed a moment ago.", path=path.name) from error
