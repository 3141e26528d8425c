"""Search keys that only the session can read: sequence numbers, the saved result, \\Recent."""

from dataclasses import replace

from coserver.imap.session.state import View
from coserver.model.search import And, Key, Modified, Not, Numbers, Or, Recent, Saved, Uids


def resolved(key: Key, view: View) -> Key:
    """The same key with what the mail tool cannot know put as uids."""
    if isinstance(key, And | Or):
        return replace(key, keys=tuple(resolved(one, view) for one in key.keys))
    if isinstance(key, Not):
        return Not(resolved(key.key, view))
    if isinstance(key, Numbers):
        return Uids(tuple(view.by_number(key.ranges)))
    if isinstance(key, Uids | Saved):
        return Uids(tuple(view.by_uid(key.ranges if isinstance(key, Uids) else None)))
    if isinstance(key, Recent):
        recent = Uids(((view.opened.recent, None),))
        return recent if key.present else Not(recent)
    return key


def uses_modseq(key: Key) -> bool:
    """Whether MODSEQ stands anywhere in it: then the answer tells one too (RFC 7162 3.1.5)."""
    if isinstance(key, And | Or):
        return any(uses_modseq(one) for one in key.keys)
    if isinstance(key, Not):
        return uses_modseq(key.key)
    return isinstance(key, Modified)
