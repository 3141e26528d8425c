"""The operator's pages: who has them, and what is done there with the words of the command line."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts, letters, organisations
from coserver.accounts.letters import Letter
from coserver.auth import second
from coserver.model.principal import State
from coserver.quota import plans
from coserver.store import outbox
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers
from tests.web.pages.in_organisations import state
from tests.web.pages.test_second_factor import set_up

BOB = "/operator/accounts/bob@example.test"
PAGES = ("", "/accounts", "/accounts/bob@example.test", "/outbox", "/plans", "/organisations")


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return set_up(front)[0]


def test_pages_when_one_is_no_operator_then_there_are_none(front: Any, alice: Browser) -> None:
    """R5."""
    (bob,) = browsers(front, "bob")
    mark = bob.open("/groups").form("/groups").fields["mark"]
    assert 'href="/operator"' not in bob.open("/").answer.text
    for page in PAGES:
        assert bob.open(f"/operator{page}").status == 404
        assert alice.open(f"/operator{page}").status == 200
    typed = {"mark": mark, "again": "eve@example.test", "plan": "big", "text": "x", "name": "club", "owner": "bob"}
    eve = "/operator/accounts/eve@example.test"
    for deed in ("suspend", "plan", "override", "delete", "password", "end", "forget-second-factor"):
        bob.post(f"{eve}/{deed}", typed)
        assert bob.status == 404
    for path in ("/operator/plans", "/operator/organisations", "/operator/throttle/lift", "/operator/outbox/1/give-up"):
        bob.post(path, typed)
        assert bob.status == 404
    assert state(front, "eve") is State.ACTIVE


def test_pages_when_an_operator_has_no_second_factor_then_told_to_turn_it_on(front: Any) -> None:
    (alice,) = browsers(front, "alice")
    assert 'href="/operator"' in alice.open("/").answer.text
    assert alice.open("/operator").status == 403
    assert "second factor" in alice.text


def test_throttle_when_lifted_then_the_address_can_try_again_at_once(front: Any, alice: Browser) -> None:
    for number in range(7):
        Browser(front, **{}).log_in("eve", f"wrong-{number}")
    alice.open("/operator")
    assert "eve@example.test account 7 wrong passwords" in alice.text
    found = [each.fields for each in alice.page.forms if each.action == "/operator/throttle/lift"]
    assert {"account", "address"} <= {each["kind"] for each in found}
    for each in found:
        alice.post("/operator/throttle/lift", each)
    assert "Nobody." in alice.text
    alice.post("/operator/throttle/lift", found[0])
    assert alice.status == 404


def test_outbox_when_a_letter_waits_then_tried_or_given_up(front: Any, alice: Browser) -> None:
    made = letters.ready(front.store, Letter("who@elsewhere.test", "Hello", "text"))
    front.store.write(lambda tx: letters.post(tx, made, by=accounts.find(tx, "bob").id))
    with front.store.read() as tx:
        ((waiting,), whole) = outbox.some(tx, skip=0, most=9)
    assert whole == 1
    alice.open("/operator/outbox")
    assert "who@elsewhere.test" in alice.text
    alice.send(f"/operator/outbox/{waiting.id}/try")
    assert "It is tried now." in alice.text
    alice.send(f"/operator/outbox/{waiting.id}/give-up")
    assert "It is given up" in alice.text
    with front.store.read() as tx:
        assert outbox.count(tx) == {outbox.FAILED: 1}
    mark = alice.open("/operator/plans").form("/operator/plans").fields["mark"]
    alice.post(f"/operator/outbox/{waiting.id}/try", {"mark": mark})
    assert alice.status == 404


def test_accounts_when_searched_then_those_that_begin_so(alice: Browser) -> None:
    alice.open("/operator/accounts?login=b")
    assert "bob@example.test" in alice.text
    assert "carol@example.test" not in alice.text
    for odd in ("%00", "%ff", "x" * 5000, "<b>", "%25", "_"):
        assert alice.open(f"/operator/accounts?login={odd}").status == 200
        assert "bob@example.test" not in alice.text


def test_account_when_suspended_given_a_plan_deleted_and_restored_then_so_it_is(front: Any, alice: Browser) -> None:
    """R31, R32."""
    alice.open(BOB).send(f"{BOB}/suspend")
    assert state(front, "bob") is State.SUSPENDED
    alice.send(f"{BOB}/resume")
    assert state(front, "bob") is State.ACTIVE
    alice.send(f"{BOB}/plan", plan="big", until="2028-01-31", next="small")
    assert "paid until 2028-01-31T00:00:00Z · then small" in alice.text
    alice.send(f"{BOB}/override", key="groups", value="77")
    assert "groups : 77" in alice.text
    with front.store.read() as tx:
        assert plans.plan_of(tx, accounts.find(tx, "bob").id).capacities["groups"] == 77
    alice.send(f"{BOB}/override", key="groups", value="many")
    assert alice.status == 400
    alice.send(f"{BOB}/delete", again="eve")
    assert state(front, "bob") is State.ACTIVE
    alice.send(f"{BOB}/delete", again="bob@example.test")
    assert state(front, "bob") is State.CLOSED
    alice.send(f"{BOB}/restore")
    assert state(front, "bob") is State.ACTIVE
    assert alice.open("/operator/accounts/nobody").status == 404


def test_logins_when_ended_or_the_password_is_made_anew_then_over(front: Any, alice: Browser) -> None:
    (bob,) = browsers(front, "bob")
    alice.open(BOB).send(f"{BOB}/end")
    assert bob.open("/settings").form("/log-in")
    alice.send(f"{BOB}/password")
    (password,) = re.findall(r'class="secret">([a-z2-9-]+)<', alice.answer.text)
    assert Browser(front).log_in("bob", password).open("/settings").form("/settings")


def test_second_factor_when_forgotten_then_the_password_opens_the_account(front: Any, alice: Browser) -> None:
    who = "/operator/accounts/alice@example.test"
    alice.open(who).send(f"{who}/forget-second-factor")
    with front.store.read() as tx:
        assert not second.is_on(tx, accounts.find(tx, "alice").id)
    assert alice.status == 403  # and the pages are not hers any more


def test_plans_when_loaded_then_the_next_version_is_on_offer(alice: Browser) -> None:
    """S23."""
    alice.open("/operator/plans")
    assert "Demo" in alice.text
    text = plans.bundled("plans-demo").replace("managed_accounts = 2", "managed_accounts = 3")
    alice.send("/operator/plans", text=text)
    assert "small 2" in alice.text
    alice.send("/operator/plans", text="[small\n<script>")
    assert alice.status == 400
    assert "<script>" in alice.form("/operator/plans").fields["text"]


def test_organisation_when_founded_and_handed_over_then_its_owner_is_another(front: Any, alice: Browser) -> None:
    alice.open("/operator/organisations").send("/operator/organisations", name="club", owner="bob")
    assert "The organisation is founded." in alice.text
    alice.send("/operator/organisations/owner", heir="carol")
    with front.store.read() as tx:
        assert organisations.find(tx, "club").owner == accounts.find(tx, "carol").id
    alice.send("/operator/organisations", name="club", owner="bob")
    assert alice.status == 409
