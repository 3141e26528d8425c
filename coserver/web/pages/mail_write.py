"""Writing in the browser: a plain message, an answer, something passed on; sent as from any mail program."""

from dataclasses import dataclass
from functools import partial

from coserver.auth import standing
from coserver.auth.login import need_feature
from coserver.mail import addresses, composing, mailboxes, marks, messages, reading
from coserver.mail.addresses import Kind
from coserver.mail.composing import Before, Draft
from coserver.mail.marks import Deed, Marking
from coserver.mail.messages import NewMessage
from coserver.mail.prepared import prepare
from coserver.model.errors import HouseError, Malformed, Missing
from coserver.model.item import Flag
from coserver.model.plan import Feature
from coserver.model.principal import Who
from coserver.net.http.replies import Reply
from coserver.net.submission import Submission
from coserver.store.tx import Tx
from coserver.web import rendering, speech
from coserver.web.later import Later
from coserver.web.pages.mail import look
from coserver.web.pages.mail_message import Opened, opened
from coserver.web.routes import Route
from coserver.web.visit import Visit

MOST = 1_048_576  # bytes of the form
_ROLES = (Kind.PRIMARY, Kind.ALIAS, Kind.ROLE)


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that is answered or passed on, and by which of the three ways."""

    mailbox: int
    uid: int
    way: str


def show(visit: Visit) -> Reply:
    """The form: empty, as it was typed, or with what the answer to a message begins with."""
    answered = _answered(visit.form or visit.query)
    typed = {name: visit.typed(name) for name in ("to", "cc", "bcc", "subject", "text")}
    me = visit.who.account
    with visit.house.store.read() as tx:
        own = [str(each) for each in addresses.of(tx, me) if each.kind in _ROLES]
        found = None if answered is None else opened(tx, visit, answered.mailbox, answered.uid)
    if found is not None and answered is not None and not visit.form:
        typed |= _begun(visit, answered, found, own)
    return rendering.page(
        visit, "mail/write.html", typed=typed, own=own, chosen=visit.typed("sender"), answered=answered
    )  # fmt: skip


def send(visit: Visit) -> Later:
    """Send it; a copy goes to Sent."""
    answered, me = _answered(visit.form), visit.who.account
    draft = Draft(*(visit.typed(name) for name in ("to", "cc", "bcc", "subject", "text")))
    before = Before()
    with visit.house.store.read() as tx:
        found = standing.get(tx, me)
        if found is None:
            raise Missing("There is no such account any more.")
        need_feature(found.plan.features, Feature.SMTP)
        own = [str(each) for each in addresses.of(tx, me) if each.kind in _ROLES]
        if answered is not None:
            told = reading.thread(opened(tx, visit, answered.mailbox, answered.uid).data)
            before = Before() if answered.way == "forward" else Before(told.identity, told.references)
    sender = visit.typed("sender") or own[0]
    if sender not in own:
        raise Malformed("Please choose one of your addresses to write under.")
    made = composing.compose(
        draft,
        sender=(found.display_name, sender),
        before=before,
        now=visit.house.store.clock.now(),
        host=visit.house.config.server.name,
    )
    who = Who(me, found.login, Feature.SMTP, found.epoch)
    submission = Submission(who, visit.caller.peer, sender, made.recipients, made.data)
    return Later(visit, submission, partial(_sent, visit, made.data, answered))


def _sent(visit: Visit, data: bytes, answered: Answered | None) -> Reply:
    """It is sent: keep a copy, and mark what was answered."""
    me, store = visit.who.account, visit.house.store
    ready = prepare(store.stage(data))

    def keep(tx: Tx) -> None:
        box = next((each.collection for each in mailboxes.own(tx, me) if each.collection.role == "\\Sent"), None)
        if box is not None:
            messages.append(tx, me, box, [NewMessage(ready, flags=Flag.SEEN, stamp=tx.now)])

    try:
        store.write(keep)
        what = "sent"
    except HouseError:  # it is sent all the same, and must not be sent again
        what = "sent-only"
    if answered is not None and answered.way != "forward":
        _mark_answered(visit, answered)
    return rendering.redirect(f"/mail/write?done={what}")


def _mark_answered(visit: Visit, answered: Answered) -> None:
    def job(tx: Tx) -> None:
        at, _ = look(tx, visit.who.account, answered.mailbox)
        here = ((answered.uid, answered.uid),)
        marks.mark(tx, visit.who.account, at, here, Marking(Deed.ADD, Flag.ANSWERED))

    try:
        visit.house.store.write(job)
    except HouseError:
        return  # it is gone, or not his to mark


def _answered(fields: object) -> Answered | None:
    """Which message the form or the address names; Missing where that is none."""
    told = dict(fields) if isinstance(fields, dict) else {}
    way = next((name for name in ("reply", "all", "forward") if told.get(name)), "")
    if not way:
        return None
    mailbox, _, uid = str(told[way]).partition("/")
    if not all(each.isascii() and each.isdigit() and len(each) < 19 for each in (mailbox, uid)):
        raise Missing("There is no such message (any more).")
    return Answered(int(mailbox), int(uid), way)


def _begun(visit: Visit, answered: Answered, found: Opened, own: list[str]) -> dict[str, str]:
    head, told = reading.heading(found.data), reading.thread(found.data)
    body = reading.contents(found.data, found.parts).plain
    text = composing.quoted(
        "" if body is None else body.text, who=head.senders, when=speech.moment(found.stamp, visit.language)
    )
    if answered.way == "forward":
        return {"subject": _named("Fwd", head.subject), "text": text}
    begun = {"to": told.answer_to, "subject": _named("Re", head.subject), "text": text}
    if answered.way == "all":
        begun["cc"] = composing.others([head.to, head.cc], without=[*own, told.answer_to])
    return begun


def _named(sign: str, subject: str) -> str:
    return subject if subject.lower().startswith(f"{sign.lower()}:") else f"{sign}: {subject}"


ROUTES = (
    Route("GET", "/mail/write", show),
    Route("POST", "/mail/write", send, again=show, most=MOST),
)
