"""Which call answers which ask, and on which thread: a snapshot, the writer, or both in turn."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from coserver.imap import asks
from coserver.imap.answers import acl, mailboxes, messages, quota
from coserver.model.principal import Who
from coserver.store.tx import Tx

Answer = Callable[[Tx, Who, Any], Any]

READING: Mapping[type[Any], Answer] = MappingProxyType(
    {
        asks.AskStanding: mailboxes.need_standing,
        asks.AskList: mailboxes.list_all,
        asks.AskFind: mailboxes.find,
        asks.AskQuota: quota.quota,
        asks.AskWarning: quota.warning,
        asks.AskAcl: acl.listed,
        asks.AskMyRights: acl.mine,
        asks.AskPossible: acl.possible,
        asks.AskSearch: messages.find,
        asks.AskPoll: mailboxes.poll,
    }
)
WRITING: Mapping[type[Any], Answer] = MappingProxyType(
    {
        asks.AskCreate: mailboxes.create,
        asks.AskRename: mailboxes.rename,
        asks.AskName: mailboxes.on_name,
        asks.AskGive: acl.give,
        asks.AskMark: messages.mark,
        asks.AskTransfer: messages.transfer,
        asks.AskExpunge: messages.expunge,
    }
)
