"""Delivery status notifications as a mail program reads them."""

from email import message_from_bytes
from email.message import Message

import pytest

from coserver.smtp.bounce import Action, Fate, Original, compose, status, wanted, without_return_path

DATA = b"Return-Path: <alice@example.test>\r\nReceived: from x\r\nSubject: Greetings\r\n\r\nbody text\r\n"


def original(*, ret: str = "", smtputf8: bool = False) -> Original:
    return Original("alice@example.test", "Q+2B1", ret, smtputf8, 1_800_000_000.0, DATA)


def composed(*fates: Fate, ret: str = "", smtputf8: bool = False) -> Message:
    data = compose(
        original(ret=ret, smtputf8=smtputf8), fates, hostname="mail.example.test", domain="example.test",
        now=1_800_000_100.0, name="abc123",
    )  # fmt: skip
    assert b"\n" not in data.replace(b"\r\n", b"")
    return message_from_bytes(data)


FAILED = Fate("bob@elsewhere.test", "rfc822;Bob+40elsewhere.test", Action.FAILED, "5.1.1", "550 5.1.1 no\r\nsuch user")


def test_compose_when_a_recipient_failed_then_is_a_report_of_three_parts() -> None:
    message = composed(FAILED)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert message["Return-Path"] == "<>"
    assert message["From"] == "Mail delivery <postmaster@example.test>"
    assert message["To"] == "<alice@example.test>"
    assert message["Auto-Submitted"] == "auto-replied"
    text, status, returned = message.get_payload()
    assert "550 5.1.1 no such user" in text.get_payload()
    whole, recipient = status.get_payload()
    assert whole["Original-Envelope-Id"] == "Q+1"
    assert whole["Reporting-MTA"] == "dns; mail.example.test"
    assert recipient["Original-Recipient"] == "rfc822; Bob@elsewhere.test"
    assert recipient["Final-Recipient"] == "rfc822; bob@elsewhere.test"
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")
    assert recipient["Diagnostic-Code"] == "smtp; 550 5.1.1 no such user"
    assert returned.get_content_type() == "text/rfc822-headers"
    assert "Subject: Greetings" in returned.get_payload()
    assert "body text" not in returned.get_payload()


def test_compose_when_the_whole_message_is_wanted_then_it_is_returned() -> None:
    _, _, returned = composed(FAILED, ret="FULL").get_payload()
    assert returned.get_content_type() == "message/rfc822"
    assert returned.get_payload(0)["Return-Path"] is None
    assert returned.get_payload(0).get_payload() == "body text\r\n"


def test_compose_when_international_then_uses_the_global_types() -> None:
    fate = Fate("jürgen@elsewhere.test", "", Action.DELAYED, "4.4.1")
    message = composed(fate, smtputf8=True)
    assert message["Subject"] == "Your message is delayed"
    assert [part.get_content_type() for part in message.get_payload()] == [
        "text/plain", "message/global-delivery-status", "message/global-headers",
    ]  # fmt: skip


def test_compose_when_fates_differ_then_the_worst_is_the_subject() -> None:
    message = composed(Fate("a@x", "", Action.DELIVERED, "2.0.0"), FAILED)
    assert message["Subject"] == "Your message could not be delivered"


@pytest.mark.parametrize(
    ("notify", "actions"),
    [
        ("", {Action.FAILED, Action.DELAYED}),
        ("NEVER", set()),
        ("SUCCESS", {Action.DELIVERED, Action.RELAYED}),
        ("FAILURE", {Action.FAILED}),
        ("SUCCESS,DELAY", {Action.DELIVERED, Action.RELAYED, Action.DELAYED}),
    ],
)
def test_wanted_when_asked_then_follows_notify(notify: str, actions: set[Action]) -> None:
    assert {action for action in Action if wanted(notify, action)} == actions


def test_without_return_path_when_it_is_there_then_only_it_goes() -> None:
    assert without_return_path(DATA).startswith(b"Received: from x")
    assert without_return_path(b"Subject: x\r\n\r\n") == b"Subject: x\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [("550 5.1.1 no", "5.1.1"), ("450 4.2.1 x", "5.2.1"), ("550 no", "5.0.0"), ("", "5.0.0"), ("4.4.1 x", "5.4.1")],
)
def test_status_when_read_from_a_reply_then_is_of_the_wanted_class(text: str, found: str) -> None:
    assert status(text, "5.0.0") == found
