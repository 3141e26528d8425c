"""Tables for people, JSON for scripts."""

import json
from typing import Any

import pytest

from coserver.cli import show


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_500_000, "1.5 MB"),
        (10**9, "1.0 GB"),
        (10**12, "1.0 TB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_size_is_told_in_the_unit_that_fits(count: int, text: str) -> None:
    assert show.size(count) == text


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("name", None, "-"),
        ("name", "", "-"),
        ("services", [], "-"),
        ("services", ["imap", "smtp"], "imap, smtp"),
        ("standard", True, "yes"),
        ("standard", False, "no"),
        ("bytes_limit", 10**9, "1.0 GB"),
        ("items", 10**9, "1000000000"),
        ("overrides", {"mail_bytes": 2 * 10**10, "imap": False}, "mail_bytes 20.0 GB, imap no"),
        ("overrides", {}, "-"),
    ],
)
def test_readable_values(key: str, value: object, text: str) -> None:
    assert show.readable(key, value) == text


def test_rows_as_a_table_have_the_headings_asked_for(capsys: Any) -> None:
    show.show_rows([{"login": "alice", "secret": 1}], {"login": "login", "plan": "plan"}, as_json=False, none="")
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["login", "plan"]
    assert out.splitlines()[2].split() == ["alice", "-"]
    assert "secret" not in out


def test_rows_as_json_are_whole(capsys: Any) -> None:
    show.show_rows([{"login": "älice"}], {}, as_json=True, none="none")
    assert json.loads(capsys.readouterr().out) == [{"login": "älice"}]


def test_no_rows_are_said_on_standard_error_and_are_an_empty_list_in_json(capsys: Any) -> None:
    show.show_rows([], {"a": "a"}, as_json=False, none="There are none.")
    assert capsys.readouterr() == ("", "There are none.\n")
    show.show_rows([], {"a": "a"}, as_json=True, none="There are none.")
    assert json.loads(capsys.readouterr().out) == []


def test_one_thing_has_a_line_for_each_value_and_a_table_for_each_list(capsys: Any) -> None:
    thing = {
        "login": "alice",
        "last_login": None,
        "usage": {"mail": {"bytes": 1500, "items": 2}},
        "groups": [{"name": "team", "administrator": True}],
        "addresses": ["alice@example.test"],
    }
    show.show_one(thing, as_json=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["last", "login", "-"] in lines
    assert ["mail", "1.5", "kB", "2"] in lines
    assert ["team", "yes"] in lines
    assert ["addresses", "alice@example.test"] in lines


def test_one_thing_as_json_is_whole(capsys: Any) -> None:
    show.show_one({"a": {"b": [1]}}, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"a": {"b": [1]}}
