"""The table of verbs."""

import pytest

from coserver.model.errors import Malformed
from coserver.operator.desk import VERBS

CONTRACT = [
    "init",
    *(f"domain {word}" for word in ("add", "list", "remove")),
    *(f"account {word}" for word in ("add", "list", "show", "passwd", "suspend", "resume", "delete", "app-password")),
    *(f"group {word}" for word in ("add", "list", "show", "rights", "hand-over", "delete")),
    *(f"group member {word}" for word in ("add", "remove")),
    "plan list",
    "rights why",
]


def test_verbs_when_listed_then_the_whole_contract_is_among_them_and_explains_itself():
    assert set(CONTRACT) <= set(VERBS)
    assert all(deed.__doc__ for deed in VERBS.values())


def test_operate_when_there_is_no_such_verb_then_those_there_are_are_named(office):
    with pytest.raises(Malformed, match="account add"):
        office.do("account explode")


def test_operate_when_done_then_logged_without_secrets(office, caplog):
    caplog.set_level("INFO")
    office.do("account add", login="alice", password="demo-alice-pass")
    (record,) = [each for each in caplog.records if each.message == "operated"]
    assert record.fields == {"verb": "account add", "login": "alice"}
