"""API tokens by the portal: made, shown once, revoked."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import api_tokens
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers
from tests.web.pages.in_organisations import founded

AT = "/organisations/club/tokens"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    founded(front)
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice").open(AT)


def make(alice: Browser, label: str, *scopes: str) -> None:
    mark = alice.form(AT).fields["mark"]
    alice.post(AT, {"mark": mark, "label": label, **dict.fromkeys(scopes, "on")})


def test_token_when_made_then_shown_once_and_good_until_it_is_revoked(front: Any, alice: Browser) -> None:
    make(alice, "<b>sync", "users:read", "users:everything")
    (text,) = re.findall(r'class="secret">(coserver_[\w-]+)<', alice.answer.text)
    with front.store.read() as tx:
        found, _ = api_tokens.find(tx, text) or (None, None)
    assert [str(each) for each in found.scopes] == ["users:read"]
    alice.open(AT)
    assert text not in alice.answer.text
    assert "<b>sync users:read" in alice.text  # as text
    alice.send(f"{AT}/{found.id}/revoke")
    assert "The token is revoked" in alice.text
    with front.store.read() as tx:
        assert api_tokens.find(tx, text) is None
    assert "API token revoked" in alice.open("/account/activity").text


def test_token_when_nothing_is_chosen_then_said(alice: Browser) -> None:
    make(alice, "sync")
    assert alice.status == 400
    assert alice.form(AT).fields["label"] == "sync"


def test_tokens_when_somebody_else_asks_then_there_are_none(front: Any, alice: Browser) -> None:
    make(alice, "sync", "users:read")
    (bob,) = browsers(front, "bob")
    assert bob.open(AT).status == 404
    founded(front, "firm", "bob")
    mark = bob.open("/organisations/firm/tokens").form("/organisations/firm/tokens").fields["mark"]
    bob.post("/organisations/firm/tokens/1/revoke", {"mark": mark})
    assert bob.status == 404
    bob.post(AT, {"mark": mark, "label": "x", "users:read": "on"})
    assert bob.status == 404
