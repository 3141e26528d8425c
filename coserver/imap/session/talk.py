"""From a command to everything that is to be done for it: states, the deed, news, the tagged answer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from coserver.imap import replies
from coserver.imap.asks import Close, Send
from coserver.imap.commands.parse import parse, tag_of
from coserver.imap.commands.values import (
    Append,
    Authenticate,
    Create,
    Enable,
    Expunge,
    Fetch,
    Identify,
    List,
    Login,
    OneName,
    OnIdentifier,
    Plain,
    Rename,
    Search,
    Select,
    Status,
    Store,
    Transfer,
)  # fmt: skip
from coserver.imap.replies import Done
from coserver.imap.session import acl, entry, listing, mailboxes, messages
from coserver.imap.session.idle import idle
from coserver.imap.session.state import State, Talk, Words
from coserver.imap.session.sync import catch_up
from coserver.model.errors import HouseError, Malformed

_MOST_FAILURES = 20  # lines that are no commands, after which a client is put out

Deed = Callable[[State, Any], Talk]


def _nothing(_state: State, command: Plain) -> Talk:
    """NOOP and CHECK: the news are told with every command."""
    return Done(b"OK", f"{command.name} done")
    yield  # a deed is a generator, even when it wishes nothing


_PLAIN: Mapping[str, Deed] = MappingProxyType(
    {
        "CAPABILITY": entry.tell_capability,
        "NOOP": _nothing,
        "CHECK": _nothing,
        "LOGOUT": entry.logout,
        "STARTTLS": entry.start_tls,
        "CLOSE": mailboxes.close,
        "UNSELECT": mailboxes.close,
        "NAMESPACE": listing.tell_namespace,
        "IDLE": idle,
    }
)
_DEEDS: Mapping[type[Any], Deed] = MappingProxyType(
    {
        Login: entry.log_in,
        Authenticate: entry.authenticate,
        Enable: entry.enable,
        Identify: entry.identify,
        Select: mailboxes.select,
        Create: mailboxes.create,
        Rename: mailboxes.rename,
        OnIdentifier: acl.change_rights,
        List: listing.tell_list,
        Status: listing.tell_status,
        Append: messages.append,
        Fetch: messages.fetch,
        Store: messages.store,
        Transfer: messages.transfer,
        Expunge: messages.expunge,
        Search: messages.search,
    }
)
_ON_NAMES: Mapping[str, Deed] = MappingProxyType(
    {
        "GETQUOTAROOT": mailboxes.tell_quota,
        "GETQUOTA": mailboxes.tell_quota,
        "GETACL": acl.tell_rights,
        "MYRIGHTS": acl.tell_rights,
    }
)
_ANY_TIME = frozenset({"CAPABILITY", "NOOP", "LOGOUT", "ID"})
_BEFORE_LOGIN = frozenset({"LOGIN", "AUTHENTICATE", "STARTTLS"})
_OPEN = frozenset({"CHECK", "CLOSE", "UNSELECT", "FETCH", "STORE", "TRANSFER", "EXPUNGE", "SEARCH"})


def talk(state: State, raw: bytes) -> Words:
    """Everything that one command of a client leads to."""
    state.tag, state.verb = tag_of(raw), ""
    quiet = False
    try:
        command = parse(raw).command
        name = command.name if isinstance(command, Plain | OneName | OnIdentifier) else type(command).__name__.upper()
        state.verb = name
        _need_state(state, "ID" if name == "IDENTIFY" else name)
        done = yield from _deed(command)(state, command)
        state.failures = 0
        quiet = isinstance(command, Fetch | Store | Search) and not command.by_uid
        if not quiet and name not in {"IDLE", "LOGOUT"}:
            yield from catch_up(state)
    except HouseError as error:
        done = replies.refused(error)
        yield from _count_failure(state, done)
    if done.kind:
        yield Send(replies.tagged(state.tag, done))
    if done.text == "LOGOUT done":
        yield Close()


def _deed(command: object) -> Deed:
    if isinstance(command, Plain):
        return _PLAIN[command.name]
    if isinstance(command, OneName):
        return _ON_NAMES.get(command.name, mailboxes.on_name)
    return _DEEDS[type(command)]


def _need_state(state: State, name: str) -> None:
    """RFC 9051 3: which command belongs to which state."""
    if name in _ANY_TIME:
        return
    if name in _BEFORE_LOGIN:
        if state.who is not None:
            raise Malformed("You are logged in already.")
        return
    if state.who is None:
        raise Malformed("Log in first.")
    if name in _OPEN:
        state.need_view()


def _count_failure(state: State, done: Done) -> Words:
    """A client that sends no commands at all, an HTTP client say, is put out."""
    if done.kind != b"BAD":
        return
    state.failures += 1
    if state.failures >= _MOST_FAILURES:
        yield Send(replies.untagged(b"BYE", "Too many commands that are none."))
        yield Close()
