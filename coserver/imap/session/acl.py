"""MYRIGHTS, GETACL, LISTRIGHTS, SETACL and DELETEACL (RFC 4314)."""

from collections.abc import Sequence

from coserver.imap import replies
from coserver.imap.asks import AskAcl, AskGive, AskMyRights, AskPossible, Send
from coserver.imap.commands.values import OneName, OnIdentifier
from coserver.imap.replies import Done
from coserver.imap.session.state import State, Talk


def tell_rights(state: State, command: OneName) -> Talk:
    """MYRIGHTS and GETACL."""
    if command.name == "MYRIGHTS":
        mine: str = yield AskMyRights(command.mailbox)
        yield Send(_line(state, b"MYRIGHTS", command.mailbox, [mine]))
    else:
        held: list[tuple[str, str]] = yield AskAcl(command.mailbox)
        yield Send(_line(state, b"ACL", command.mailbox, [text for pair in held for text in pair]))
    return Done(b"OK", f"{command.name} done")


def change_rights(state: State, command: OnIdentifier) -> Talk:
    """SETACL, DELETEACL and LISTRIGHTS; letters are rounded down to a preset, which is told."""
    if command.name == "LISTRIGHTS":
        sets: tuple[str, ...] = yield AskPossible(command.mailbox, command.identifier)
        yield Send(_line(state, b"LISTRIGHTS", command.mailbox, [command.identifier, *sets]))
        return Done(b"OK", "LISTRIGHTS done")
    preset, letters = yield AskGive(command.mailbox, command.identifier, command.change)
    given = f"'{preset}' ({letters})" if letters else "nothing by this mailbox alone"
    return Done(b"OK", f"{command.name} done: {command.identifier} is given {given}")


def _line(state: State, word: bytes, mailbox: str, texts: Sequence[str]) -> bytes:
    told = b"".join(b" " + replies.astring_or_quoted(text.encode("utf-8")) for text in texts)
    return b"* %b %b%b\r\n" % (word, replies.name(mailbox, utf8=state.rev2), told)
