"""The command line's way into a running house: a Unix socket in the data folder, JSON lines.

A line in is `{"verb": ..., "args": {...}}`, the line back `{"answer": ...}` or `{"error": {"kind":
..., "text": ...}}`. Invariants: the socket's mode is 0600 and the folder's 0700, so whoever may
read the store may speak here and nobody else; one verb at a time on a connection; verbs run on pool
threads, so that every cache and every waiting session of this process learns of what they do.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IListeningPort, IReactorUNIX
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from coserver.log import begin_connection, continue_connection, event, failure
from coserver.model.errors import HouseError, Malformed
from coserver.net.call import SOCKET, reachable

log = logging.getLogger(__name__)

LONGEST_LINE = 1 << 20  # bytes

Operate = Callable[[str, Mapping[str, Any]], Any]  # on a pool thread: verb and arguments to an answer as JSON


class Control(Factory):
    """Serves operators.

    Args:
        run: calls on a pool thread, as `Pool.run` does.
        operate: does what a verb says.
    """

    noisy = False

    def __init__(self, run: Callable[..., "Deferred[Any]"], operate: Operate) -> None:
        self.run = run
        self.operate = operate

    def buildProtocol(self, addr: IAddress | None) -> "Conversation":  # noqa: N802
        """One operator's connection."""
        return Conversation(self)


class Conversation(LineReceiver):
    """Verbs of one operator, one after the other."""

    delimiter = b"\n"
    MAX_LENGTH = LONGEST_LINE

    def __init__(self, control: Control) -> None:
        self._control = control
        self._connection = ""

    def connectionMade(self) -> None:  # noqa: N802
        """Begin a connection of the log."""
        self._connection = begin_connection("control")

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        """Do one verb, and read no further until it is answered."""
        continue_connection(self._connection)
        try:
            verb, args = _request(line)
        except Malformed as error:
            self._send(_told(error))
            return
        event(log, "verb", verb=verb)
        self.pauseProducing()
        done = self._control.run(self._control.operate, verb, args)
        done.addCallbacks(lambda answer: {"answer": answer}, _refused).addCallback(self._send)
        done.addCallback(self._go_on)

    def _go_on(self, _: None) -> None:
        self.resumeProducing()

    def _send(self, answer: Mapping[str, Any]) -> None:
        self.sendLine(json.dumps(answer).encode("ascii"))


def _request(line: bytes) -> tuple[str, Mapping[str, Any]]:
    try:
        told = json.loads(line)
        verb, args = told["verb"], told["args"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Malformed('A request is {"verb": ..., "args": {...}} on one line.') from error
    if not isinstance(verb, str) or not isinstance(args, dict):
        raise Malformed('A request is {"verb": ..., "args": {...}} on one line.')
    return verb, args


def _refused(failed: Failure) -> Mapping[str, Any]:
    if isinstance(failed.value, HouseError):
        return _told(failed.value)
    identity = failure(log, "verb-failed", failed.value or RuntimeError("no reason"))
    return {"error": {"kind": "Fault", "text": f"An error of coserver itself; its log has more under {identity}."}}


def _told(error: HouseError) -> Mapping[str, Any]:
    return {"error": {"kind": type(error).__name__, "text": error.text}}


def listen(reactor: IReactorUNIX, folder: Path, control: Control) -> IListeningPort:
    """Open the socket in a folder that this process holds; what an earlier process left is replaced.

    Raises:
        CannotListenError: the socket cannot be made.
    """
    path = folder / SOCKET
    path.unlink(missing_ok=True)
    former = os.umask(0o177)  # no moment with a wider mode
    try:
        return reactor.listenUNIX(reachable(path), control, mode=0o600, wantPID=False)
    finally:
        os.umask(former)
