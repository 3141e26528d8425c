"""LIST, LSUB, STATUS and NAMESPACE."""

from collections.abc import Iterator

from coserver.imap import replies
from coserver.imap.asks import AskFind, AskList, Counters, Listed, Mailboxes, Send
from coserver.imap.commands.values import List, Plain, Status
from coserver.imap.replies import Done
from coserver.imap.session.patterns import Pattern
from coserver.imap.session.state import State, Talk

_PREFIXES = ("Groups", "Shared")


def tell_list(state: State, command: List) -> Talk:
    """LIST and LSUB."""
    if command.patterns == ("",) and not command.extended:
        word = b"LSUB" if command.lsub else b"LIST"
        yield Send(replies.listing(word, [b"\\Noselect"], b'""'))  # RFC 9051 6.3.9: the separator
        return Done(b"OK", "LIST done")
    known: Mailboxes = yield AskList(counted=bool(command.status), lettered="MYRIGHTS" in command.give)
    lines = list((_Lsub if command.lsub else _List)(state, command, known).lines())
    if lines:
        yield Send(b"".join(lines))
    return Done(b"OK", "LSUB done" if command.lsub else "LIST done")


class _Asked:
    """What both share: the names there are and the patterns they must match."""

    def __init__(self, state: State, command: List, known: Mailboxes) -> None:
        self.state = state
        self.command = command
        self.patterns = [Pattern(command.reference + pattern) for pattern in command.patterns]
        self.there = {one.name: one for one in known.mailboxes}
        self.subscribed = known.subscribed
        self.prefixes = {parent for name in self.there for parent in _above(name) if parent not in self.there}

    def matches(self, name: str) -> bool:
        return any(pattern.matches(name) for pattern in self.patterns)

    def encoded(self, name: str) -> bytes:
        return replies.name(name, utf8=self.state.rev2)


class _List(_Asked):
    """LIST, extended or not."""

    def lines(self) -> Iterator[bytes]:
        for name in self._names():
            yield replies.listing(b"LIST", self._attributes(name), self.encoded(name), self._childinfo(name))
            counters = self.there[name].counters if name in self.there else None
            if counters is not None:
                yield replies.status(self.encoded(name), status_values(counters, self.command.status))
            if name in self.there and self.there[name].letters:  # RFC 8440 3
                yield b"* MYRIGHTS %b %b\r\n" % (self.encoded(name), self.there[name].letters.encode("ascii"))

    def _names(self) -> list[str]:
        names = [name for name in self._known() if self.matches(name)]
        select = self.command.select
        if "SPECIAL-USE" in select:
            names = [name for name in names if name in self.there and _role(self.there[name])]
        if "SUBSCRIBED" not in select:
            return names
        kept = [name for name in names if name in self.subscribed or self._childinfo(name)]
        return kept + sorted(name for name in self.subscribed if name not in self.there and self.matches(name))

    def _known(self) -> list[str]:
        """Every name there is, a prefix right before what lies below it."""
        names: dict[str, None] = {}
        for name in self.there:
            names.update(dict.fromkeys(parent for parent in _above(name) if parent in self.prefixes))
            names[name] = None
        return list(names)

    def _attributes(self, name: str) -> list[bytes]:
        told: list[bytes] = []
        there = self.there.get(name)
        if there is None:
            told += [b"\\NonExistent", b"\\Noselect"] if self.command.extended else [b"\\Noselect"]
        children = there.children if there is not None else name in self.prefixes
        told.append(b"\\HasChildren" if children else b"\\HasNoChildren")
        if there is not None and _role(there):
            told.append(_role(there).encode("ascii"))
        wanted = "SUBSCRIBED" in self.command.select or "SUBSCRIBED" in self.command.give
        if wanted and name in self.subscribed:
            told.append(b"\\Subscribed")
        return told

    def _childinfo(self, name: str) -> bytes:
        """CHILDINFO for parents of subscribed mailboxes that do not match themselves (RFC 5258 3.5)."""
        if "RECURSIVEMATCH" not in self.command.select:
            return b""
        below = (one for one in self.subscribed if one.startswith(f"{name}/") and not self.matches(one))
        return b' ("CHILDINFO" ("SUBSCRIBED"))' if any(below) else b""


class _Lsub(_Asked):
    """LSUB: subscribed names, and the parents that ``%`` stops at (RFC 3501 6.3.9)."""

    def lines(self) -> Iterator[bytes]:
        told: dict[str, list[bytes]] = {name: [] for name in sorted(self.subscribed) if self.matches(name)}
        for name in self.subscribed:
            parts = name.split("/")
            for depth in range(1, len(parts)):
                parent = "/".join(parts[:depth])
                if parent not in self.subscribed and name not in told and self.matches(parent):
                    told[parent] = [b"\\Noselect"]
        for name, attributes in sorted(told.items()):
            yield replies.listing(b"LSUB", attributes, self.encoded(name))


def _above(name: str) -> list[str]:
    """The parents of a mailbox that is not one's own; those of one's own are all there."""
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))] if parts[0] in _PREFIXES else []


def _role(mailbox: Listed) -> str:
    return mailbox.role if mailbox.role.startswith("\\") else ""


def tell_status(state: State, command: Status) -> Talk:
    """STATUS."""
    found: Listed = yield AskFind(command.mailbox)
    if found.counters is not None:
        values = status_values(found.counters, command.items)
        yield Send(replies.status(replies.name(found.name, utf8=state.rev2), values))
    if "HIGHESTMODSEQ" in command.items:
        state.enabled.add("CONDSTORE")  # RFC 7162 3.1
    return Done(b"OK", "STATUS done")


def status_values(counters: Counters, items: tuple[str, ...]) -> list[tuple[str, int]]:
    """The items asked for with their values."""
    values = {
        "MESSAGES": counters.messages,
        "RECENT": counters.recent,
        "UIDNEXT": counters.uidnext,
        "UIDVALIDITY": counters.uidvalidity,
        "UNSEEN": counters.unseen,
        "DELETED": counters.deleted,
        "SIZE": counters.size,
        "HIGHESTMODSEQ": max(1, counters.modseq),
    }
    return [(item, values[item]) for item in items]


def tell_namespace(_state: State, _: Plain) -> Talk:
    """NAMESPACE (RFC 2342 5): one's own mailboxes at the top, others' and those of groups below a prefix."""
    groups, shared = (b'(("%b/" "/"))' % prefix.encode("ascii") for prefix in _PREFIXES)
    yield Send(b'* NAMESPACE (("" "/")) %b %b\r\n' % (shared, groups))
    return Done(b"OK", "NAMESPACE done")
