"""What surrounds the methods: faults, refusals, several at once, and what is taken from Radicale."""

import inspect
import threading
from typing import Any

import pytest
from radicale.app import report
from radicale.app.propfind import xml_propfind_response

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n"
TASK = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VTODO\r\nUID:{uid}\r\n"
    "DTSTAMP:20260101T000000Z\r\nSUMMARY:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
)


def test_call_when_something_of_ours_breaks_then_500_with_a_number_that_is_in_the_log(
    alice: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("secret detail")

    monkeypatch.setattr(alice.app, "_dispatched", broken)
    answer = alice.ask("GET", "calendar/a.ics")
    assert answer.status == 500
    assert "secret" not in answer.text
    (record,) = [record for record in caplog.records if record.getMessage() == "calendar request failed"]
    assert record.fields["fault"] in answer.text


def test_call_when_nobody_logged_in_then_a_fault_and_never_an_answer(alice: Any) -> None:
    told: list[str] = []
    environ = {"REQUEST_METHOD": "PROPFIND", "SCRIPT_NAME": "/dav", "PATH_INFO": "/", "HTTP_X_REMOTE_USER": "alice"}
    list(alice.app(environ, lambda status, _headers: told.append(status)))
    assert told == ["500 Internal Server Error"]


def test_headers_when_a_client_claims_another_prefix_or_name_then_they_change_nothing(alice: Any) -> None:
    answer = alice.ask(
        "PROPFIND", "", Depth="0", X_Script_Name="/evil", X_Remote_User="bob", Authorization="Basic Ym9iOng="
    )
    assert list(answer.responses) == ["/dav/alice%40example.test/"]


def test_contacts_when_the_uid_is_taken_then_the_condition_is_that_of_contacts(alice: Any) -> None:
    alice.card("contacts/a.vcf", CARD.format(uid="1", name="A"))
    answer = alice.card("contacts/b.vcf", CARD.format(uid="1", name="B"))
    assert answer.status == 409
    assert answer.tree[0].tag == "{urn:ietf:params:xml:ns:carddav}no-uid-conflict"
    assert answer.tree[0][0].text == "/dav/alice@example.test/contacts/a.vcf"


def test_contacts_when_the_first_uid_comes_later_then_kept(alice: Any) -> None:
    without = CARD.format(uid="1", name="A").replace("UID:1\r\n", "")
    assert alice.card("contacts/a.vcf", without).status == 201
    assert alice.card("contacts/b.vcf", without).status == 201, "no UID is no conflict"
    assert alice.card("contacts/a.vcf", CARD.format(uid="1", name="A")).status == 204
    assert alice.card("contacts/b.vcf", CARD.format(uid="1", name="B")).status == 409


@pytest.mark.parametrize(
    ("test", "names"), [("anyof", {"a.vcf", "b.vcf"}), ("allof", {"a.vcf"})]
)  # fmt: skip
def test_contacts_when_queried_by_two_properties_then_the_test_counts(alice: Any, test: str, names: set[str]) -> None:
    alice.card("contacts/a.vcf", CARD.format(uid="1", name="Anna"))
    alice.card("contacts/b.vcf", CARD.format(uid="2", name="Annabel"))
    alice.card("contacts/c.vcf", CARD.format(uid="3", name="Carl"))
    match = '<R:prop-filter name="{}"><R:text-match match-type="{}">{}</R:text-match></R:prop-filter>'
    inside = match.format("FN", "contains", "anna") + match.format("UID", "equals", "1")
    answer = alice.report(
        "contacts/", "R:addressbook-query", f'<D:prop><D:getetag/></D:prop><R:filter test="{test}">{inside}</R:filter>'
    )
    assert {href.rpartition("/")[2] for href in answer.responses} == names


def test_expansion_when_it_has_no_end_then_the_limit_is_named(alice: Any) -> None:
    event = TASK.replace("VTODO", "VEVENT").replace(
        "SUMMARY", "DTSTART:20260101T000000Z\r\nRRULE:FREQ=HOURLY\r\nSUMMARY"
    )
    assert alice.put("calendar/a.ics", event.format(uid="1")).status == 201
    span = 'start="20260101T000000Z" end="20400101T000000Z"'
    inside = (
        f"<D:prop><C:calendar-data><C:expand {span}/></C:calendar-data></D:prop>"
        f'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range {span}/>'
        "</C:comp-filter></C:comp-filter></C:filter>"
    )
    answer = alice.report("calendar/", "C:calendar-query", inside)
    assert (answer.status, answer.condition()) == (403, "number-of-matches-within-limits")


def test_writers_when_many_add_the_same_uid_at_once_then_one_wins(alice: Any) -> None:
    statuses: list[int] = []

    def put(number: int) -> None:
        statuses.append(alice.put(f"tasks/{number}.ics", TASK.format(uid="same")).status)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 7
    assert len(alice.names("tasks/")) == 1


def test_radicale_when_another_version_comes_then_what_is_called_still_takes_what_is_given() -> None:
    """The functions are not its public face: a new version is looked at before it is let in."""
    assert list(inspect.signature(xml_propfind_response).parameters)[:8] == [
        "self", "base_prefix", "path", "item", "props", "user", "encoding", "max_resource_size",
    ]  # fmt: skip
    assert list(inspect.signature(report.xml_report).parameters)[:9] == [
        "base_prefix", "path", "xml_request", "collection", "encoding", "unlock_storage_fn", "max_occurrence", "user",
        "request_info",
    ]  # fmt: skip
    assert list(inspect.signature(report.free_busy_report).parameters)[:7] == [
        "base_prefix", "path", "xml_request", "collection", "encoding", "unlock_storage_fn", "max_occurrence",
    ]  # fmt: skip
    assert list(inspect.signature(report.test_filter).parameters) == ["collection_tag", "item", "filter_"]
