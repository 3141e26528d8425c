"""Events: one line each, whatever they hold, and never a secret."""

import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver import log as house_log


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    former, level = list(root.handlers), root.level
    stream = io.StringIO()
    house_log.start("info", stream)
    yield stream
    root.handlers[:] = former
    root.setLevel(level)


def test_an_event_is_one_line_of_pairs(written: io.StringIO) -> None:
    house_log.event(logging.getLogger("coserver.test"), "delivered", space=3, name="a b", none=None)
    line = written.getvalue()
    assert line.count("\n") == 1
    assert line.endswith(' info coserver.test delivered space=3 name="a b"\n')
    assert line[:4].isdigit()


def test_an_event_of_a_connection_carries_its_id(written: io.StringIO) -> None:
    identity = house_log.begin_connection("imap")
    house_log.event(logging.getLogger("coserver.test"), "opened")
    house_log.continue_connection("")
    assert f"opened connection={identity}\n" in written.getvalue()


def test_an_event_below_the_level_is_not_written(written: io.StringIO) -> None:
    house_log.event(logging.getLogger("coserver.test"), "detail", level=logging.DEBUG)
    assert written.getvalue() == ""


@pytest.mark.parametrize("key", ["password", "old_passwd", "token", "Authorization", "secret", "verifier"])
def test_a_secret_field_is_starred_out(key: str) -> None:
    assert house_log.pairs({key: "hunter2"}) == f" {key}=***"


@given(st.text())
def test_pairs_are_one_line_whatever_the_value(text: str) -> None:
    assert len(house_log.pairs({"text": text}).splitlines()) == 1


def test_pairs_when_a_value_is_long_then_it_is_cut() -> None:
    assert len(house_log.pairs({"text": "x" * 5000})) < 1100


def test_a_failure_is_one_line_with_its_trace_and_an_id(written: io.StringIO) -> None:
    try:
        raise ValueError("odd")
    except ValueError as error:
        identity = house_log.failure(logging.getLogger("coserver.test"), "broken", error, edge="imap")
    line = written.getvalue()
    assert line.count("\n") == 1
    assert f"broken fault={identity} edge=imap trace=" in line
    assert "ValueError: odd" in line


def test_a_sentence_of_a_library_is_an_event_too(written: io.StringIO) -> None:
    logging.getLogger("somewhere").warning("two\nlines %s", 3)
    assert 'warning somewhere message text="two\\nlines 3"\n' in written.getvalue()


def test_rarely_when_the_same_is_found_again_then_said_once_a_day_and_when_it_changes(caplog):
    caplog.set_level("INFO")
    log, rarely = logging.getLogger("coserver.test"), house_log.Rarely(most=2)

    def said(about, now, why):
        before = len(caplog.messages)
        rarely.event(log, "not-done", about=about, now=now, why=why)
        return len(caplog.messages) - before

    assert [said(1, 0, "a"), said(1, 10, "a"), said(2, 10, "a")] == [1, 0, 1]
    assert [said(1, 20, "b"), said(1, 30, "b")] == [1, 0]
    assert [said(1, 86_419, "b"), said(1, 86_420, "b")] == [0, 1]
    assert [said(3, 86_420, "a"), said(1, 86_420, "b"), said(2, 86_420, "a")] == [1, 0, 1]  # 2 was forgotten
