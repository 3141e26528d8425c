"""The WSGI application for calendars and contacts: Radicale's, with our storage and our writing methods.

Invariants: who asks was verified by the site before (`coserver.who` in the environment); no header is
trusted to say so; every error of the house becomes its status and condition, anything else is logged
with a number and answered as our fault.
"""

import gzip
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from radicale import config

from coserver.dav.radicale_app import refusals, request, scheduling, sharees, sharing
from coserver.dav.radicale_app.finding import SqlStorage
from coserver.dav.radicale_app.reading import Reading
from coserver.dav.radicale_app.request import Request
from coserver.dav.radicale_app.visit import Visit, Visits
from coserver.dav.radicale_app.writing import Writing
from coserver.log import failure
from coserver.model.errors import HouseError
from coserver.net.http.replies import Reply, fault, line, plain
from coserver.net.kit import Kit
from coserver.store.engine import Store

log = logging.getLogger(__name__)

# RFC 4918 18: no locks, so no class 2; RFC 4791 5.1, RFC 6352 6.1, RFC 5689 3.1
CLASSES = f"1, 3, calendar-access, addressbook, extended-mkcol, {sharees.CLASS}"
METHODS = (
    "OPTIONS", "GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "REPORT", "MKCOL", "MKCALENDAR", "COPY",
    "MOVE", "ACL",
)  # fmt: skip
_GZIP = re.compile(r"(?:^|[,\s])gzip\s*(?:,|$|;\s*q=(?!0(?:\.0*)?\s*(?:,|$)))", re.IGNORECASE)  # RFC 9110 12.5.3
_WORTH_PACKING = 1400  # bytes: below, one packet carries it anyway

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[Mapping[str, Any], StartResponse], Iterable[bytes]]


class CalendarApp(Reading):
    """Calendars and address books below one prefix of the URL.

    Args:
        store: where everything is.
        most_bytes: the largest object.
        most_xml: the largest XML body of a request.
    """

    def __init__(self, store: Store, *, most_bytes: int, most_xml: int) -> None:
        self.store = store
        self.most_bytes = most_bytes
        self.most_xml = most_xml
        self._visits = Visits(store.clock)
        super().__init__(_configuration(partial(SqlStorage, store=store, visits=self._visits)))
        self.sql_storage = SqlStorage(self.configuration, store, self._visits)
        writing = Writing(store, most_bytes=most_bytes, most_xml=most_xml)
        self._writing: Mapping[str, Callable[[Request], Reply]] = {
            "PUT": writing.put, "DELETE": writing.delete, "PROPPATCH": writing.proppatch, "MKCOL": writing.mkcol,
            "MKCALENDAR": writing.mkcalendar, "COPY": writing.copy, "MOVE": writing.move,
            "ACL": lambda request: sharing.share(self.store, request, self.most_xml),
        }  # fmt: skip
        self._reading: Mapping[str, Callable[[Request, Visit], Reply]] = {
            "PROPFIND": self.propfind, "REPORT": self.report, "GET": self.get, "HEAD": self.get,
            "POST": self.post,
        }  # fmt: skip

    def post(self, request: Request, visit: Visit) -> Reply:
        """A question to the scheduling outbox, when others are busy; or whom a calendar is to be shared with."""
        if sharees.is_asked(request):
            return sharees.post(self.store, request, self.most_xml)
        return scheduling.post(self.store, request, visit, lambda: scheduling.need_time_of(self._visits.late))

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        try:
            reply = self._answer(environ)
        except Exception as error:
            reply = fault(failure(log, "calendar request failed", error))
        body = reply.body
        headers = [*reply.headers, ("DAV", CLASSES)]
        packs = reply.status == 207 and len(body) > _WORTH_PACKING
        if packs and _GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        if reply.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        start_response(line(reply.status), headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: Mapping[str, Any]) -> Reply:
        try:
            asked = request.parse(environ)
        except HouseError as error:
            return refusals.refusal(error)
        try:
            return self._dispatched(asked)
        except HouseError as error:
            parent = f"{asked.prefix}{asked.path.rpartition('/')[0]}/"
            return refusals.refusal(
                error, contacts=asked.environ.get("CONTENT_TYPE", "").startswith("text/vcard"), parent=parent
            )

    def _dispatched(self, asked: Request) -> Reply:
        if asked.method in self._reading:
            visit = Visit(asked.visitor, asked.who.login)
            with self._visits.begin(visit):
                return self._reading[asked.method](asked, visit)
        if asked.method in self._writing:
            return self._writing[asked.method](asked)
        methods = [*METHODS, *(["POST"] if scheduling.is_outbox(asked) else [])]
        headers = (("Allow", ", ".join(methods)),)
        if asked.method == "OPTIONS":
            return Reply(200, headers)
        return plain(405, f"{asked.method[:20]} is not offered here.", headers=headers)


def make_calendar_app(kit: Kit) -> Application:
    """The WSGI callable for calendars and contacts; SCRIPT_NAME says below which prefix it stands.

    It expects the account, verified, in the environment: `coserver.who`.
    """
    return CalendarApp(kit.store, most_bytes=kit.config.dav.max_resource_bytes, most_xml=kit.config.dav.max_xml_bytes)


def _configuration(storage: Callable[[config.Configuration], SqlStorage]) -> config.Configuration:
    """Radicale's configuration, in memory: our storage, and nothing of its own that waits, serves or logs."""
    logging.getLogger("radicale").setLevel(logging.ERROR)  # it tells several lines a request
    configuration = config.load()
    configuration.update(
        {
            "storage": {"type": storage},
            "auth": {"type": "denyall", "delay": "0"},
            "rights": {"type": "owner_only"},
            "web": {"type": "none"},
            "hook": {"type": "none"},
            "sharing": {"type": "none"},
            "server": {"delay_on_error": "0"},
        },
        "coserver",
        privileged=True,
    )
    return configuration
