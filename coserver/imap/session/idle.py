"""IDLE (RFC 2177): news as they come, until DONE."""

from coserver.imap.asks import Line, Send
from coserver.imap.commands.values import Plain
from coserver.imap.replies import Done
from coserver.imap.session.state import State, Talk
from coserver.imap.session.sync import catch_up


def idle(state: State, _: Plain) -> Talk:
    """Wait for DONE; what comes instead of it is no command and ends the waiting."""
    yield Send(b"+ idling\r\n")
    while True:
        while state.view is not None and state.view.stale:  # more may have come while the last were told
            yield from catch_up(state)
        line: bytes | None = yield Line(news=True)
        if line is None:
            continue
        if line.strip().upper() == b"DONE":
            return Done(b"OK", "IDLE done")
        return Done(b"BAD", "Expected DONE.")
