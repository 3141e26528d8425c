"""The parameters of MAIL and RCPT."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model.errors import Malformed
from coserver.smtp.parameters import (
    MailParameters,
    NotKnown,
    RecipientParameters,
    mail_parameters,
    recipient_parameters,
    unxtext,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", MailParameters()),
        ("SIZE=1000 BODY=8BITMIME", MailParameters(size=1000)),
        ("size=1 body=7bit smtputf8", MailParameters(size=1, smtputf8=True)),
        ("RET=hdrs ENVID=QQ+2B1", MailParameters(ret="HDRS", envelope_id="QQ+2B1")),
        ("AUTH=<>", MailParameters()),
        ("AUTH=alice+40example.test", MailParameters()),
    ],
)
def test_mail_parameters_when_well_formed_then_are_read(text: str, found: MailParameters) -> None:
    assert mail_parameters(text) == found


@pytest.mark.parametrize(
    "text",
    ["SIZE", "SIZE=", "SIZE=x", "SIZE=1 SIZE=2", "SIZE=" + "9" * 21, "BODY=BINARYMIME", "SMTPUTF8=1", "RET=X",
     "ENVID=" + "x" * 101, "ENVID=a+2", "=1", "-A=1", "SIZE=\u0661"],
)  # fmt: skip
def test_mail_parameters_when_a_value_is_wrong_then_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        mail_parameters(text)


@pytest.mark.parametrize("text", ["REQUIRETLS", "X-HELLO=1", "NOTIFY=NEVER"])
def test_mail_parameters_when_not_known_then_say_so(text: str) -> None:
    with pytest.raises(NotKnown):
        mail_parameters(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NOTIFY=delay,SUCCESS", RecipientParameters(notify="SUCCESS,DELAY")),
        ("NOTIFY=never ORCPT=rfc822;Bob+40x", RecipientParameters(notify="NEVER", original="rfc822;Bob+40x")),
    ],
)
def test_recipient_parameters_when_well_formed_then_are_read(text: str, found: RecipientParameters) -> None:
    assert recipient_parameters(text) == found


@pytest.mark.parametrize(
    "text",
    ["NOTIFY=NEVER,DELAY", "NOTIFY=X", "NOTIFY=DELAY,DELAY", "ORCPT=bob", "ORCPT=;bob", "ORCPT=rfc822;", "NOTIFY"],
)
def test_recipient_parameters_when_a_value_is_wrong_then_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        recipient_parameters(text)


@given(st.text(max_size=80))
def test_parameters_when_given_anything_then_raise_only_their_own_errors(text: str) -> None:
    for read in (mail_parameters, recipient_parameters, unxtext):
        try:
            read(text)
        except (Malformed, NotKnown):
            continue


def test_unxtext_when_encoded_then_decodes() -> None:
    assert unxtext("a+2Bb+3D") == "a+b="
