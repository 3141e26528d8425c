"""Who is it: every way to be let in, and every way not to be."""

import threading

import pytest

from coserver.accounts import accounts, closure
from coserver.auth import credentials, peers, standing
from coserver.auth.login import Login
from coserver.auth.passwords import Cost, Hasher
from coserver.model.errors import Busy, Denied, NotInPlan, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import State, Who
from coserver.quota import plans, subscriptions
from coserver.store.schema.auth import known_peer

PASSWORD = "three unrelated words"
HOME, AWAY = "192.0.2.1", "198.51.100.7"


class CountingHasher(Hasher):
    """Counts verifications."""

    verified = 0

    def verify(self, password, verifier):
        self.verified += 1
        return super().verify(password, verifier)


@pytest.fixture(scope="module")
def cheap():
    return CountingHasher(cost=Cost(memory=64, passes=1))


@pytest.fixture
def hasher(cheap):
    cheap.verified = 0
    return cheap


@pytest.fixture
def alice(estate, hasher):
    return estate.account("alice", verifier=hasher.hash(PASSWORD))


@pytest.fixture
def login(estate, hasher, alice):
    return Login(estate.store, hasher)


def _check(login, password=PASSWORD, name="alice", service=Feature.IMAP, peer=HOME):
    return login.check(name, password, service=service, peer=peer)


def _settled(estate):
    """Wait until what logins wrote behind their answers is written."""
    estate.store.write(lambda tx: None)


def _app(estate, account, *services):
    made = credentials.make()
    number = estate.store.write(
        lambda tx: credentials.add_app(tx, account.id, made, label="", services=frozenset(services))
    )
    return made.text, number


def test_check_when_name_and_password_are_right_then_tells_who(login, alice):
    expected = Who(alice.id, "alice@example.test", Feature.IMAP, alice.epoch)
    assert _check(login) == _check(login, name="Alice@EXAMPLE.test") == expected


@pytest.mark.parametrize(("name", "password"), [("alice", "three unrelated word"), ("nobody", PASSWORD), ("alice", "")])
def test_check_when_name_or_password_is_wrong_then_unknown_in_the_same_words_and_work(login, hasher, name, password):
    with pytest.raises(Unknown, match=r"^The login or the password is wrong\.$"):
        _check(login, name=name, password=password)
    assert hasher.verified == 1


def test_check_when_the_feature_is_lacking_then_says_so_in_the_words_of_the_promise(estate, login, alice):
    text = plans.bundled("plans-demo").partition("[small]")[0].replace("[demo]", "[paper]")
    text = text.replace('"imap", ', "")
    estate.store.write(lambda tx: plans.publish(tx, plans.parse(text)))
    _check(login)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "paper"))
    for look in (lambda: _check(login), lambda: login.recall("alice", PASSWORD, service=Feature.IMAP)):
        with pytest.raises(NotInPlan, match=r"Your subscription does not include reading mail .* \(IMAP\)"):
            look()
    assert _check(login, service=Feature.SMTP).service is Feature.SMTP


def test_recall_when_not_yet_verified_then_none(login):
    assert login.recall("alice", PASSWORD, service=Feature.IMAP) is None
    assert login.recall("nobody", PASSWORD, service=Feature.IMAP) is None


def test_recall_when_verified_then_who_without_verifying_and_for_that_service_only(login, hasher):
    who = _check(login)
    assert hasher.verified == 1
    assert login.recall("alice@example.test", PASSWORD, service=Feature.IMAP) == who
    assert login.recall("alice", PASSWORD, service=Feature.WEBDAV) is None
    assert login.recall("alice", PASSWORD + ".", service=Feature.IMAP) is None
    assert _check(login) == who
    assert hasher.verified == 1


def test_recall_when_the_password_was_changed_then_the_old_one_counts_no_more(estate, login, hasher, alice):
    _check(login)
    verifier = hasher.hash("another set of words")
    estate.store.write(lambda tx: accounts.set_password(tx, alice.id, verifier))
    assert login.recall("alice", PASSWORD, service=Feature.IMAP) is None
    with pytest.raises(Unknown):
        _check(login)
    assert _check(login, "another set of words").epoch == alice.epoch + 1


def test_recall_when_suspended_then_none_and_check_says_why(estate, login, alice):
    _check(login)
    estate.store.write(lambda tx: accounts.suspend(tx, alice.id))
    assert login.recall("alice", PASSWORD, service=Feature.IMAP) is None
    with pytest.raises(Denied, match="suspended"):
        _check(login)
    with pytest.raises(Unknown):
        _check(login, "wrong")
    estate.store.write(lambda tx: accounts.resume(tx, alice.id))
    assert _check(login).account == alice.id


def test_check_when_by_app_password_then_for_its_services_and_without_argon2(estate, login, hasher, alice):
    text, _ = _app(estate, alice, Feature.IMAP, Feature.SMTP)
    everywhere, _ = _app(estate, alice)
    assert _check(login, text).account == alice.id
    assert _check(login, everywhere, service=Feature.WEBDAV).account == alice.id
    assert hasher.verified == 0
    with pytest.raises(Denied, match="not for the drive"):
        _check(login, text, service=Feature.WEBDAV)
    with pytest.raises(Denied):
        _check(login, text, service=Feature.WEBDAV)  # no more so after a refusal


def test_recall_when_the_app_password_is_revoked_then_counts_no_more(estate, login, alice):
    text, number = _app(estate, alice)
    _check(login, text)

    def revoke(tx):
        credentials.revoke(tx, alice.id, number)
        standing.renew(tx, alice.id)

    estate.store.write(revoke)
    assert login.recall("alice", text, service=Feature.IMAP) is None
    with pytest.raises(Unknown):
        _check(login, text)


def test_check_when_the_verifier_is_stale_then_it_is_made_anew_and_sessions_stay(estate, login, hasher, alice):
    old = Hasher(cost=Cost(memory=128, passes=1)).hash(PASSWORD)
    estate.store.write(lambda tx: credentials.set_password(tx, alice.id, old))
    assert _check(login).epoch == alice.epoch
    _settled(estate)
    with estate.store.read() as tx:
        _, verifier = credentials.password(tx, alice.id)
    assert verifier != old
    assert hasher.verify(PASSWORD, verifier).right


def test_check_when_logged_in_then_use_and_address_are_noted_and_not_again_at_once(estate, login, alice):
    text, _ = _app(estate, alice)
    _check(login, text)
    _settled(estate)
    estate.clock.seconds += 1800
    _check(login, text)
    _settled(estate)
    with estate.store.read() as tx:
        assert standing.get(tx, alice.id).used == tx.now - 1_800_000
        assert credentials.apps(tx, alice.id)[0].used == tx.now - 1_800_000
        assert peers.known(tx, alice.id, HOME)
        assert not peers.known(tx, alice.id, AWAY)
    estate.clock.seconds += 1800
    _check(login, text)
    _settled(estate)
    with estate.store.read() as tx:
        assert standing.get(tx, alice.id).used == credentials.apps(tx, alice.id)[0].used == tx.now


def test_check_when_from_another_address_within_the_hour_then_only_that_is_noted(estate, login, alice):
    _check(login)
    _settled(estate)
    estate.clock.seconds += 1500
    _check(login, peer=AWAY)  # remembered no more after ten minutes
    _settled(estate)
    with estate.store.read() as tx:
        assert peers.known(tx, alice.id, AWAY)
        assert standing.get(tx, alice.id).used == tx.now - 1_500_000


def test_check_when_the_use_cannot_be_written_then_the_login_stands(estate, login, alice, monkeypatch, caplog):
    caplog.set_level("INFO")

    def broken(tx, account, address):
        raise Busy("disk full")

    monkeypatch.setattr(peers, "stamp", broken)
    assert _check(login).account == alice.id
    _settled(estate)
    assert "login-stamp-failed" in caplog.messages
    assert PASSWORD not in caplog.text


def test_check_when_the_account_is_deleted_before_its_use_is_noted_then_nothing_is_noted(estate, login, alice):
    submit = estate.store.submit

    def late(job):
        del estate.store.submit
        estate.store.write(lambda tx: closure.erase(tx, alice.id, rest_days=0))
        return submit(job)

    estate.store.submit = late
    _check(login)
    _settled(estate)
    with estate.store.read() as tx:
        assert tx.execute(known_peer.select()).all() == []


def test_delay_when_strangers_guess_then_they_wait_and_the_owner_at_home_does_not(estate, login):
    _check(login)
    _settled(estate)
    for number in range(20):
        with pytest.raises(Unknown):
            _check(login, f"guess {number}", peer=AWAY)
    with pytest.raises(Busy, match="try again in"):
        login.delay("alice", peer=AWAY)
    with pytest.raises(Busy):
        _check(login, service=Feature.SMTP, peer=AWAY)  # even the right one is not looked at
    assert login.delay("alice", peer=HOME) == 0
    estate.clock.seconds += 7200  # nothing is remembered as verified any more
    assert _check(login, peer=HOME).login == "alice@example.test"


def test_delay_when_a_name_is_made_up_then_it_waits_like_a_real_one(login):
    for number in range(3):
        with pytest.raises(Unknown):
            _check(login, f"guess {number}", name="nobody")
    assert login.delay("nobody", peer=HOME) == 4
    for number in range(17):
        with pytest.raises(Unknown):
            _check(login, f"more {number}", name="nobody")
    with pytest.raises(Busy):
        _check(login, "one more", name="nobody")


def test_check_when_twenty_ask_at_once_then_one_verification_serves_all(login, hasher):
    found = []
    threads = [threading.Thread(target=lambda: found.append(_check(login))) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 20
    assert hasher.verified == 1
    assert login._flights == {}


def test_check_when_the_account_has_no_password_then_unknown(estate, login, alice):
    estate.store.write(lambda tx: tx.execute(credentials.credential.delete()))
    with pytest.raises(Unknown):
        _check(login)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.PENDING, "not confirmed"),
        (State.SUSPENDED, "suspended"),
        (State.LAPSED, "recover"),
        (State.CLOSED, "closed"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_check_when_the_account_is_not_in_force_then_denied_to_him_alone_who_knows_the_password(
    estate, login, alice, state, words, known
):
    """R21, C1, S24: remembered or not; a stranger learns nothing."""
    if known:
        _check(login)
    estate.store.write(lambda tx: standing.set_state(tx, alice.id, state))
    assert login.recall("alice", PASSWORD, service=Feature.IMAP) is None
    with pytest.raises(Denied, match=words):
        _check(login)
    with pytest.raises(Unknown):
        _check(login, "wrong")
