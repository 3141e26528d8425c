"""`coserver group`, `domain`, `plan`, `rights` and `doctor` on a folder that nobody serves."""

from pathlib import Path
from typing import Any

import pytest

from coserver.clock import SystemClock
from coserver.groups import members
from coserver.model.space import Tool
from coserver.quota import plans, usage
from coserver.store.engine import Store
from coserver.store.tx import Tx


@pytest.fixture
def team(begun: Any) -> Any:
    assert begun("group", "add", "team", "--admin", "alice").status == 0
    return begun


def test_add_makes_a_group_that_is_listed_and_shown(team: Any) -> None:
    (listed,) = team("group", "list", "--json").json
    assert (listed["name"], listed["administrator"], listed["members"]) == ("team", "alice@example.test", 1)
    assert "alice@example.test" in team("group", "list").out
    assert "alice@example.test" in team("group", "show", "team").out


def test_members_come_and_go(team: Any) -> None:
    assert team("group", "member", "add", "team", "bob").status == 0
    assert len(team("group", "show", "team", "--json").json["members"]) == 2
    assert team("group", "member", "add", "team", "bob").status == 1
    assert team("group", "member", "remove", "team", "bob").status == 0
    assert team("group", "member", "remove", "team", "bob").status == 1


def test_rights_are_given_to_one_and_to_all_and_explained(team: Any) -> None:
    team("group", "member", "add", "team", "bob")
    before = team("rights", "why", "bob", "Groups/team", "--json").json
    assert "add" not in before["rights"]
    assert team("group", "rights", "team", "bob", "documents", "edit").status == 0
    assert team("group", "rights", "team", "all", "calendar", "contribute").status == 0
    assert "add" in team("rights", "why", "bob", "Groups/team", "--json").json["rights"]
    assert "add" in team("rights", "why", "bob", "calendar:Groups/team", "--json").json["rights"]
    assert len(team("group", "show", "team", "--json").json["rights"]) == 2


def test_rights_of_an_unknown_preset_are_wrong_usage(team: Any) -> None:
    assert team("group", "rights", "team", "all", "documents", "everything").status == 2


def test_why_ends_with_status_0_whatever_the_answer(team: Any) -> None:
    done = team("rights", "why", "bob", "Groups/team/none")
    assert done.status == 0
    assert done.out


def test_hand_over_names_another_administrator(team: Any) -> None:
    assert team("group", "hand-over", "team", "bob").status == 1
    team("group", "member", "add", "team", "bob")
    assert team("group", "hand-over", "team", "bob").status == 0
    assert team("group", "show", "team", "--json").json["administrator"] == "bob@example.test"


def test_delete_takes_the_group_away_and_restore_gives_it_back(team: Any) -> None:
    assert "no deleted groups" in team("group", "list", "--deleted").err
    gone = team("group", "delete", "team")
    assert (gone.status, gone.err.count("coserver group restore team")) == (0, 1)
    assert team("group", "list", "--json").json == []
    (deleted,) = team("group", "list", "--deleted", "--json").json
    assert deleted["name"] == "team"
    assert deleted["until"] in team("group", "list", "--deleted").out
    assert team("group", "restore", "team").status == 0
    assert team("group", "restore", "team").status == 1
    assert len(team("group", "list", "--json").json) == 1


def test_members_get_roles_and_leave(team: Any) -> None:
    team("group", "member", "add", "team", "bob")
    assert team("group", "role", "team", "bob", "coadministrator").status == 0
    assert team("group", "show", "team", "--json").json["members"][1]["role"] == "coadministrator"
    assert team("group", "role", "team", "bob", "administrator").status == 2
    assert team("group", "leave", "team", "bob").status == 0
    refused = team("group", "leave", "team", "alice")
    assert (refused.status, "hand it over" in refused.err) == (1, True)


def test_domains_are_added_listed_and_removed(begun: Any) -> None:
    assert begun("domain", "add", "other.test").status == 0
    assert [one["name"] for one in begun("domain", "list", "--json").json] == ["example.test", "other.test"]
    assert begun("domain", "remove", "other.test").status == 0
    refused = begun("domain", "remove", "example.test")
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert "example.test" in begun("domain", "list").out


def test_plans_are_listed_with_their_capacities(begun: Any) -> None:
    plans = {one["plan"]: one for one in begun("plan", "list", "--json").json}
    assert plans["standard"]["capacities"]["mail_bytes"] > 0
    table = begun("plan", "list").out
    assert "standard" in table
    assert "GB" in table


def test_doctor_on_a_sound_store_says_so(begun: Any) -> None:
    done = begun("doctor")
    assert (done.status, done.out) == (0, "Everything is in order.\n")
    assert begun("doctor", "--json").json == []


def test_hand_over_to_a_smaller_plan_says_where_the_group_is_over(team: Any, tmp_path: Path) -> None:
    team("group", "member", "add", "team", "bob")
    (tmp_path / "tiny.toml").write_text(plans.bundled().partition("[standard]")[0].replace("[free]", "[tiny]"))
    team("plan", "load", str(tmp_path / "tiny.toml"))
    team("account", "plan", "bob", "tiny")
    store = Store.open(tmp_path / "data", clock=SystemClock())

    def fill(tx: Tx) -> None:
        space = members.find(tx, "team").space
        usage.charge(tx, space, Tool.CONTACTS, bytes=60_000_000, items=1)

    store.write(fill)
    store.close()
    told = team("group", "hand-over", "team", "bob")
    assert told.status == 0
    assert "60.0 MB and 1 items in contacts" in told.err
