"""Access control lists (RFC 4314)."""

from coserver.imap.asks import AskAcl, AskGive, AskMyRights, AskPossible
from coserver.mail import acl, mailboxes
from coserver.model.principal import Who
from coserver.model.rights import PRESETS
from coserver.model.space import Collection
from coserver.store.tx import Tx


def listed(tx: Tx, who: Who, ask: AskAcl) -> list[tuple[str, str]]:
    """Who holds what."""
    return acl.listed(tx, who.account, _mailbox(tx, who, ask.mailbox))


def mine(tx: Tx, who: Who, ask: AskMyRights) -> str:
    """What the account holds itself."""
    return acl.mine(tx, who.account, _mailbox(tx, who, ask.mailbox))


def possible(tx: Tx, who: Who, ask: AskPossible) -> tuple[str, ...]:
    """What can be given."""
    found = acl.possible(tx, who.account, _mailbox(tx, who, ask.mailbox), ask.identifier)
    return found.always, *found.sets


def give(tx: Tx, who: Who, ask: AskGive) -> tuple[str, str]:
    """Give rights or take them."""
    mailbox = _mailbox(tx, who, ask.mailbox)
    preset = acl.set_(tx, who.account, mailbox, ask.identifier, change=ask.change)
    return str(preset), acl.letters(PRESETS[preset])


def _mailbox(tx: Tx, who: Who, name: str) -> Collection:
    return mailboxes.find(tx, who.account, name).collection
