"""App passwords and the one password of an account."""

import pytest

from coserver.auth import credentials
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature
from coserver.store.schema.auth import credential


@pytest.fixture
def alice(estate):
    return estate.account("alice").id


def _add(estate, account, services=(), label="phone"):
    made = credentials.make()
    number = estate.store.write(
        lambda tx: credentials.add_app(tx, account, made, label=label, services=frozenset(services))
    )
    return made, number


def _match(estate, account, typed):
    with estate.store.read() as tx:
        return credentials.match_app(tx, account, typed)


def test_make_when_called_then_is_long_and_new_each_time():
    texts = {credentials.make().text for _ in range(50)}
    assert len(texts) == 50
    assert all(len(text.replace("-", "")) == 34 for text in texts)


def test_match_when_typed_in_any_way_then_found_with_its_services(estate, alice):
    made, number = _add(estate, alice, [Feature.IMAP])
    for typed in (made.text, made.text.replace("-", ""), made.text.upper().replace("-", " ")):
        found = _match(estate, alice, typed)
        assert (found.id, found.services) == (number, {Feature.IMAP})


def test_match_when_wrong_or_of_another_account_then_none(estate, alice):
    bob = estate.account("bob").id
    made, _ = _add(estate, alice)
    last = "a" if made.text[-1] != "a" else "b"
    assert _match(estate, bob, made.text) is None
    assert _match(estate, alice, made.text[:-1] + last) is None
    assert _match(estate, alice, made.text[:-1]) is None
    assert _match(estate, alice, "not an app password at all") is None
    assert _match(estate, alice, credentials.make().text) is None


def test_kept_when_looked_at_then_the_text_is_nowhere(estate, alice):
    made, _ = _add(estate, alice)
    secret = made.text.replace("-", "")[8:]
    with estate.store.read() as tx:
        rows = tx.execute(credential.select()).all()
    assert secret not in repr(rows)


def test_revoke_when_done_then_it_fits_no_more_and_only_ones_own_go(estate, alice):
    bob = estate.account("bob").id
    made, number = _add(estate, alice)
    with pytest.raises(Missing):
        estate.store.write(lambda tx: credentials.revoke(tx, bob, number))
    estate.store.write(lambda tx: credentials.revoke(tx, alice, number))
    assert _match(estate, alice, made.text) is None
    with pytest.raises(Missing, match="no such app password any more"):
        estate.store.write(lambda tx: credentials.revoke(tx, alice, number))


def test_apps_when_listed_then_label_services_and_use(estate, alice):
    _, number = _add(estate, alice, [Feature.SMTP, Feature.IMAP])
    estate.clock.seconds += 60
    estate.store.write(lambda tx: credentials.stamp(tx, number))
    with estate.store.read() as tx:
        (found,) = credentials.apps(tx, alice)
    assert (found.label, found.services) == ("phone", {Feature.IMAP, Feature.SMTP})
    assert found.used - found.created == 60_000


def test_set_password_when_done_twice_then_one_is_left(estate, alice):
    for verifier in ("one", "two"):
        estate.store.write(lambda tx, verifier=verifier: credentials.set_password(tx, alice, verifier))
    with estate.store.read() as tx:
        assert credentials.password(tx, alice)[1] == "two"


def test_rehash_when_the_password_was_changed_meanwhile_then_keeps_the_new_one(estate, alice):
    with estate.store.read() as tx:
        which, old = credentials.password(tx, alice)
    estate.store.write(lambda tx: credentials.rehash(tx, which, old="another", new="better"))
    with estate.store.read() as tx:
        assert credentials.password(tx, alice) == (which, old)
    estate.store.write(lambda tx: credentials.rehash(tx, which, old=old, new="better"))
    with estate.store.read() as tx:
        assert credentials.password(tx, alice) == (which, "better")


def test_password_set_when_chosen_again_then_since_then_and_not_when_its_verifier_is_made_better(estate):
    """R46."""
    alice = estate.account("alice")
    estate.clock.seconds += 100
    which, old = estate.store.write(lambda tx: credentials.password(tx, alice.id))
    estate.store.write(lambda tx: credentials.rehash(tx, which, old=old, new="better"))
    with estate.store.read() as tx:
        assert credentials.password_set(tx, alice.id) == tx.now - 100_000
        assert credentials.password_set(tx, PrincipalId(999)) is None
    estate.store.write(lambda tx: credentials.set_password(tx, alice.id, "another"))
    with estate.store.read() as tx:
        assert credentials.password_set(tx, alice.id) == tx.now
