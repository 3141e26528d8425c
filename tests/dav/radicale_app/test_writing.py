"""Writing calendars and contacts: bytes, conditions, rights, room, UIDs, collections and properties."""

from typing import Any

import pytest

from coserver.model.plan import Feature

CARD = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{uid}\r\nFN:Zo\u00eb\r\nPHOTO:data:image/jpeg;base64,/9j/4AA=\r\nEND:VCARD\r\n"
)


def event(uid: str = "one", summary: str = "Talk", kind: str = "VEVENT") -> str:
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:{kind}\r\nUID:{uid}\r\n"
        f"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:{summary}\r\nEND:{kind}\r\nEND:VCALENDAR\r\n"
    )


# ---------------------------------------------------------------- bytes


@pytest.mark.parametrize(
    "body",
    [
        event(summary="\u00e4\u4e2d\U0001f600"), event().replace("\r\n", "\n"), "\ufeff" + event(),
        event() + "\r\n\r\n",
        event(summary="a" * 80 + "\r\n  folded\r\n\tagain"), event().replace("UID", "uid"),
        event(summary="x\r\nX-ODD;P=\"a:b;c\":v\r\nATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA"),
    ],
)  # fmt: skip
def test_put_when_read_again_then_the_bytes_are_those_sent(alice: Any, body: str) -> None:
    put = alice.put("calendar/a.ics", body)
    assert put.status == 201
    got = alice.ask("GET", "calendar/a.ics")
    assert got.body == body.encode()
    assert got.headers["ETag"] == put.headers["ETag"]
    inside = "<D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>/dav/alice@example.test/calendar/a.ics</D:href>"
    several = alice.report("calendar/", "C:calendar-multiget", inside)
    (href,) = several.responses
    assert several.value(href, "C:calendar-data").text == body
    assert several.value(href, "D:getetag").text == put.headers["ETag"]


def test_put_when_a_vcard_4_with_a_picture_then_it_comes_back_unharmed(alice: Any) -> None:
    """vobject writes the picture of a vCard 4 in a way that no client can read."""
    assert alice.card("contacts/a.vcf", CARD.format(uid="7")).status == 201
    assert alice.ask("GET", "contacts/a.vcf").text == CARD.format(uid="7")
    inside = (
        '<D:prop><R:address-data/></D:prop><R:filter><R:prop-filter name="FN">'
        '<R:text-match match-type="contains">zo\u00eb</R:text-match></R:prop-filter></R:filter>'
    )
    found = alice.report("contacts/", "R:addressbook-query", inside)
    (href,) = found.responses
    assert found.value(href, "R:address-data").text == CARD.format(uid="7")


def test_put_when_in_another_character_set_then_kept_in_utf8_without_an_etag(alice: Any) -> None:
    body = event(summary="\u00e4").encode("latin-1")
    put = alice.put("calendar/a.ics", body, Content_Type="text/calendar; charset=iso-8859-1")
    assert (put.status, put.headers.get("ETag")) == (201, None)
    assert alice.ask("GET", "calendar/a.ics").text == event(summary="\u00e4")


def test_put_when_the_name_is_not_ascii_then_found_again(alice: Any) -> None:
    assert alice.put("calendar/f\u00fcnf & 6#.ics", event()).status == 201
    assert alice.names("calendar/") == {"f\u00fcnf & 6#.ics"}
    assert alice.ask("GET", "calendar/f\u00fcnf & 6#.ics").status == 200


# ---------------------------------------------------------------- refusals of bodies


@pytest.mark.parametrize(
    ("path", "body", "status", "condition"),
    [
        ("calendar/a.ics", "not a calendar", 403, "valid-calendar-data"),
        ("calendar/a.ics", "", 403, "valid-calendar-data"),
        ("calendar/a.ics", b"\xff\xfe\x00", 403, "valid-calendar-data"),
        ("calendar/a.ics", CARD, 403, "valid-calendar-data"),
        ("calendar/a.ics", event(kind="VTODO"), 403, "supported-calendar-component"),
        ("tasks/a.ics", event(), 403, "supported-calendar-component"),
        ("calendar/a.ics", event().replace("UID:one\r\n", ""), 403, "valid-calendar-object-resource"),
        ("calendar/a.ics", event(summary="x\r\nRRULE:FREQ=SECONDLY"), 403, "max-instances"),
        ("calendar/a.ics", event(summary="x" * 300_000), 413, "max-resource-size"),
        ("contacts/a.vcf", event(), 403, "valid-address-data"),
        ("contacts/a.vcf", "", 403, "valid-address-data"),
    ],
)
def test_put_when_the_body_is_not_fit_then_the_condition_is_named(
    alice: Any, path: str, body: str | bytes, status: int, condition: str
) -> None:
    answer = alice.put(path, body)
    assert (answer.status, answer.condition()) == (status, condition)
    assert len(answer.tree[1].text) > 20, "a sentence for people stands beside it"
    assert alice.ask("GET", path).status == 404


def test_put_when_the_calendar_is_missing_then_conflict(alice: Any) -> None:
    assert alice.put("nowhere/a.ics", event()).status == 409


@pytest.mark.parametrize(
    "path", ["calendar/", "", "/dav/", "calendar/a.ics/b.ics", "/dav/bob@example.test/calendar/a.ics"]
)
def test_put_when_the_path_names_no_entry_then_refused(alice: Any, path: str) -> None:
    assert alice.put(path, event()).status in (403, 404)


# ---------------------------------------------------------------- UIDs


def test_put_when_the_uid_is_taken_then_no_uid_conflict_names_the_other(alice: Any) -> None:
    alice.put("calendar/a.ics", event("one"))
    answer = alice.put("calendar/b.ics", event("one"))
    assert (answer.status, answer.condition()) == (409, "no-uid-conflict")
    assert answer.tree[0][0].text == "/dav/alice@example.test/calendar/a.ics"


def test_put_when_another_uid_comes_under_the_name_then_no_uid_conflict(alice: Any) -> None:
    alice.put("calendar/a.ics", event("one"))
    assert alice.put("calendar/a.ics", event("two")).condition() == "no-uid-conflict"
    assert "UID:one" in alice.ask("GET", "calendar/a.ics").text


def test_put_when_the_uid_is_in_another_calendar_then_kept(alice: Any) -> None:
    alice.ask("MKCALENDAR", "second/")
    assert alice.put("calendar/a.ics", event("one")).status == 201
    assert alice.put("second/a.ics", event("one")).status == 201


# ---------------------------------------------------------------- conditions


def test_put_when_if_match_holds_then_replaced_else_412(alice: Any) -> None:
    first = alice.put("calendar/a.ics", event()).headers["ETag"]
    second = alice.put("calendar/a.ics", event(summary="Later"), If_Match=first)
    assert (second.status, second.headers["ETag"] != first) == (204, True)
    assert alice.put("calendar/a.ics", event(), If_Match=first).status == 412
    assert alice.put("calendar/a.ics", event(), If_None_Match="*").status == 412
    assert alice.put("calendar/b.ics", event("two"), If_Match="*").status == 412
    assert alice.ask("DELETE", "calendar/a.ics", If_Match=first).status == 412
    assert alice.ask("DELETE", "calendar/a.ics", If_Match=second.headers["ETag"]).status == 204
    assert alice.ask("DELETE", "calendar/a.ics").status == 404


def test_get_when_not_modified_then_304(alice: Any) -> None:
    etag = alice.put("calendar/a.ics", event()).headers["ETag"]
    assert alice.ask("GET", "calendar/a.ics", If_None_Match=etag).status == 304
    head = alice.ask("HEAD", "calendar/a.ics")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", etag)


# ---------------------------------------------------------------- room


def test_put_when_the_bytes_are_used_up_then_507_and_nothing_is_kept(estate: Any) -> None:
    carol = estate.client("carol", plan="small")
    for number in range(7):
        status = carol.put(f"calendar/{number}.ics", event(str(number), "x" * 180_000)).status
        assert status == (201 if number < 5 else 507)
    answer = carol.put("calendar/9.ics", event("9", "x" * 180_000))
    assert answer.condition() == "quota-not-exceeded"
    room = carol.propfind("calendar/", "D:quota-used-bytes", "D:quota-available-bytes")
    used = int(room.value("/dav/carol%40example.test/calendar/", "D:quota-used-bytes").text)
    left = int(room.value("/dav/carol%40example.test/calendar/", "D:quota-available-bytes").text)
    assert used + left == 1_000_000
    assert 5 * 180_000 < used < 5 * 181_000
    for number in range(5):
        carol.ask("DELETE", f"calendar/{number}.ics")
    room = carol.propfind("", "D:quota-used-bytes")
    assert room.value("/dav/carol%40example.test/", "D:quota-used-bytes").text == "0"


# ---------------------------------------------------------------- MOVE and COPY


def test_move_when_inside_a_calendar_then_renamed_with_its_etag(alice: Any) -> None:
    etag = alice.put("calendar/a.ics", event()).headers["ETag"]
    assert alice.ask("MOVE", "calendar/a.ics", Destination=f"{alice.home}calendar/b.ics").status == 201
    assert alice.names("calendar/") == {"b.ics"}
    assert alice.ask("GET", "calendar/b.ics").headers["ETag"] == etag


@pytest.mark.parametrize("method", ["MOVE", "COPY"])
def test_move_and_copy_when_the_target_is_there_then_overwrite_decides(alice: Any, method: str) -> None:
    alice.ask("MKCALENDAR", "second/")
    alice.put("calendar/a.ics", event("one"))
    alice.put("second/b.ics", event("two"))
    target = f"{alice.home}second/b.ics"
    assert alice.ask(method, "calendar/a.ics", Destination=target, Overwrite="F").status == 412
    assert alice.ask(method, "calendar/a.ics", Destination=target).status == 204
    assert "UID:one" in alice.ask("GET", "second/b.ics").text
    assert alice.names("calendar/") == ({"a.ics"} if method == "COPY" else set())


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://elsewhere/dav/alice@example.test/calendar/b.ics", 502), ("/drive/b.ics", 502), ("http://[", 400),
        ("/dav/alice@example.test/nowhere/b.ics", 409), ("/dav/bob@example.test/calendar/b.ics", 404),
        ("/dav/alice@example.test/calendar/a.ics", 403), ("/dav/alice@example.test/contacts/a.ics", 403),
        ("/dav/alice@example.test/tasks/a.ics", 403), ("/dav/alice@example.test/second/", 403),
    ],
)  # fmt: skip
def test_move_when_the_target_cannot_be_then_refused(alice: Any, target: str, status: int) -> None:
    alice.put("calendar/a.ics", event())
    assert alice.ask("MOVE", "calendar/a.ics", Destination=target).status == status
    assert alice.names("calendar/") == {"a.ics"}


# ---------------------------------------------------------------- collections


def test_mkcalendar_when_given_properties_then_they_are_told(alice: Any) -> None:
    inside = (
        "<D:set><D:prop><D:displayname>Work &amp; play</D:displayname><I:calendar-color>#00ff00</I:calendar-color>"
        '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>'
        "<C:calendar-description>d</C:calendar-description></D:prop></D:set>"
    )
    assert alice.tell("MKCALENDAR", "work/", "C:mkcalendar", inside).status == 201
    answer = alice.propfind(
        "work/", "D:displayname", "I:calendar-color", "C:supported-calendar-component-set", "D:resourcetype"
    )
    href = "/dav/alice%40example.test/work/"
    assert answer.value(href, "D:displayname").text == "Work & play"
    assert answer.value(href, "I:calendar-color").text == "#00ff00"
    assert [comp.get("name") for comp in answer.value(href, "C:supported-calendar-component-set")] == ["VTODO"]
    assert alice.put("work/a.ics", event()).condition() == "supported-calendar-component"
    again = alice.tell("MKCALENDAR", "work/", "C:mkcalendar", inside)
    assert (again.status, again.condition()) == (403, "resource-must-be-null")


def test_mkcalendar_when_nothing_is_said_then_it_takes_all_kinds(alice: Any) -> None:
    assert alice.ask("MKCALENDAR", "any").status == 201
    for kind in ("VEVENT", "VTODO", "VJOURNAL"):
        assert alice.put(f"any/{kind}.ics", event(kind, kind=kind)).status == 201


def test_mkcol_when_an_address_book_is_asked_for_then_made(alice: Any) -> None:
    inside = "<D:set><D:prop><D:resourcetype><D:collection/><R:addressbook/></D:resourcetype></D:prop></D:set>"
    assert alice.tell("MKCOL", "friends/", "D:mkcol", inside).status == 201
    assert alice.card("friends/a.vcf", CARD.format(uid="1")).status == 201
    assert alice.tell("MKCOL", "friends/", "D:mkcol", inside).status == 405
    assert alice.tell("MKCOL", "calendar/", "D:mkcol", inside).status == 405, "calendars share the names"


@pytest.mark.parametrize(
    ("path", "inside", "status"),
    [
        ("plain/", "", 403), ("group-7/", "<R:addressbook/>", 400), ("calendar/inner/", "<R:addressbook/>", 403),
        ("/dav/bob@example.test/x/", "<R:addressbook/>", 404), ("", "<C:calendar/>", 403),
        ("x" * 300, "<C:calendar/>", 400),
    ],
)  # fmt: skip
def test_mkcol_when_it_cannot_be_then_refused(alice: Any, path: str, inside: str, status: int) -> None:
    body = f"<D:set><D:prop><D:resourcetype><D:collection/>{inside}</D:resourcetype></D:prop></D:set>"
    assert alice.tell("MKCOL", path, "D:mkcol", body).status == status


def test_delete_when_a_calendar_then_its_items_room_and_name_are_free(alice: Any) -> None:
    alice.put("calendar/a.ics", event())
    before = alice.propfind("calendar/", "S:getctag", "D:sync-token")
    assert alice.ask("DELETE", "calendar/").status == 204
    assert alice.ask("GET", "calendar/a.ics").status == 404
    home = alice.propfind("", "D:quota-used-bytes")
    assert home.value("/dav/alice%40example.test/", "D:quota-used-bytes").text == "0"
    assert alice.ask("MKCALENDAR", "calendar/").status == 201
    after = alice.propfind("calendar/", "S:getctag", "D:sync-token")
    href = "/dav/alice%40example.test/calendar/"
    assert before.value(href, "S:getctag").text != after.value(href, "S:getctag").text
    old = before.value(href, "D:sync-token").text
    inside = f"<D:sync-token>{old}</D:sync-token><D:prop><D:getetag/></D:prop>"
    assert alice.report("calendar/", "D:sync-collection", inside).condition() == "valid-sync-token"


def test_delete_when_the_calendar_is_under_anothers_home_then_refused_and_the_own_one_stays(alice: Any) -> None:
    alice.put("calendar/a.ics", event())
    assert alice.ask("DELETE", "/dav/bob@example.test/calendar/").status == 404
    assert alice.ask("GET", "calendar/a.ics").status == 200


@pytest.mark.parametrize("path", ["", "/dav/"])
def test_delete_when_a_home_then_refused(alice: Any, path: str) -> None:
    assert alice.ask("DELETE", path).status in (403, 404)


# ---------------------------------------------------------------- properties


def test_proppatch_when_properties_are_set_and_removed_then_so(alice: Any) -> None:
    inside = (
        "<D:set><D:prop><D:displayname>Mine</D:displayname><I:calendar-order>3</I:calendar-order>"
        '<X:deep xmlns:X="urn:x">a<X:b c="d">e</X:b>f</X:deep></D:prop></D:set>'
    )
    answer = alice.tell("PROPPATCH", "calendar/", "D:propertyupdate", inside)
    assert " 200 " in answer.tree.findtext(".//{DAV:}status")
    body = (
        '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><X:deep xmlns:X="urn:x"/>'
        '<D:displayname/><O:calendar-order xmlns:O="http://apple.com/ns/ical/"/></D:prop></D:propfind>'
    )
    told = alice.ask("PROPFIND", "calendar/", body).tree
    deep = told.find(".//{urn:x}deep")
    assert (deep.text, deep[0].get("c"), deep[0].text, deep[0].tail) == ("a", "d", "e", "f")
    assert told.findtext(".//{DAV:}displayname") == "Mine"
    alice.tell("PROPPATCH", "calendar/", "D:propertyupdate", "<D:remove><D:prop><D:displayname/></D:prop></D:remove>")
    assert alice.ask("PROPFIND", "calendar/", body).tree.findtext(".//{DAV:}displayname") == "Calendar"


def test_proppatch_when_a_live_property_is_among_them_then_none_is_set(alice: Any) -> None:
    inside = "<D:set><D:prop><D:getetag>x</D:getetag><D:displayname>No</D:displayname></D:prop></D:set>"
    answer = alice.tell("PROPPATCH", "calendar/", "D:propertyupdate", inside)
    assert [status.text.split()[1] for status in answer.tree.iter("{DAV:}status")] == ["403", "424"]
    title = alice.propfind("calendar/", "D:displayname").value("/dav/alice%40example.test/calendar/", "D:displayname")
    assert title.text == "Calendar"


def test_proppatch_when_on_the_home_then_kept_there(alice: Any) -> None:
    inside = "<D:set><D:prop><C:default-alarm-vevent-date>x</C:default-alarm-vevent-date></D:prop></D:set>"
    assert alice.tell("PROPPATCH", "", "D:propertyupdate", inside).status == 207
    found = alice.propfind("", "C:default-alarm-vevent-date")
    assert found.value("/dav/alice%40example.test/", "C:default-alarm-vevent-date").text == "x"


# ---------------------------------------------------------------- what a credential opens


def test_services_when_the_app_password_is_for_calendars_then_contacts_are_not_there(alice: Any) -> None:
    alice.card("contacts/a.vcf", CARD.format(uid="1"))
    alice.services = frozenset({Feature.CALDAV})
    assert alice.names("") == {"calendar", "tasks", "alice@example.test"}
    assert alice.ask("GET", "contacts/a.vcf").status == 404
    assert alice.card("contacts/b.vcf", CARD.format(uid="2")).status == 409
    alice.services = frozenset({Feature.CARDDAV, Feature.IMAP})
    assert alice.names("") == {"contacts", "alice@example.test"}
