"""Digests that nobody can make who has the database alone: their key lies in a file beside it.

Invariants: the key is made once, at its first use, and never changes; it is durable before the first
digest under it is; its file is for the owner of the folder alone.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from coserver.model.errors import Unusable
from coserver.store.files import Files, disk_error, sync_folder, write_all
from coserver.store.tx import Tx

KEY = "key"  # in the folder of the blobs
_LENGTH = 32  # bytes


def digest(tx: Tx, text: str) -> bytes:
    """HMAC-SHA256 of a text under the store's own key (RFC 2104).

    Raises:
        Busy: the key is to be made and the disk is full.
        Unusable: its file is damaged.
    """
    return hmac.digest(_key(tx.files), text.encode(), hashlib.sha256)


def _key(files: Files) -> bytes:
    path = files.folder / KEY
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = _made(path, files.spool / uuid4().hex)
    if len(key) != _LENGTH:
        raise Unusable(f"{path} is damaged. Restore it from a backup.")
    return key


def _made(path: Path, fresh: Path) -> bytes:
    """Make the key in one step; who comes second takes that of the first."""
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, secrets.token_bytes(_LENGTH))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error) from error
    return path.read_bytes()
