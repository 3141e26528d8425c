"""One user of an organisation by the portal: what its owner does, and what he does not see (R25)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.model.principal import State
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made, role
from tests.web.pages.in_organisations import founded, state
from tests.web.pages.test_organisations import shown_once

BERT = "bert@club.test"
AT = f"/organisations/club/users/{BERT}"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    founded(front, "club", "alice", "bert")
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice").open(AT)


def test_user_when_suspended_and_resumed_then_so_he_is(front: Any, alice: Browser) -> None:
    alice.send(f"{AT}/suspend")
    assert "The account is suspended" in alice.text
    assert state(front, BERT) is State.SUSPENDED
    alice.send(f"{AT}/resume")
    assert state(front, BERT) is State.ACTIVE
    assert "suspended" in alice.text  # among what was done


def test_user_when_the_operator_suspended_him_then_the_page_says_who_can_end_that(front: Any) -> None:
    front.store.write(lambda tx: accounts.suspend(tx, accounts.find(tx, BERT).id))
    (alice,) = browsers(front, "alice")
    assert "only he can undo it" in alice.open(AT).text
    mark = alice.form(f"{AT}/plan").fields["mark"]
    alice.post(f"{AT}/resume", {"mark": mark})
    assert alice.status == 403
    assert state(front, BERT) is State.SUSPENDED


def test_password_when_made_anew_then_the_old_one_ends_and_the_new_one_is_shown_once(
    front: Any, alice: Browser
) -> None:
    alice.send(f"{AT}/password")
    first = shown_once(alice)
    bert = Browser(front).log_in(BERT, first)
    assert bert.open("/settings").form("/settings")
    alice.open(AT).send(f"{AT}/password")
    assert shown_once(alice) != first
    assert bert.open("/settings").form("/log-in")


def test_plan_when_changed_then_at_once_and_one_that_is_not_on_offer_is_refused(front: Any, alice: Browser) -> None:
    """R31."""
    alice.send(f"{AT}/plan", plan="big")
    assert "The account has the other plan now." in alice.text
    assert alice.form(f"{AT}/plan").fields["plan"] == "big"
    alice.send(f"{AT}/plan", plan="palace")
    assert alice.status == 404


def test_user_when_deleted_then_only_after_his_login_was_typed_and_can_be_restored(front: Any, alice: Browser) -> None:
    """S24."""
    alice.send(f"{AT}/delete", again="bob")
    assert state(front, BERT) is State.ACTIVE
    alice.send(f"{AT}/delete", again=BERT)
    assert "Until it is erased you can restore it here." in alice.text
    assert "is erased" in alice.text
    assert state(front, BERT) is State.CLOSED
    alice.send(f"{AT}/restore")
    assert state(front, BERT) is State.ACTIVE


def test_group_when_a_user_is_let_in_or_hands_it_on_then_so_it_is(front: Any, alice: Browser) -> None:
    """S16, S4."""
    made(front, "chess", "alice")
    alice.send(f"{AT}/group", group="chess")
    assert role(front, BERT) == "member"
    made(front, "berts", BERT, "alice")
    alice.open(AT).send(f"{AT}/reassign", heir="alice")
    assert "The group has another administrator now." in alice.text
    assert role(front, "alice", "berts") == "administrator"
    made(front, "strangers", "eve")
    alice.send(f"{AT}/group", group="strangers")
    assert alice.status == 404


def test_user_when_looked_at_then_neither_what_he_keeps_nor_when_he_logs_in_is_shown(
    front: Any, alice: Browser
) -> None:
    alice.send(f"{AT}/password")
    bert = Browser(front).log_in(BERT, shown_once(alice))
    mark = bert.open("/documents").form("/documents/folder").fields["mark"]
    bert.post("/documents/folder", {"mark": mark, "name": "diary"})
    alice.open(AT)
    assert "diary" not in alice.text
    acts = alice.answer.text.partition("<tbody>")[2]
    assert "password changed" in acts
    assert "logged in" not in acts.partition("</tbody>")[0]


@pytest.mark.parametrize("deed", ["suspend", "plan", "password", "delete", "group", "reassign", "release"])
def test_deed_when_somebody_else_tries_it_then_there_is_nobody_of_that_name(
    front: Any, alice: Browser, deed: str
) -> None:
    founded(front, "firm", "bob", "carl")
    (bob,) = browsers(front, "bob")
    mark = bob.open("/organisations/firm").form("/organisations/firm/users").fields["mark"]
    typed = {"mark": mark, "again": BERT, "group": "team", "heir": "bob", "plan": "big"}
    for path in (f"/organisations/club/users/{BERT}", f"/organisations/firm/users/{BERT}"):
        bob.post(f"{path}/{deed}", typed)
        assert bob.status == 404
    assert state(front, BERT) is State.ACTIVE
