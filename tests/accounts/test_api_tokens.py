"""API tokens: what is kept of them, and when they are good for nothing."""

from typing import Any

import pytest
from sqlalchemy import select

from coserver.accounts import api_tokens, managing, organisations
from coserver.accounts.accounts import New
from coserver.accounts.api_tokens import Scope
from coserver.accounts.managing import Asking
from coserver.model.errors import Denied, Malformed, Missing
from coserver.store.schema.accounts import api_token


@pytest.fixture
def club(estate: Any) -> Any:
    owner = estate.account("alice", "demo")
    return estate.store.write(lambda tx: organisations.found(tx, "club", owner=owner.id))


def kept(estate: Any, club: Any, label: str = "backup", scopes: Any = (Scope.USERS_READ,)) -> tuple[Any, Any]:
    secret = api_tokens.make()
    return secret, estate.store.write(lambda tx: api_tokens.add(tx, club, secret, label=label, scopes=scopes))


def test_token_when_kept_then_found_by_its_text_of_which_nothing_is_stored(estate: Any, club: Any) -> None:
    secret, made = kept(estate, club)
    with estate.store.read() as tx:
        assert api_tokens.find(tx, secret.text) == (made, club)
        assert api_tokens.find(tx, secret.text + "x") is None
        assert api_tokens.find(tx, "x" * 100_000) is None
        assert api_tokens.find(tx, "\ud800") is None
        row = tx.execute(select(api_token)).one()
    assert secret.text not in repr(row)
    assert secret.text not in repr(secret)


@pytest.mark.parametrize(("label", "scopes"), [("", (Scope.USERS_READ,)), ("x" * 101, (Scope.USERS_READ,)), ("x", ())])
def test_token_when_it_says_not_what_it_is_for_then_refused(estate: Any, club: Any, label: str, scopes: Any) -> None:
    with pytest.raises(Malformed):
        kept(estate, club, label, scopes)


def test_tokens_when_there_are_as_many_as_may_be_then_denied(estate: Any, club: Any) -> None:
    for _ in range(api_tokens.MOST):
        kept(estate, club)
    with pytest.raises(Denied, match="revoke"):
        kept(estate, club)


def test_token_when_revoked_then_gone_and_one_of_another_organisation_is_not_touched(estate: Any, club: Any) -> None:
    secret, made = kept(estate, club)
    owner = estate.account("carol", "demo")
    firm = estate.store.write(lambda tx: organisations.found(tx, "firm", owner=owner.id))
    with pytest.raises(Missing):
        estate.store.write(lambda tx: api_tokens.revoke(tx, firm, made.id))
    estate.store.write(lambda tx: api_tokens.revoke(tx, club, made.id))
    with estate.store.read() as tx:
        assert api_tokens.find(tx, secret.text) is None


def test_token_when_used_then_stamped_once_an_hour(estate: Any, club: Any) -> None:
    _, made = kept(estate, club)
    estate.clock.seconds += 3600
    with estate.store.read() as tx:
        assert api_tokens.is_due(made, tx.now)
    estate.store.write(lambda tx: api_tokens.stamp(tx, made))
    estate.clock.seconds += 3599
    with estate.store.read() as tx:
        (again,) = api_tokens.of(tx, club.id)
        assert not api_tokens.is_due(again, tx.now)


def test_tokens_when_another_becomes_the_owner_then_end(estate: Any, club: Any) -> None:
    secret, _ = kept(estate, club)

    def job(tx: Any) -> None:
        heir = managing.add(tx, Asking("club"), New("bob", "none", "demo"), expiring=())
        managing.hand_over(tx, Asking("club"), heir.id, expiring=())

    estate.store.write(job)
    with estate.store.read() as tx:
        assert api_tokens.find(tx, secret.text) is None
