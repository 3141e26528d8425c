"""The three ways in which the messages of a mailbox show themselves, as columns of SQL.

OWN: a mailbox of one's own space, the items as they are. FOREIGN: one of a group or shared by its
owner; \\Seen and, where it changed last, the modseq are those of the account that looks (S33). VIEW:
single messages that others shared; uid, flags and modseq are of the view.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, case, func, select

from coserver.model.item import Flag
from coserver.store import items
from coserver.store.schema.mail import message, seen_by
from coserver.store.views import shown_item

_item, _mailbox, _, _uid, _modseq, _flags, _keywords, _size, _stamp, _blob, _, _ = items.COLUMNS
_WITHOUT_SEEN = int(~Flag.SEEN)
_since: ColumnElement[int] = bindparam("since")


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """Where messages are read from, and as what.

    `here` holds for those of the mailbox ``which``, `changed` for those altered after ``since``;
    FOREIGN wants to know the ``account`` too.
    """

    item: ColumnElement[Any]
    uid: ColumnElement[Any]
    modseq: ColumnElement[Any]
    flags: ColumnElement[Any]
    keywords: ColumnElement[Any]
    size: ColumnElement[Any]
    stamp: ColumnElement[Any]
    blob: ColumnElement[Any]
    source: FromClause
    here: ColumnElement[bool]
    changed: ColumnElement[bool]

    @property
    def a_message(self) -> ColumnElement[bool]:
        """True of every message: says nothing new, but lets the index on uid serve."""
        return self.uid > 0

    def select(self, *columns: ColumnElement[Any], rendered: bool = False) -> Select[Any]:
        """Columns of the messages of a mailbox; `rendered`: with what the message table holds."""
        source = self.source.join(message, message.c.blob_id == self.blob) if rendered else self.source
        return select(*columns).select_from(source).where(self.here)


_which: ColumnElement[int] = bindparam("which")
OWN = Face(
    _item, _uid, _modseq, _flags, _keywords, _size, _stamp, _blob,
    source=_item.table, here=_mailbox == _which, changed=_modseq > _since,
)  # fmt: skip

_mine = and_(seen_by.c.item_id == _item, seen_by.c.account_id == bindparam("account"))
_changed_by_me = select(seen_by.c.item_id).where(
    seen_by.c.account_id == bindparam("account"), seen_by.c.collection_id == _which, seen_by.c.modseq > _since
)
_changed_by_all = select(_item).where(_mailbox == _which, _modseq > _since)
FOREIGN = Face(
    _item, _uid,
    case((seen_by.c.modseq > _modseq, seen_by.c.modseq), else_=_modseq),
    _flags.op("&")(_WITHOUT_SEEN).op("|")(func.coalesce(seen_by.c.seen, 0)),  # Flag.SEEN is 1
    _keywords, _size, _stamp, _blob,
    source=_item.table.outerjoin(seen_by, _mine),
    here=_mailbox == _which,
    changed=_item.in_(_changed_by_all.union(_changed_by_me)),  # each by its own index
)  # fmt: skip

_shown = shown_item.c
VIEW = Face(
    _shown.id, _shown.uid, _shown.modseq, _shown.flags, _shown.keywords, _shown.size, _shown.stamp, _shown.blob_id,
    source=shown_item, here=_shown.collection_id == _which, changed=_shown.modseq > _since,
)  # fmt: skip
