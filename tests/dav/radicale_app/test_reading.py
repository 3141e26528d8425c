"""Properties, queries, synchronisation and free-busy, as clients ask for them."""

import gzip
from typing import Any

import pytest

HOME = "/dav/alice%40example.test/"
CALENDAR = f"{HOME}calendar/"
DATA = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
ETAGS = "<D:prop><D:getetag/></D:prop>"


def event(uid: str, *lines: str, kind: str = "VEVENT") -> str:
    inside = "\r\n".join(lines)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:{kind}\r\nUID:{uid}\r\n"
        f"DTSTAMP:20260101T000000Z\r\n{inside}\r\nEND:{kind}\r\nEND:VCALENDAR\r\n"
    )


def days(start: str, end: str) -> str:
    return f'<C:time-range start="{start}T000000Z" end="{end}T000000Z"/>'


def query(inside: str, data: str = DATA, kind: str = "VEVENT") -> str:
    comp = f'<C:comp-filter name="{kind}">{inside}</C:comp-filter>'
    return f'{data}<C:filter><C:comp-filter name="VCALENDAR">{comp}</C:comp-filter></C:filter>'


def found(answer: Any) -> set[str]:
    """The names of the items in a multistatus."""
    return {href.rpartition("/")[2] for href in answer.responses}


@pytest.fixture
def filled(alice: Any) -> Any:
    """alice, with a few events."""
    for name, lines in {
        "once": ["DTSTART:20260310T100000Z", "DTEND:20260310T110000Z", "SUMMARY:Dentist"],
        "whole-day": ["DTSTART;VALUE=DATE:20260320", "SUMMARY:Holiday"],
        "daily": ["DTSTART:20260101T080000Z", "DURATION:PT15M", "RRULE:FREQ=DAILY", "SUMMARY:Standup"],
        "ended": ["DTSTART:20260101T120000Z", "DTEND:20260101T130000Z", "RRULE:FREQ=WEEKLY;COUNT=3"],
        "far": ["DTSTART:20280101T120000Z", "DTEND:20280101T130000Z", "TRANSP:TRANSPARENT"],
    }.items():
        assert alice.put(f"calendar/{name}.ics", event(name, *lines)).status == 201
    return alice


# ---------------------------------------------------------------- discovery and properties


def test_propfind_when_a_client_discovers_then_principal_homes_and_address_are_told(alice: Any) -> None:
    root = alice.propfind("/dav/", "D:current-user-principal", "D:resourcetype", "D:principal-URL")
    assert root.value("/dav/", "D:current-user-principal")[0].text == HOME
    assert root.value("/dav/", "D:principal-URL") is None
    names = ("C:calendar-home-set", "R:addressbook-home-set", "C:calendar-user-address-set", "D:principal-URL")
    home = alice.propfind("", *names, "D:displayname", "S:email-address-set")
    assert [home.value(HOME, name)[0].text for name in names] == [HOME, HOME, "mailto:alice@example.test", HOME]
    assert home.value(HOME, "D:displayname").text == "alice@example.test"
    assert home.value(HOME, "S:email-address-set")[0].text == "alice@example.test"


def test_propfind_when_the_home_is_listed_then_each_book_tells_its_kind(alice: Any) -> None:
    answer = alice.propfind("", "D:resourcetype", "C:supported-calendar-component-set", depth="1")
    kinds = {
        href.split("/")[-2]: {child.tag.rpartition("}")[2] for child in answer.value(href, "D:resourcetype")}
        for href in answer.responses
    }
    assert kinds["calendar"] == kinds["tasks"] == {"calendar", "collection"}
    assert kinds["contacts"] == {"addressbook", "collection"}
    assert kinds["alice%40example.test"] == {"principal", "collection"}
    assert answer.value(f"{HOME}tasks/", "C:supported-calendar-component-set")[0].get("name") == "VTODO"
    assert answer.value(f"{HOME}contacts/", "C:supported-calendar-component-set") is None


def test_propfind_when_in_a_group_then_its_books_are_in_the_members_own_home(estate: Any) -> None:
    alice, bob = estate.client("alice"), estate.client("bob")
    estate.group("team", alice, bob)
    answer = bob.propfind("", "D:displayname", "D:current-user-privilege-set", "D:owner", depth="1")
    titles = {answer.value(href, "D:displayname").text: href for href in answer.responses}
    assert {"Calendar", "Calendar (team)", "Tasks (team)", "Contacts", "Contacts (team)"} <= titles.keys()
    href = titles["Calendar (team)"]
    assert href.startswith("/dav/bob%40example.test/group-")
    privileges = {one[0].tag.rpartition("}")[2] for one in answer.value(href, "D:current-user-privilege-set")}
    assert privileges == {"read", "read-free-busy", "read-current-user-privilege-set"}
    own = {one[0].tag.rpartition("}")[2] for one in answer.value(titles["Calendar"], "D:current-user-privilege-set")}
    assert {"all", "write", "write-content", "write-properties", "bind", "unbind"} <= own
    assert len(answer.value(href, "D:owner")) == 0


def test_propfind_when_all_is_asked_for_then_quota_is_not_among_it_and_names_are(alice: Any) -> None:
    told = alice.ask("PROPFIND", "calendar/").text
    assert "getctag" in told
    assert "quota" not in told
    names = alice.tell("PROPFIND", "calendar/", "D:propfind", "<D:propname/>").text
    assert "quota-used-bytes" in names
    assert "supported-calendar-component-set" in names


def test_propfind_when_an_item_then_its_size_and_type_are_true(filled: Any) -> None:
    answer = filled.propfind(
        "calendar/once.ics", "D:getcontentlength", "D:getcontenttype", "D:resourcetype", "D:getetag"
    )
    href = f"{CALENDAR}once.ics"
    body = filled.ask("GET", "calendar/once.ics").body
    assert answer.value(href, "D:getcontentlength").text == str(len(body))
    assert "component=VEVENT" in answer.value(href, "D:getcontenttype").text
    assert len(answer.value(href, "D:resourcetype")) == 0


def test_propfind_when_unknown_properties_are_asked_for_then_404_in_the_multistatus(alice: Any) -> None:
    answer = alice.ask(
        "PROPFIND", "calendar/", '<propfind xmlns="DAV:"><prop><x xmlns="urn:y"/><getcontentlength/></prop></propfind>'
    )
    (status,) = answer.tree.iter("{DAV:}status")
    assert "404" in status.text


def test_options_when_asked_then_no_class_is_claimed_that_is_not_there(alice: Any) -> None:
    answer = alice.ask("OPTIONS", "calendar/")
    assert answer.headers["DAV"] == "1, 3, calendar-access, addressbook, extended-mkcol, calendarserver-sharing"
    for method in answer.headers["Allow"].split(", "):
        assert alice.ask(method, "nowhere/nothing").status != 405
    for method in ("LOCK", "UNLOCK", "POST", "SEARCH", "PATCH"):
        assert alice.ask(method, "calendar/").status == 405


def test_supported_reports_when_told_then_each_one_works(filled: Any) -> None:
    told = filled.propfind("calendar/", "D:supported-report-set").value(CALENDAR, "D:supported-report-set")
    names = {one[0][0].tag.rpartition("}")[2] for one in told}
    assert names == {"sync-collection", "calendar-multiget", "calendar-query", "free-busy-query"}


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "PROPPATCH", "MKCOL", "MKCALENDAR"])
@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"<a>" * 200_000, {413}),
        (b"<a>" + b"<b/>" * 100_000 + b"</a>", {413}),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', {400}),
        (b"<a", {400}),
        (b"\xff\xfe", {400}),
        (b"x" * 1_100_000, {413}),
        (b"<a/>", {400, 403, 415, 207}),
    ],
)
def test_xml_when_it_is_an_attack_then_refused_before_any_parser(
    alice: Any, method: str, body: bytes, statuses: set[int]
) -> None:
    assert alice.ask(method, "calendar/", body).status in statuses


def test_propfind_when_depth_is_infinite_then_refused(alice: Any) -> None:
    answer = alice.ask("PROPFIND", "", Depth="infinity")
    assert (answer.status, answer.condition()) == (403, "propfind-finite-depth")


@pytest.mark.parametrize(
    "path",
    ["/dav/bob@example.test/", "/dav/bob@example.test/calendar/", "nowhere/", "calendar/none.ics", "group-1/"],
)  # fmt: skip
def test_reading_when_nothing_may_be_seen_there_then_404(estate: Any, alice: Any, path: str) -> None:
    estate.client("bob")
    assert alice.propfind(path, "D:displayname").status == 404
    assert alice.ask("GET", path).status == 404
    assert alice.report(path, "C:calendar-query", query("")).status == 404


def test_path_when_it_is_no_utf8_then_400(alice: Any) -> None:
    assert alice.ask("GET", "/dav/alice%40example.test/calendar/%ff.ics").status == 400
    assert alice.ask("GET", "/dav/alice%40example.test/calendar/%00.ics").status == 400


# ---------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("inside", "names"),
    [
        ("", {"once.ics", "whole-day.ics", "daily.ics", "ended.ics", "far.ics"}),
        (days("20260301", "20260401"), {"once.ics", "whole-day.ics", "daily.ics"}),
        (days("20260310", "20260311"), {"once.ics", "daily.ics"}),
        (days("20251201", "20251231"), set()),
        (days("20260115", "20260116"), {"daily.ics", "ended.ics"}),
        ('<C:time-range start="20271231T000000Z"/>', {"daily.ics", "far.ics"}),
        ('<C:prop-filter name="SUMMARY"><C:text-match>dent</C:text-match></C:prop-filter>', {"once.ics"}),
        ('<C:prop-filter name="SUMMARY"><C:is-not-defined/></C:prop-filter>', {"ended.ics", "far.ics"}),
    ],
)
def test_query_when_filtered_then_exactly_what_matches(filled: Any, inside: str, names: set[str]) -> None:
    assert found(filled.report("calendar/", "C:calendar-query", query(inside))) == names
    assert found(filled.report("calendar/", "C:calendar-query", query(inside, ETAGS))) == names


def test_query_when_expanded_then_instances_in_the_range_alone(filled: Any) -> None:
    expand = '<C:expand start="20260310T000000Z" end="20260313T000000Z"/>'
    data = f"<D:prop><C:calendar-data>{expand}</C:calendar-data></D:prop>"
    answer = filled.report("calendar/", "C:calendar-query", query(days("20260310", "20260313"), data))
    texts = {href.rpartition("/")[2]: answer.value(href, "C:calendar-data").text for href in answer.responses}
    assert {name: text.count("BEGIN:VEVENT") for name, text in texts.items()} == {"daily.ics": 3, "once.ics": 1}
    assert "RRULE" not in texts["daily.ics"]


def test_query_when_the_filter_cannot_be_understood_then_valid_filter(filled: Any) -> None:
    for inside in ("<C:nonsense/>", '<C:time-range start="soon" end="later"/>'):
        answer = filled.report("calendar/", "C:calendar-query", query(inside))
        assert (answer.status, answer.condition()) == (403, "valid-filter")


def test_query_when_one_object_is_odd_then_the_others_are_still_found(filled: Any) -> None:
    """An object without its first entry made Radicale refuse every query of the calendar."""
    changed = event("odd", "RECURRENCE-ID:20260311T100000Z", "DTSTART:20260311T100000Z")
    again = changed.replace("20260311", "20260312").partition("BEGIN:VEVENT")[2].partition("END:VEVENT")[0]
    both = changed.replace("END:VCALENDAR", f"BEGIN:VEVENT{again}END:VEVENT\r\nEND:VCALENDAR")
    assert filled.put("calendar/odd.ics", both).status == 201
    inside = query(days("20260310", "20260313"))
    assert found(filled.report("calendar/", "C:calendar-query", inside)) == {"odd.ics", "once.ics", "daily.ics"}
    busy = filled.report("calendar/", "C:free-busy-query", days("20260310", "20260313"))
    assert busy.status == 200


def test_query_when_it_takes_too_long_then_it_ends_and_says_so(
    estate: Any, filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries that recur daily for a century could keep a thread busy for hours."""
    inside = query('<C:prop-filter name="SUMMARY"><C:text-match>x</C:text-match></C:prop-filter>')
    assert filled.report("calendar/", "C:calendar-query", inside).status == 207
    ticks = iter(range(0, 1000, 20))
    monkeypatch.setattr(estate.clock, "monotonic", lambda: float(next(ticks)))
    answer = filled.report("calendar/", "C:calendar-query", inside)
    assert (answer.status, answer.condition()) == (403, "number-of-matches-within-limits")


def test_multiget_when_some_are_missing_then_404_for_those(filled: Any) -> None:
    hrefs = "".join(f"<D:href>{CALENDAR}{name}.ics</D:href>" for name in ("once", "none"))
    answer = filled.report("calendar/", "C:calendar-multiget", DATA + hrefs + "<D:href>/elsewhere/x</D:href>")
    assert answer.responses[f"{CALENDAR}none.ics"].findtext("{DAV:}status") == "HTTP/1.1 404 Not Found"
    assert "Dentist" in answer.value(f"{CALENDAR}once.ics", "C:calendar-data").text


def test_multiget_when_controls_are_in_a_text_then_the_xml_is_still_xml(alice: Any) -> None:
    body = event("odd", "DTSTART:20260310T100000Z", "SUMMARY:a\x0bb\x00c\ufffed")
    assert alice.put("calendar/odd.ics", body).status == 201
    assert alice.ask("GET", "calendar/odd.ics").text == body
    answer = alice.report("calendar/", "C:calendar-query", query(""))
    assert "SUMMARY:abcd" in answer.value(f"{CALENDAR}odd.ics", "C:calendar-data").text


def test_free_busy_when_asked_then_opaque_times_alone(filled: Any) -> None:
    answer = filled.report("calendar/", "C:free-busy-query", days("20260310", "20260311"))
    assert answer.status == 200
    assert "FREEBUSY;FBTYPE=BUSY:20260310T080000Z/20260310T081500Z" in answer.text
    assert "20260310T100000Z/20260310T110000Z" in answer.text
    assert "Dentist" not in answer.text
    assert filled.report("calendar/", "C:free-busy-query", "").status == 400
    assert (
        filled.report("contacts/", "C:free-busy-query", days("20260310", "20260311")).condition() == "supported-report"
    )


@pytest.mark.parametrize(
    ("path", "report"),
    [
        ("calendar/", "D:version-tree"), ("calendar/", "D:acl-principal-prop-set"), ("calendar/", "I:anything"),
        ("calendar/", "R:addressbook-query"), ("contacts/", "C:calendar-query"), ("", "C:calendar-query"),
        ("", "D:sync-collection"), ("calendar/once.ics", "D:version-tree"),
    ],
)  # fmt: skip
def test_report_when_it_is_not_offered_there_then_says_so(filled: Any, path: str, report: str) -> None:
    """RFC 3253 3.6: an empty multistatus said that there was nothing."""
    answer = filled.report(path, report, "<D:prop><D:getetag/></D:prop>")
    assert (answer.status, answer.condition()) == (403, "supported-report")


@pytest.mark.parametrize("report", ["expand-property", "principal-property-search", "principal-search-property-set"])
def test_report_when_calendar_programs_search_for_people_then_nothing_is_found(filled: Any, report: str) -> None:
    """Some give up on a refusal, though these are not among the reports that are offered."""
    assert (filled.report("", f"D:{report}", "").status, filled.report("", f"D:{report}", "").responses) == (207, {})


def test_get_when_a_whole_calendar_then_every_event_is_in_it(filled: Any) -> None:
    answer = filled.ask("GET", "calendar/")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.text.count("BEGIN:VEVENT") == 5
    assert answer.text.count("BEGIN:VCALENDAR") == 1


def test_answers_when_long_and_gzip_is_understood_then_packed(filled: Any) -> None:
    plain = filled.ask("PROPFIND", "", Depth="1")
    packed = filled.ask("PROPFIND", "", Depth="1", Accept_Encoding="gzip, deflate")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    for refused in ("", "br", "gzip;q=0", "gzip; q=0.0, br", "notgzip"):
        assert "Content-Encoding" not in filled.ask("PROPFIND", "", Depth="1", Accept_Encoding=refused).headers
    for taken in ("gzip", "br, gzip;q=0.5", "GZIP"):
        assert "Content-Encoding" in filled.ask("PROPFIND", "", Depth="1", Accept_Encoding=taken).headers


# ---------------------------------------------------------------- synchronisation


class Follower:
    """A client that follows a calendar by sync-collection alone."""

    def __init__(self, client: Any, limit: int | None = None) -> None:
        self.client = client
        self.token = ""
        self.known: dict[str, str] = {}
        self.limit = "" if limit is None else f"<D:limit><D:nresults>{limit}</D:nresults></D:limit>"

    def step(self) -> bool:
        """One report; whether there is more."""
        inside = f"<D:sync-token>{self.token}</D:sync-token><D:sync-level>1</D:sync-level>{self.limit}{ETAGS}"
        answer = self.client.report("calendar/", "D:sync-collection", inside)
        more = False
        for href, response in answer.responses.items():
            status = response.findtext("{DAV:}status") or ""
            name = href.rpartition("/")[2]
            if "507" in status:
                assert (href, response.find("{DAV:}error")[0].tag) == (
                    CALENDAR,
                    "{DAV:}number-of-matches-within-limits",
                )
                more = True
            elif "404" in status:
                self.known.pop(name, None)
            else:
                self.known[name] = answer.value(href, "D:getetag").text
        self.token = answer.tree.findtext("{DAV:}sync-token")
        return more

    def truth(self) -> dict[str, str]:
        answer = self.client.propfind("calendar/", "D:getetag", depth="1")
        return {
            href.rpartition("/")[2]: answer.value(href, "D:getetag").text
            for href in answer.responses
            if not href.endswith("/")
        }


@pytest.mark.parametrize("limit", [None, 1, 2, 3])
def test_sync_when_things_are_added_changed_and_removed_then_followers_agree(filled: Any, limit: int | None) -> None:
    follower = Follower(filled, limit)
    steps = 0
    while follower.step():
        steps += 1
        if steps == 2:
            filled.ask("DELETE", "calendar/once.ics")
            filled.put("calendar/new.ics", event("new", "DTSTART:20260401T000000Z"))
    assert follower.known == follower.truth()
    filled.put("calendar/new.ics", event("new", "DTSTART:20260401T010000Z"))
    filled.ask("DELETE", "calendar/daily.ics")
    filled.ask("MOVE", "calendar/far.ics", Destination=f"{filled.home}calendar/further.ics")
    while follower.step():
        pass
    assert follower.known == follower.truth()
    before = follower.token
    assert not follower.step()
    assert follower.token == before


def test_sync_when_a_name_is_removed_and_taken_again_then_it_is_there(filled: Any) -> None:
    follower = Follower(filled)
    follower.step()
    filled.ask("DELETE", "calendar/once.ics")
    filled.put("calendar/once.ics", event("other", "DTSTART:20260401T010000Z"))
    follower.step()
    assert follower.known == follower.truth()


@pytest.mark.parametrize(
    "token",
    ["urn:coserver:sync:1:1", "urn:coserver:sync:11:999999", "http://example.test/1", "x", "urn:coserver:sync:11:0:5"],
)  # fmt: skip
def test_sync_when_the_token_was_not_given_out_then_valid_sync_token(alice: Any, token: str) -> None:
    answer = alice.report("calendar/", "D:sync-collection", f"<D:sync-token>{token}</D:sync-token>{ETAGS}")
    assert (answer.status, answer.condition()) == (403, "valid-sync-token")


def test_ctag_when_anything_happens_then_it_changes_and_else_not(alice: Any) -> None:
    def ctag() -> str:
        return str(alice.propfind("calendar/", "S:getctag").value(CALENDAR, "S:getctag").text)

    seen = [ctag()]
    alice.put("calendar/a.ics", event("a", "DTSTART:20260401T010000Z"))
    seen.append(ctag())
    alice.put("tasks/a.ics", event("a", "SUMMARY:x", kind="VTODO"))
    assert ctag() == seen[-1], "another calendar is another matter"
    alice.put("calendar/a.ics", event("a", "DTSTART:20260401T020000Z"))
    seen.append(ctag())
    colour = "<D:set><D:prop><I:calendar-color>#123456</I:calendar-color></D:prop></D:set>"
    alice.tell("PROPPATCH", "calendar/", "D:propertyupdate", colour)
    seen.append(ctag())
    alice.ask("DELETE", "calendar/a.ics")
    seen.append(ctag())
    assert len(set(seen)) == 5
