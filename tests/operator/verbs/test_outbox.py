"""What waits to leave and who is throttled, by the operator's verbs."""

from dataclasses import replace

import pytest

from coserver.accounts import letters
from coserver.accounts.letters import Letter
from coserver.auth.throttle import Attempt, Throttle
from coserver.model.errors import Malformed, Missing
from coserver.operator.desk import operate


def test_outbox_when_a_letter_waits_then_listed_tried_and_given_up(estate, office):
    alice = estate.account("alice")
    made = letters.ready(estate.store, Letter("who@elsewhere.test", "Hello", "text"))
    estate.store.write(lambda tx: letters.post(tx, made, by=alice.id))
    (waiting,) = office.do("outbox list")
    assert (waiting["recipient"], waiting["state"]) == ("who@elsewhere.test", "due")
    assert office.do("outbox try", id=waiting["id"]) == {"id": waiting["id"]}
    office.do("outbox give-up", id=waiting["id"])
    assert office.do("outbox list")[0]["state"] == "failed"
    for deed in ("try", "give-up"):
        with pytest.raises(Missing):
            office.do(f"outbox {deed}", id=waiting["id"])
        with pytest.raises(Malformed):
            office.do(f"outbox {deed}")


def test_throttle_when_a_server_runs_then_listed_and_lifted(estate, office):
    throttle = Throttle(estate.clock)
    for number in range(7):
        throttle.failed(Attempt("alice@example.test", "192.0.2.1", known=False), f"wrong-{number}")
    house = replace(office.house, throttle=throttle)
    found = operate(house, "throttle list", {})
    assert {"kind": "account", "key": "alice@example.test", "failures": 7, "seconds": 2, "refused": False} in found
    operate(house, "throttle lift", {"kind": "account", "key": "alice@example.test"})
    assert "account" not in {each["kind"] for each in operate(house, "throttle list", {})}
    with pytest.raises(Missing, match="not throttled"):
        operate(house, "throttle lift", {"kind": "account", "key": "alice@example.test"})


def test_throttle_when_no_server_runs_then_said(office):
    with pytest.raises(Missing, match="No server runs"):
        office.do("throttle list")
