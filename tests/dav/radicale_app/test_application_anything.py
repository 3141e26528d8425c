"""Whatever a client sends, it is never our fault: no request gives a 500."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART;TZID=Europe/Berlin:20260101T100000\r\nRRULE:FREQ=DAILY\r\nSUMMARY:a\r\nBEGIN:VALARM\r\n"
    "ACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:A\r\nN:A;B;;;\r\nEND:VCARD\r\n"
ROOTS = (
    "D:propfind", "C:calendar-query", "C:calendar-multiget", "R:addressbook-query", "R:addressbook-multiget",
    "D:sync-collection", "C:free-busy-query", "D:propertyupdate", "D:mkcol", "C:mkcalendar", "D:expand-property",
)  # fmt: skip
TAGS = (
    *ROOTS, "D:prop", "D:allprop", "D:propname", "D:getetag", "C:calendar-data", "R:address-data", "D:sync-token",
    "D:limit", "D:nresults", "D:href", "C:filter", "C:comp-filter", "C:prop-filter", "C:param-filter", "C:text-match",
    "C:time-range", "C:is-not-defined", "C:expand", "D:set", "D:remove", "D:displayname", "D:resourcetype",
    "C:calendar", "R:addressbook", "C:supported-calendar-component-set", "C:comp", "R:filter", "R:prop-filter",
    "R:text-match",
)  # fmt: skip
ATTRIBUTES = (
    "", 'name="VCALENDAR"', 'name="VEVENT"', 'name="SUMMARY"', 'name="VALARM"', 'name=""', 'name="TZID"',
    'start="20260101T000000Z" end="20270101T000000Z"', 'start="x"', 'match-type="odd"', 'test="odd"',
)  # fmt: skip
TEXTS = ("", "x", "/dav/alice%40example.test/calendar/a.ics", "http://[", "%ff", "urn:coserver:sync:11:3", "5", "-1")
PATHS = ("", "calendar/", "calendar/a.ics", "contacts/", "contacts/a.vcf", "/dav/", "nowhere/", "new/", "a/b/c/d")
METHODS = ("PROPFIND", "REPORT", "PROPPATCH", "MKCOL", "MKCALENDAR", "COPY", "MOVE", "GET")


def element(tag: str, attributes: str, text: str, inside: list[str]) -> str:
    return f"<{tag} {attributes}>{text}{''.join(inside)}</{tag}>"


leaves = st.builds(element, st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES), st.sampled_from(TEXTS), st.just([]))
elements = st.recursive(
    leaves,
    lambda inner: st.builds(
        element, st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES), st.sampled_from(TEXTS), st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)
once = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@once
@given(
    st.tuples(st.sampled_from(METHODS), st.sampled_from(PATHS)), st.sampled_from(ROOTS), st.lists(elements, max_size=3),
    st.sampled_from(("0", "1")), st.sampled_from(TEXTS),
)  # fmt: skip
def test_xml_when_it_is_anything_then_never_a_fault(
    alice: Any, line: tuple[str, str], root: str, inside: list[str], depth: str, target: str
) -> None:
    method, path = line
    alice.put("calendar/a.ics", EVENT)
    alice.card("contacts/a.vcf", CARD)
    answer = (
        alice.tell(method, path, root, "".join(inside)) if depth == "0" else alice.report(path, root, "".join(inside))
    )
    assert answer.status != 500
    assert alice.ask(method, path, Destination=target, Depth=depth).status != 500


@once
@given(st.sampled_from((EVENT, CARD)), st.integers(0, 250), st.integers(0, 30), st.binary(max_size=12))
def test_object_when_it_is_damaged_then_never_a_fault_and_queries_go_on(
    alice: Any, body: str, where: int, cut: int, junk: bytes
) -> None:
    data = body.encode()
    damaged = data[:where] + junk + data[where + cut :]
    alice.ask("DELETE", "calendar/a.ics")
    for path in ("calendar/a.ics", "contacts/a.vcf"):
        answer = alice.put(path, damaged)
        assert answer.status in (201, 204, 403, 409), answer.text
        if answer.status == 201:
            assert alice.ask("GET", path).body == damaged
    span = '<C:time-range start="20260101T000000Z" end="20260201T000000Z"/>'
    query = (
        '<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR">'
        f'<C:comp-filter name="VEVENT">{span}</C:comp-filter></C:comp-filter></C:filter>'
    )
    assert alice.report("calendar/", "C:calendar-query", query).status == 207
    assert alice.report("calendar/", "C:free-busy-query", span).status == 200
