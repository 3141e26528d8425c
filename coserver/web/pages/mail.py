"""Mail in the browser: mailboxes, what is in them, searching; on the same services as mail programs use."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from coserver.groups import belonging
from coserver.mail import counts, mailboxes, reading, rows, search, sights
from coserver.mail.mailboxes import Mailbox
from coserver.mail.reading import Heading
from coserver.mail.rows import Column
from coserver.mail.sights import Sight
from coserver.model.errors import Missing
from coserver.model.ids import BlobId, CollectionId, PrincipalId
from coserver.model.item import Flag
from coserver.model.search import Text, Where
from coserver.model.space import Collection, Tool
from coserver.net.http.replies import Reply
from coserver.store import collections
from coserver.store.tx import Tx
from coserver.web import rendering, titles
from coserver.web.leaves import Leaf, fetched, leaf
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 25  # messages on a page
_GROUPS = 10  # groups on a page
_PATIENCE = 5.0  # seconds after which a search tells what it has found
_FOUND = 1000  # messages that a search tells at most
_COLUMNS = (Column.FLAGS, Column.SIZE, Column.STAMP, Column.BLOB)


@dataclass(frozen=True, slots=True)
class Line:
    """One message in a list."""

    uid: int
    heading: Heading
    seen: bool
    flagged: bool
    answered: bool
    size: int
    stamp: int


def look(tx: Tx, account: PrincipalId, number: int) -> tuple[Collection, Sight]:
    """A mailbox by its number, as somebody sees it; Missing if there is none, or none for him."""
    try:
        mailbox = collections.get(tx, CollectionId(number))
        if mailbox.tool is not Tool.MAIL:
            raise Missing("It is no mailbox.")
        return mailbox, sights.of(tx, account, mailbox)
    except Missing as error:
        raise Missing("There is no such mailbox (any more).") from error


def front(visit: Visit) -> Reply:
    """The INBOX."""
    with visit.house.store.read() as tx:
        return rendering.redirect(f"/mail/{mailboxes.inbox(tx, visit.who.account).id}")


def show(visit: Visit, mailbox: int) -> Reply:
    """The messages of a mailbox, the latest first; with `q` those that a search finds."""
    me, words = visit.who.account, visit.query.get("q", "").strip()[:200]
    with visit.house.store.read() as tx:
        at, sight = look(tx, me, mailbox)
        own = mailboxes.own(tx, me)
        cut = False
        if words:
            uids, cut = _searched(visit, tx, sight, words)
            part = leaf(visit, uids, most=_MOST)
            found = Leaf(_among(tx, sight, part.these), part.number, part.last, part.whole)
        else:
            found = _latest(visit, tx, sight)
        unseen = {one: each.unseen for one, each in counts.of(tx, me, own).items()}
        return rendering.page(
            visit,
            "mail/mailbox.html",
            at=at,
            name=called(tx, at),
            own=own,
            unseen=unseen,
            found=found,
            words=words,
            cut=cut,
        )


def others(visit: Visit) -> Reply:
    """The mailboxes of groups and those that others share."""
    me = visit.who.account
    with visit.house.store.read() as tx:
        groups = fetched(visit, lambda skip, most: belonging.of(tx, me, skip=skip, most=most), most=_GROUPS)
        there = list(chain.from_iterable(mailboxes.of_group(tx, me, each.group) for each in groups.these))
        there += mailboxes.shared(tx, me) if groups.number == groups.last else []
        counted = counts.of(tx, me, there)
        return rendering.page(visit, "mail/others.html", groups=groups, rows=_counted(there, counted))


def called(tx: Tx, mailbox: Collection) -> str:
    """The name of a mailbox as people read it."""
    return titles.of_collection(tx, mailbox).rpartition("/")[2] or titles.of_collection(tx, mailbox)


def _counted(
    there: Sequence[Mailbox], counted: dict[CollectionId, counts.Counts]
) -> list[tuple[Mailbox, counts.Counts]]:  # fmt: skip
    return [(each, counted.get(each.collection.id, counts.Counts())) for each in there]


def _latest(visit: Visit, tx: Tx, sight: Sight) -> Leaf[Line]:
    whole = len(rows.uids(tx, sight)) if sights.is_view(sight.collection) else None
    held = sight.collection.items - len(sight.withheld) if whole is None else whole

    def part(skip: int, most: int) -> tuple[list[Line], int]:
        return _lines(tx, rows.latest(tx, sight, _COLUMNS, skip=skip, most=most)), held

    return fetched(visit, part, most=_MOST)


def _among(tx: Tx, sight: Sight, uids: Sequence[int]) -> list[Line]:
    ranges = tuple((uid, uid) for uid in uids)
    return sorted(_lines(tx, rows.rows(tx, sight, ranges, _COLUMNS)), key=lambda one: -one.uid) if uids else []


def _lines(tx: Tx, found: Sequence[tuple[int, int, int, int, int]]) -> list[Line]:
    bodies = rows.bodies(tx, [row[4] for row in found])
    told = []
    for uid, flags, size, stamp, blob in found:
        data = bodies.get(BlobId(blob))
        heading = Heading("", "", "", "", "") if data is None else reading.heading(data)
        told.append(
            Line(
                uid,
                heading,
                seen=bool(flags & Flag.SEEN),
                flagged=bool(flags & Flag.FLAGGED),
                answered=bool(flags & Flag.ANSWERED),
                size=size,
                stamp=stamp,
            )
        )
    return told


def _searched(visit: Visit, tx: Tx, sight: Sight, words: str) -> tuple[list[int], bool]:
    """The uids that are found, the latest first, and whether there may be more."""
    clock = visit.house.store.clock
    until = clock.monotonic() + _PATIENCE
    uids: list[int] = []
    for some in search.search(tx, sight, Text(Where.TEXT, words)):
        uids += some
        if len(uids) > _FOUND or clock.monotonic() >= until:
            return uids[-_FOUND:][::-1], True
    return uids[::-1], False


ROUTES = (
    Route("GET", "/mail", front),
    Route("GET", "/mail/others", others),
    Route("GET", "/mail/<int:mailbox>", show),
)
