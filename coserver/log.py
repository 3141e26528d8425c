"""Structured logs on the standard library: one event a line, key=value, never a secret.

Invariants: an event is one line whatever its values hold; fields whose name says that they are
secret are never written; the id of the connection that caused an event follows it through threads.
"""

import json
import logging
import re
import secrets
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

_connection: ContextVar[str] = ContextVar("connection", default="")
_PLAIN = re.compile(r"[!#-<>-\[\]-~]+\Z")  # printable ASCII without space, quote, equals sign and backslash
_SECRET = re.compile(r"pass(word|wd|phrase)|secret|token|verifier|credential|authorization|cookie", re.IGNORECASE)
_LONGEST = 1000  # characters of one value
_DAY = 86_400.0  # seconds


def event(log: logging.Logger, name: str, /, *, level: int = logging.INFO, **fields: object) -> None:
    """Write one event: `name` says which fact, `fields` what there is to know of it.

    A field that is None is left out. The same fact always has the same name.
    """
    if log.isEnabledFor(level):
        log.log(level, name, extra={"fields": fields}, stacklevel=2)


class Rarely:
    """Remembers what was said lately, for facts that rounds find again and again.

    A fact is said anew after a day, or when there is something else to say of it; the least lately said
    one is forgotten where there are too many.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._said: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def event(self, log: logging.Logger, name: str, /, *, about: object, now: float, **fields: object) -> None:
        """Write a warning as `event` does, unless it was said of the same thing; `now` is in seconds."""
        key, text = (name, str(about)), pairs(fields)
        with self._lock:
            before = self._said.get(key)
            if before is not None and before[0] == text and 0 <= now - before[1] < _DAY:
                return
            self._said[key] = (text, now)
            self._said.move_to_end(key)
            if len(self._said) > self._most:
                self._said.popitem(last=False)
        event(log, name, level=logging.WARNING, about=about, **fields)


def failure(log: logging.Logger, name: str, error: BaseException, /, **fields: object) -> str:
    """Write a fault of our own with its trace, and give the id under which it is found in the log."""
    identity = secrets.token_hex(4)
    trace = (type(error), error, error.__traceback__)
    log.error(name, extra={"fields": {"fault": identity, **fields}}, exc_info=trace, stacklevel=2)
    return identity


def begin_connection(edge: str) -> str:
    """Give the running context a fresh connection id, which every event of it then carries."""
    identity = f"{edge}-{secrets.token_hex(4)}"
    _connection.set(identity)
    return identity


def continue_connection(identity: str) -> None:
    """Carry on under the id of a connection begun elsewhere (each call of a reactor starts anew)."""
    _connection.set(identity)


class KeyValue(logging.Formatter):
    """Time, level, logger, event and fields on one line; a trace follows escaped, in `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for one record."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, object] = dict(getattr(record, "fields", {}))
        name = record.getMessage()
        if not hasattr(record, "fields"):  # a library speaks in sentences
            fields, name = {"text": name}, "message"
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        head = f"{moment[:-6]}Z {record.levelname.lower()} {record.name} {name}"
        return head + pairs({"connection": _connection.get() or None, **fields})


def pairs(fields: Mapping[str, object]) -> str:
    """` key=value` for every field that is not None; secrets are starred out."""
    return "".join(f" {key}={_value(key, value)}" for key, value in fields.items() if value is not None)


def _value(key: str, value: object) -> str:
    if _SECRET.search(key):
        return "***"
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    if key != "trace" and len(text) > _LONGEST:
        text = text[:_LONGEST] + "..."
    return text if _PLAIN.match(text) else json.dumps(text)


def start(level: str, stream: TextIO | None = None) -> None:
    """Send the events of the whole process to `stream` (standard error by default)."""
    outlet = logging.StreamHandler(stream or sys.stderr)
    outlet.setFormatter(KeyValue())
    root = logging.getLogger()
    for former in list(root.handlers):
        root.removeHandler(former)
    root.addHandler(outlet)
    root.setLevel(level.upper())
    for name in ("alembic", "asyncio", "mail.log", "wsgidav", "radicale", "twisted"):  # libraries: only what matters
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
