"""What tests of the pages of mail begin with."""

from typing import Any

from coserver.accounts import accounts
from coserver.mail import mailboxes, messages, rows, sights
from coserver.mail.messages import NewMessage
from coserver.mail.prepared import prepare
from coserver.mail.rows import Column
from coserver.model.item import Flag

NO_FLAGS = Flag(0)
PLAIN = b"From: Carol <carol@elsewhere.test>\r\nTo: alice@example.test\r\nSubject: Tea\r\n\r\nAt five?\r\n"


def kept(front: Any, login: str, data: bytes = PLAIN, name: str = "INBOX", flags: Flag = NO_FLAGS) -> tuple[int, int]:
    """Put a message into a mailbox; the number of that, and the uid."""
    made = prepare(front.store.stage(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))

    def job(tx: Any) -> tuple[int, int]:
        who = accounts.find(tx, login).id
        mailbox = mailboxes.find(tx, who, name).collection
        (item,) = messages.append(tx, who, mailbox, [NewMessage(made, flags=flags, stamp=tx.now)])
        return int(mailbox.id), int(item.uid or 0)

    return front.store.write(job)  # type: ignore[no-any-return]


def flags_of(front: Any, login: str, uid: int, name: str = "INBOX") -> Flag | None:
    """Those of a message as its owner's mail program sees them; None: it is not there."""
    with front.store.read() as tx:
        who = accounts.find(tx, login).id
        sight = sights.of(tx, who, mailboxes.find(tx, who, name).collection)
        found = rows.rows(tx, sight, ((uid, uid),), (Column.FLAGS,))
    return Flag(found[0][1]) if found else None
