"""One message in the browser: read safely, kept, marked, moved, deleted.

Invariants: HTML of a message is shown in a frame of its own under a policy that runs and loads nothing, and was washed
before; what is attached is saved and never shown, whatever it says it is.
"""

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from coserver.mail import mailboxes, marks, messages, picking, reading, rows, sights
from coserver.mail.marks import Deed, Marking
from coserver.mail.rows import Column
from coserver.mail.sights import Sight
from coserver.mail.unpacking import Unpacked
from coserver.model.errors import Malformed, Missing
from coserver.model.ids import BlobId
from coserver.model.item import Flag
from coserver.model.space import Collection
from coserver.net.http.replies import Reply
from coserver.net.sending import Download, Watch
from coserver.store.blobs import Bytes
from coserver.store.tx import Tx
from coserver.web import rendering, washing
from coserver.web.pages.mail import called, look
from coserver.web.routes import Route
from coserver.web.visit import Visit

_COLUMNS = (Column.FLAGS, Column.SIZE, Column.STAMP, Column.BLOB, Column.PARTS)
_LINK = re.compile(r"(https?://[^\s<>\"'\x00-\x20]{1,2000}[^\s<>\"'.,;:!?)\]}])")
_MOST_LINKS = 200
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", _POLICY),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_AROUND = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light"><title>{title}</title>'
    "<style>body{{margin:0.5rem;font-family:sans-serif;overflow-wrap:anywhere;background:#fff;color:#111}}"
    "img{{max-width:100%}}</style></head><body>{body}</body></html>"
)
_DEEDS = {
    "seen": Marking(Deed.ADD, Flag.SEEN),
    "unseen": Marking(Deed.REMOVE, Flag.SEEN),
    "flag": Marking(Deed.ADD, Flag.FLAGGED),
    "unflag": Marking(Deed.REMOVE, Flag.FLAGGED),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A message with its bytes, which stay readable."""

    mailbox: Collection
    sight: Sight
    flags: Flag
    size: int
    stamp: int
    data: Bytes
    parts: bytes


def show(visit: Visit, mailbox: int, uid: int) -> Reply:
    """Read it; it is seen then."""
    me = visit.who.account
    with visit.house.store.read() as tx:
        found = opened(tx, visit, mailbox, uid)
        name, own = called(tx, found.mailbox), mailboxes.own(tx, me)
        (picked,) = picking.by_uids(tx, found.sight, ((uid, uid),))
    if not found.flags & Flag.SEEN:
        visit.house.store.write(lambda tx: _mark(tx, visit, mailbox, uid, _DEEDS["seen"]))
    told = reading.contents(found.data, found.parts)
    as_html = told.html is not None and (told.plain is None or visit.query.get("as") == "html")
    page = rendering.page(
        visit,
        "mail/message.html",
        at=found.mailbox,
        uid=uid,
        name=name,
        own=[each for each in own if each.collection.id != found.mailbox.id],
        heading=reading.heading(found.data),
        size_=found.size,
        stamp=found.stamp,
        flagged=bool(found.flags & Flag.FLAGGED),
        told=told,
        as_html=as_html,
        pieces=() if as_html or told.plain is None else _linked(told.plain.text),
        may=marks.changeable(found.sight, picked.kept),
        flags=Flag,
    )
    return rendering.framing(page)


def html(visit: Visit, mailbox: int, uid: int) -> Reply:
    """What it looks like, for the frame."""
    with visit.house.store.read() as tx:
        found = opened(tx, visit, mailbox, uid)
    told = reading.contents(found.data, found.parts)
    if told.html is None:
        raise Missing("It has no such part.")
    body = washing.clean(told.html.text, reading.pictures(found.data, found.parts))
    title = escape(reading.heading(found.data).subject)
    return Reply(200, _HEADERS, _AROUND.format(title=title, body=body).encode())


def load(visit: Visit, mailbox: int, uid: int, number: str) -> Download:
    """Something that is attached, to be kept."""
    with visit.house.store.read() as tx:
        found = opened(tx, visit, mailbox, uid)
    part = reading.attachment(found.data, found.parts, number)
    if part is None:
        raise Missing("There is no such part in the message.")
    attached, place = part
    body = Unpacked(found.data, place)
    reply = Reply(200, _kept(attached.name or f"part-{number}"))
    return Download(reply, body.size, body, (range(body.size),), watch=_watch(visit, mailbox, uid))


def whole(visit: Visit, mailbox: int, uid: int) -> Download:
    """All of it as it came, to be kept."""
    with visit.house.store.read() as tx:
        found = opened(tx, visit, mailbox, uid)
    reply, watch = Reply(200, _kept(f"message-{uid}.eml")), _watch(visit, mailbox, uid)
    return Download(reply, found.size, found.data, (range(found.size),), watch=watch)


def mark(visit: Visit, mailbox: int, uid: int) -> Reply:
    """Seen or not, with a star or without."""
    marking = _DEEDS.get(visit.typed("deed"))
    if marking is None:
        raise Malformed("Please choose what is to become of the message.")
    visit.house.store.write(lambda tx: _mark(tx, visit, mailbox, uid, marking))
    return rendering.redirect(f"/mail/{mailbox}" if visit.typed("deed") == "unseen" else f"/mail/{mailbox}/{uid}")


def move(visit: Visit, mailbox: int, uid: int) -> Reply:
    """To another mailbox."""
    typed = visit.typed("to")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        raise Malformed("Please choose a mailbox.")

    def job(tx: Tx) -> None:
        at, _ = look(tx, visit.who.account, mailbox)
        there, _ = look(tx, visit.who.account, int(typed))
        if not messages.move(tx, visit.who.account, at, ((uid, uid),), there):
            raise Missing("The message is not there any more.")

    visit.house.store.write(job)
    return rendering.redirect(f"/mail/{mailbox}?done=moved")


def remove(visit: Visit, mailbox: int, uid: int) -> Reply:
    """To the Trash; from there, and where there is none to be moved to, for good."""
    me = visit.who.account

    def job(tx: Tx) -> None:
        at, _ = look(tx, me, mailbox)
        trash = next((each.collection for each in mailboxes.own(tx, me) if each.collection.role == "\\Trash"), None)
        here = ((uid, uid),)
        if trash is not None and at.space == trash.space and at.id != trash.id and not sights.is_view(at):
            done: object = messages.move(tx, me, at, here, trash)
        else:
            marks.mark(tx, me, at, here, Marking(Deed.ADD, Flag.DELETED))
            done = messages.expunge(tx, me, at, here)
        if not done:
            raise Missing("The message is not there any more, or is not yours to delete.")

    visit.house.store.write(job)
    return rendering.redirect(f"/mail/{mailbox}?done=deleted")


def opened(tx: Tx, visit: Visit, mailbox: int, uid: int) -> Opened:
    """A message that the visitor may read; Missing if there is none, or none for him."""
    at, sight = look(tx, visit.who.account, mailbox)
    found = rows.rows(tx, sight, ((uid, uid),), _COLUMNS)
    if not found:
        raise Missing("There is no such message (any more).")
    (_, flags, size, stamp, blob, packed) = found[0]
    data = rows.bodies(tx, [blob]).get(BlobId(blob))
    if data is None:
        raise Missing("The message cannot be read: its bytes are lost.")
    return Opened(at, sight, Flag(flags), size, stamp, data, packed)


def _watch(visit: Visit, mailbox: int, uid: int) -> Watch:
    """It is sent as long as the visitor may read it (R17)."""
    return Watch(visit.house.store, lambda tx: opened(tx, visit, mailbox, uid))


def _mark(tx: Tx, visit: Visit, mailbox: int, uid: int, marking: Marking) -> None:
    at, _ = look(tx, visit.who.account, mailbox)
    if not marks.mark(tx, visit.who.account, at, ((uid, uid),), marking).items:
        raise Missing("There is no such message (any more).")


def _linked(text: str) -> list[tuple[str, bool]]:
    """Pieces of a text, and whether each is an address that can be followed."""
    pieces = _LINK.split(text, maxsplit=_MOST_LINKS)
    return [(piece, bool(number % 2)) for number, piece in enumerate(pieces) if piece]


def _kept(name: str) -> tuple[tuple[str, str], ...]:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"  # RFC 6266 4.3
    return (
        ("Content-Type", "application/octet-stream"),
        ("Content-Disposition", disposition),
        *rendering.HEADERS,
    )


_ONE = "/mail/<int:mailbox>/<int:uid>"
ROUTES = (
    Route("GET", _ONE, show),
    Route("GET", f"{_ONE}/html", html),
    Route("GET", f"{_ONE}/part/<number>", load),
    Route("GET", f"{_ONE}/whole", whole),
    Route("POST", f"{_ONE}/mark", mark, again=show),
    Route("POST", f"{_ONE}/move", move, again=show),
    Route("POST", f"{_ONE}/delete", remove, again=show),
)
