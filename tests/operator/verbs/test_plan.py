"""What operators do with plans and subscriptions."""

import pytest

from coserver.model.errors import Malformed, Missing
from coserver.quota import plans


def test_plan_load_when_something_differs_then_it_is_the_next_version(office, people):
    text = plans.bundled("plans-demo").replace("groups = 100\n", "groups = 7\n")
    assert office.do("plan load", text=text) == [
        {"plan": "demo", "version": 2, "new": True},
        {"plan": "small", "version": 1, "new": False},
        {"plan": "big", "version": 1, "new": False},
    ]
    with pytest.raises(Malformed, match="text is missing"):
        office.do("plan load")


def test_plan_list_when_asked_then_capacities_features_and_how_many_have_it(office, people):
    found = {each["plan"]: each for each in office.do("plan list")}
    assert set(found) == {"free", "standard", "large", "demo", "small", "big"}
    assert (found["demo"]["accounts"], found["big"]["accounts"], found["demo"]["version"]) == (4, 0, 1)
    assert found["small"]["capacities"]["groups"] == 2
    assert "imap" in found["small"]["features"]


def test_override_when_agreed_then_it_counts_is_shown_and_can_be_taken_back(office, people):
    """R32: a custom plan for one account."""
    office.do("account override", login="bob", key="mail_bytes", value="20GB")
    done = office.do("account override", login="bob", key="webdav", value="no")
    assert done["overrides"] == {"mail_bytes": 20_000_000_000, "webdav": False}
    found = office.do("account show", login="bob")
    assert found["usage"]["mail"]["bytes_limit"] == 20_000_000_000
    assert "webdav" not in found["features"]
    assert found["overrides"] == done["overrides"]
    assert {each["plan"]: each["overridden"] for each in office.do("plan list")}["demo"] == 1
    assert office.do("account override", login="bob", key="webdav")["overrides"] == {"mail_bytes": 20_000_000_000}
    assert office.do("account override", login="bob")["overrides"] == {}
    assert office.do("account show", login="bob")["usage"]["mail"]["bytes_limit"] == 1_000_000_000


def test_override_when_the_plan_is_renewed_then_stays_and_when_it_is_another_then_goes(office, people):
    office.do("account override", login="bob", key="groups", value="7")
    assert office.do("account plan", login="bob", plan="demo")["overrides"] == {"groups": 7}
    assert office.do("account plan", login="bob", plan="big")["overrides"] == {}


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("mail_bytes", "much", "number"),
        ("mail_bytes", "-5", "number"),
        ("imap", "5", "yes or no"),
        ("wishes", "3", "no 'wishes'"),
    ],
)
def test_override_when_it_makes_no_sense_then_says_why_and_changes_nothing(office, people, key, value, text):
    with pytest.raises(Malformed, match=text):
        office.do("account override", login="bob", key=key, value=value)
    assert office.do("account show", login="bob")["overrides"] == {}


def test_plan_when_until_a_day_then_the_term_is_shown(office, people):
    """C6."""
    done = office.do("account plan", login="bob", plan="big", until="2099-01-31", next="small")
    assert (done["paid_until"], done["next_plan"]) == ("2099-01-31T00:00:00Z", "small")
    assert office.do("account show", login="bob")["paid_until"] == "2099-01-31T00:00:00Z"


def test_plan_when_refused_then_nothing_changes(office, people):
    for more, error in (
        ({"until": "tomorrow"}, Malformed),
        ({"next": "small"}, Malformed),
        ({"until": "2099-01-31", "next": "golden"}, Missing),
    ):
        with pytest.raises(error):
            office.do("account plan", login="bob", plan="big", **more)
    assert office.do("account show", login="bob")["plan"] == "demo"
