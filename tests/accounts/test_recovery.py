"""A new password by a code mailed to the external address."""

import threading

import pytest

from coserver.accounts import accounts, closure, letters, recovery, signup
from coserver.auth import credentials, standing
from coserver.auth.login import Login
from coserver.model.errors import Denied, Malformed, Missing, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import State
from coserver.store.engine import Store
from coserver.store.tx import Tx
from tests.office import finish

HOME = "bob@elsewhere.test"
NEW = "four quite other words"


@pytest.fixture
def house(office):
    return office.house


@pytest.fixture
def bob(office, house):
    office.do("account add", login="alice", password="x")
    office.do("account add", login="bob", password="the first one", external=HOME)
    with house.store.read() as tx:
        return accounts.find(tx, "bob")


def recover(house, name="bob"):
    """Ask, and wait for what is done after the answer."""
    done = recovery.recover(house, name)
    finish(house.store)
    return done


def log_in(house, password, service=Feature.IMAP):
    return Login(house.store, house.hasher).check("bob", password, service=service, peer="127.0.0.1")


def test_reset_when_the_code_is_handed_in_then_the_new_password_opens_and_the_owner_is_told(house, bob, post):
    """R21, S20: open sessions end, app passwords stay."""
    made = credentials.make()
    house.store.write(lambda tx: credentials.add_app(tx, bob.id, made, label="", services=()))
    before = log_in(house, "the first one")
    recover(house)
    ((subject, text),) = post.sent(HOME)
    assert subject == "A new password for bob@example.test"
    assert "before 2027-01-16 08:00 UTC" in text
    assert log_in(house, "the first one").epoch == before.epoch  # asking alone changes nothing
    recovery.reset(house, post.code(HOME), NEW)
    assert log_in(house, NEW).epoch > before.epoch
    assert log_in(house, made.text).account == bob.id
    with pytest.raises(Unknown):
        log_in(house, "the first one")
    told = "The password of bob@example.test was replaced"
    assert [subject for subject, _ in post.sent(HOME)][-1] == told
    assert [subject for subject, _ in post.letters(bob.id)] == [told]
    assert NEW not in str(post.outgoing())


def test_reset_when_the_code_was_used_expired_or_never_was_then_missing(house, bob, estate, post):
    recover(house)
    code = post.code(HOME)
    recovery.reset(house, code, NEW)
    for wrong in (code, "x" * 64, ""):
        with pytest.raises(Missing, match="not good any more"):
            recovery.reset(house, wrong, "another one again")
    recover(house)
    estate.clock.seconds += 24 * 3600
    with pytest.raises(Missing):
        recovery.reset(house, post.code(HOME), "another one again")
    assert log_in(house, NEW)


def test_reset_when_the_password_will_not_do_then_the_code_stays_good(strict, estate, post):
    """R44."""
    strict.do("account add", login="alice", password="three unrelated words")
    strict.do("account add", login="bob", password="three unrelated words", external=HOME)
    recover(strict.house)
    with pytest.raises(Malformed, match="too short"):
        recovery.reset(strict.house, post.code(HOME), "short")
    assert recovery.reset(strict.house, post.code(HOME), NEW).login == "bob@example.test"


def test_reset_when_the_password_or_the_address_was_changed_meanwhile_then_the_code_is_worthless(
    house, bob, office, post
):
    recover(house)
    office.do("account passwd", login="bob", password="chosen otherwise")
    with pytest.raises(Missing):
        recovery.reset(house, post.code(HOME), NEW)
    office.house.store.clock.seconds += 600
    recover(house)
    office.do("account external", login="bob", address="other@elsewhere.test")
    with pytest.raises(Missing):
        recovery.reset(house, post.code(HOME), NEW)


def test_recover_when_asked_again_and_again_then_few_letters_go(house, bob, estate, post):
    for _ in range(30):
        recover(house)
        estate.clock.seconds += 300
    assert len(post.sent(HOME)) == recovery.MOST_LETTERS
    estate.clock.seconds += 24 * 3600
    recover(house)
    assert len(post.sent(HOME)) == recovery.MOST_LETTERS + 1


@pytest.mark.parametrize("name", ["alice", "nobody1", "", "\udcff", "x" * 400, "bob@other.test"])
def test_recover_when_there_is_nothing_to_recover_then_the_same_silence(house, bob, post, name):
    """What a stranger is told never depends on whether there is such an account."""
    assert recover(house, name) is None
    assert post.outgoing() == []


@pytest.mark.parametrize("asked", [recovery.recover, signup.resend])
def test_recover_and_resend_when_the_account_is_in_any_state_or_not_there_then_the_asker_waits_for_the_same_work(
    house, bob, office, caplog, asked
):
    """R21: who counts milliseconds learns nothing either; the writer never makes him wait."""
    caplog.set_level("INFO")
    new = accounts.New("erin", "none", "small", external="erin@elsewhere.test", pending=True)
    house.store.write(lambda tx: accounts.add(tx, new))
    closed = office.do("account add", login="carol", password="x", external="carol@elsewhere.test")["login"]
    office.do("account delete", login="carol")
    names = ("bob", "bob", "erin", "erin", "alice", closed, "nobody1", "\udcff")
    seen = [(name, work(house, asked, name)) for name in names]
    same = ["reads", "reads", "is rendered", "queues"]
    assert seen == [(name, same if name in names[:-1] else same[1:]) for name in names]
    assert "letter-not-posted" not in caplog.messages


def work(house, asked, name):
    """What the asker's own thread does before it has its answer: statements, letters rendered, jobs queued."""
    done, here = [], threading.get_ident()

    def counted(what, deed):
        def run(*args, **more):
            if threading.get_ident() == here:
                done.append(what)
            return deed(*args, **more)

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tx, "execute", counted("reads", Tx.execute))
        patch.setattr(letters, "prepare", counted("is rendered", letters.prepare))
        patch.setattr(Store, "submit", counted("queues", Store.submit))
        patch.setattr(Store, "write", counted("waits for the writer", Store.write))
        asked(house, name)
    finish(house.store)
    return done


def test_recover_when_the_operator_suspended_or_the_account_is_closed_then_no_way_back(house, bob, post):
    recover(house)
    house.store.write(lambda tx: accounts.suspend(tx, bob.id))
    with pytest.raises(Missing, match="administrator"):
        recovery.reset(house, post.code(HOME), NEW)
    with pytest.raises(Denied, match="suspended"):
        log_in(house, "the first one")
    house.store.clock.seconds += 600
    recover(house)
    house.store.write(lambda tx: closure.close(tx, bob.id))
    recover(house)
    assert len(post.sent(HOME)) == 1


def test_reset_when_the_account_had_lapsed_then_it_is_in_force_again(house, bob, post):
    """C1: until it is erased, its owner gets it back."""
    house.store.write(lambda tx: standing.set_state(tx, bob.id, State.LAPSED))
    with pytest.raises(Denied, match="recover it"):
        log_in(house, "the first one")
    recover(house)
    assert recovery.reset(house, post.code(HOME), NEW).state is State.ACTIVE
    assert log_in(house, NEW)
