"""Replies as bytes, and every error of the house spoken in SMTP."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.model import errors
from coserver.model.errors import HouseError
from coserver.smtp import replies
from coserver.smtp.replies import Reply, of_error, of_login_error, own_fault, reply

WITHOUT_STATUS = {"START_DATA"}  # an intermediate reply has none (RFC 2034 4)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errors.Malformed, 501, "5.5.4"),
        (errors.Unknown, 535, "5.7.8"),
        (errors.Denied, 550, "5.7.1"),
        (errors.NotInPlan, 535, "5.7.8"),
        (errors.Missing, 550, "5.1.1"),
        (errors.NoRoom, 452, "4.2.2"),
        (errors.TooBig, 552, "5.3.4"),
        (errors.Locked, 451, "4.3.0"),
        (errors.Busy, 451, "4.3.0"),
        (errors.Stale, 451, "4.3.0"),
        (HouseError, 451, "4.3.0"),
    ],
)
def test_of_error_when_given_a_word_of_the_house_then_speaks_it(
    error: type[HouseError], code: int, status: str
) -> None:
    assert of_error(error("It is so.")) == Reply(code, status, ("It is so.",))


@pytest.mark.parametrize("error", [errors.Unknown, errors.NotInPlan, errors.Denied])
def test_of_login_error_when_it_is_a_verdict_then_is_535(error: type[HouseError]) -> None:
    assert of_login_error(error("No.")).code == 535


@pytest.mark.parametrize("error", [errors.Busy, errors.NoRoom, HouseError])
def test_of_login_error_when_it_is_none_then_is_454(error: type[HouseError]) -> None:
    assert str(of_login_error(error("Later."))) == "454 4.7.0 Later."


def test_own_fault_when_told_then_is_transient() -> None:
    assert own_fault("abc").code == 451


def test_reply_when_it_has_lines_then_all_but_the_last_are_marked() -> None:
    assert bytes(reply(250, "2.0.0", "a", "b")) == b"250-2.0.0 a\r\n250 2.0.0 b\r\n"


@given(st.text(max_size=600))
def test_reply_when_made_of_anything_then_is_one_line(text: str) -> None:
    told = bytes(reply(550, "5.0.0", text))
    assert told.count(b"\r") == told.count(b"\n") == 1
    assert told.endswith(b"\r\n")


def test_replies_when_listed_then_each_status_is_of_the_class_of_its_code() -> None:
    for name, one in vars(replies).items():
        if isinstance(one, Reply) and name not in WITHOUT_STATUS:
            assert re.fullmatch(r"[245]\.\d+\.\d+", one.status), name
            assert one.status[0] == str(one.code)[0], name
