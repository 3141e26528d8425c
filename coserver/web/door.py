"""The door of the portal: which page a browser asks for, whether it may, and what is answered if not.

Invariants: what is posted comes from our own pages (by the origin that browsers name, and where there is a login
by a mark in the form), but for pages that say otherwise; a page that needs a login is made for nobody else; what
was typed into a form whose login is over is kept for the next one (R36); a password is taken over TLS only, or
from this machine where the configuration says so.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from coserver.accounts.house import House
from coserver.auth.cookies import Cookie, End, Presence
from coserver.clock import milliseconds
from coserver.model.errors import Busy, Denied, HouseError
from coserver.model.principal import Who
from coserver.net.http import replies
from coserver.net.http.bodies import Collected
from coserver.net.http.replies import Reply
from coserver.net.http.request import Door, Request, Sink
from coserver.net.kit import Kit
from coserver.net.limits import Pace, is_loopback
from coserver.net.pool import Pool
from coserver.net.sending import Download, send
from coserver.net.submission import Submit
from coserver.store import acting
from coserver.web import assets, forms, live, rendering, sid, speech
from coserver.web.index import PAGES
from coserver.web.later import Later
from coserver.web.live import Concern, Lives
from coserver.web.pages import leaving, refused
from coserver.web.routes import Files, For, Found, Route, Routes, WrongMethod
from coserver.web.uploads import Form, Uploads
from coserver.web.visit import Caller, Visit

_ASKS, _ASK_SECONDS = 30, 60.0  # of one address, for pages that send letters or open something by a code
_OURS = ("same-origin", "none")  # Sec-Fetch-Site of what a person started on our pages or by himself

Proof = Who | HouseError


class WebDoor(Door):
    """The pages of the portal: whatever no other door opens.

    Args:
        kit: the parts of the house that edges use.
        house: what pages ask.
        reactor: its time.
        submit: sends mail.
        outward: threads for pages that wait for servers of others.
    """

    name = "web"

    def __init__(self, kit: Kit, house: House, *, reactor: IReactorTime, submit: Submit, outward: Pool) -> None:
        self.kit = kit
        self._house = house
        self._submit = submit
        self._outward = outward
        self._routes = Routes(PAGES)
        self._presence = Presence(house.store)
        self._pace = Pace(_ASKS, _ASK_SECONDS, now=reactor.seconds)
        self._lives = Lives(kit, reactor, lambda sid: kit.pool.run(self._holds, sid))

    def opens(self, request: Request) -> bool:
        """It is the last one."""
        return True

    def admit(self, request: Request) -> "Deferred[Sink]":
        """Decide about a request whose headers are complete."""
        try:
            return self._let_in(request)
        except HouseError as error:
            return fail(error)

    def refusal(self, request: Request, error: HouseError) -> Reply:
        """An error as a page."""
        if isinstance(error, WrongMethod) and request.method == b"GET":
            return rendering.redirect(quote(self._routes.above(unquote(request.path.decode("latin-1"))), safe="/@"))
        if isinstance(error, WrongMethod):
            text = "This page cannot be asked so."
            return replies.plain(405, text, headers=(("Allow", error.text), *rendering.HEADERS))
        return refused.page(self._stranger(request), error)

    def fault(self, request: Request, identity: str) -> Reply:
        """Our fault as a page."""
        return refused.fault(self._stranger(request), identity)

    def logged(self, path: bytes) -> bytes:
        """A path without the codes of people in it."""
        return leaving.logged(path)

    # ------------------------------------------------------------ from request to page

    def _let_in(self, request: Request) -> "Deferred[Sink]":
        path = unquote(request.path.decode("latin-1"))
        if path.startswith(assets.MOUNT):
            reply = assets.reply(path)
            return succeed(Collected(request, 0, lambda _: request.answer(reply)))
        route, values = self._routes.find(request.method.decode("latin-1"), path)
        caller = _caller(request)
        if route.method == "POST" and not route.foreign:
            _need_own(request, caller)
        if route.paced and not self._pace.step(caller.peer):
            raise Busy("Too many requests from your address. Please try again in a minute.")
        if route.proves and not (caller.secure or self._trusts(caller)):
            raise Denied("Passwords are taken over TLS only. Please use https:// in the address of the server.")
        if route.files is not None:
            return self.kit.pool.run(self._inside, self._visit(request, caller)).addCallback(
                partial(self._taking, request, route, route.files, values)
            )
        return succeed(Collected(request, route.most, partial(self._whole, request, route, values, caller)))

    def _inside(self, visit: Visit) -> Visit:
        """Who sends files is asked before they come; on a thread."""
        known, _ = self._known(visit)
        if known.cookie is None:
            raise Denied("You are not logged in any more. Please log in, and send the files again.")
        return known

    def _taking(self, request: Request, route: Route, files: Files, values: Mapping[str, Any], visit: Visit) -> Sink:
        def end(seen: Visit) -> None:
            self._run(route, values, seen, None).addCallbacks(partial(self._send, request), request.fail)

        stream = forms.Stream(_header(request, b"Content-Type"))
        return Uploads(self.kit, request, visit, Form(stream, files, values, end, partial(self._look, visit)))

    def _whole(self, request: Request, route: Route, values: Mapping[str, Any], caller: Caller, body: bytes) -> None:
        """The form is complete."""
        form = forms.read(body, _header(request, b"Content-Type")) if route.method == "POST" else forms.Form()
        query = forms.pairs(request.uri.partition(b"?")[2])
        visit = replace(self._visit(request, caller), form=form.fields, files=form.files, query=query, body=body)
        if route.proves:
            login = self.kit.entry.login(visit.typed("login"), visit.typed("password"), service=None, peer=caller.peer)
            made = login.addErrback(_refused).addCallback(lambda proof: self._run(route, values, visit, proof))
        else:
            made = self._run(route, values, visit, None)
        made.addCallbacks(partial(self._send, request), request.fail).addErrback(request.fail)

    def _run(self, route: Route, values: Mapping[str, Any], visit: Visit, proof: Proof | None) -> "Deferred[Any]":
        pool = self._outward if route.outward else self.kit.pool
        made = pool.run(self._page, route, values, visit, proof)
        return made.addCallback(partial(self._finish, route, values))

    def _send(self, request: Request, found: Reply | Download | Concern) -> None:
        if isinstance(found, Concern):
            self._lives.open(request, found)
        else:
            send(self.kit.pool, request, found)

    def _finish(self, route: Route, values: Mapping[str, Any], found: Found) -> Any:
        """What is made later is made when its mail is sent."""
        if not isinstance(found, Later):
            return found
        sent = self._submit(found.submission)
        return sent.addCallbacks(
            lambda _: self.kit.pool.run(found.then),
            lambda reason: self.kit.pool.run(_refusal, route, values, found.visit, _refused(reason)),
        )

    def _page(self, route: Route, values: Mapping[str, Any], visit: Visit, proof: Proof | None) -> Found:
        """On a thread: the page, or the log-in before it."""
        visit, timed_out = self._known(visit)
        if visit.cookie is not None:
            if route.method == "POST" and route.open_to is For.LOGGED_IN:
                _need_mark(visit)
        elif visit.caller.by_itself:
            return refused.over()
        elif route.open_to is For.LOGGED_IN:
            return refused.log_in_first(visit, timed_out=timed_out)
        more = {"proof": proof} if route.proves else {}
        with acting.by(visit.actor):
            try:
                return route.page(visit, **values, **more)
            except HouseError as error:
                return _refusal(route, values, visit, error)

    def _known(self, visit: Visit) -> tuple[Visit, bool]:
        """The visit with the login that the browser has, and whether one was over for want of use."""
        found = self._look(visit)
        if not isinstance(found, Cookie):
            return visit, found is End.IDLE
        if found.half:
            return replace(visit, half=found), False
        return replace(visit, cookie=found, language=speech.chosen(found.language, visit.caller.languages)), False

    def _look(self, visit: Visit) -> Cookie | End:
        """The login of a browser; it is used now."""
        if not visit.caller.sid:
            return End.UNKNOWN
        with self._house.store.read() as tx:
            return self._presence.look(tx, visit.caller.sid, counts=not visit.caller.by_itself)

    def _holds(self, text: str) -> bool:
        """Whether a login is good, by what its browser keeps of it; no use of it."""
        with self._house.store.read() as tx:
            found = self._presence.look(tx, text, counts=False)
        return isinstance(found, Cookie) and not found.half

    # ------------------------------------------------------------ what a request says

    def _visit(self, request: Request, caller: Caller) -> Visit:
        return Visit(
            house=self._house,
            caller=caller,
            method=request.method.decode("latin-1"),
            path=request.path.decode("latin-1"),
            language=speech.chosen("", caller.languages),
            mark=sid.mark(caller.sid) if caller.sid else "",
            at=milliseconds(self.kit.clock),
        )

    def _stranger(self, request: Request) -> Visit:
        return self._visit(request, _caller(request))

    def _trusts(self, caller: Caller) -> bool:
        return self.kit.config.server.plaintext_on_loopback and is_loopback(caller.peer)


def _refusal(route: Route, values: Mapping[str, Any], visit: Visit, error: HouseError) -> Found:
    """The form once more with what is wrong; where there is none, or none for this visitor, a page that says it."""
    if route.again is not None:
        try:
            return route.again(visit.failed(error), **values)
        except HouseError as another:
            error = another
    return refused.page(visit, error)


def _header(request: Request, name: bytes) -> str:
    return str(request.requestHeaders.getRawHeaders(name, [b""])[0].decode("latin-1"))


def _caller(request: Request) -> Caller:
    return Caller(
        peer=request.peer,
        secure=request.secure,
        host=_header(request, b"Host"),
        browser=_header(request, b"User-Agent"),
        languages=_header(request, b"Accept-Language"),
        sid=sid.received(_header(request, b"Cookie")),
        by_itself=bool(_header(request, b"HX-Request")) or _header(request, b"Accept") == live.KIND,
        last=_header(request, b"Last-Event-ID"),
    )


def _need_own(request: Request, caller: Caller) -> None:
    """Denied for what another site had a browser post; browsers say where it came from."""
    site, origin = _header(request, b"Sec-Fetch-Site"), _header(request, b"Origin")
    if origin and urlsplit(origin).netloc.lower() == caller.host.lower() and site in ("", *_OURS):
        return
    if not origin and site in _OURS:
        return
    raise Denied("This was not sent from a page of this server. Please open the page here and try again.")


def _need_mark(visit: Visit) -> None:
    if not hmac.compare_digest(visit.typed("mark").encode("utf-8", "replace"), visit.mark.encode()):
        raise Denied("This form was not made for this login. Please open the page again.")


def _refused(reason: Failure) -> HouseError:
    """A login that was refused is what the page says; what broke is not."""
    error: object = reason.value
    if isinstance(error, HouseError):
        return error
    raise error if isinstance(error, BaseException) else RuntimeError("no error")
