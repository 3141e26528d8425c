"""The other end of `control`: a plain blocking caller, for the command line, which loads no Twisted.

Invariant: nobody to call is told apart from a call that fails, so that the command line knows
whether it may open the store itself.
"""

import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from coserver.model import errors
from coserver.model.errors import Busy, HouseError

SOCKET = "control.sock"  # in the data folder
Operate = Callable[[str, Mapping[str, Any]], Any]  # verb and arguments to its answer
_PATIENCE = 600  # seconds: checking a large store takes its time


class Call:
    """One connection to the process that serves a data folder."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def operate(self, verb: str, args: Mapping[str, Any]) -> Any:
        """What the verb answers there.

        Raises:
            HouseError: the refusal, of the kind and with the text it had there.
            Busy: the process went away meanwhile.
        """
        try:
            self._connection.sendall(json.dumps({"verb": verb, "args": args}).encode("ascii") + b"\n")
            line = self._lines.readline()
        except OSError as error:
            raise Busy("The server stopped answering; look at what was done before trying again.") from error
        if not line.endswith(b"\n"):
            raise Busy("The server went away; look at what was done before trying again.")
        told = json.loads(line)
        if "error" in told:
            raise _kind(told["error"]["kind"])(told["error"]["text"])
        return told["answer"]

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._connection.close()


def _kind(name: str) -> type[HouseError]:
    kind = getattr(errors, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, HouseError) else HouseError


def connect(folder: Path) -> Call | None:
    """A call to the process that serves `folder`; None when there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_PATIENCE)
    try:
        connection.connect(reachable(folder / SOCKET))
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        connection.close()
        return None
    except PermissionError as error:
        connection.close()
        raise errors.Unusable(f"The data folder {folder} is not yours. Run this as its owner or as root.") from error
    return Call(connection)


def reachable(path: Path) -> str:
    """A name for `path` that fits into a socket address (108 bytes), by way of an open folder if need be."""
    if len(os.fsencode(path)) < 100:
        return str(path)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)  # stays open with the socket
    return f"/proc/self/fd/{folder}/{path.name}"
